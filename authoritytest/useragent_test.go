package authoritytest_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"runtime"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

const avery, blake = "avery@contoso.test", "blake@contoso.test"

// inShapes runs f with the native app in two shapes, over HTTP and HTTPS.
func inShapes(t *testing.T, f func(t *testing.T, srv *authoritytest.Server, app *latchkey.PublicClient)) {
	for _, profile := range []authority.Profile{authority.Entra(), authority.OIDC()} {
		t.Run(profile.Name, func(t *testing.T) {
			srv := authoritytest.NewServer(t)
			issuer := srv.OIDCIssuer()
			if profile.Name == authority.Entra().Name {
				srv = authoritytest.NewTLSServer(t)
				issuer = srv.Authority("organizations")
			}
			app, err := latchkey.NewPublic(latchkey.Config{
				Authority: issuer, Profile: profile, ClientID: srv.Directory.App("native").ClientID,
				Transport: transport.NetHTTP(srv.Client()), Clock: srv.Clock.Now,
			})
			if err != nil {
				t.Fatal(err)
			}
			f(t, srv, app)
		})
	}
}

func TestUserAgentSignsIn(t *testing.T) {
	inShapes(t, func(t *testing.T, srv *authoritytest.Server, app *latchkey.PublicClient) {
		for _, modes := range [][]string{nil, {"query"}, {"fragment", "query"}, {"form_post", "query"}} {
			agent := srv.UserAgent(avery)
			agent.ResponseModes = modes
			var agentIs latchkey.UserAgent = agent
			before := len(srv.Requests())
			for range 2 {
				r, err := app.AcquireTokenInteractive(t.Context(), agentIs, latchkey.InteractiveRequest{Scopes: []string{srv.Directory.App("api").Scope("Tasks.Read"), "profile"}})
				if err != nil {
					t.Fatalf("%v: %v", modes, err)
				}
				if r.Account.Username != avery {
					t.Errorf("%v: signed in as %q", modes, r.Account.Username)
				}
			}
			asked := srv.Requests()[before:]
			if typed, redeemed := asked.Matching(authoritytest.Request{Endpoint: authoritytest.EndpointSignIn}), asked.Matching(authoritytest.Request{GrantType: "authorization_code", Status: 200}); len(typed) != 1 || len(redeemed) != 2 {
				t.Errorf("%v: two sign-ins must redeem two codes and type one password:\n%v", modes, asked)
			}
		}
	})
}

func TestUserAgentIsRefused(t *testing.T) {
	inShapes(t, func(t *testing.T, srv *authoritytest.Server, app *latchkey.PublicClient) {
		write := latchkey.InteractiveRequest{Scopes: []string{srv.Directory.App("api").Scope("Tasks.Write")}}
		for name, change := range map[string]func(*authoritytest.UserAgent){
			"cancels":  func(a *authoritytest.UserAgent) { a.Browser.Cancel = true },
			"declines": func(a *authoritytest.UserAgent) { a.Browser.Decline = true },
		} {
			agent := srv.UserAgent(avery)
			change(agent)
			_, err := app.AcquireTokenInteractive(t.Context(), agent, write)
			var refused *latchkey.Error
			if !errors.As(err, &refused) || refused.Code != "access_denied" {
				t.Errorf("%s: got %v, want access_denied", name, err)
			}
		}
		for name, agent := range map[string]*authoritytest.UserAgent{
			"nobody": srv.UserAgent("nobody@contoso.test"), "redirect": {Browser: srv.NewBrowser(), Username: avery, RedirectURI: "https://nobody.contoso.test/"},
		} {
			if r, err := app.AcquireTokenInteractive(t.Context(), agent, write); err == nil {
				t.Errorf("%s: signed in as %q", name, r.Account.Username)
			}
		}
	})
}

