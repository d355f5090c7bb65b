//go:build js

package latchkey

import (
	"sync"

	"github.com/latchkey-auth/latchkey/cache"
)

const numShards = 1

// A shard holds the records. A page has few users and one thread: nobody reads while
// another writes.
type shard struct {
	mu      sync.Mutex
	records map[place]*held
	count   int // records

	sweepAt int // how many records there may be before the ended ones are removed
}

// A place is a partition's name.
type place string

// shard returns where the partition is held.
func (v *vault) shard(p cache.Partition) (*shard, place) { return &v.shards[0], place(p.Name()) }

// peek returns what is held of the partition, nil if nothing is.
func (v *vault) peek(p cache.Partition) *held {
	return v.shards[0].records[place(p.Name())]
}

func (s *shard) get(at place, _ cache.Partition) *held { return s.records[at] }

// put holds h in the place of what there was of its partition.
func (s *shard) put(at place, h *held) {
	if s.records == nil {
		s.records = map[place]*held{}
	}
	s.records[at] = h
	s.count = len(s.records)
}

func (s *shard) remove(at place, _ cache.Partition) {
	delete(s.records, at)
	s.count = len(s.records)
}

// list returns every record.
func (s *shard) list() []*held {
	var all []*held
	for _, h := range s.records {
		all = append(all, h)
	}
	return all
}
