package cachetest

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/latchkey-auth/latchkey/cache"
)

// brokenStores are stores that break the contract, and the checks that must notice.
var brokenStores = []struct {
	name  string
	fails []string
	make  func(b *broken)
}{
	{"says that nothing is there by an error", []string{"absent", "remove"}, func(b *broken) {
		m := b.Memory
		b.load = func(ctx context.Context, p cache.Partition) (cache.Entry, error) {
			e, err := m.Load(ctx, p)
			if err == nil && e.Version == "" {
				err = errors.New("not found")
			}
			return e, err
		}
	}},
	{"gives a version to what is not there", []string{"absent"}, func(b *broken) {
		m := b.Memory
		b.load = func(ctx context.Context, p cache.Partition) (cache.Entry, error) {
			e, err := m.Load(ctx, p)
			if e.Version == "" {
				e.Version = "0"
			}
			return e, err
		}
	}},
	{"forgets when an entry expires", []string{"save and load"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			e.Expires = 0
			return m.Save(ctx, p, e)
		}
	}},
	{"keeps text only", []string{"save and load", "large entries"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			e.Data = []byte(strings.ToValidUTF8(string(e.Data), "?"))
			return m.Save(ctx, p, e)
		}
	}},
	{"returns another version than it keeps", []string{"save and load", "versions"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			v, err := m.Save(ctx, p, e)
			return "v" + v, err
		}
	}},
	{"uses a hash of the data as version", []string{"versions", "R31 removed stays removed"}, func(b *broken) {
		hash := func(v string, data []byte) string {
			if v == "" {
				return ""
			}
			return "hash of " + string(data)
		}
		m := b.Memory
		b.load = func(ctx context.Context, p cache.Partition) (cache.Entry, error) {
			e, err := m.Load(ctx, p)
			e.Version = hash(e.Version, e.Data)
			return e, err
		}
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			now, err := m.Load(ctx, p)
			if err != nil {
				return "", err
			}
			if hash(now.Version, now.Data) != e.Version {
				return "", cache.ErrConflict
			}
			data := e.Data
			e.Version = now.Version
			v, err := m.Save(ctx, p, e)
			return hash(v, data), err
		}
	}},
	{"ignores versions", []string{"conflict", "conflict on creation", "remove conflict", "R31 removed stays removed", "writers lose nothing"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			return overwriting(m, ctx, p, e)
		}
	}},
	{"creates over what exists", []string{"conflict on creation"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			if e.Version == "" && len(e.Data) > 0 {
				return overwriting(m, ctx, p, e)
			}
			return m.Save(ctx, p, e)
		}
	}},
	{"creates again what was removed", []string{"conflict on creation", "R31 removed stays removed"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			if now, err := m.Load(ctx, p); err == nil && now.Version == "" {
				e.Version = ""
			}
			return m.Save(ctx, p, e)
		}
	}},
	{"has a conflict of its own", []string{"conflict", "conflict on creation", "remove conflict"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			v, err := m.Save(ctx, p, e)
			if err != nil {
				err = errors.New(err.Error())
			}
			return v, err
		}
	}},
	{"removes whatever version", []string{"remove conflict"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			if len(e.Data) == 0 {
				return overwriting(m, ctx, p, e)
			}
			return m.Save(ctx, p, e)
		}
	}},
	{"keeps entries without data", []string{"remove", "list", "list and change", "fresh"}, func(b *broken) {
		m := b.Memory
		b.load = func(ctx context.Context, p cache.Partition) (cache.Entry, error) {
			e, err := m.Load(ctx, p)
			if string(e.Data) == "none" {
				e.Data = nil
			}
			return e, err
		}
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			if len(e.Data) == 0 {
				e.Data = []byte("none")
			}
			return m.Save(ctx, p, e)
		}
	}},
	{"keeps entries with empty data", []string{"remove"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			if e.Data != nil && len(e.Data) == 0 {
				e.Data = []byte("none")
			}
			return m.Save(ctx, p, e)
		}
	}},
	{"keeps the caller's bytes", []string{"data is copied"}, func(b *broken) {
		m, s := b.Memory, new(sharing)
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			v, err := m.Save(ctx, p, e)
			if err == nil {
				s.keep(p, e.Data)
			}
			return v, err
		}
		b.load = func(ctx context.Context, p cache.Partition) (cache.Entry, error) {
			e, err := m.Load(ctx, p)
			e.Data = append([]byte(nil), s.get(p)...)
			return e, err
		}
	}},
	{"gives out its own bytes", []string{"data is copied"}, func(b *broken) {
		m, s := b.Memory, new(sharing)
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			v, err := m.Save(ctx, p, e)
			if err == nil {
				s.keep(p, append([]byte(nil), e.Data...))
			}
			return v, err
		}
		b.load = func(ctx context.Context, p cache.Partition) (cache.Entry, error) {
			e, err := m.Load(ctx, p)
			e.Data = s.get(p)
			return e, err
		}
	}},
	{"has short columns", []string{"large entries"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			if len(e.Data) > 1<<20 {
				e.Data = e.Data[:1<<20]
			}
			return m.Save(ctx, p, e)
		}
	}},
	{"joins fields", []string{"R32 hostile names", "lock is per partition", "list"}, func(b *broken) { renaming(b, joined("")) }},
	{"joins fields by a hyphen", []string{"R32 hostile names", "lock is per partition"}, func(b *broken) { renaming(b, joined("-")) }},
	{"joins fields by a colon", []string{"R32 hostile names"}, func(b *broken) { renaming(b, joined(":")) }},
	{"joins fields by a slash", []string{"R32 hostile names"}, func(b *broken) { renaming(b, joined("/")) }},
	{"joins fields by NUL", []string{"R32 hostile names"}, func(b *broken) { renaming(b, joined("\x00")) }},
	{"ignores case", []string{"R32 hostile names"}, func(b *broken) { renaming(b, subjectOnly(strings.ToLower)) }},
	{"ends names at NUL", []string{"R32 hostile names"}, func(b *broken) {
		renaming(b, subjectOnly(func(s string) string { return strings.SplitN(s, "\x00", 2)[0] }))
	}},
	{"has short names", []string{"R32 hostile names"}, func(b *broken) {
		renaming(b, subjectOnly(func(s string) string { return s[:min(len(s), 255)] }))
	}},
	{"makes names valid UTF-8", []string{"R32 hostile names"}, func(b *broken) {
		renaming(b, subjectOnly(func(s string) string { return strings.ToValidUTF8(s, "\ufffd") }))
	}},
	{"trims names", []string{"R32 hostile names"}, func(b *broken) {
		renaming(b, subjectOnly(func(s string) string { return strings.TrimRight(s, " .") }))
	}},
	{"loads without asking its context", []string{"done context"}, func(b *broken) {
		m := b.Memory
		b.load = func(ctx context.Context, p cache.Partition) (cache.Entry, error) {
			return m.Load(context.Background(), p)
		}
	}},
	{"saves without asking its context", []string{"done context"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			return m.Save(context.Background(), p, e)
		}
	}},
	{"saves in spite of its context", []string{"done context"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			v, err := m.Save(context.Background(), p, e)
			return v, first(err, ctx.Err())
		}
	}},
	{"lists without asking its context", []string{"done context"}, func(b *broken) {
		m := b.Memory
		b.list = func(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
			return m.List(context.Background(), k, owner, yield)
		}
	}},
	{"locks nothing", []string{"lock excludes", "lock outlives its context", "lock holders never conflict", "unlock twice"}, func(b *broken) {
		b.lock = func(ctx context.Context, p cache.Partition) (func(), error) { return func() {}, ctx.Err() }
	}},
	{"has one lock for all", []string{"lock is per partition"}, func(b *broken) {
		m := b.Memory
		b.lock = func(ctx context.Context, p cache.Partition) (func(), error) {
			return m.Lock(ctx, cache.Partition{})
		}
	}},
	{"never unlocks", []string{"lock is handed over", "lock excludes"}, func(b *broken) {
		m := b.Memory
		b.lock = func(ctx context.Context, p cache.Partition) (func(), error) {
			_, err := m.Lock(ctx, p)
			return func() {}, err
		}
	}},
	{"unlocks at the end of the context", []string{"lock outlives its context"}, func(b *broken) {
		m := b.Memory
		b.lock = func(ctx context.Context, p cache.Partition) (func(), error) {
			unlock, err := m.Lock(ctx, p)
			if err == nil {
				context.AfterFunc(ctx, unlock)
			}
			return unlock, err
		}
	}},
	{"waits for locks for ever", []string{"lock wait ends with its context", "lock excludes"}, func(b *broken) {
		m := b.Memory
		b.lock = func(ctx context.Context, p cache.Partition) (func(), error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return m.Lock(context.Background(), p)
		}
	}},
	{"gives the lock to those who left", []string{"lock wait ends with its context", "lock excludes"}, func(b *broken) {
		m := b.Memory
		b.lock = func(ctx context.Context, p cache.Partition) (func(), error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			got := make(chan func(), 1)
			go func() {
				unlock, _ := m.Lock(context.Background(), p)
				got <- unlock
			}()
			select {
			case unlock := <-got:
				return unlock, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}},
	{"unlocks whoever holds the lock", []string{"unlock twice"}, func(b *broken) {
		m := b.Memory
		var mu sync.Mutex
		var current func()
		b.lock = func(ctx context.Context, p cache.Partition) (func(), error) {
			unlock, err := m.Lock(ctx, p)
			if err != nil {
				return nil, err
			}
			mu.Lock()
			defer mu.Unlock()
			current = unlock
			return func() {
				mu.Lock()
				defer mu.Unlock()
				current()
			}, nil
		}
	}},
	{"needs the lock for saving", []string{"lock does not guard entries"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			unlock, err := m.Lock(ctx, p)
			if err != nil {
				return "", err
			}
			defer unlock()
			return m.Save(ctx, p, e)
		}
	}},
	{"saves in two steps", []string{"readers see whole entries"}, func(b *broken) {
		m := b.Memory
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			if len(e.Data) < 2 {
				return m.Save(ctx, p, e)
			}
			half := e
			half.Data = e.Data[:2]
			v, err := m.Save(ctx, p, half)
			if err != nil {
				return "", err
			}
			for i := 0; i < 100; i++ {
				_ = together(2, func(int) error { return nil }) // gives way to the readers
			}
			e.Version = v
			return m.Save(ctx, p, e)
		}
	}},
	{"lists other people's", []string{"list"}, func(b *broken) {
		m := b.Memory
		b.list = func(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
			return first(m.List(ctx, k, owner, yield), m.List(ctx, cache.KindApp, owner, yield))
		}
	}},
	{"lists by prefix", []string{"list"}, func(b *broken) {
		m := b.Memory
		b.list = func(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
			return first(m.List(ctx, k, owner, yield), m.List(ctx, k, owner+"2", yield))
		}
	}},
	{"lists without an end", []string{"list stops"}, func(b *broken) {
		m := b.Memory
		b.list = func(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
			return m.List(ctx, k, owner, func(p cache.Partition) bool {
				yield(p)
				return true
			})
		}
	}},
	{"lists under its mutex", []string{"list and change"}, func(b *broken) {
		m := b.Memory
		var mu sync.Mutex
		b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
			mu.Lock()
			defer mu.Unlock()
			return m.Save(ctx, p, e)
		}
		b.list = func(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
			mu.Lock()
			defer mu.Unlock()
			return m.List(ctx, k, owner, yield)
		}
	}},
	{"is always fresh", []string{"fresh"}, func(b *broken) {
		b.fresh = func(context.Context, cache.Partition, string) (bool, error) { return true, nil }
	}},
	{"is never fresh", []string{"fresh"}, func(b *broken) {
		b.fresh = func(context.Context, cache.Partition, string) (bool, error) { return false, nil }
	}},
}

