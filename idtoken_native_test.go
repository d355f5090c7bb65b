//go:build !js

package latchkey

import (
	"context"
	"errors"
	"testing"

	"github.com/latchkey-auth/latchkey/transport"
)

// Signatures are checked unless the config says otherwise, and if the keys cannot be had the answer is refused (R16).
func TestR16_FailsClosed(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	fetches := 0
	c := w.public(func(cfg *Config) {
		cfg.InsecureSkipSignatureCheck = false
		cfg.Transport = func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
			if r.URL == wireIssuer+"/keys" {
				fetches++
				return nil, &transport.Error{Method: "GET", Host: "op.example", Err: errors.New("refused")}
			}
			return w.send(ctx, r)
		}
	})
	_, err := w.trySignIn(c.client, "a")
	wantCheck(t, err, "signature")
	if all, err := c.Accounts(ctx); err != nil || len(all) != 0 {
		t.Errorf("accounts %v, %v: something was kept", all, err)
	}

	// The answer came, so the refresh token is spent: asking again would look like a theft of it (R22).
	before := len(w.requests(grantRefresh))
	_, err = c.AcquireTokenByRefreshToken(ctx, "rt", RefreshTokenRequest{})
	wantCheck(t, err, "signature")
	if n := len(w.requests(grantRefresh)) - before; n != 1 {
		t.Errorf("%d refresh requests, want 1", n)
	}
	if fetches == 0 {
		t.Error("the keys were not asked for")
	}
	if outOfOrder(err) {
		t.Error("a refused answer counts as an outage")
	}
}

func TestR16_NoKeysPublished(t *testing.T) {
	w := newWire(t)
	delete(w.document, "jwks_uri")
	_, err := w.trySignIn(w.public(func(cfg *Config) { cfg.InsecureSkipSignatureCheck = false }).client, "a")
	wantCheck(t, err, "signature")
}
