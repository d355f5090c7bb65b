package latchkey

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

// troubled is a client with a store that can fail, and a user who is signed in.
func troubled(t *testing.T) (*wire, *troubledStore, *PublicClient, *Result) {
	t.Helper()
	w := newWire(t)
	store := &troubledStore{Store: cache.NewMemory()}
	c := w.public(func(cfg *Config) { cfg.Cache = store })
	return w, store, c, w.signIn(c.client, "a")
}

func TestR30_FailedSave(t *testing.T) {
	ctx := context.Background()
	for _, by := range []string{"the next call", "Close"} {
		t.Run("R30 saved by "+by, func(t *testing.T) {
			w, store, c, r := troubled(t)
			store.fail("Save")
			got, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
			if err != nil {
				t.Fatal(err)
			}
			expect(t, got, "at-2", FromAuthority, reasonForced)
			if !errors.Is(got.CacheError, errStore) {
				t.Errorf("CacheError %v", got.CacheError)
			}
			if err := c.Close(ctx); !errors.Is(err, errStore) {
				t.Errorf("Close while the store fails: %v", err)
			}
			expect(t, w.silent(c.client, r.Account, "a"), "at-2", FromCache, reasonValid)

			store.fail("")
			if by == "Close" {
				if err := c.Close(ctx); err != nil {
					t.Fatal(err)
				}
			} else {
				w.advance(maxLayerAge)
				w.silent(c.client, r.Account, "a")
			}
			other := w.public(func(cfg *Config) { cfg.Cache = store })
			expect(t, w.silent(other.client, r.Account, "a"), "at-2", FromCache, reasonValid)
			if _, err := other.AcquireTokenSilent(ctx, forced(r.Account, "a")); err != nil || w.last().Get("refresh_token") != "rt-2" {
				t.Errorf("the next refresh: %v, with %q", err, w.last().Get("refresh_token"))
			}
		})
	}
}

// What could not be saved is in use: the next refresh spends the new token, not the one in the store.
func TestR30_UnsavedTokenWins(t *testing.T) {
	ctx := context.Background()
	w, store, c, r := troubled(t)
	store.fail("Save")
	for i, want := range []string{"rt-1", "rt-2", "rt-3"} {
		if _, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a")); err != nil || w.last().Get("refresh_token") != want {
			t.Errorf("refresh %d: %v, spent %q, want %q", i+1, err, w.last().Get("refresh_token"), want)
		}
	}
	store.fail("")
	if err := c.Close(ctx); err != nil {
		t.Fatal(err)
	}
	other := w.public(func(cfg *Config) { cfg.Cache = store })
	expect(t, w.silent(other.client, r.Account, "a"), "at-4", FromCache, reasonValid)
}

// A sign-in that could not be saved is known to this process, and to others once it is saved.
func TestR30_UnsavedSignIn(t *testing.T) {
	ctx := context.Background()
	for _, broken := range []string{"Save", "Load", "Load Save"} {
		t.Run("R30 "+broken, func(t *testing.T) {
			w := newWire(t)
			store := &troubledStore{Store: cache.NewMemory()}
			c := w.public(func(cfg *Config) { cfg.Cache = store })
			store.fail(broken)
			r := w.signIn(c.client, "a")
			if !errors.Is(r.CacheError, errStore) || r.Account.HomeAccountID != "user-1" {
				t.Errorf("CacheError %v, account %+v", r.CacheError, r.Account)
			}
			if all, err := c.Accounts(ctx); err != nil || len(all) != 1 {
				t.Errorf("accounts %v, %v", all, err)
			}
			expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonValid)
			store.fail("")
			if err := c.Close(ctx); err != nil {
				t.Fatal(err)
			}
			other := w.public(func(cfg *Config) { cfg.Cache = store })
			expect(t, w.silent(other.client, r.Account, "a"), "at-1", FromCache, reasonValid)
		})
	}
}

func TestR30_NoLockNoRefresh(t *testing.T) {
	ctx := context.Background()
	for _, broken := range []string{"Lock", "Load"} {
		t.Run("R30 "+broken, func(t *testing.T) {
			w, store, c, r := troubled(t)
			store.fail(broken)
			if _, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a")); !errors.Is(err, errStore) || errors.Is(err, ErrInteractionRequired) {
				t.Errorf("error %v, want the store's", err)
			}
			if n := len(w.requests(grantRefresh)); n != 0 {
				t.Errorf("a refresh token was spent without the lock, or on an old record: %d requests", n)
			}
			w.advance(3599 * time.Second)
			if broken == "Lock" { // the token that is still good serves
				expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonStale)
			}
		})
	}
}