// renaming breaks a store by taking one partition for another.
func renaming(b *broken, rename func(cache.Partition) cache.Partition) {
	m := b.Memory
	b.load = func(ctx context.Context, p cache.Partition) (cache.Entry, error) { return m.Load(ctx, rename(p)) }
	b.save = func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
		return m.Save(ctx, rename(p), e)
	}
	b.lock = func(ctx context.Context, p cache.Partition) (func(), error) { return m.Lock(ctx, rename(p)) }
	b.fresh = func(ctx context.Context, p cache.Partition, version string) (bool, error) {
		return m.Fresh(ctx, rename(p), version)
	}
}

func joined(sep string) func(cache.Partition) cache.Partition {
	return func(p cache.Partition) cache.Partition {
		return cache.Partition{Subject: strings.Join([]string{string(p.Kind), p.Cloud, p.Owner, p.Subject}, sep)}
	}
}

func subjectOnly(change func(string) string) func(cache.Partition) cache.Partition {
	return func(p cache.Partition) cache.Partition {
		p.Subject = change(p.Subject)
		return p
	}
}

// overwriting makes a save succeed whatever version the caller has.
func overwriting(m *cache.Memory, ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
	for {
		now, err := m.Load(ctx, p)
		if err != nil {
			return "", err
		}
		e.Version = now.Version
		if v, err := m.Save(ctx, p, e); !errors.Is(err, cache.ErrConflict) {
			return v, err
		}
	}
}

// A sharing store gives out and keeps the very bytes.
type sharing struct {
	mu      sync.Mutex
	entries map[cache.Partition][]byte
}

func (s *sharing) keep(p cache.Partition, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries == nil {
		s.entries = map[cache.Partition][]byte{}
	}
	s.entries[p] = data
}

func (s *sharing) get(p cache.Partition) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries[p]
}
