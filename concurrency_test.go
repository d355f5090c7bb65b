//go:build !js

package latchkey_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

// A gate holds the token requests until it is opened, so that callers can pile up.
type gate struct {
	send    transport.Func
	arrived chan struct{} // one for each held request
	open    chan struct{}
}

func newGate(send transport.Func) *gate {
	return &gate{send: send, arrived: make(chan struct{}, 2000), open: make(chan struct{})}
}

func (g *gate) transport(ctx context.Context, r *transport.Request) (*transport.Response, error) {
	if r.Method == "POST" {
		g.arrived <- struct{}{}
		select {
		case <-g.open:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return g.send(ctx, r)
}

const crowd = 1000

// crowdOf calls ask from many goroutines at once, all but the last with a context that is
// cancelled when the one request that they share is on its way, and returns the last's result.
func crowdOf(t *testing.T, g *gate, joined *sync.WaitGroup, ask func(ctx context.Context) (*latchkey.Result, error)) *latchkey.Result {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var gone sync.WaitGroup
	for range crowd - 1 {
		gone.Go(func() {
			if r, err := ask(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("a cancelled caller got %v, %v", r, err)
			}
		})
	}
	type outcome struct {
		r   *latchkey.Result
		err error
	}
	last := make(chan outcome, 1)
	go func() {
		r, err := ask(context.Background())
		last <- outcome{r, err}
	}()
	<-g.arrived
	joined.Wait() // everybody has missed the cache and asked
	cancel()
	gone.Wait()
	select {
	case o := <-last:
		t.Fatalf("the last caller did not wait: %v, %v", o.r, o.err)
	default:
	}
	close(g.open)
	o := <-last
	if o.err != nil {
		t.Fatalf("the last caller got %v", o.err)
	}
	return o.r
}

// missCounter returns a trace and a group that is done when n callers have missed.
func missCounter(n int) (*latchkey.Trace, *sync.WaitGroup) {
	var missed sync.WaitGroup
	missed.Add(n)
	return &latchkey.Trace{CacheMiss: func(context.Context, latchkey.Event) { missed.Done() }}, &missed
}

func TestThousandAskForOneExpiredToken(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		store := cache.NewMemory()
		cfg := w.config("native")
		cfg.Cache = store
		first := w.signIn(w.publicFrom(cfg))
		w.srv.Clock.Advance(2 * time.Hour)

		var missed *sync.WaitGroup
		cfg.Trace, missed = missCounter(crowd)
		g := newGate(cfg.Transport)
		cfg.Transport = g.transport
		c := w.publicFrom(cfg)
		r := crowdOf(t, g, missed, func(ctx context.Context) (*latchkey.Result, error) {
			return c.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()})
		})
		if n := w.tokenRequests("refresh_token"); n != 1 || r.AccessToken() == first.AccessToken() {
			t.Errorf("%d refreshes, want exactly 1, and a new token", n)
		}
		again, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()})
		if err != nil || again.AccessToken() != r.AccessToken() || again.Source.From != latchkey.FromCache {
			t.Errorf("afterwards: %v, %v", again, err)
		}
	})
}

func TestThousandAskForOneColdClientCredential(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		cfg := w.config("daemon")
		var missed *sync.WaitGroup
		cfg.Trace, missed = missCounter(crowd)
		g := newGate(cfg.Transport)
		cfg.Transport = g.transport
		c := w.confidentialFrom("daemon", cfg)
		crowdOf(t, g, missed, func(ctx context.Context) (*latchkey.Result, error) {
			return c.AcquireTokenByClientCredential(ctx, w.appRequest())
		})
		if n := w.tokenRequests("client_credentials"); n != 1 {
			t.Errorf("%d requests, want exactly 1", n)
		}
	})
}

// R29: a request that spends the code is saved although its caller has gone.
func TestR29_CallerLeavesDuringRedemption(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		cfg := w.config("native")
		g := newGate(cfg.Transport)
		cfg.Transport = g.transport
		c := w.publicFrom(cfg)
		flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: w.redirectURI(), Scopes: w.scopes()})
		if err != nil {
			t.Fatal(err)
		}
		callback := w.browse(flow.URL())
		ctx, leave := context.WithCancel(w.ctx)
		left := make(chan error, 1)
		go func() {
			_, err := c.AcquireTokenByCode(ctx, flow, callback)
			left <- err
		}()
		<-g.arrived
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Fatalf("the caller that left got %v", err)
		}
		close(g.open)
		if err := c.Close(w.ctx); err != nil {
			t.Fatal(err)
		}
		r, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: w.scopes()})
		w.check(r, err, latchkey.FromCache, "valid")
		w.checkUser(r)
	})
}

// Two clients that share a store, as two processes do, never spend one refresh token twice,
// although the authority takes reuse for theft.
func TestTwoClientsShareAStore(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		cfg := w.config("native")
		cfg.Cache = cache.NewMemory()
		first := w.signIn(w.publicFrom(cfg))
		clients := []*latchkey.PublicClient{w.publicFrom(cfg), w.publicFrom(cfg), w.publicFrom(cfg), w.publicFrom(cfg)}
		const rounds = 10
		for range rounds {
			w.srv.Clock.Advance(2 * time.Hour)
			tokens := make([]string, len(clients))
			var all sync.WaitGroup
			for i, c := range clients {
				all.Go(func() {
					r, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()})
					if err != nil {
						t.Error(err)
						return
					}
					tokens[i] = r.AccessToken()
				})
			}
			all.Wait()
			for _, token := range tokens {
				if token != tokens[0] {
					t.Fatal("the clients have different tokens")
				}
			}
		}
		if n := w.tokenRequests("refresh_token"); n != rounds {
			t.Errorf("%d refreshes in %d rounds", n, rounds)
		}
	})
}
