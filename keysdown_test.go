//go:build !js

package latchkey_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

// R16, R29: while the authority's keys are out of reach no renewed token is believed, but
// the rotated refresh token is not lost: the user is still signed in afterwards.
func TestR16_RotationSurvivesUnreachableKeys(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		cfg := w.config("native")
		cfg.Cache = cache.NewMemory()
		first := w.signIn(w.publicFrom(cfg))
		w.srv.Clock.Advance(2 * time.Hour)

		var down atomic.Bool
		send := cfg.Transport
		cfg.Transport = func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
			if down.Load() && (strings.HasSuffix(r.URL, "/keys") || strings.HasSuffix(r.URL, "/locks.json")) {
				return nil, &transport.Error{Method: r.Method, Host: "keys.example", Err: errors.New("connection refused")}
			}
			return send(ctx, r)
		}
		c := w.publicFrom(cfg) // has no keys yet
		down.Store(true)
		request := latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()}
		r, err := c.AcquireTokenSilent(w.ctx, request)
		var refused *latchkey.ValidationError
		if r != nil || !errors.As(err, &refused) || refused.Check != "signature" || errors.Is(err, latchkey.ErrInteractionRequired) {
			t.Fatalf("with the keys out of reach: %v, %v", r, err)
		}
		down.Store(false)
		w.srv.Clock.Advance(time.Minute) // a fetch of keys has its pause
		r, err = c.AcquireTokenSilent(w.ctx, request)
		w.check(r, err, latchkey.FromAuthority, "no token")
		w.checkUser(r)
	})
}

// A token in its last minutes whose renewal fails is used on, and not every call asks.
func TestExpiringTokenIsNotRenewedByEveryCall(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		cfg := w.config("native")
		board := &switchboard{send: cfg.Transport}
		cfg.Transport = board.transport
		c := w.publicFrom(cfg)
		first := w.signIn(c)
		sent := 0
		nowhere := "http://127.0.0.1:1"
		board.broken.Store(&nowhere)
		count := func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
			if r.Method == "POST" {
				sent++
			}
			return w.srvTransport(ctx, r)
		}
		board.send = count
		w.srv.Clock.Advance(56 * time.Minute)
		ask := func() {
			t.Helper()
			r, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()})
			w.check(r, err, latchkey.FromCache, "renewal failed")
		}
		for range 10 {
			ask()
		}
		if sent != 2 { // R22: a refresh without an answer is repeated once
			t.Errorf("%d requests by ten calls, want 2", sent)
		}
		w.srv.Clock.Advance(31 * time.Second)
		ask()
		if sent != 4 {
			t.Errorf("%d requests after the pause, want 4", sent)
		}
	})
}

func (w *world) srvTransport(ctx context.Context, r *transport.Request) (*transport.Response, error) {
	return transport.NetHTTP(w.srv.Client())(ctx, r)
}
