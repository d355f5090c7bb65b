//go:build !js

package latchkey

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/latchkey-auth/latchkey/cache"
)

const numShards = 64

// A shard holds the records of some partitions: a hash table that readers search without a
// lock, so that cores which find tokens do not wait for one another. A writer holds mu and
// replaces one slot at a time, or the whole table when it grows.
type shard struct {
	mu    sync.Mutex
	slots atomic.Pointer[slots]
	taken int // slots that are not nil
	count int // records; the other taken slots are vacated

	sweepAt int // how many records there may be before the ended ones are removed
}

// Slots are a power of two, at least half of them nil. Probing is linear.
type slots []atomic.Pointer[held]

// A place is where a search begins.
type place uint64

// vacated is in the slots of records that were removed: a search goes on past them. Its
// partition is nobody's.
var vacated = new(held)

// placeSeed keeps an authority from choosing ids that meet in one place.
var placeSeed = maphash.MakeSeed()

func placeOf(p cache.Partition) place { return place(maphash.String(placeSeed, p.Subject)) }

// shard returns where the partition is held.
func (v *vault) shard(p cache.Partition) (*shard, place) {
	at := placeOf(p)
	return &v.shards[at%numShards], at / numShards
}

// peek returns what is held of the partition, nil if nothing is. It is on the way of
// every hit, and allocates nothing.
func (v *vault) peek(p cache.Partition) *held {
	s, at := v.shard(p)
	return s.get(at, p)
}

func (s *shard) get(at place, p cache.Partition) *held {
	if table := s.slots.Load(); table != nil {
		_, h := table.find(at, p)
		return h
	}
	return nil
}

// find returns the partition's slot and what was in it, else the nil one where it can be
// put. Who does not hold the lock must not look into the slot again.
func (t slots) find(at place, p cache.Partition) (*atomic.Pointer[held], *held) {
	for mask := place(len(t) - 1); ; at++ {
		slot := &t[at&mask]
		if h := slot.Load(); h == nil || h.partition == p {
			return slot, h
		}
	}
}

// put holds h in the place of what there was of its partition. s.mu is held, as in the
// next ones.
func (s *shard) put(at place, h *held) {
	if table := s.slots.Load(); table == nil || 2*(s.taken+1) > len(*table) {
		s.grow()
	}
	slot, old := s.slots.Load().find(at, h.partition)
	if old == nil {
		s.taken++
		s.count++
	}
	slot.Store(h)
}

func (s *shard) remove(at place, p cache.Partition) {
	table := s.slots.Load()
	if table == nil {
		return
	}
	if slot, old := table.find(at, p); old != nil {
		slot.Store(vacated)
		s.count--
	}
}

// grow makes a table that at most a third of is taken. Who searches the old one meanwhile
// has come before the change that this is for.
func (s *shard) grow() {
	size := 8
	for size < 3*(s.count+1) {
		size *= 2
	}
	next := make(slots, size)
	for _, h := range s.list() {
		slot, _ := next.find(placeOf(h.partition)/numShards, h.partition)
		slot.Store(h)
	}
	s.taken = s.count
	s.slots.Store(&next)
}

// list returns every record.
func (s *shard) list() []*held {
	table := s.slots.Load()
	if table == nil {
		return nil
	}
	all := make([]*held, 0, s.count)
	for i := range *table {
		if h := (*table)[i].Load(); h != nil && h != vacated {
			all = append(all, h)
		}
	}
	return all
}
