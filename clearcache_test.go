//go:build !js

package latchkey_test

import (
	"errors"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
)

// What a client keeps goes, of users and of its own, and nothing of anybody else.
func TestClearCache(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		store := cache.NewMemory()
		cfg := w.config("native")
		cfg.Cache = store
		users := w.publicFrom(cfg)
		cfg = w.config("daemon")
		cfg.Cache = store
		service := w.confidentialFrom("daemon", cfg)
		cached := func(wantUser, wantService bool) {
			t.Helper()
			_, err := w.publicFrom(withCache(w.config("native"), store)).AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: w.scopes(), CacheOnly: true})
			if (err == nil) != wantUser || err != nil && !errors.Is(err, latchkey.ErrInteractionRequired) {
				t.Errorf("the user's token: %v", err)
			}
			r, err := w.confidentialFrom("daemon", withCache(w.config("daemon"), store)).AcquireTokenByClientCredential(w.ctx, w.appRequest())
			if err != nil || (r.Source.From == latchkey.FromCache) != wantService {
				t.Errorf("the service's token: %v, %v", r, err)
			}
		}
		// The same client at another authority, and another client at any.
		strangers := []cache.Partition{
			{Kind: cache.KindUser, Cloud: "elsewhere.test", Owner: w.config("native").ClientID, Subject: "somebody"},
			{Kind: cache.KindUser, Cloud: "elsewhere.test", Owner: "another client", Subject: "somebody"},
		}
		for _, p := range strangers {
			if _, err := store.Save(w.ctx, p, cache.Entry{Data: []byte("theirs")}); err != nil {
				t.Fatal(err)
			}
		}
		w.signIn(users)
		if _, err := service.AcquireTokenByClientCredential(w.ctx, w.appRequest()); err != nil {
			t.Fatal(err)
		}
		cached(true, true)
		if err := service.ClearCache(w.ctx); err != nil {
			t.Fatal(err)
		}
		cached(true, false)
		if err := users.ClearCache(w.ctx); err != nil {
			t.Fatal(err)
		}
		cached(false, true)
		for _, p := range strangers {
			if e, err := store.Load(w.ctx, p); err != nil || string(e.Data) != "theirs" {
				t.Errorf("%v lost %q: %v", p, e.Data, err)
			}
		}
		// What the client itself still has in hand is gone too.
		if r, err := service.AcquireTokenByClientCredential(w.ctx, w.appRequest()); err != nil || r.Source.From != latchkey.FromCache {
			t.Errorf("%v, %v", r, err)
		}
		if err := users.ClearCache(w.ctx); err != nil {
			t.Errorf("with nothing there: %v", err)
		}
	})
}

func withCache(cfg latchkey.Config, store cache.Store) latchkey.Config {
	cfg.Cache = store
	return cfg
}

// Without a store the client is the cache.
func TestClearCacheInMemory(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		c := w.public()
		first := w.signIn(c)
		if err := c.ClearCache(w.ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()}); !errors.Is(err, latchkey.ErrInteractionRequired) {
			t.Errorf("got %v", err)
		}
	})
}
