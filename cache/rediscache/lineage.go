package rediscache

import (
	"encoding/binary"
	"sync"

	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// A lineage tells which versions a record came from, so that whoever saved one of them can
// tell whether Redis still knows of it: after a failover it may not.
type lineage struct {
	origin     mark   // the version that made the record
	generation uint32 // how many versions came before this one
	ancestors  []mark // the marks of the last ones, newest first
}

type mark = [8]byte

// maxAncestors is how many versions back a lost write is noticed.
const maxAncestors = 16

// lineage as bytes: the number of ancestors, origin, generation, ancestors.
const lineageSize = 1 + 8 + 4

func (l *lineage) append(b []byte) []byte {
	b = append(b, byte(len(l.ancestors)))
	b = append(b, l.origin[:]...)
	b = binary.BigEndian.AppendUint32(b, l.generation)
	for _, m := range l.ancestors {
		b = append(b, m[:]...)
	}
	return b
}

func parseLineage(b []byte) (l lineage, rest []byte, ok bool) {
	if len(b) < lineageSize || b[0] > maxAncestors || len(b) < lineageSize+8*int(b[0]) {
		return l, nil, false
	}
	n := int(b[0])
	copy(l.origin[:], b[1:])
	l.generation = binary.BigEndian.Uint32(b[9:])
	for b = b[lineageSize:]; n > 0; n-- {
		l.ancestors = append(l.ancestors, mark(b[:8]))
		b = b[8:]
	}
	return l, b, true
}

// A version is a state of a record that this process has loaded or saved.
type version struct {
	mark    mark
	lineage lineage
}

// next is the lineage of a record that replaces this version.
func (v *version) next() lineage {
	kept := v.lineage.ancestors
	if len(kept) == maxAncestors {
		kept = kept[:maxAncestors-1]
	}
	return lineage{v.lineage.origin, v.lineage.generation + 1, append([]mark{v.mark}, kept...)}
}

// lacks reports whether now, which was loaded after v was known to be in Redis, did not come
// from v. It never says so wrongly, but not of a v that is too far back.
func (now *version) lacks(v *version) bool {
	if now.lineage.origin != v.lineage.origin || now.mark == v.mark {
		return false // made anew after a sign-out, or the same
	}
	if now.lineage.generation <= v.lineage.generation {
		return true
	}
	back := int64(now.lineage.generation) - int64(v.lineage.generation)
	return back <= int64(len(now.lineage.ancestors)) && now.lineage.ancestors[back-1] != v.mark
}

// A memory has the newest version of some records that this process knows of.
type memory struct {
	mu     sync.Mutex
	byName map[string]*version
}

// maxRemembered bounds a memory, in records.
const maxRemembered = 1 << 14

func (m *memory) get(name string) *version {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.byName[name]
}

// replace puts a version in the place of the one that was there when the caller looked,
// unless somebody else was faster. nil is none.
func (m *memory) replace(name string, seen, now *version) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byName[name] != seen {
		return
	}
	if now == nil {
		delete(m.byName, name)
		return
	}
	if m.byName == nil {
		m.byName = make(map[string]*version)
	}
	for other := range m.byName {
		if len(m.byName) < maxRemembered || other == name {
			break
		}
		delete(m.byName, other)
	}
	m.byName[name] = now
}

// follow returns the lineage of a record that is saved over the version at.
func (m *memory) follow(name string, at sealed.Prefix, created mark) lineage {
	if v := m.get(name); v != nil && v.mark == at.Mark {
		return v.next()
	}
	return lineage{origin: created}
}
