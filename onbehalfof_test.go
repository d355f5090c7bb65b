//go:build !js

package latchkey_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
)

const graphScope = "https://graph.microsoft.com/User.Read"

// middle is a service in the middle: the api app, called with a user's token.
func middle(t *testing.T, edit ...func(*latchkey.Config)) (w *world, c *latchkey.ConfidentialClient, assertion string) {
	t.Helper()
	w = newWorld(t, shapes[0])
	cfg := w.config("api")
	for _, f := range edit {
		f(&cfg)
	}
	return w, w.confidentialFrom("api", cfg), w.signIn(w.public()).AccessToken()
}

func TestOnBehalfOf(t *testing.T) {
	for _, tenant := range []string{"", "contoso.test", "common", "organizations"} {
		t.Run("tenant "+tenant, func(t *testing.T) {
			w, _, assertion := middle(t)
			cfg := w.config("api")
			cfg.Authority = w.srv.Authority(tenant)
			c := w.confidentialFrom("api", cfg)
			request := latchkey.OnBehalfOfRequest{Scopes: []string{graphScope}}
			first, err := c.AcquireTokenOnBehalfOf(w.ctx, assertion, request)
			if err != nil {
				t.Fatal(err)
			}
			w.checkUser(first)
			if first.Source.From != latchkey.FromAuthority || first.Scopes()[0] == "" {
				t.Errorf("first: %v", first)
			}
			second, err := c.AcquireTokenOnBehalfOf(w.ctx, assertion, request)
			if err != nil || second.Source.From != latchkey.FromCache || second.AccessToken() != first.AccessToken() {
				t.Errorf("second: %v, %v", second, err)
			}
			w.checkUser(second)
			if n := w.tokenRequests("urn:ietf:params:oauth:grant-type:jwt-bearer"); n != 1 {
				t.Errorf("%d exchanges, want 1", n)
			}
		})
	}
}

