package oauth2source_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/oauth2source"
	"github.com/latchkey-auth/latchkey/transport"
)

func TestToken(t *testing.T) {
	eachShape(t, nil, func(t *testing.T, w *world) {
		for name, source := range w.sources() {
			token, err := source.Token(t.Context())
			if err != nil {
				t.Fatal(name, err)
			}
			if !token.Valid() || token.Type() != "Bearer" || token.RefreshToken != "" {
				t.Errorf("%s: valid %t, type %q, refresh token %q", name, token.Valid(), token.Type(), token.RefreshToken)
			}
			if left := token.Expiry.Sub(w.srv.Clock.Now()); left < 59*time.Minute || left > time.Hour {
				t.Errorf("%s: it ends in %v", name, left)
			}
			id, _ := token.Extra("id_token").(string)
			if scope, _ := token.Extra("scope").(string); name == "user" && (!strings.Contains(scope, "Tasks.Read") || strings.Count(id, ".") != 2) || name == "service" && id != "" {
				t.Errorf("%s: scope %q, ID token of %d bytes", name, scope, len(id))
			}
			again, err := source.Token(t.Context())
			if err != nil || again.AccessToken != token.AccessToken {
				t.Errorf("%s: the cache was not asked: %v", name, err)
			}
		}
		// Expired, both are had anew.
		w.srv.Clock.Advance(2 * time.Hour)
		for name, source := range w.sources() {
			token, err := source.Token(t.Context())
			if err != nil || !token.Expiry.After(w.srv.Clock.Now()) {
				t.Errorf("%s: %v, %v", name, token, err)
			}
		}
		if user, service := w.tokenRequests("refresh_token"), w.tokenRequests("client_credentials"); user != 1 || service != 2 {
			t.Errorf("%d and %d token requests", user, service)
		}
	})
}

// The x/oauth2 library as it is.
func TestRealOAuth2(t *testing.T) {
	eachShape(t, nil, func(t *testing.T, w *world) {
		a := newAPI(t, nil)
		for name, source := range w.sources() {
			want, err := source.Token(t.Context())
			if err != nil {
				t.Fatal(name, err)
			}
			client := &http.Client{Transport: &oauth2.Transport{Source: source.TokenSource(t.Context()), Base: a.client.Transport}}
			for range 2 {
				if _, err := get(t.Context(), t, client, a.url); err != nil {
					t.Fatal(name, err)
				}
			}
			for _, got := range a.headers() {
				if got != "Bearer "+want.AccessToken {
					t.Errorf("%s: another Authorization header", name)
				}
			}
		}
	})
}

// Each caller waits by its own context, and one request serves all.
func TestContextIsTheCallers(t *testing.T) {
	for name, token := range map[string]func(oauth2source.Source, context.Context) error{
		"Token": func(s oauth2source.Source, ctx context.Context) error { _, err := s.Token(ctx); return err },
		"TokenSource": func(s oauth2source.Source, ctx context.Context) error {
			_, err := s.TokenSource(ctx).Token()
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			sent, release := make(chan struct{}), make(chan struct{})
			var once sync.Once
			w := newWorld(t, "Entra", func(next transport.Func) transport.Func {
				return func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
					if strings.Contains(r.Body, "client_credentials") {
						once.Do(func() { close(sent) })
						<-release
					}
					return next(ctx, r)
				}
			})
			source := oauth2source.ForService(w.svc, w.service)
			impatient, leave := context.WithCancel(t.Context())
			first, others := make(chan error, 1), make(chan error, 20)
			go func() { first <- token(source, impatient) }()
			<-sent
			for range 20 {
				go func() { others <- token(source, t.Context()) }()
			}
			leave()
			if err := receive(first); !errors.Is(err, context.Canceled) {
				t.Errorf("the caller who left: %v", err)
			}
			close(release)
			for range 20 {
				if err := receive(others); err != nil {
					t.Error(err)
				}
			}
			if n := w.tokenRequests("client_credentials"); n != 1 {
				t.Errorf("%d token requests", n)
			}
		})
	}
}

// A TokenSource that outlives its call says so, although the cache has a token.
func TestTokenSourceEndsWithItsContext(t *testing.T) {
	w := newWorld(t, "OpenID Connect", nil)
	ctx, end := context.WithCancelCause(t.Context())
	tokens := oauth2source.ForUser(w.app, w.user).TokenSource(ctx)
	if _, err := tokens.Token(); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("the request was answered")
	end(cause)
	if _, err := tokens.Token(); !errors.Is(err, cause) || !strings.Contains(err.Error(), "make one for each call") {
		t.Errorf("got %v", err)
	}
}

type userKey struct{}

