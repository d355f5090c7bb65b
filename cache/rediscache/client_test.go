//go:build linux

package rediscache

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/rediscache/internal/redisserver"
	"github.com/latchkey-auth/latchkey/transport"
)

// A world is an authority that takes no refresh token twice, and a user who is signed in at
// clients that share a store.
type world struct {
	srv     *authoritytest.Server
	issuer  string
	scopes  []string
	account latchkey.Account
}

func serve(t *testing.T) *world {
	t.Helper()
	srv := &authoritytest.Server{AccessTokenLifetime: time.Hour}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return &world{srv: srv, issuer: srv.OIDCIssuer(), scopes: []string{srv.Directory.App("api").Scope("Tasks.Read")}}
}

func (w *world) signIn(t *testing.T, c *latchkey.PublicClient) {
	t.Helper()
	u := w.srv.Directory.User("avery@contoso.test")
	r, err := c.AcquireTokenByUsernamePassword(t.Context(), u.Username, string(u.Password), latchkey.UsernamePasswordRequest{Scopes: w.scopes})
	if err != nil || r.CacheError != nil {
		t.Fatal(err, r)
	}
	w.account = r.Account
}

// config is that of a client over a store. around may change how requests leave, and now may
// be nil.
func (w *world) config(s cache.Store, app string, now func() time.Time, around func(transport.Func) transport.Func) latchkey.Config {
	send := transport.NetHTTP(&http.Client{})
	if around != nil {
		send = around(send)
	}
	return latchkey.Config{Authority: w.issuer, Profile: authority.OIDC(), ClientID: w.srv.Directory.App(app).ClientID, Cache: s, Transport: send, Clock: now}
}

func (w *world) client(t *testing.T, s cache.Store, around func(transport.Func) transport.Func) *latchkey.PublicClient {
	t.Helper()
	c, err := latchkey.NewPublic(w.config(s, "native", nil, around))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// afterAnswer calls f once, when the authority has answered a token request and nobody else
// knows the answer.
func afterAnswer(f func()) func(transport.Func) transport.Func {
	return func(send transport.Func) transport.Func {
		return func(ctx context.Context, req *transport.Request) (*transport.Response, error) {
			resp, err := send(ctx, req)
			if req.Body != "" && f != nil {
				f()
				f = nil
			}
			return resp, err
		}
	}
}

func (w *world) renew(ctx context.Context, c *latchkey.PublicClient) (*latchkey.Result, error) {
	return c.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: w.account, Scopes: w.scopes, ForceRefresh: true})
}

func (w *world) hit(ctx context.Context, c *latchkey.PublicClient) (*latchkey.Result, error) {
	return c.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: w.account, Scopes: w.scopes})
}

// expectRenewed demands that the token was renewed and saved.
func (w *world) expectRenewed(t *testing.T, c *latchkey.PublicClient) {
	t.Helper()
	if r, err := w.renew(t.Context(), c); err != nil || r.CacheError != nil {
		t.Errorf("renewal: %v, %v", r, err)
	}
}

// expectNoReuse demands that no refresh token was sent twice.
func (w *world) expectNoReuse(t *testing.T) {
	t.Helper()
	for _, r := range w.srv.Requests() {
		if r.Endpoint == authoritytest.EndpointToken && r.GrantType == "refresh_token" && r.Status != http.StatusOK {
			t.Errorf("the authority refused a refresh token: %s", r.Error)
		}
	}
}

// place is a server, and a client of it that gives up soon when nobody listens.
func place(t *testing.T) (*redisserver.Server, *redis.Client) {
	t.Helper()
	server := redisserver.Start(t, redisserver.Redis)
	return server, server.Client(t)
}

// TestR31_SignOutIsSeenWithinFiveSeconds signs out on one replica while another one holds the
// record, and while a third has the answer of a renewal in hand.
func TestR31_SignOutIsSeenWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	w := serve(t)
	_, redisClient := place(t)
	replica := func() *Store { return openStore(t, redisClient, Options{}) }
	first := w.client(t, replica(), nil)
	w.signIn(t, first)
	clock := time.Now()
	second, err := latchkey.NewPublic(w.config(replica(), "native", func() time.Time { return clock }, nil))
	if err != nil {
		t.Fatal(err)
	}
	third := w.client(t, replica(), afterAnswer(func() {
		if err := first.RemoveAccount(t.Context(), w.account); err != nil {
			t.Error(err)
		}
	}))
	for range 2 {
		if r, err := w.hit(t.Context(), second); err != nil || r.Source.From != latchkey.FromCache {
			t.Fatal(r, err)
		}
	}
	if r, err := w.renew(t.Context(), third); err != nil || r.CacheError != nil || r.AccessToken() == "" {
		t.Errorf("the renewal that ran meanwhile: %v, %v", r, err)
	}
	clock = clock.Add(5 * time.Second)
	for name, c := range map[string]*latchkey.PublicClient{"second": second, "third": third, "first": first} {
		if r, err := w.hit(t.Context(), c); !errors.Is(err, latchkey.ErrInteractionRequired) {
			t.Errorf("%s still has a token: %v, %v", name, r, err)
		}
	}
	if keys := redisClient.Keys(t.Context(), "*:record").Val(); len(keys) != 0 {
		t.Errorf("records are left: %q", keys)
	}
	w.expectNoReuse(t)
}
