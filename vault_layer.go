package latchkey

import "github.com/latchkey-auth/latchkey/cache"

func (h *held) recordOrNil() *cache.Record {
	if h == nil {
		return nil
	}
	return h.record
}

// removed reports whether h is the mark that drop leaves.
func (h *held) removed() bool { return h != nil && h.record == nil && len(h.pending) == 0 }

// shard returns where the partition is held, and under which key.
func (v *vault) shard(p cache.Partition) (*shard, string) {
	return &v.shards[shardOf(p.Subject)], p.Name()
}

// shardOf spreads subjects by FNV-1a over their first and last bytes: some ids differ at
// the beginning, some at the end.
func shardOf(subject string) uint32 {
	h := uint32(2166136261)
	for i, n := 0, len(subject); i < 8 && i < n; i++ {
		h = (h ^ uint32(subject[i])) * 16777619
		h = (h ^ uint32(subject[n-1-i])) * 16777619
	}
	return (h ^ h>>16) % shardCount
}

// drop forgets the record. Beside a store it leaves a mark, so that a load which began
// before the removal does not put the old record back.
func (v *vault) drop(p cache.Partition) {
	s, key := v.shard(p)
	s.mu.Lock()
	delete(s.records, key)
	if v.store != nil {
		s.records[key] = &held{partition: p}
	}
	s.mu.Unlock()
}

// postpone lets the next attempt to save wait for maxLayerAge.
func (v *vault) postpone(p cache.Partition, now int64) {
	if h := v.peek(p); h != nil {
		h.checked.Store(now)
	}
}

// install puts next in the place of seen, and returns what is then held. If another
// goroutine was there meanwhile, nobody knows whose version is the newer, so the
// record is dropped and the next load asks the store; what is not saved is never dropped.
func (v *vault) install(p cache.Partition, seen, next *held) *held {
	s, key := v.shard(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.records[key]; now.removed() && now != seen {
		fresh := &held{partition: p}
		fresh.carry(next.pending) // of what is not saved only a new sign-in outlasts the removal
		if len(fresh.pending) == 0 {
			return next
		}
		next = fresh
	} else if now != seen {
		if now != nil {
			next.carry(now.pending)
		}
		if len(next.pending) == 0 {
			delete(s.records, key)
			return next
		}
	}
	if next.record == nil {
		delete(s.records, key)
		return next
	}
	if len(s.records) >= maxPerShard {
		s.evict(key)
	}
	s.records[key] = next
	return next
}

// evict drops some record that the store has too.
func (s *shard) evict(except string) {
	for key, h := range s.records {
		if key != except && len(h.pending) == 0 {
			delete(s.records, key)
			return
		}
	}
}

// minSweep is how many records a shard has before it looks for ended ones.
const minSweep = 32

// sweep removes the records that have ended, each time that their number has doubled, so
// that a service's on-behalf-of sessions do not stay for ever. now is Unix seconds.
func (s *shard) sweep(now int64) {
	if len(s.records) < max(s.sweepAt, minSweep) {
		return
	}
	for key, h := range s.records {
		if ends := h.record.Expires(h.partition.Kind); ends != 0 && ends <= now {
			delete(s.records, key)
		}
	}
	s.sweepAt = 2 * len(s.records)
}

// each calls f with every held record, outside the locks.
func (v *vault) each(f func(*held)) {
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.RLock()
		all := make([]*held, 0, len(s.records))
		for _, h := range s.records {
			all = append(all, h)
		}
		s.mu.RUnlock()
		for _, h := range all {
			f(h)
		}
	}
}