// A source of one's own chooses the user by the context, and nobody gets another's token.
func TestSourceOfOnesOwn(t *testing.T) {
	w := newWorld(t, "Entra", nil)
	blake := w.srv.Directory.User("blake@contoso.test")
	r, err := w.app.AcquireTokenByUsernamePassword(t.Context(), blake.Username, string(blake.Password), latchkey.UsernamePasswordRequest{Scopes: w.user.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	source := oauth2source.Source(func(ctx context.Context) (*latchkey.Result, error) {
		user, _ := ctx.Value(userKey{}).(latchkey.Account)
		return w.app.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: user, Scopes: w.user.Scopes})
	})
	a := newAPI(t, nil)
	client := &http.Client{Transport: &oauth2source.Transport{Source: source}}
	for _, user := range []latchkey.Account{w.user.Account, r.Account, w.user.Account} {
		ctx := context.WithValue(t.Context(), userKey{}, user)
		if _, err := get(ctx, t, client, a.url); err != nil {
			t.Fatal(err)
		}
	}
	seen := a.headers()
	if len(seen) != 3 || seen[0] != seen[2] || seen[0] == seen[1] || seen[1] != r.Header() {
		t.Error("a user got another one's token")
	}
}

// What the client says comes through x/oauth2 and net/http.
func TestInteractionRequired(t *testing.T) {
	eachShape(t, nil, func(t *testing.T, w *world) {
		source := oauth2source.ForUser(w.app, w.user)
		if err := w.app.RemoveAccount(t.Context(), w.user.Account); err != nil {
			t.Fatal(err)
		}
		a := newAPI(t, nil)
		for name, rt := range map[string]http.RoundTripper{
			"oauth2.Transport":       &oauth2.Transport{Source: source.TokenSource(t.Context())},
			"oauth2source.Transport": &oauth2source.Transport{Source: source},
		} {
			_, err := get(t.Context(), t, &http.Client{Transport: rt}, a.url)
			var retrieve *oauth2.RetrieveError
			if !errors.Is(err, latchkey.ErrInteractionRequired) || errors.As(err, &retrieve) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if seen := a.headers(); len(seen) != 0 {
			t.Errorf("%d requests reached the API", len(seen))
		}
	})
}

// The authority's own refusal is found, and shows nothing.
func TestAuthorityRefuses(t *testing.T) {
	w := newWorld(t, "Entra", nil)
	w.service.Scopes = []string{"api://nobody/.default"}
	_, err := oauth2source.ForService(w.svc, w.service).Token(t.Context())
	var refused *latchkey.Error
	if !errors.As(err, &refused) || refused.Code == "" || errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("got %v", err)
	}
	w.leaks(fmt.Sprintf("%v %+v %#v", err, err, err))
}

func TestMisuse(t *testing.T) {
	w := newWorld(t, "OpenID Connect", nil)
	user := func(change func(*latchkey.SilentRequest)) oauth2source.Source {
		r := w.user
		change(&r)
		return oauth2source.ForUser(w.app, r)
	}
	service := func(change func(*latchkey.ClientCredentialRequest)) oauth2source.Source {
		r := w.service
		change(&r)
		return oauth2source.ForService(w.svc, r)
	}
	answer := func(r *latchkey.Result) oauth2source.Source {
		return func(context.Context) (*latchkey.Result, error) { return r, nil }
	}
	for _, test := range []struct {
		name   string
		source oauth2source.Source
		want   string
	}{
		{"no source", nil, "Source: is nil"},
		{"no user client", oauth2source.ForUser(nil, w.user), "its client is nil"},
		{"no service", oauth2source.ForService(nil, w.service), "its client is nil"},
		{"user, forced", user(func(r *latchkey.SilentRequest) { r.ForceRefresh = true }), "for one call"},
		{"user, challenge", user(func(r *latchkey.SilentRequest) { r.ClaimsChallenge = "{}" }), "for one call"},
		{"user, rejected", user(func(r *latchkey.SilentRequest) { r.Rejected = "x" }), "for one call"},
		{"service, forced", service(func(r *latchkey.ClientCredentialRequest) { r.ForceRefresh = true }), "for one call"},
		{"service, challenge", service(func(r *latchkey.ClientCredentialRequest) { r.ClaimsChallenge = "{}" }), "for one call"},
		{"service, rejected", service(func(r *latchkey.ClientCredentialRequest) { r.Rejected = "x" }), "for one call"},
		{"a bad scope", user(func(r *latchkey.SilentRequest) { r.Scopes = []string{"a b"} }), "Scopes"},
		{"nothing", answer(nil), "neither a token nor an error"},
		{"no access token", answer(&latchkey.Result{}), "no access token"},
	} {
		token, err := test.source.Token(t.Context())
		if token != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v", test.name, token, err)
		}
	}
	var argument *latchkey.ArgumentError
	if _, err := oauth2source.Source(nil).TokenSource(t.Context()).Token(); !errors.As(err, &argument) {
		t.Errorf("got %v", err)
	}
}

// Neither a source nor what is made of it shows what the client holds.
func TestPrinting(t *testing.T) {
	w := newWorld(t, "Entra", nil)
	for _, source := range w.sources() {
		tokens := source.TokenSource(t.Context())
		if _, err := tokens.Token(); err != nil {
			t.Fatal(err)
		}
		rt := &oauth2source.Transport{Source: source}
		w.leaks(fmt.Sprintf("%v %+v %v %+v %#v %v %+v", source, source, tokens, tokens, tokens, rt, rt))
	}
}
