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

// R31: whoever is signed out while a renewal runs stays so: in one process, and by another client of the same store.
func TestR31_SignOutDuringRenewal(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name          string
		store, remote bool
		broken        string // of the store, after the sign-out
	}{
		{"R31 no store", false, false, ""},
		{"R31 store", true, false, ""},
		{"R31 store, by another client", true, true, ""},
		{"R31 store that then fails to save", true, false, "Save"},
		{"R31 store that then fails to load", true, false, "Load"},
		{"R31 store that then fails", true, false, "Load Save"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t)
			store := &troubledStore{Store: cache.NewMemory()}
			config := func(cfg *Config) {
				if tt.store {
					cfg.Cache = store
				}
			}
			c := w.public(config)
			signsOut := c
			if tt.remote {
				signsOut = w.public(config)
			}
			r := w.signIn(c.client, "a")
			w.token = func(q asked) answer {
				if err := signsOut.RemoveAccount(ctx, r.Account); err != nil {
					t.Error(err)
				}
				store.fail(tt.broken)
				return w.grant(q).answer()
			}
			got, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
			if err != nil {
				t.Fatalf("the caller's token is lost: %v", err)
			}
			if got.AccessToken() != "at-2" || got.Account.HomeAccountID != "user-1" {
				t.Errorf("%v of %+v", got, got.Account)
			}
			for _, mended := range []bool{false, true} {
				if mended {
					store.fail("")
					w.advance(maxLayerAge)
				}
				if token, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}}); err == nil {
					t.Errorf("mended %v: the sign-out was undone: %v", mended, token)
				} else if mended && !errors.Is(err, ErrInteractionRequired) {
					t.Errorf("after the sign-out: %v", err)
				}
			}
			if err := c.Close(ctx); err != nil {
				t.Error(err)
			}
			if all := stored(t, store.Store.(*cache.Memory)); all != "" {
				t.Errorf("the store has %s", all)
			}
		})
	}
}

// A user who signs in again after the sign-out is signed in, whatever ran meanwhile.
func TestR31_SignInAfterSignOut(t *testing.T) {
	ctx := context.Background()
	w, store, c, r := troubled(t)
	w.token = func(q asked) answer {
		w.token = nil
		if err := c.RemoveAccount(ctx, r.Account); err != nil {
			t.Error(err)
		}
		store.fail("Save")
		w.signIn(c.client, "a") // at-2
		return w.grant(q).answer()
	}
	if _, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a")); err != nil {
		t.Fatal(err)
	}
	store.fail("")
	if err := c.Close(ctx); err != nil {
		t.Fatal(err)
	}
	other := w.public(func(cfg *Config) { cfg.Cache = store })
	if got := w.silent(other.client, r.Account, "a"); got.Source.From != FromCache {
		t.Errorf("the new sign-in is lost: %v", got)
	}
}

// R31: a save that meets another writer keeps what both brought, and no token is redeemed twice for it.
func TestR31_Conflict(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	store := cache.NewMemory()
	share := func(cfg *Config) { cfg.Cache = store }
	c, other := w.public(share), w.public(share)
	r := w.signIn(c.client, "a", "b")
	w.token = func(q asked) answer {
		if q.Get("scope") == "a openid" {
			// Another program writes without the lock, as an import does.
			if _, err := other.AcquireTokenByRefreshToken(ctx, "elsewhere", RefreshTokenRequest{Scopes: []string{"b"}}); err != nil {
				t.Error(err)
			}
		}
		return w.grant(q).answer()
	}
	got, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
	if err != nil || got.CacheError != nil {
		t.Fatal(err, got.CacheError)
	}
	if n := len(w.requests(grantRefresh)); n != 2 {
		t.Errorf("%d redemptions, want one of each program", n)
	}
	third := w.public(share)
	expect(t, w.silent(third.client, r.Account, "a"), got.AccessToken(), FromCache, reasonValid)
	expect(t, w.silent(third.client, r.Account, "b"), "at-2", FromCache, reasonValid)
}

// A store that says conflict for ever costs a bounded number of attempts, and the token stays in memory.
func TestR31_EndlessConflict(t *testing.T) {
	ctx := context.Background()
	w, store, c, r := troubled(t)
	before := store.saves
	store.Store = conflictStore{store.Store}
	got, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if n := store.saves - before; n != saveAttempts || !errors.Is(got.CacheError, cache.ErrConflict) {
		t.Errorf("%d saves, CacheError %v", n, got.CacheError)
	}
	expect(t, w.silent(c.client, r.Account, "a"), "at-2", FromCache, reasonValid)
	store.Store = store.Store.(conflictStore).Store
	if err := c.Close(ctx); err != nil {
		t.Fatal(err)
	}
	other := w.public(func(cfg *Config) { cfg.Cache = store })
	expect(t, w.silent(other.client, r.Account, "a"), "at-2", FromCache, reasonValid)
}

