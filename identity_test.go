package latchkey

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

func TestIdentities(t *testing.T) {
	for name, store := range map[string]cache.Store{"no store": nil, "store": cache.NewMemory()} {
		t.Run(name, func(t *testing.T) {
			w := newEntraWire(t, "common")
			c := w.public(func(cfg *Config) { cfg.Cache = store })
			if all, err := c.Identities(context.Background()); err != nil || len(all) != 0 {
				t.Fatalf("before anybody signed in: %v, %v", all, err)
			}
			r := w.signIn(c.client, "a")
			all, err := c.Identities(context.Background())
			if err != nil || len(all) != 1 {
				t.Fatalf("%v, %v", all, err)
			}
			i := all[0]
			if i.Account != r.Account || i.IDToken() != r.IDToken() || i.Claims().JSON() != r.Claims().JSON() || i.AuthorityType != "MSSTS" {
				t.Errorf("got %v of type %q, want %v", i, i.AuthorityType, r.Account)
			}
			if text := i.String() + i.GoString(); strings.Contains(text, i.IDToken()) {
				t.Errorf("prints the ID token: %s", text)
			}
		})
	}
	if (Identity{}).IDToken() != "" || (Identity{}).Claims().JSON() != "" {
		t.Error("the zero Identity says something")
	}
}

// Those of another authority, which this client id had before, are among them; those of
// another client are not.
func TestIdentitiesOfEveryCloud(t *testing.T) {
	store := cache.NewMemory()
	first, second := newWire(t), newEntraWire(t, "common")
	first.signIn(first.public(func(cfg *Config) { cfg.Cache = store }).client, "a")
	c := second.public(func(cfg *Config) { cfg.Cache = store })
	second.signIn(c.client, "a")
	requests := len(second.requests(""))
	if all, err := c.Identities(context.Background()); err != nil || len(all) != 2 || len(second.requests("")) != requests {
		t.Errorf("%v, %v", all, err)
	}
	if all, err := c.Accounts(context.Background()); err != nil || len(all) != 1 {
		t.Errorf("accounts of this cloud: %v, %v", all, err)
	}
	other := second.public(func(cfg *Config) { cfg.Cache, cfg.ClientID = store, "another" })
	if all, err := other.Identities(context.Background()); err != nil || len(all) != 0 {
		t.Errorf("another client sees %v, %v", all, err)
	}
}

func TestCacheOnly(t *testing.T) {
	w := newWire(t)
	c := w.public()
	ask := func(r SilentRequest) (*Result, error) {
		r.CacheOnly = true
		return c.AcquireTokenSilent(context.Background(), r)
	}
	account := w.signIn(c.client, "a").Account
	if r, err := ask(SilentRequest{Account: account, Scopes: []string{"a"}}); err != nil || r.Source.From != FromCache {
		t.Errorf("%v, %v", r, err)
	}
	sent := len(w.requests(grantRefresh))
	for name, r := range map[string]SilentRequest{
		"other scope":     {Account: account, Scopes: []string{"b"}},
		"forced":          {Account: account, Scopes: []string{"a"}, ForceRefresh: true},
		"challenge":       {Account: account, Scopes: []string{"a"}, ClaimsChallenge: `{"access_token":{"x":null}}`},
		"unknown account": {Account: Account{HomeAccountID: "nobody"}, Scopes: []string{"a"}},
	} {
		if got, err := ask(r); !errors.Is(err, ErrCacheMiss) || errors.Is(err, ErrInteractionRequired) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if n := len(w.requests(grantRefresh)); n != sent {
		t.Errorf("%d requests were sent", n-sent)
	}
}

func TestComposeState(t *testing.T) {
	w := newWire(t)
	c := w.public()
	var random string
	compose := func(r string) string {
		random = r
		return "{" + r + "}|mine & yours"
	}
	flow := w.begin(c.client, AuthCodeRequest{RedirectURI: redirectURI, Scopes: []string{"a"}, ComposeState: compose})
	if len(random) != 43 || flow.State() != "{"+random+"}|mine & yours" {
		t.Fatalf("state %q of %q", flow.State(), random)
	}
	if !strings.Contains(flow.URL(), "mine+%26+yours") {
		t.Errorf("URL %s", flow.URL())
	}
	var argument *ArgumentError
	for _, bad := range []string{"", "fixed"} {
		_, err := c.AuthCodeURL(context.Background(), AuthCodeRequest{RedirectURI: redirectURI, Scopes: []string{"a"}, ComposeState: func(string) string { return bad }})
		if !errors.As(err, &argument) || argument.Field != "AuthCodeRequest.ComposeState" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// composer is a UserAgent whose redirect page reads the state.
type composer struct {
	composed string
	url      string
}

func (a *composer) ComposeState(random string) string {
	a.composed = "composed:" + random
	return a.composed
}

func (a *composer) Authorize(ctx context.Context, _ string, begin func(context.Context, string, []string) (string, error)) (string, error) {
	url, err := begin(ctx, redirectURI, []string{"query"})
	a.url = url
	return "state=" + a.composed + "&error=access_denied", err
}

func TestStateComposer(t *testing.T) {
	c := newWire(t).public()
	agent := &composer{}
	_, err := c.AcquireTokenInteractive(context.Background(), agent, InteractiveRequest{Scopes: []string{"a"}})
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != "access_denied" || !strings.Contains(agent.url, "state=composed%3A") {
		t.Errorf("%v, %s", err, agent.url)
	}
}
