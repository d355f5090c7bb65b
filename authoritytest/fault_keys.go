package authoritytest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// A keyring is what a server signs with. Its zero value has the process's keys.
type keyring struct {
	mu        sync.Mutex
	rotations int
	current   map[string]*signingKey // nil: the process's
	kept      []jwk                  // older keys that are published still
	before    []jwk                  // what was published before the last rotation
}

// signing returns the key that signs with an algorithm.
func (k *keyring) signing(alg string) *signingKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys()[alg]
}

// keys needs the lock.
func (k *keyring) keys() map[string]*signingKey {
	if k.current == nil {
		return signingKeys()
	}
	return k.current
}

// public returns the keys that are published.
func (k *keyring) public() []jwk {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.published()
}

// published needs the lock.
func (k *keyring) published() []jwk {
	return append(publicKeys(k.keys()), k.kept...)
}

func publicKeys(keys map[string]*signingKey) []jwk {
	return []jwk{keys[algRS256].public, keys[algES256].public}
}

// maxKept bounds how many rotated keys stay published: clients refuse endless key sets.
const maxKept = 20

// rotate makes new keys the ones that sign; keep leaves the others published.
func (k *keyring) rotate(keep bool) {
	k.mu.Lock()
	k.rotations++
	rotation := k.rotations
	k.mu.Unlock()
	fresh := spareKeys.rotated(rotation) // takes its time, so without the lock
	k.mu.Lock()
	defer k.mu.Unlock()
	k.before = k.published()
	k.kept = nil
	if keep {
		k.kept = k.before[:min(len(k.before), maxKept)]
	}
	k.current = fresh
}

// stale returns the keys that were published before the last rotation; without one, keys
// that sign nothing.
func (k *keyring) stale() []jwk {
	k.mu.Lock()
	before := append([]jwk(nil), k.before...)
	k.mu.Unlock()
	if before != nil {
		return before
	}
	return publicKeys(unpublishedKeys())
}

// unpublishedKeys sign what nobody can verify. They are made when they are first needed.
var unpublishedKeys = sync.OnceValue(newSigningKeys)

// A keyPool is the keys that the servers of the process rotate through.
type keyPool struct {
	mu   sync.Mutex
	made []map[string]*signingKey
}

// spareKeys is small because making an RSA key takes long. A rotation that finds all of
// them used takes the oldest again, under a key id of its own.
var spareKeys keyPool

const maxSpareKeys = 3

// rotated returns the keys of a server's nth rotation.
func (p *keyPool) rotated(n int) map[string]*signingKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := (n - 1) % maxSpareKeys
	for len(p.made) <= i {
		p.made = append(p.made, newSigningKeys())
	}
	keys := map[string]*signingKey{}
	for alg, key := range p.made[i] {
		named := *key
		named.id = fmt.Sprintf("%s%s%d", key.id, rotationMark, n)
		named.public.Kid = named.id
		keys[alg] = &named
	}
	return keys
}

// rotationMark stands between a key's id and the number of the rotation. No other id has it.
const rotationMark = "~"

// keyNamed returns the key of the process with an id, or nil.
func keyNamed(alg, id string) *signingKey {
	if key := signingKeys()[alg]; key != nil && key.id == id {
		return key
	}
	base, _, rotated := strings.Cut(id, rotationMark)
	if !rotated {
		return nil
	}
	spareKeys.mu.Lock()
	defer spareKeys.mu.Unlock()
	for _, keys := range spareKeys.made {
		if key := keys[alg]; key != nil && key.id == base {
			return key
		}
	}
	return nil
}

// manyKeys is how many keys a large set has.
const manyKeys = 200

// faultyKeys answers a request for the keys as a rule has it.
func (c *call) faultyKeys(how FaultKeys) *reply {
	keys := []jwk{}
	switch how {
	case KeysGarbage:
		rep := jsonReply(http.StatusOK, nil)
		rep.body = []byte(`{"keys": [{"kty": `)
		return rep
	case KeysStale:
		keys = c.s.keys.stale()
	case KeysMany:
		filler := unpublishedKeys()[algES256].public
		own := c.s.keys.public()
		for i := range max(0, manyKeys-len(own)) {
			key := filler
			key.Kid = fmt.Sprintf("filler-%d", i)
			keys = append(keys, key)
		}
		keys = append(keys, own...)
	}
	return jsonReply(http.StatusOK, map[string]any{"keys": keys})
}