type conflictStore struct{ cache.Store }

func (conflictStore) Save(context.Context, cache.Partition, cache.Entry) (string, error) {
	return "", cache.ErrConflict
}

// R31: the layer in the process is at most 5 s old where the store cannot say whether it is current.
func TestR31_LayerAge(t *testing.T) {
	ctx := context.Background()
	w, store, c, r := troubled(t)
	other := w.public(func(cfg *Config) { cfg.Cache = store })
	if err := other.RemoveAccount(ctx, r.Account); err != nil {
		t.Fatal(err)
	}
	w.advance(maxLayerAge - time.Second)
	expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonValid)
	w.advance(time.Second)
	if _, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}}); !errors.Is(err, ErrInteractionRequired) {
		t.Errorf("5 s after another process's sign-out: %v", err)
	}
	// A clock that went back does not make the layer live longer.
	r = w.signIn(c.client, "a")
	if err := other.RemoveAccount(ctx, r.Account); err != nil {
		t.Fatal(err)
	}
	w.advance(-time.Hour)
	if _, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}}); !errors.Is(err, ErrInteractionRequired) {
		t.Errorf("with the clock moved back: %v", err)
	}
	// A store that can say so is asked each time.
	memory := cache.NewMemory()
	share := func(cfg *Config) { cfg.Cache = memory }
	c, other = w.public(share), w.public(share)
	r = w.signIn(c.client, "a")
	if err := other.RemoveAccount(ctx, r.Account); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}}); !errors.Is(err, ErrInteractionRequired) {
		t.Errorf("at once after another client's sign-out: %v", err)
	}
}

// R31: the refresh token that is spent is the store's, however fresh the layer is.
func TestR31_RefreshTokenComesFromTheStore(t *testing.T) {
	ctx := context.Background()
	w, store, c, r := troubled(t)
	other := w.public(func(cfg *Config) { cfg.Cache = store })
	if _, err := other.AcquireTokenSilent(ctx, forced(r.Account, "a")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a")); err != nil || w.last().Get("refresh_token") != "rt-2" {
		t.Errorf("%v, spent %q, want the newer rt-2", err, w.last().Get("refresh_token"))
	}
	// Somebody who waited for the lock takes the token of whoever had it.
	w.advance(2 * time.Hour)
	if _, err := other.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	n := len(w.requests(grantRefresh))
	expect(t, w.silent(c.client, r.Account, "a"), "at-4", FromCache, reasonValid)
	if len(w.requests(grantRefresh)) != n {
		t.Error("a token that another process had just renewed was renewed again")
	}
}

// A load that was on its way when the user signed out does not bring the user back into the layer.
func TestR31_LoadDuringSignOut(t *testing.T) {
	ctx := context.Background()
	for _, loads := range []int{1, 2, 3} {
		w, store, c, r := troubled(t)
		cold := w.public(func(cfg *Config) { cfg.Cache = store })
		p := cold.partition(cache.KindUser, wireIssuer, "user-1")
		// The loads have read the store, and have not put what they read into the layer yet.
		var read []*held
		var seen []*held
		for i := 0; i < loads; i++ {
			h, err := cold.vault.fetch(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			seen, read = append(seen, cold.vault.peek(p)), append(read, h)
		}
		if err := cold.RemoveAccount(ctx, r.Account); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < loads; i++ {
			cold.vault.install(p, seen[i], read[i])
		}
		if h := cold.vault.peek(p); h.recordOrNil() != nil {
			t.Errorf("%d loads: the signed-out user is in the layer", loads)
		}
		if err := c.Close(ctx); err != nil {
			t.Fatal(err)
		}
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
	unsaved := cache.Partition{Kind: cache.KindUser, Subject: "unsaved"}
	put := &change{apply: func(r *cache.Record) { r.PutAccount(&cache.Account{HomeAccountID: "x"}) }, create: true}
	store.fail("Save")
	for n := 0; n < 3; n++ {
		unsaved.Owner += "x"
		if _, err := v.update(ctx, unsaved, put); err == nil {
			t.Fatal("the save did not fail")
		}
	}
	s, _ := v.shard(unsaved)
	store.fail("")
	for n := 0; n < maxPerShard+100; n++ {
		p := unsaved
		p.Cloud += strings.Repeat("y", n)
		if _, err := v.update(ctx, p, put); err != nil {
			t.Fatal(err)
		}
	}
	pending := 0
	for _, h := range s.records {
		if len(h.pending) > 0 {
			pending++
		}
	}
	if len(s.records) > maxPerShard || pending != 2 { // the third was saved by the first of the loop
		t.Errorf("%d records, %d of them not saved", len(s.records), pending)
	}
}
