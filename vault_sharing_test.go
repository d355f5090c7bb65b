package latchkey

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

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
	if all, err := c.Accounts(ctx); err != nil || len(all) != 0 {
		t.Errorf("with the clock moved back: accounts %v, %v", all, err)
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

// Whoever waited for the lock looks again: another process may have renewed the token meanwhile.
func TestR25_RenewedWhileWaitingForTheLock(t *testing.T) {
	ctx := context.Background()
	for name, ask := range map[string]func(*wire, *Result) SilentRequest{
		"expired": func(w *wire, r *Result) SilentRequest {
			w.advance(2 * time.Hour)
			return SilentRequest{Account: r.Account, Scopes: []string{"a"}}
		},
		"rejected": func(_ *wire, r *Result) SilentRequest {
			return SilentRequest{Account: r.Account, Scopes: []string{"a"}, Rejected: r.TokenHash()}
		},
	} {
		t.Run("R25 "+name, func(t *testing.T) {
			w, store, c, r := troubled(t)
			other := w.public(func(cfg *Config) { cfg.Cache = store.Store })
			request := ask(w, r)
			store.during = func(method string) {
				if method == "Lock" {
					if _, err := other.AcquireTokenSilent(ctx, request); err != nil {
						t.Error(err)
					}
				}
			}
			got, err := c.AcquireTokenSilent(ctx, request)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, got, "at-2", FromCache, reasonValid)
			if n := len(w.requests(grantRefresh)); n != 1 {
				t.Errorf("%d renewals by two processes", n)
			}
		})
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
