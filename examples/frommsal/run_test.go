package frommsal

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/loopback"
)

func TestAuthorizationCode(t *testing.T) {
	w := newWorld(t)
	s := &site{svc: w.confidential("web"), redirectURI: "http://localhost/callback"}
	away := httptest.NewRecorder()
	s.signIn(away, httptest.NewRequestWithContext(w.ctx, "GET", "/signin", nil))
	callback, err := w.srv.Complete(w.ctx, away.Header().Get("Location"), user)
	if err != nil {
		t.Fatal(err)
	}
	back := httptest.NewRecorder()
	s.callback(back, httptest.NewRequestWithContext(w.ctx, "GET", callback, nil))
	found, err := s.svc.Account(w.ctx, s.session.user)
	if err != nil || found.Username != user || back.Code != http.StatusOK {
		t.Errorf("status %d, account %v, %v", back.Code, found, err)
	}
	again := httptest.NewRecorder()
	if s.callback(again, httptest.NewRequestWithContext(w.ctx, "GET", callback, nil)); again.Code != http.StatusUnauthorized {
		t.Errorf("the same callback again: status %d", again.Code)
	}
}

func TestDeviceCode(t *testing.T) {
	w := newWorld(t)
	token, err := deviceCode(w.ctx, w.public(), screen{w})
	w.check(token, err, user, latchkey.FromAuthority)
}

// A refresh token that another program keeps is taken over.
func TestRefreshToken(t *testing.T) {
	w := newWorld(t)
	store := cache.NewMemory()
	w.signIn(w.public(func(c *latchkey.Config) { c.Cache = store }))
	old := ""
	err := store.List(w.ctx, cache.KindUser, w.config("native").ClientID, func(p cache.Partition) bool {
		entry, err := store.Load(w.ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		record, err := cache.DecodeRecord(entry.Data)
		if err != nil {
			t.Fatal(err)
		}
		old = string(record.RefreshTokens[0].Secret)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	app := w.public()
	token, err := refreshToken(w.ctx, app, old)
	w.check(token, err, user, latchkey.FromAuthority)
	token, err = app.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: scopes})
	w.check(token, err, user, latchkey.FromCache)
}

func TestSilent(t *testing.T) {
	w := newWorld(t)
	app := w.public()
	asked := 0
	signIn := func(context.Context) (*latchkey.Result, error) {
		asked++
		return w.signIn(app), nil
	}
	token, err := silent(w.ctx, app, signIn)
	w.check(token, err, user, latchkey.FromAuthority)
	token, err = silent(w.ctx, app, signIn)
	w.check(token, err, user, latchkey.FromCache)
	w.srv.Clock.Advance(2 * time.Hour)
	token, err = silent(w.ctx, app, signIn)
	w.check(token, err, user, latchkey.FromAuthority)
	if asked != 1 {
		t.Errorf("the user was asked %d times, want 1", asked)
	}
}

func TestInteractive(t *testing.T) {
	w := newWorld(t)
	app := w.public()
	for _, from := range []latchkey.Origin{latchkey.FromAuthority, latchkey.FromCache} {
		token, err := interactive(w.ctx, app, loopback.Browser{Open: w.visit})
		w.check(token, err, user, from)
	}
}

func TestClientCredential(t *testing.T) {
	file, registered := newCertificate(t)
	workloads := newPlatform(t)
	w := newWorld(t, func(a *authoritytest.App) {
		a.Keys = []authoritytest.AppKey{{Certificate: registered}}
		a.Federated = []authoritytest.Federation{workloads.federation(t)}
	})
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", workloads.token(t))
	proof, err := certificate(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, svc := range map[string]*latchkey.ConfidentialClient{
		"secret": w.confidential("daemon"), "certificate": w.proven("daemon", proof), "assertion": w.proven("daemon", workload()),
	} {
		t.Run(name, func(t *testing.T) {
			for _, from := range []latchkey.Origin{latchkey.FromAuthority, latchkey.FromCache} {
				token, err := clientCredential(w.ctx, svc)
				w.check(token, err, "", from)
			}
		})
	}
}

func TestOnBehalfOf(t *testing.T) {
	w := newWorld(t)
	middle := w.srv.Directory.App("api")
	verifier, err := apiserver.NewVerifier(apiserver.Config{
		Authority: w.srv.Authority(""), Profile: authority.Entra(), Audiences: []string{middle.ClientID, middle.IDURI},
		Algorithms: []string{"RS256"}, Clock: w.srv.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	a := &api{svc: w.confidential("api")}
	server := httptest.NewServer(verifier.Handler(apiserver.Requirement{Scopes: []string{"Tasks.Read"}}, a))
	defer server.Close()

	app := w.public()
	first := w.signIn(app)
	client := calls(app, first.Account, server.URL+"/*")
	for _, from := range []latchkey.Origin{latchkey.FromAuthority, latchkey.FromCache} {
		resp, err := client.Get(server.URL + "/v1/tasks")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("status %d", resp.StatusCode)
		}
		w.check(a.last, nil, user, from)
	}
	if resp, err := http.Get(server.URL); err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %v, %v", resp, err)
	}
}

func TestErrors(t *testing.T) {
	w := newWorld(t)
	app := w.public()
	ask := func(r latchkey.SilentRequest) error {
		_, err := app.AcquireTokenSilent(w.ctx, r)
		return err
	}
	_, wrong := app.AcquireTokenByUsernamePassword(w.ctx, user, "not it", latchkey.UsernamePasswordRequest{Scopes: scopes})
	tests := []struct {
		name         string
		err          error
		what, claims string
		pause        time.Duration
	}{
		{"nobody is signed in", ask(latchkey.SilentRequest{Scopes: scopes}), askUser, "", 0},
		{"no scopes", ask(latchkey.SilentRequest{}), mendCall, "", 0},
		{"a wrong password", wrong, giveUp, "", 0},
		{"a demand", &latchkey.Error{Code: "interaction_required", Claims: "{}"}, askUser, "{}", 0},
		{"throttled", &latchkey.Error{Status: 429, RetryAfter: time.Second}, wait, "", time.Second},
		{"the network", &url.Error{Op: "Get", Err: errors.New("down")}, giveUp, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if what, claims, pause := classify(tt.err); what != tt.what || claims != tt.claims || pause != tt.pause {
				t.Errorf("%s, %q, %v for %v", what, claims, pause, tt.err)
			}
		})
	}
	if !strings.Contains(wrong.Error(), "invalid_grant") {
		t.Errorf("the text does not say why: %v", wrong)
	}
}
