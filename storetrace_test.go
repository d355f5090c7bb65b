//go:build !js

package latchkey_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/cache"
)

// A refusingStore fails to lock.
type refusingStore struct{ cache.Memory }

var errNoLock = errors.New("no lock")

func (*refusingStore) Lock(context.Context, cache.Partition) (func(), error) { return nil, errNoLock }

func TestTraceStoreCalled(t *testing.T) {
	srv := authoritytest.NewServer(t)
	var mu sync.Mutex
	var calls []string
	var accounts []string
	trace := &latchkey.Trace{StoreCalled: func(_ context.Context, e latchkey.Event) {
		mu.Lock()
		defer mu.Unlock()
		text := e.Operation
		if e.Err != nil {
			text += ": " + e.Err.Error()
		}
		calls, accounts = append(calls, text), append(accounts, e.Account)
	}}
	take := func() []string {
		mu.Lock()
		defer mu.Unlock()
		all := calls
		calls = nil
		return all
	}
	u := srv.Directory.User("avery@contoso.test")
	scopes := []string{srv.Directory.App("api").Scope("Tasks.Read")}
	for name, store := range map[string]cache.Store{"memory": cache.NewMemory(), "refusing": &refusingStore{}} {
		c, err := latchkey.NewPublic(latchkey.Config{Authority: srv.OIDCIssuer(), ClientID: srv.Directory.App("native").ClientID, Cache: store, Trace: trace})
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.AcquireTokenByUsernamePassword(t.Context(), u.Username, string(u.Password), latchkey.UsernamePasswordRequest{Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		if got := take(); !slices.Contains(got, "save") {
			t.Errorf("%s: a sign-in told of %q", name, got)
		}
		_, _ = c.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Account: r.Account, Scopes: scopes, ForceRefresh: true})
		want := []string{"lock", "load", "save"}
		if name == "refusing" {
			want = []string{"lock: no lock"}
		}
		if got := take(); !slices.Equal(got, want) {
			t.Errorf("%s: a renewal told of %q, want %q", name, got, want)
		}
		if _, err := c.Accounts(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.RemoveAccount(t.Context(), r.Account); err != nil {
			t.Fatal(err)
		}
		if got := take(); got[0] != "list" || !slices.Contains(got, "remove") {
			t.Errorf("%s: a sign-out told of %q", name, got)
		}
		if !slices.Contains(accounts, r.Account.HomeAccountID) {
			t.Errorf("%s: nobody's account is told: %q", name, accounts)
		}
	}
}
