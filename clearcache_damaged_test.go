//go:build !js

package latchkey

import (
	"errors"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

// ClearCache removes what nobody can read any more, and says what it could not remove.
func TestClearCacheTroubled(t *testing.T) {
	w := newWire(t)
	store := cache.NewMemory()
	c := w.public(func(cfg *Config) { cfg.Cache = store })
	r := w.signIn(c.client, "a")
	p := c.partition(cache.KindUser, r.Account.Environment, r.Account.HomeAccountID)
	e, err := store.Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(t.Context(), p, cache.Entry{Data: []byte("{"), Version: e.Version}); err != nil {
		t.Fatal(err)
	}
	half := w.public(func(cfg *Config) { cfg.Cache = &listFails{store} })
	if err := half.ClearCache(t.Context()); !errors.Is(err, errStore) {
		t.Errorf("got %v", err)
	}
	if e, err := store.Load(t.Context(), p); err != nil || e.Version != "" {
		t.Errorf("the damaged record is still there, %v", err)
	}
}