// R27: a session is found by its own assertion only, has no refresh token, does not
// outlive the assertion, and is nobody's account.
func TestR27_Session(t *testing.T) {
	store := cache.NewMemory()
	w, c, assertion := middle(t, func(cfg *latchkey.Config) { cfg.Cache = store })
	request := latchkey.OnBehalfOfRequest{Scopes: []string{graphScope}}
	w.srv.Clock.Advance(30 * time.Minute)
	first, err := c.AcquireTokenOnBehalfOf(w.ctx, assertion, request)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.List(w.ctx, cache.KindOnBehalfOf, w.srv.Directory.App("api").ClientID, func(p cache.Partition) bool {
		e, err := store.Load(w.ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		r, err := cache.DecodeRecord(e.Data)
		if err != nil || len(r.RefreshTokens) != 0 {
			t.Errorf("R27 the session keeps refresh tokens: %v, %v", r, err)
		}
		if left := e.Expires - w.srv.Clock.Now().Unix(); left > 1800 || e.Expires == 0 {
			t.Errorf("R27 the record outlives its assertion by %d s", left-1800)
		}
		if ends := r.AccessTokens[0].ExpiresOn - w.srv.Clock.Now().Unix(); ends > 1800 {
			t.Errorf("R27 the cached token outlives its assertion by %d s", ends-1800)
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if !first.ExpiresOn.After(w.srv.Clock.Now().Add(50 * time.Minute)) {
		t.Errorf("the caller was told %v", first.ExpiresOn)
	}
	if _, err := c.Account(w.ctx, first.Account.HomeAccountID); !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("R27 the session became an account: %v", err)
	}
	another := w.signIn(w.public()).AccessToken() // the same user, another session
	second, err := c.AcquireTokenOnBehalfOf(w.ctx, another, request)
	if err != nil || second.Source.From != latchkey.FromAuthority {
		t.Errorf("R27 another assertion of the same user was answered by the first one's session: %v, %v", second, err)
	}
	again, err := c.AcquireTokenOnBehalfOf(w.ctx, assertion, request)
	if err != nil || again.AccessToken() != first.AccessToken() {
		t.Errorf("the two sessions evict each other: %v, %v", again, err)
	}
}

func TestThousandAskForOneColdOnBehalfOf(t *testing.T) {
	var missed *sync.WaitGroup
	var g *gate
	w, c, assertion := middle(t, func(cfg *latchkey.Config) {
		cfg.Trace, missed = missCounter(crowd)
		g = newGate(cfg.Transport)
		cfg.Transport = g.transport
	})
	crowdOf(t, g, missed, func(ctx context.Context) (*latchkey.Result, error) {
		return c.AcquireTokenOnBehalfOf(ctx, assertion, latchkey.OnBehalfOfRequest{Scopes: []string{graphScope}})
	})
	if n := w.tokenRequests("urn:ietf:params:oauth:grant-type:jwt-bearer"); n != 1 {
		t.Errorf("%d requests, want exactly 1", n)
	}
}

func TestOnBehalfOfRefused(t *testing.T) {
	w, c, assertion := middle(t)
	daemon := w.confidential("daemon")
	ownToken, err := daemon.AcquireTokenByClientCredential(w.ctx, w.appRequest())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, assertion, scope string
		client                 *latchkey.ConfidentialClient
		code                   string
		interaction            bool
	}{
		{"another API's client", assertion, graphScope, daemon, "invalid_grant", false},
		{"an application's own token", ownToken.AccessToken(), graphScope, c, "invalid_grant", false},
		{"no token at all", "opaque", graphScope, c, "invalid_grant", false},
		{"a scope without consent", assertion, "https://graph.microsoft.com/Mail.Read", c, "invalid_grant", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := test.client.AcquireTokenOnBehalfOf(w.ctx, test.assertion, latchkey.OnBehalfOfRequest{Scopes: []string{test.scope}})
			var refused *latchkey.Error
			if r != nil || !errors.As(err, &refused) || refused.Code != test.code {
				t.Fatalf("got %v, %v", r, err)
			}
			if got := errors.Is(err, latchkey.ErrInteractionRequired); got != test.interaction {
				t.Errorf("R21 interaction required: %t", got)
			}
			w.checkNoSecret(err)
		})
	}
	var wrong *latchkey.ArgumentError
	if _, err := c.AcquireTokenOnBehalfOf(w.ctx, "", latchkey.OnBehalfOfRequest{Scopes: []string{graphScope}}); !errors.As(err, &wrong) {
		t.Errorf("no assertion: %v", err)
	}
	if _, err := c.AcquireTokenOnBehalfOf(w.ctx, assertion, latchkey.OnBehalfOfRequest{}); !errors.As(err, &wrong) {
		t.Errorf("no scopes: %v", err)
	}
	common := w.config("api")
	common.Authority = w.srv.Authority("common")
	if _, err := w.confidentialFrom("api", common).AcquireTokenOnBehalfOf(w.ctx, "opaque", latchkey.OnBehalfOfRequest{Scopes: []string{graphScope}}); !errors.As(err, &wrong) {
		t.Errorf("R27 an assertion without a tid under common: %v", err)
	}
}

// R27: a long-running process goes on when the assertion has ended, and its key opens
// nothing for anybody else.
func TestR27_LongRunningProcess(t *testing.T) {
	w, c, assertion := middle(t)
	key, first, err := c.BeginLongRunningProcess(w.ctx, assertion, latchkey.OnBehalfOfRequest{Scopes: []string{graphScope}})
	if err != nil {
		t.Fatal(err)
	}
	w.checkUser(first)
	kept, err := json.Marshal(struct{ Key latchkey.LongRunningKey }{key})
	if err != nil {
		t.Fatal(err)
	}
	var job struct{ Key latchkey.LongRunningKey }
	if err := json.Unmarshal(kept, &job); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		text := fmt.Sprintf(format, job)
		plain, _ := key.MarshalText()
		if strings.Contains(text, string(plain)) {
			t.Errorf("%s prints the key", format)
		}
	}
	request := latchkey.SilentRequest{Account: first.Account, Scopes: []string{graphScope}}
	r, err := c.AcquireTokenInLongRunningProcess(w.ctx, job.Key, request)
	if err != nil || r.Source.From != latchkey.FromCache {
		t.Errorf("at once: %v, %v", r, err)
	}
	w.srv.Clock.Advance(24 * time.Hour)
	for range 2 {
		r, err = c.AcquireTokenInLongRunningProcess(w.ctx, job.Key, request)
		if err != nil {
			t.Fatalf("a day later: %v", err)
		}
		w.checkUser(r)
		w.srv.Clock.Advance(2 * time.Hour)
	}
	stranger := request
	stranger.Account.HomeAccountID = w.srv.Directory.User("blake@contoso.test").ObjectID + "." + w.user.Tenant
	if _, err := c.AcquireTokenInLongRunningProcess(w.ctx, job.Key, stranger); !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("R27 the key works for another user: %v", err)
	}
	if _, err := c.AcquireTokenSilent(w.ctx, request); !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("R27 the user has a token without the key: %v", err)
	}
	var wrong *latchkey.ArgumentError
	if _, err := c.AcquireTokenInLongRunningProcess(w.ctx, latchkey.LongRunningKey{}, request); !errors.As(err, &wrong) {
		t.Errorf("no key: %v", err)
	}
	if err := c.EndLongRunningProcess(w.ctx, job.Key, first.Account); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AcquireTokenInLongRunningProcess(w.ctx, job.Key, request); !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("after the end: %v", err)
	}
}
