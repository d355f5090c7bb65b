package frommsal

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/transport"
)

// The fields of requests that docs/coverage.md names reach the authority.

const demanded = `{"id_token":{"auth_time":{"essential":true}}}`

// A recorder keeps what a client posts.
type recorder struct {
	mu    sync.Mutex
	posts []post
}

// A post is a request: the path, and the fields of the body.
type post struct {
	path   string
	fields url.Values
}

func (r *recorder) config(c *latchkey.Config) {
	send := transport.Default()
	c.Transport = func(ctx context.Context, q *transport.Request) (*transport.Response, error) {
		if u, err := url.Parse(q.URL); err == nil && q.Method == "POST" {
			fields, err := url.ParseQuery(q.Body)
			if err == nil {
				r.mu.Lock()
				r.posts = append(r.posts, post{u.Path, fields})
				r.mu.Unlock()
			}
		}
		return send(ctx, q)
	}
}

// check compares a request with what it should have, each a name and a part of the value.
func check(t *testing.T, path, tenant string, got url.Values, want map[string]string) {
	t.Helper()
	if !strings.HasPrefix(path, "/"+tenant+"/") {
		t.Errorf("asked %s, not the tenant %s", path, tenant)
	}
	for name, part := range want {
		if !strings.Contains(got.Get(name), part) {
			t.Errorf("%s is %q, want %q in it", name, got.Get(name), part)
		}
	}
}

// An agent goes through the pages of an authority.
type agent struct {
	w    *world
	page *url.URL // the one that was asked for
}

func (a *agent) Authorize(ctx context.Context, host string, begin func(context.Context, string, []string) (string, error)) (string, error) {
	page, err := begin(ctx, "http://"+host+":4321", []string{"query"})
	if err != nil {
		return "", err
	}
	if a.page, err = url.Parse(page); err != nil {
		return "", err
	}
	callback, err := a.w.srv.Complete(ctx, page, user)
	if err != nil {
		return "", err
	}
	back, err := url.Parse(callback)
	if err != nil {
		return "", err
	}
	return back.RawQuery, nil
}

func TestFieldsOfSignIn(t *testing.T) {
	w := newWorld(t)
	tenant := w.srv.Directory.Tenants[0].ID
	common := func(c *latchkey.Config) { c.Authority = w.srv.Authority("organizations") }
	want := map[string]string{
		"scope": "/User.Read", "login_hint": user, "domain_hint": "contoso.test", "prompt": "login", "claims": "auth_time", "max_age": "3600", "x": "1",
	}
	t.Run("interactive", func(t *testing.T) {
		a := &agent{w: w}
		token, err := w.public(common).AcquireTokenInteractive(w.ctx, a, latchkey.InteractiveRequest{
			Scopes: scopes, ExtraScopesToConsent: []string{"https://graph.microsoft.com/User.Read"}, LoginHint: user, DomainHint: "contoso.test",
			Prompt: "login", MaxAge: time.Hour, Tenant: tenant, ClaimsChallenge: demanded, Extra: map[string]string{"x": "1"},
		})
		w.check(token, err, user, latchkey.FromAuthority)
		check(t, a.page.Path, tenant, a.page.Query(), want)
	})
	t.Run("authorization URL", func(t *testing.T) {
		flow, err := w.public(common).AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{
			RedirectURI: "http://localhost:4321", Scopes: scopes, ExtraScopesToConsent: []string{"https://graph.microsoft.com/User.Read"},
			LoginHint: user, DomainHint: "contoso.test", Prompt: "login", MaxAge: time.Hour, Tenant: tenant, ClaimsChallenge: demanded,
			Extra: map[string]string{"x": "1"},
		})
		if err != nil {
			t.Fatal(err)
		}
		page, err := url.Parse(flow.URL())
		if err != nil {
			t.Fatal(err)
		}
		check(t, page.Path, tenant, page.Query(), want)
	})
	t.Run("device code", func(t *testing.T) {
		var r recorder
		show := func(ctx context.Context, code latchkey.DeviceCode) error {
			return w.srv.ApproveDevice(ctx, code.UserCode, user)
		}
		token, err := w.public(common, r.config).AcquireTokenByDeviceCode(w.ctx, show, latchkey.DeviceCodeRequest{
			Scopes: scopes, Tenant: tenant, ClaimsChallenge: demanded, Extra: map[string]string{"x": "1"},
		})
		w.check(token, err, user, latchkey.FromAuthority)
		for i, p := range r.posts {
			more := map[string]string{"claims": "auth_time"}
			if i == 0 {
				more["x"] = "1"
			}
			check(t, p.path, tenant, p.fields, more)
		}
	})
}

func TestFieldsOfOnBehalfOf(t *testing.T) {
	w := newWorld(t)
	svc, assertion := w.confidential("api"), w.signIn(w.public()).AccessToken()
	own, err := latchkey.ParseClaimsRequest(`{"access_token":{"ipaddr":null}}`)
	if err != nil {
		t.Fatal(err)
	}
	base := latchkey.OnBehalfOfRequest{Scopes: []string{"https://graph.microsoft.com/User.Read"}}
	token, err := svc.AcquireTokenOnBehalfOf(w.ctx, assertion, base)
	w.check(token, err, user, latchkey.FromAuthority)
	tests := []struct {
		name   string
		change func(*latchkey.OnBehalfOfRequest)
		reason string
	}{
		{"the same", func(*latchkey.OnBehalfOfRequest) {}, "valid"},
		{"the client's tenant", func(r *latchkey.OnBehalfOfRequest) { r.Tenant = w.srv.Directory.Tenants[0].ID }, "valid"},
		{"forced", func(r *latchkey.OnBehalfOfRequest) { r.ForceRefresh = true }, "forced"},
		{"a challenge", func(r *latchkey.OnBehalfOfRequest) { r.ClaimsChallenge = demanded }, "claims challenge"},
		{"claims of its own", func(r *latchkey.OnBehalfOfRequest) { r.Claims = own }, "no token"},
		{"the same claims", func(r *latchkey.OnBehalfOfRequest) { r.Claims = own }, "valid"},
		{"further parameters", func(r *latchkey.OnBehalfOfRequest) { r.Extra = map[string]string{"x": "1"} }, "no token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			request := base
			tt.change(&request)
			token, err := svc.AcquireTokenOnBehalfOf(w.ctx, assertion, request)
			if err != nil || token.Source.Reason != tt.reason {
				t.Errorf("got %v, %v; want reason %q", token, err, tt.reason)
			}
		})
	}
}