func TestR30_BrokenRecord(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	store := cache.NewMemory()
	c := w.public(func(cfg *Config) { cfg.Cache = store })
	p := c.partition(cache.KindUser, wireIssuer, "user-1")
	for name, data := range map[string]string{"broken": `{"RefreshToken":{"secret-rt`, "of a newer version": `{"LatchkeyFormat":1000,"x":"secret-rt"}`} {
		e, err := store.Load(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Save(ctx, p, cache.Entry{Data: []byte(data), Version: e.Version}); err != nil {
			t.Fatal(err)
		}
		_, err = c.AcquireTokenSilent(ctx, SilentRequest{Account: Account{HomeAccountID: "user-1"}, Scopes: []string{"a"}})
		if err == nil || errors.Is(err, ErrInteractionRequired) || strings.Contains(err.Error(), "secret-rt") {
			t.Errorf("a record that is %s: %v", name, err)
		}
		if again, err := store.Load(ctx, p); err != nil || string(again.Data) != data {
			t.Errorf("a record that is %s was overwritten", name)
		}
	}
	if err := c.RemoveAccount(ctx, Account{HomeAccountID: "user-1"}); err != nil {
		t.Errorf("it cannot be removed either: %v", err)
	}
}

// Saves that fail at the same time do not multiply what is to be saved.
func TestR30_PendingOnce(t *testing.T) {
	ctx := context.Background()
	w, store, c, r := troubled(t)
	nested := 0
	store.during = func(method string) {
		if method == "Save" && nested < 20 {
			nested++
			_ = c.vault.flush(ctx) // fails as well
		}
	}
	store.fail("Save")
	for i := 0; i < 20; i++ {
		nested = 0
		if _, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a")); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(c.vault.peek(c.partition(cache.KindUser, wireIssuer, "user-1")).pending); n != 20 {
		t.Errorf("%d changes are pending, want 20", n)
	}
	store.during = nil
	store.fail("")
	if err := c.Close(ctx); err != nil {
		t.Fatal(err)
	}
	other := w.public(func(cfg *Config) { cfg.Cache = store })
	expect(t, w.silent(other.client, r.Account, "a"), "at-21", FromCache, reasonValid)
}

// Many goroutines load, save, fail and sign out at once; run with -race.
func TestVaultConcurrently(t *testing.T) {
	ctx := context.Background()
	w, store, c, r := troubled(t)
	var wg sync.WaitGroup
	work := func(n int, f func(i int)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < n; i++ {
				f(i)
			}
		}()
	}
	work(40, func(i int) { store.fail([]string{"", "Save"}[i%2]) })
	for range [4]int{} {
		work(40, func(i int) {
			w.advance(time.Second)
			ask := SilentRequest{Account: r.Account, Scopes: []string{"a"}, ForceRefresh: i%8 == 0}
			if _, err := c.AcquireTokenSilent(ctx, ask); err != nil {
				t.Error(err)
			}
		})
		work(40, func(int) {
			if _, err := c.Accounts(ctx); err != nil {
				t.Error(err)
			}
			_ = c.Close(ctx) // may find the store broken
		})
	}
	wg.Wait()
	store.fail("")
	if err := c.Close(ctx); err != nil {
		t.Fatal(err)
	}
	last := w.silent(c.client, r.Account, "a")
	other := w.public(func(cfg *Config) { cfg.Cache = store })
	if got := w.silent(other.client, r.Account, "a"); got.AccessToken() != last.AccessToken() {
		t.Errorf("the store has %s, the process %s", got.AccessToken(), last.AccessToken())
	}
}

// The layer is bounded beside a store, and what is not saved is never dropped.
func TestVaultIsBounded(t *testing.T) {
	ctx := context.Background()
	store := &troubledStore{Store: cache.NewMemory()}
	v := newVault(store, func() time.Time { return time.Unix(1_800_000_000, 0) })
	var unsaved cache.Partition
	put := &change{apply: func(r *cache.Record) { r.PutAccount(&cache.Account{HomeAccountID: "x"}) }, create: true}
	store.fail("Save")
	for n := 0; n < 3; n++ {
		unsaved = cache.Partition{Kind: cache.KindUser, Owner: strings.Repeat("x", n+1), Subject: "unsaved"}
		if _, err := v.update(ctx, unsaved, put); err == nil {
			t.Fatal("the save did not fail")
		}
	}
	s, _ := v.shard(unsaved)
	store.fail("")
	for n := 0; n < maxPerShard+100; n++ {
		p := cache.Partition{Kind: cache.KindUser, Cloud: strings.Repeat("y", n), Owner: unsaved.Owner, Subject: "unsaved"}
		if _, err := v.update(ctx, p, put); err != nil {
			t.Fatal(err)
		}
	}
	pending := 0
	for _, h := range s.list() {
		if len(h.pending) > 0 {
			pending++
		}
	}
	if s.count > maxPerShard || pending != 2 { // the third was saved by the first of the loop
		t.Errorf("%d records, %d of them not saved", s.count, pending)
	}
}
