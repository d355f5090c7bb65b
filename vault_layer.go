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

// drop forgets the record. Beside a store it leaves a mark, so that a load which began
// before the removal does not put the old record back.
func (v *vault) drop(p cache.Partition) {
	s, at := v.shard(p)
	s.mu.Lock()
	if v.store == nil {
		s.remove(at, p)
	} else {
		s.put(at, &held{partition: p})
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
	s, at := v.shard(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.get(at, p); now.removed() && now != seen {
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
			s.remove(at, p)
			return next
		}
	}
	if next.record == nil {
		s.remove(at, p)
		return next
	}
	if s.count >= maxPerShard {
		v.evict(s, p)
	}
	s.put(at, next)
	return next
}

// evict drops some record that the store has too. s.mu is held, as in sweep.
func (v *vault) evict(s *shard, except cache.Partition) {
	for _, h := range s.list() {
		if h.partition != except && len(h.pending) == 0 {
			_, at := v.shard(h.partition)
			s.remove(at, h.partition)
			return
		}
	}
}

// minSweep is how many records a shard has before it looks for ended ones.
const minSweep = 32

// sweep removes the records that have ended, each time that their number has doubled, so
// that a service's on-behalf-of sessions do not stay for ever. now is Unix seconds.
func (v *vault) sweep(s *shard, now int64) {
	if s.count < max(s.sweepAt, minSweep) {
		return
	}
	for _, h := range s.list() {
		if ends := h.record.Expires(h.partition.Kind); ends != 0 && ends <= now {
			_, at := v.shard(h.partition)
			s.remove(at, h.partition)
		}
	}
	s.sweepAt = 2 * s.count
}

// all returns every held record.
func (v *vault) all() []*held {
	var all []*held
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.Lock()
		all = append(all, s.list()...)
		s.mu.Unlock()
	}
	return all
}
