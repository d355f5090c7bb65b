package latchkey

import (
	"context"
	"errors"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

// Nobody who signs out must wait for an authority that is down: the account goes, and the error says what did not.
func TestSignOutWhileTheAuthorityIsDown(t *testing.T) {
	ctx := context.Background()
	store := cache.NewMemory()
	w := newWire(t)
	first := w.public(func(c *Config) { c.Cache = store })
	sendNothing := func(context.Context, *transport.Request) (*transport.Response, error) {
		return nil, &transport.Error{Method: "GET", Err: errors.New("down")}
	}
	fresh := func() *PublicClient {
		return w.public(func(c *Config) { c.Cache, c.Transport = store, sendNothing })
	}
	gone := func(c *PublicClient) {
		t.Helper()
		if all, err := c.Identities(ctx); err != nil || len(all) != 0 {
			t.Errorf("%d accounts are left, %v", len(all), err)
		}
	}

	a := w.signIn(first.client, "a").Account
	c := fresh()
	var down *authority.Error
	if url, err := c.SignOut(ctx, SignOutRequest{Account: a}); url != "" || !errors.As(err, &down) {
		t.Errorf("SignOut: %q, %v", url, err)
	}
	gone(c)

	a = w.signIn(first.client, "a").Account
	c = fresh()
	if err := c.RemoveAccount(ctx, Account{HomeAccountID: a.HomeAccountID}); !errors.As(err, &down) {
		t.Errorf("RemoveAccount of an account somewhere: %v", err)
	}
	if err := c.RemoveAccount(ctx, a); err != nil {
		t.Errorf("RemoveAccount: %v", err)
	}
	gone(c)
}
