package cache

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Memory is a [Store] that lasts as long as the program. It is also a [Lister] and a
// [Freshener]. The zero Memory is ready to use. It must not be copied.
type Memory struct {
	// Now is the clock that entries expire by. If nil, it is time.Now. It must not be
	// changed once the store is in use.
	Now func() time.Time

	// Limit bounds the number of entries; 0 means any number. At the limit the save of a new
	// entry removes those that were loaded or saved least recently, a sixteenth of all: users
	// among them have to sign in again. It must not be changed once the store is in use.
	Limit int

	mu      sync.RWMutex
	entries map[string]*memoryEntry // by Partition.Name
	saves   uint64                  // counts up for ever, so that no version comes back
	sweepAt int                     // the number of entries at which to look for expired ones

	locks locks
}

type memoryEntry struct {
	partition Partition
	entry     Entry
	used      atomic.Uint64 // what saves was when the entry was last used, if there is a Limit
}

// sweepFrom is the number of entries below which expired ones are not looked for.
const sweepFrom = 1024

// NewMemory returns an empty store.
func NewMemory() *Memory { return new(Memory) }

// String returns the type's name: what is in the store is nobody's business.
func (m *Memory) String() string { return "cache.Memory" }

// GoString is String.
func (m *Memory) GoString() string { return m.String() }

// Load implements [Store].
func (m *Memory) Load(ctx context.Context, p Partition) (Entry, error) {
	if ctx.Err() != nil {
		return Entry{}, context.Cause(ctx)
	}
	m.mu.RLock()
	e := m.current(p)
	m.mu.RUnlock()
	e.Data = append([]byte(nil), e.Data...) // the store's data is never written to, only replaced
	return e, nil
}

// Save implements [Store].
func (m *Memory) Save(ctx context.Context, p Partition, e Entry) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	e.Data = append([]byte(nil), e.Data...)
	name := p.Name()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current(p).Version != e.Version {
		return "", ErrConflict
	}
	if len(e.Data) == 0 {
		delete(m.entries, name)
		return "", nil
	}
	m.saves++
	e.Version = strconv.FormatUint(m.saves, 10)
	if m.entries == nil {
		m.entries = make(map[string]*memoryEntry)
	}
	kept := &memoryEntry{partition: p, entry: e}
	kept.used.Store(m.saves)
	m.entries[name] = kept
	m.sweep()
	if m.Limit > 0 && len(m.entries) > m.Limit {
		m.evict(kept)
	}
	return e.Version, nil
}

// Fresh implements [Freshener]. It does not allocate.
func (m *Memory) Fresh(ctx context.Context, p Partition, version string) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.current(p).Version == version, nil
}

// List implements [Lister].
func (m *Memory) List(ctx context.Context, k Kind, owner string, yield func(Partition) bool) error {
	for _, p := range m.partitions(k, owner) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !yield(p) {
			return nil
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Lock implements [Store]. Those who wait for a partition get its lock in turn.
func (m *Memory) Lock(ctx context.Context, p Partition) (unlock func(), err error) {
	return m.locks.lock(ctx, p.Name())
}

// current returns the entry of a partition, sharing its data. m.mu is held.
func (m *Memory) current(p Partition) Entry {
	var buf [256]byte
	if e := m.entries[string(p.AppendName(buf[:0]))]; e != nil {
		// Saves count the time: then readers do not write where others read.
		if m.Limit > 0 && e.used.Load() != m.saves {
			e.used.Store(m.saves)
		}
		return e.entry
	}
	return Entry{}
}

// evict removes the least recently used entries but keeps one. m.mu is held.
func (m *Memory) evict(kept *memoryEntry) {
	others := make([]*memoryEntry, 0, len(m.entries))
	for _, e := range m.entries {
		if e != kept {
			others = append(others, e)
		}
	}
	slices.SortStableFunc(others, func(a, b *memoryEntry) int { return cmp.Compare(a.used.Load(), b.used.Load()) })
	n := max(len(m.entries)-m.Limit, m.Limit/16)
	for _, e := range others[:min(n, len(others))] {
		delete(m.entries, e.partition.Name())
	}
}

func (m *Memory) partitions(k Kind, owner string) []Partition {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var list []Partition
	for _, e := range m.entries {
		if e.partition.Kind == k && e.partition.Owner == owner {
			list = append(list, e.partition)
		}
	}
	return list
}

// sweep removes expired entries each time that the store has doubled, which costs a save a
// constant number of steps on average and needs no timer. m.mu is held.
func (m *Memory) sweep() {
	if len(m.entries) < sweepFrom || len(m.entries) < m.sweepAt {
		return
	}
	now := time.Now
	if m.Now != nil {
		now = m.Now
	}
	seconds := now().Unix()
	for name, e := range m.entries {
		if e.entry.Expires != 0 && e.entry.Expires <= seconds {
			delete(m.entries, name)
		}
	}
	m.sweepAt = 2 * len(m.entries)
}
