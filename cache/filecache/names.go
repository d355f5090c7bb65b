package filecache

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

// The name of a record's file is two keyed hashes as hex: one of the kind and the owner, so
// that a list needs to open no other files, and one of the whole partition.
const (
	groupBytes = 8
	nameBytes  = 20
	nameLength = 2*groupBytes + 1 + 2*nameBytes
)

// rememberedNames is how many names are remembered at most. A hash costs as much as the
// stat of a hit.
const rememberedNames = 1 << 15

// names makes the names of records' files.
type names struct {
	hashers sync.Pool // of *hasher
	seed    maphash.Seed
	known   []atomic.Pointer[named] // pairs by the partition's hash; the last two stay
}

type named struct {
	partition cache.Partition
	name      string
}

func newNames(key []byte) *names {
	n := &names{seed: maphash.MakeSeed(), known: make([]atomic.Pointer[named], rememberedNames)}
	n.hashers.New = func() any { return &hasher{keyed: hmac.New(sha256.New, key)} }
	return n
}

// of returns the name of a partition's file.
func (n *names) of(p cache.Partition) string {
	i := maphash.Comparable(n.seed, p) % rememberedNames
	first, second := &n.known[i], &n.known[i^1]
	last := first.Load()
	if last != nil && last.partition == p {
		return last.name
	}
	if k := second.Load(); k != nil && k.partition == p {
		return k.name
	}
	var b [nameLength]byte
	name := append(append(b[:0], n.group(p.Kind, p.Owner)...), '-')
	h := n.hashers.Get().(*hasher)
	h.text = p.AppendName(h.text[:0])
	k := &named{p, string(h.append(name, nameBytes))}
	n.hashers.Put(h)
	second.Store(last)
	first.Store(k)
	return k.name
}

// group is the first part of the names of records of a kind and an owner.
func (n *names) group(k cache.Kind, owner string) string {
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

// isRecordName reports whether a file's name could be that of a record.
func isRecordName(name string) bool {
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
