package cachetest

import (
	"context"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

// A broken store is right in everything but what its functions change.
type broken struct {
	*cache.Memory
	load  func(ctx context.Context, p cache.Partition) (cache.Entry, error)
	save  func(ctx context.Context, p cache.Partition, e cache.Entry) (string, error)
	lock  func(ctx context.Context, p cache.Partition) (func(), error)
	list  func(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error
	fresh func(ctx context.Context, p cache.Partition, version string) (bool, error)
}

func (b *broken) Load(ctx context.Context, p cache.Partition) (cache.Entry, error) {
	if b.load != nil {
		return b.load(ctx, p)
	}
	return b.Memory.Load(ctx, p)
}

func (b *broken) Save(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
	if b.save != nil {
		return b.save(ctx, p, e)
	}
	return b.Memory.Save(ctx, p, e)
}

func (b *broken) Lock(ctx context.Context, p cache.Partition) (func(), error) {
	if b.lock != nil {
		return b.lock(ctx, p)
	}
	return b.Memory.Lock(ctx, p)
}

func (b *broken) List(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
	if b.list != nil {
		return b.list(ctx, k, owner, yield)
	}
	return b.Memory.List(ctx, k, owner, yield)
}

func (b *broken) Fresh(ctx context.Context, p cache.Partition, version string) (bool, error) {
	if b.fresh != nil {
		return b.fresh(ctx, p, version)
	}
	return b.Memory.Fresh(ctx, p, version)
}

func newBroken(change func(*broken)) *broken {
	b := &broken{Memory: cache.NewMemory()}
	if change != nil {
		change(b)
	}
	return b
}

func TestEachCheckFails(t *testing.T) {
	noticed := map[string]bool{}
	for _, row := range brokenStores {
		for _, name := range row.fails {
			noticed[name] = true
			s := subject{Store: newBroken(row.make), patience: 150 * time.Millisecond}
			if err := s.try(checkNamed(t, name)); err == nil {
				t.Errorf("check %q passes a store that %s", name, row.name)
			} else {
				t.Logf("%s: %s: %v", row.name, name, err)
			}
		}
	}
	for _, c := range checks {
		if !noticed[c.name] {
			t.Errorf("no store fails check %q", c.name)
		}
	}
}

func checkNamed(t *testing.T, name string) *check {
	t.Helper()
	for i := range checks {
		if checks[i].name == name {
			return &checks[i]
		}
	}
	t.Fatalf("there is no check %q", name)
	return nil
}

func TestRunPassesARightStore(t *testing.T) {
	Run(t, func(*testing.T) cache.Store { return newBroken(nil) })
}

// A plain store is neither a Lister nor a Freshener.
type plain struct{ cache.Store }

func TestRunPassesAPlainStore(t *testing.T) {
	Run(t, func(*testing.T) cache.Store { return plain{cache.NewMemory()} })
}
