package latchkey

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

// A damagedStore has lost what it had of every partition that is saved while damaged is set.
type damagedStore struct {
	*cache.Memory
	damaged atomic.Bool
}

func (s *damagedStore) Load(ctx context.Context, p cache.Partition) (cache.Entry, error) {
	if s.damaged.Load() {
		return cache.Entry{}, cache.ErrDamaged
	}
	return s.Memory.Load(ctx, p)
}

func (s *damagedStore) Save(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
	if s.damaged.Load() {
		old, err := s.Memory.Load(ctx, p)
		if err != nil || e.Version != "" {
			return "", cache.ErrConflict
		}
		e.Version = old.Version
		s.damaged.Store(false)
	}
	return s.Memory.Save(ctx, p, e)
}

func (s *damagedStore) Fresh(ctx context.Context, p cache.Partition, version string) (bool, error) {
	if s.damaged.Load() {
		return false, nil
	}
	return s.Memory.Fresh(ctx, p, version)
}

// R30: what nobody can read any more asks for a sign-in, which replaces it.
func TestR30_SignInRepairs(t *testing.T) {
	ctx := context.Background()
	for _, warm := range []bool{true, false} {
		w := newWire(t)
		store := &damagedStore{Memory: cache.NewMemory()}
		share := func(cfg *Config) { cfg.Cache = store }
		c := w.public(share)
		r := w.signIn(c.client, "a")
		store.damaged.Store(true)
		if !warm {
			c = w.public(share)
		}
		if _, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}}); !errors.Is(err, ErrInteractionRequired) || !errors.Is(err, cache.ErrDamaged) {
			t.Errorf("a damaged record: %v", err)
		}
		if again := w.signIn(c.client, "a"); again.CacheError != nil {
			t.Errorf("the sign-in was not kept: %v", again.CacheError)
		}
		other := w.public(share)
		expect(t, w.silent(other.client, r.Account, "a"), "at-2", FromCache, reasonValid)
	}
}

// A sign-in also replaces what the store has whole and nobody can decode, but no record of a newer version.
func TestR30_SignInOverBrokenRecord(t *testing.T) {
	ctx := context.Background()
	for data, replaced := range map[string]bool{`{"RefreshToken":{"secret-rt`: true, `{"LatchkeyFormat":1000}`: false} {
		w := newWire(t)
		store := cache.NewMemory()
		c := w.public(func(cfg *Config) { cfg.Cache = store })
		p := c.partition(cache.KindUser, wireIssuer, "user-1")
		if _, err := store.Save(ctx, p, cache.Entry{Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
		r := w.signIn(c.client, "a")
		e, err := store.Load(ctx, p)
		if err != nil || (string(e.Data) != data) != replaced || (r.CacheError == nil) != replaced {
			t.Errorf("%s: CacheError %v, the store has %s, %v", data, r.CacheError, e, err)
		}
	}
}

func TestR30_SignOutOfDamagedRecord(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	store := &damagedStore{Memory: cache.NewMemory()}
	c := w.public(func(cfg *Config) { cfg.Cache = store })
	r := w.signIn(c.client, "a")
	store.damaged.Store(true)
	if err := c.RemoveAccount(ctx, r.Account); err != nil {
		t.Error(err)
	}
	if e, err := store.Load(ctx, c.partition(cache.KindUser, wireIssuer, r.Account.HomeAccountID)); err != nil || e.Version != "" {
		t.Errorf("left: %v, %v", e, err)
	}
}

// A list that fails for one record hides no other user.
func TestListFailsForOne(t *testing.T) {
	w := newWire(t)
	store := &listFails{cache.NewMemory()}
	c := w.public(func(cfg *Config) { cfg.Cache = store })
	r := w.signIn(c.client, "a")
	found, err := c.Accounts(context.Background())
	if len(found) != 1 || found[0].HomeAccountID != r.Account.HomeAccountID || !errors.Is(err, errStore) {
		t.Errorf("found %v, error %v", found, err)
	}
}

type listFails struct{ *cache.Memory }

func (s *listFails) List(ctx context.Context, k cache.Kind, owner string, yield func(cache.Partition) bool) error {
	return errors.Join(s.Memory.List(ctx, k, owner, yield), errStore)
}
