//go:build js

package latchkey

import "github.com/latchkey-auth/latchkey/cache"

const shardCount = 1 // a page runs one goroutine at a time

// peek returns what is held of the partition, nil if nothing is. It is on the way of
// every hit.
func (v *vault) peek(p cache.Partition) *held {
	s, name := v.shard(p)
	s.mu.RLock()
	h := s.records[name]
	s.mu.RUnlock()
	return h
}
