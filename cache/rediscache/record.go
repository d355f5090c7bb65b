package rediscache

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// The value of a record's key is a record of package sealed, in which a lineage comes before
// the data. The deployment and the name, a keyed hash of the partition, are sealed with it.
var magic = sealed.Magic{'L', 'K', 'R', 'C'}

var errUnknownKey = errors.New("rediscache: unknown key id")

// A sealer seals the records of one deployment, and names their keys.
type sealer struct {
	deployment string
	keys       []sealKey // the first one seals
	*sealed.Names
}

func newSealer(deployment string, k Keyring) *sealer {
	s := &sealer{deployment: deployment, Names: sealed.NewNames(expand(newSealKey(k.Names).secret, cache.Key("name", deployment), sealed.KeySize))}
	for _, key := range k.Seal {
		s.keys = append(s.keys, newSealKey(key))
	}
	return s
}

// context is what is sealed with a record beside its prefix.
func (s *sealer) context(name string) string { return cache.Key(s.deployment, name) }

// A record is what is in the value of a key.
type record struct {
	sealed.Prefix
	partition cache.Partition
	lineage   lineage
	data      []byte
}

// seal makes the value of the key with this name.
func (s *sealer) seal(name string, r *record) []byte {
	key, context := s.keys[0], s.context(name)
	r.Key = key.id
	aead := sealed.NewAEAD(expand(key.secret, "seal "+context, sealed.KeySize))
	return sealed.Seal(aead, magic, r.Prefix, context, r.partition, append(r.lineage.append(nil), r.data...))
}

// open reads the value of the key with this name. The error is sealed.ErrRecord,
// sealed.ErrNewer or errUnknownKey.
func (s *sealer) open(name string, value []byte) (*record, error) {
	at, err := sealed.ParsePrefix(value, magic)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.keys, func(k sealKey) bool { return k.id == at.Key })
	if i < 0 {
		return nil, errUnknownKey
	}
	context := s.context(name)
	aead := sealed.NewAEAD(expand(s.keys[i].secret, "seal "+context, sealed.KeySize))
	p, content, ok := sealed.Open(aead, value, context)
	if !ok || at.Algorithm != sealed.AlgorithmSealed || s.Of(p) != name {
		return nil, sealed.ErrRecord
	}
	r := &record{Prefix: at, partition: p}
	if r.lineage, r.data, ok = parseLineage(content); !ok || len(r.data) == 0 {
		return nil, sealed.ErrRecord
	}
	return r, nil
}

// recordError says what to do about a record that does not open.
func recordError(err error) error {
	switch {
	case errors.Is(err, sealed.ErrNewer):
		return &Error{Problem: "a newer version wrote this record", Remedy: "update this program", kind: ErrNewerFormat}
	case errors.Is(err, errUnknownKey):
		return &Error{Problem: "the record is sealed with a key that this key ring does not have",
			Remedy: "give all replicas of the deployment the same key ring, and other deployments another Options.Deployment", kind: ErrKey}
	}
	return &Error{Problem: "the record is damaged, or was sealed for another user or deployment",
		Remedy: "sign in again, which replaces it, and look who else writes to this Redis", kind: cache.ErrDamaged}
}

// raw is a version as it is in a record: stamp and mark.
func raw(at *sealed.Prefix) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(at.Stamp)), at.Mark[:]...)
}

// parseVersion is the opposite of Prefix.Version, for raw. ok is false if the version is none
// of ours.
func parseVersion(version string) (at sealed.Prefix, ok bool) {
	if at.Stamp, ok = sealed.StampOf(version); !ok {
		return at, false
	}
	mark, err := hex.DecodeString(version[17:])
	copy(at.Mark[:], mark)
	return at, err == nil
}
