package sealed

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/latchkey-auth/latchkey/cache"
)

// A name is two keyed hashes as hex, with a hyphen in between: one of the kind and the
// owner, so that a list needs to open no others, and one of the whole partition.
const (
	groupBytes = 8
	nameBytes  = 20
	nameLength = 2*groupBytes + 1 + 2*nameBytes
)

// How many names are remembered, at first and at most: a hash costs as much as the stat of a
// hit, and a command has one user.
const (
	firstNames = 1 << 6
	mostNames  = 1 << 15
)

// Names makes the names under which a store keeps its records. They tell nobody whose the
// records are, and hold nothing that an authority or a user chose. It is safe for concurrent
// use, and must not be copied.
type Names struct {
	hashers sync.Pool // of *hasher
	seed    maphash.Seed
	known   atomic.Pointer[table]
	misses  atomic.Int64 // of known
}

// A table has pairs of names by their partition's hash. The last two of a pair stay.
type table []atomic.Pointer[named]

type named struct {
	partition cache.Partition
	name      string
}

// NewNames returns the names that a key gives.
func NewNames(key []byte) *Names {
	n := &Names{seed: maphash.MakeSeed()}
	known := make(table, firstNames)
	n.known.Store(&known)
	n.hashers.New = func() any { return &hasher{keyed: hmac.New(sha256.New, key)} }
	return n
}

// Of returns the name of a partition's record. It remembers some.
func (n *Names) Of(p cache.Partition) string {
	known := n.known.Load()
	i := maphash.Comparable(n.seed, p) % uint64(len(*known))
	first, second := &(*known)[i], &(*known)[i^1]
	last := first.Load()
	if last != nil && last.partition == p {
		return last.name
	}
	if k := second.Load(); k != nil && k.partition == p {
		return k.name
	}
	var b [nameLength]byte
	name := append(append(b[:0], n.Group(p.Kind, p.Owner)...), '-')
	h := n.hashers.Get().(*hasher)
	h.text = p.AppendName(h.text[:0])
	k := &named{p, string(h.append(name, nameBytes))}
	n.hashers.Put(h)
	second.Store(last)
	first.Store(k)
	n.grow(known)
	return k.name
}

// grow makes the table larger once it has missed as often as it is long.
func (n *Names) grow(known *table) {
	if n.misses.Add(1) <= int64(len(*known)) || len(*known) == mostNames {
		return
	}
	larger := make(table, 8*len(*known))
	if n.known.CompareAndSwap(known, &larger) {
		n.misses.Store(0)
	}
}

// Group returns the first part of the names of records of a kind and an owner, which is all
// before the hyphen.
func (n *Names) Group(k cache.Kind, owner string) string {
	h := n.hashers.Get().(*hasher)
	defer n.hashers.Put(h)
	h.text = cache.Partition{Kind: k, Owner: owner}.AppendName(append(h.text[:0], "group "...))
	return string(h.append(nil, groupBytes))
}

// A hasher makes keyed hashes.
type hasher struct {
	keyed hash.Hash
	text  []byte // what to hash
	sum   [sha256.Size]byte
}

// append appends the first bytes of the text's hash, as hex.
func (h *hasher) append(b []byte, size int) []byte {
	h.keyed.Reset()
	h.keyed.Write(h.text)
	return hex.AppendEncode(b, h.keyed.Sum(h.sum[:0])[:size])
}

// IsName reports whether a text could be the name of a record.
func IsName(name string) bool {
	if len(name) != nameLength {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if i == 2*groupBytes && c == '-' || i != 2*groupBytes && ('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			continue
		}
		return false
	}
	return true
}