func TestUserAgentCloses(t *testing.T) {
	inShapes(t, func(t *testing.T, srv *authoritytest.Server, app *latchkey.PublicClient) {
		agent := srv.UserAgent(avery)
		agent.Close = true
		cause := errors.New("the test ends")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			for len(srv.Requests().Matching(authoritytest.Request{Endpoint: authoritytest.EndpointAuthorize, Status: 200})) == 0 {
				runtime.Gosched()
			}
			cancel(cause)
		}()
		_, err := app.AcquireTokenInteractive(ctx, agent, latchkey.InteractiveRequest{})
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
			t.Errorf("got %v, want the context's error and its cause", err)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if _, err = app.AcquireTokenInteractive(ctx, srv.UserAgent(avery), latchkey.InteractiveRequest{}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
}

func TestUserAgentReturnsErrorsOfBegin(t *testing.T) {
	srv, want := authoritytest.NewServer(t), errors.New("no network")
	for host, uri := range map[string]string{"localhost": "http://localhost", "127.0.0.1": "http://127.0.0.1", "::1": "http://[::1]"} {
		_, err := srv.UserAgent(avery).Authorize(t.Context(), host, func(_ context.Context, redirectURI string, modes []string) (string, error) {
			if redirectURI != uri || len(modes) != 2 || modes[0] != "form_post" {
				t.Errorf("begin was given %q, %q", redirectURI, modes)
			}
			return "", want
		})
		if err != want {
			t.Errorf("got %v", err)
		}
	}
	for _, closes := range []bool{false, true} {
		agent := srv.UserAgent(avery)
		agent.Close = closes
		if _, err := agent.Authorize(t.Context(), "localhost", func(context.Context, string, []string) (string, error) {
			return "https://login.contoso.example/?state=s", nil
		}); err == nil {
			t.Error("the agent went to another server")
		}
	}
}

func TestSignIn(t *testing.T) {
	inShapes(t, func(t *testing.T, srv *authoritytest.Server, app *latchkey.PublicClient) {
		b := srv.SignIn(t, avery)
		cookies := b.Cookies()
		site := map[bool]http.SameSite{false: http.SameSiteLaxMode, true: http.SameSiteNoneMode}[srv.TLS]
		if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].Path != "/" || cookies[0].Secure != srv.TLS || cookies[0].SameSite != site {
			t.Fatalf("got %d cookies; want the session's, with its attributes", len(cookies))
		}
		if srv.Requests().Matching(authoritytest.Request{Endpoint: authoritytest.EndpointAuthorize}) != nil {
			t.Error("an app took part in the sign-in")
		}
		other := srv.NewBrowser() // what a real browser is that is given the cookies
		base, err := url.Parse(srv.URL())
		if err != nil {
			t.Fatal(err)
		}
		other.Jar().SetCookies(base, cookies)
		for name, browser := range map[string]*authoritytest.Browser{"its own": b, "another with its cookies": other} {
			agent := &authoritytest.UserAgent{Browser: browser, Username: "nobody"}
			r, err := app.AcquireTokenInteractive(t.Context(), agent, latchkey.InteractiveRequest{Scopes: []string{"profile"}, Prompt: "none"})
			if err != nil || r.Account.Username != avery {
				t.Errorf("%s: no single sign-on: %v", name, err)
			}
		}
		if err := b.SignIn(t.Context(), blake); err != nil {
			t.Errorf("a second user: %v", err)
		}
		if err := b.SignIn(t.Context(), avery); err != nil {
			t.Errorf("the first user again: %v", err)
		}
		b.Cancel = true
		for _, user := range []string{avery, "nobody"} {
			if err := b.SignIn(t.Context(), user); err == nil {
				t.Errorf("%s who cancels is signed in", user)
			}
		}
	})
}

// A failing is a TB that must fail.
type failing struct{ failed bool }

func (f *failing) Helper()               {}
func (f *failing) Cleanup(func())        {}
func (f *failing) Fatalf(string, ...any) { f.failed = true }

func TestSignInFailsTheTest(t *testing.T) {
	d := authoritytest.DefaultDirectory()
	d.Users[1].Disabled = true
	srv := &authoritytest.Server{Directory: d}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	for _, user := range []string{"nobody@contoso.test", blake} {
		f := &failing{}
		if srv.SignIn(f, user); !f.failed {
			t.Errorf("%s is signed in", user)
		}
	}
}
