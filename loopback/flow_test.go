package loopback_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/loopback"
	"github.com/latchkey-auth/latchkey/transport"
)

var _ latchkey.UserAgent = loopback.Browser{}

// A person signs in at the authority and follows the redirect to the loopback port, as a
// browser does.
type person struct {
	srv     *authoritytest.Server
	browser *authoritytest.Browser
	posted  bool   // the answer came by a form
	page    string // the closing page
}

func (p *person) open(ctx context.Context, page string) error {
	u, err := url.Parse(page)
	if err != nil {
		return err
	}
	p.posted = u.Query().Get("response_mode") == "form_post"
	callback, err := p.browser.Complete(ctx, page, p.srv.Directory.Users[0].Username)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, callback, nil)
	if p.posted {
		to, query, _ := strings.Cut(callback, "?")
		req, err = http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(query))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", p.srv.URL())
	}
	if err != nil {
		return err
	}
	// Not with ctx: it ends with the sign-in, which does not wait for the browser to read.
	resp, err := http.DefaultClient.Do(req.WithContext(context.WithoutCancel(ctx)))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	p.page = string(body)
	return err
}

func newPerson(srv *authoritytest.Server) *person {
	return &person{srv: srv, browser: srv.NewBrowser()}
}

func newApp(t *testing.T, srv *authoritytest.Server, issuer string, profile authority.Profile) *latchkey.PublicClient {
	t.Helper()
	app, err := latchkey.NewPublic(latchkey.Config{
		Authority: issuer, Profile: profile, ClientID: srv.Directory.App("native").ClientID, Transport: transport.NetHTTP(srv.Client()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func TestSignIn(t *testing.T) {
	for _, shape := range []string{"Entra", "OpenID Connect"} {
		t.Run(shape, func(t *testing.T) {
			srv := authoritytest.NewServer(t)
			issuer, host, profile := srv.Authority(""), "localhost", authority.Entra()
			if shape != "Entra" {
				issuer, host, profile = srv.OIDCIssuer(), "127.0.0.1", authority.OIDC()
			}
			app := newApp(t, srv, issuer, profile)
			who := newPerson(srv)
			var uri string
			ctx, cancel := context.WithCancelCause(t.Context())
			finished := make(chan struct{})
			agent := loopback.Browser{Prompt: io.Discard, Open: func(ctx context.Context, page string) error {
				u, err := url.Parse(page)
				if err == nil {
					uri = u.Query().Get("redirect_uri")
				}
				defer close(finished)
				if err := who.open(ctx, page); err != nil {
					cancel(err)
				}
				return nil
			}}
			result, err := app.AcquireTokenInteractive(ctx, agent, latchkey.InteractiveRequest{Scopes: []string{"openid", "profile"}})
			if err != nil {
				t.Fatal(err)
			}
			<-finished
			if context.Cause(ctx) != nil {
				t.Error(context.Cause(ctx))
			}
			if result.Account.Username != srv.Directory.Users[0].Username || !strings.HasPrefix(uri, "http://"+host+":") {
				t.Errorf("signed in %q by %q", result.Account.Username, uri)
			}
			if !who.posted || !strings.Contains(who.page, "You can close this page") {
				t.Errorf("by a form: %t; the closing page:\n%s", who.posted, who.page)
			}
		})
	}
}

// The user says no: the error is the authority's, and so says the page.
func TestUserDeclines(t *testing.T) {
	srv := authoritytest.NewServer(t)
	app := newApp(t, srv, srv.OIDCIssuer(), authority.OIDC())
	who := newPerson(srv)
	who.browser.Decline = true
	ctx, cancel := context.WithCancelCause(t.Context())
	finished := make(chan struct{})
	agent := loopback.Browser{Prompt: io.Discard, Open: func(ctx context.Context, page string) error {
		defer close(finished)
		if err := who.open(ctx, page); err != nil {
			cancel(err)
		}
		return nil
	}}
	_, err := app.AcquireTokenInteractive(ctx, agent, latchkey.InteractiveRequest{Prompt: "consent"})
	var refused *latchkey.Error
	if !errors.As(err, &refused) || refused.Code != "access_denied" {
		t.Fatalf("got %v", err)
	}
	if <-finished; context.Cause(ctx) != nil || !strings.Contains(who.page, "access_denied") {
		t.Errorf("%v; the closing page:\n%s", context.Cause(ctx), who.page)
	}
}
