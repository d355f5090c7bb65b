//go:build !js

package latchkey_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

// A fault is a way in which a token endpoint fails to answer.
type fault struct {
	name string
	url  string // what answers in the token endpoint's place
	want func(error) bool
	says string // what the error must tell
}

func isError(status int) func(error) bool {
	return func(err error) bool {
		var e *latchkey.Error
		return errors.As(err, &e) && e.Status == status && e.Code == ""
	}
}

func isTransport(err error) bool {
	var e *transport.Error
	return errors.As(err, &e)
}

// faults starts a server for each fault.
func faults(t *testing.T) []fault {
	serve := func(h http.HandlerFunc) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	return []fault{
		{"200 with HTML", serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, "<!doctype html><title>Proxy</title>sign in to the network")
		}), isError(200), "text/html"},
		{"200 with truncated JSON", serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"token_type":"Bearer","access_token":"eyJ`)
		}), isError(200), "cut off"},
		{"10 MB body", serve(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"access_token":"`+strings.Repeat("a", 10<<20)+`"}`)
		}), func(err error) bool { return errors.Is(err, transport.ErrBodyTooLarge) && isTransport(err) }, "1 MiB"},
		{"500 with an empty body", serve(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
		}), isError(500), "out of order"},
		{"a redirect", serve(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example/token", http.StatusTemporaryRedirect)
		}), isError(307), "redirect"},
		{"an unreachable host", "http://" + closed.Addr().String(), isTransport, "refused"},
		{"an expired certificate", expiredServer(t), func(err error) bool {
			var invalid x509.CertificateInvalidError
			return isTransport(err) && errors.As(err, &invalid) && invalid.Reason == x509.Expired
		}, "expired"},
	}
}

// expiredServer serves TLS with a certificate that has ended.
func expiredServer(t *testing.T) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// A switchboard sends the token requests elsewhere while it is broken.
type switchboard struct {
	send   transport.Func
	broken atomic.Pointer[string]
}

func (b *switchboard) transport(ctx context.Context, r *transport.Request) (*transport.Response, error) {
	if to := b.broken.Load(); to != nil && r.Method == "POST" {
		elsewhere := *r
		elsewhere.URL = *to
		r = &elsewhere
	}
	return b.send(ctx, r)
}

// An entry is an entry point of the package, called so that it must ask the token endpoint.
type entry struct {
	name string
	call func(ctx context.Context, w *world, p *latchkey.PublicClient, d *latchkey.ConfidentialClient, first *latchkey.Result) (*latchkey.Result, error)
}

var entries = []entry{
	{"silent", func(ctx context.Context, w *world, p *latchkey.PublicClient, _ *latchkey.ConfidentialClient, first *latchkey.Result) (*latchkey.Result, error) {
		return p.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes(), ForceRefresh: true})
	}},
	{"code", func(ctx context.Context, w *world, p *latchkey.PublicClient, _ *latchkey.ConfidentialClient, _ *latchkey.Result) (*latchkey.Result, error) {
		flow, err := p.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: w.redirectURI(), Scopes: w.scopes()})
		if err != nil {
			return nil, err
		}
		return p.AcquireTokenByCode(ctx, flow, w.browse(flow.URL()))
	}},
	{"device code", func(ctx context.Context, w *world, p *latchkey.PublicClient, _ *latchkey.ConfidentialClient, _ *latchkey.Result) (*latchkey.Result, error) {
		return p.AcquireTokenByDeviceCode(ctx, func(ctx context.Context, code latchkey.DeviceCode) error {
			return w.srv.ApproveDevice(w.ctx, code.UserCode, w.user.Username)
		}, latchkey.DeviceCodeRequest{Scopes: w.scopes()})
	}},
	{"password", func(ctx context.Context, w *world, p *latchkey.PublicClient, _ *latchkey.ConfidentialClient, _ *latchkey.Result) (*latchkey.Result, error) {
		return p.AcquireTokenByUsernamePassword(ctx, w.user.Username, string(w.user.Password), latchkey.UsernamePasswordRequest{Scopes: w.scopes()})
	}},
	{"import", func(ctx context.Context, w *world, p *latchkey.PublicClient, _ *latchkey.ConfidentialClient, _ *latchkey.Result) (*latchkey.Result, error) {
		return p.AcquireTokenByRefreshToken(ctx, w.signInElsewhere(), w.importRequest())
	}},
	{"client credential", func(ctx context.Context, w *world, _ *latchkey.PublicClient, d *latchkey.ConfidentialClient, _ *latchkey.Result) (*latchkey.Result, error) {
		request := w.appRequest()
		request.ForceRefresh = true
		return d.AcquireTokenByClientCredential(ctx, request)
	}},
}

// Each entry point against each way to fail: a typed error that says what to do,
// nothing cached of it, nothing lost, and the next attempt works.
func TestBadAnswers(t *testing.T) {
	all := faults(t)
	eachShape(t, func(t *testing.T, w *world) {
		cfg := w.config("native")
		trusting := w.srv.Client()
		board := &switchboard{send: transport.NetHTTP(trusting)}
		cfg.Transport = board.transport
		p := w.publicFrom(cfg)
		daemon := w.config("daemon")
		daemon.Transport = board.transport
		d := w.confidentialFrom("daemon", daemon)
		first := w.signIn(p)
		for _, e := range entries {
			for _, f := range all {
				t.Run(e.name+", "+f.name, func(t *testing.T) {
					board.broken.Store(&f.url)
					r, err := e.call(w.ctx, w, p, d, first)
					board.broken.Store(nil)
					if r != nil || !f.want(err) || !strings.Contains(err.Error(), f.says) {
						t.Errorf("got %v, %v; want an error that says %q", r, err, f.says)
					}
					if errors.Is(err, latchkey.ErrInteractionRequired) {
						t.Error("the user was blamed")
					}
					w.checkNoSecret(err)
					w.stillSignedIn(p, first)
				})
			}
			t.Run(e.name+", a cancelled context", func(t *testing.T) {
				ctx, cancel := context.WithCancel(w.ctx)
				cancel()
				if r, err := e.call(ctx, w, p, d, first); r != nil || !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, %v", r, err)
				}
				w.stillSignedIn(p, first)
			})
			t.Run(e.name+", and then it works", func(t *testing.T) {
				if _, err := e.call(w.ctx, w, p, d, first); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// stillSignedIn fails the test unless the one user's cached token still serves.
func (w *world) stillSignedIn(p *latchkey.PublicClient, first *latchkey.Result) {
	w.t.Helper()
	r, err := p.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: w.scopes()})
	if err != nil || r.Source.From != latchkey.FromCache || r.Account != first.Account {
		w.t.Errorf("afterwards: %v, %v", r, err)
	}
}

// checkNoSecret fails the test if the text of err has a secret of the authority.
func (w *world) checkNoSecret(err error) {
	w.t.Helper()
	for _, secret := range w.srv.Secrets() {
		if strings.Contains(err.Error(), secret) {
			w.t.Errorf("a secret is in the error %q", strings.ReplaceAll(err.Error(), secret, "<SECRET>"))
		}
	}
}

func TestBadArguments(t *testing.T) {
	w := newWorld(t, shapes[0])
	good := w.config("native")
	p := w.public()
	flow, err := p.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: w.redirectURI(), Scopes: w.scopes()})
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*latchkey.Config)) error {
		cfg := good
		change(&cfg)
		_, err := latchkey.NewPublic(cfg)
		return err
	}
	finish := func(flow *latchkey.AuthCodeFlow, callback string) error {
		_, err := p.AcquireTokenByCode(w.ctx, flow, callback)
		return err
	}
	silent := func(r latchkey.SilentRequest) error {
		_, err := p.AcquireTokenSilent(w.ctx, r)
		return err
	}
	tests := []struct {
		name string
		err  error
		says string
	}{
		{"no client id", with(func(c *latchkey.Config) { c.ClientID = "" }), "Config.ClientID"},
		{"no authority", with(func(c *latchkey.Config) { c.Authority = "" }), "Config.Authority"},
		{"an authority over http", with(func(c *latchkey.Config) { c.Authority = "http://login.example.com/contoso" }), "https"},
		{"an authority that is no URL", with(func(c *latchkey.Config) { c.Authority = "contoso" }), "https://host/path"},
		{"negative RenewBefore", with(func(c *latchkey.Config) { c.RenewBefore = -1 }), "Config.RenewBefore"},
		{"no credential", func() error { _, err := latchkey.NewConfidential(good, latchkey.Credential{}); return err }(), "NewPublic"},
		{"an empty secret", func() error { _, err := latchkey.NewConfidential(good, latchkey.Secret("")); return err }(), "credential"},
		{"no assertion function", func() error { _, err := latchkey.NewConfidential(good, latchkey.Assertion(nil)); return err }(), "credential"},
		{"no scopes", silent(latchkey.SilentRequest{}), "Scopes"},
		{"an empty scope", silent(latchkey.SilentRequest{Scopes: []string{""}}), "Scopes"},
		{"two scopes in one", silent(latchkey.SilentRequest{Scopes: []string{"a b"}}), "Scopes"},
		{"no redirect URI", func() error { _, err := p.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{}); return err }(), "RedirectURI"},
		{"no flow", finish(nil, "code=1&state=2"), "flow"},
		{"an empty flow", finish(&latchkey.AuthCodeFlow{}, "code=1&state=2"), "flow"},
		{"no callback", finish(flow, ""), "empty"},
		{"a malformed callback", finish(flow, "code=%zz&state="+flow.State()), "malformed"},
		{"a callback twice", finish(flow, "code=1&code=2&state="+flow.State()), "more than once"},
		{"no state", finish(flow, "code=1"), "state"},
		{"a wrong state", finish(flow, "code=1&state=x"), "another sign-in"},
		{"a wrong state with an error", finish(flow, "error=access_denied&state=x"), "another sign-in"},
		{"neither code nor error", finish(flow, "state="+flow.State()), "neither"},
		{"another issuer", finish(flow, "code=1&iss=https%3A%2F%2Fevil.example&state="+flow.State()), "another authority"},
		{"no prompt", func() error {
			_, err := p.AcquireTokenByDeviceCode(w.ctx, nil, latchkey.DeviceCodeRequest{})
			return err
		}(), "prompt"},
		{"no refresh token", func() error {
			_, err := p.AcquireTokenByRefreshToken(w.ctx, "", latchkey.RefreshTokenRequest{})
			return err
		}(), "refreshToken"},
		{"no user name", func() error {
			_, err := p.AcquireTokenByUsernamePassword(w.ctx, "", "x", latchkey.UsernamePasswordRequest{})
			return err
		}(), "username"},
		{"no account to remove", p.RemoveAccount(w.ctx, latchkey.Account{}), "HomeAccountID"},
		{"a claims challenge that is no JSON", silent(latchkey.SilentRequest{Scopes: w.scopes(), ClaimsChallenge: "{"}), "ClaimsChallenge"},
		{"a claims challenge of 100 KB", silent(latchkey.SilentRequest{Scopes: w.scopes(), ClaimsChallenge: `{"a":"` + strings.Repeat("x", 100<<10) + `"}`}), "8 KB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var argument *latchkey.ArgumentError
			var refused *latchkey.ValidationError
			var unknown *authority.Error
			if !errors.As(test.err, &argument) && !errors.As(test.err, &refused) && !errors.As(test.err, &unknown) {
				t.Fatalf("%v is of type %T, not a typed error", test.err, test.err)
			}
			if !strings.Contains(test.err.Error(), test.says) {
				t.Errorf("%q does not say %q", test.err, test.says)
			}
			if errors.Is(test.err, latchkey.ErrInteractionRequired) {
				t.Error("the user was blamed")
			}
		})
	}
	if n := w.tokenRequests(""); n != 0 {
		t.Errorf("%d token requests were sent for arguments that cannot work", n)
	}
}

func TestUnknownAuthority(t *testing.T) {
	w := newWorld(t, shapes[0])
	for name, url := range map[string]string{
		"no such tenant":  w.srv.Authority("nobody.test"),
		"not an OIDC one": w.srv.URL() + "/nothing/here",
		"nobody there":    "http://127.0.0.1:1/tenant",
	} {
		t.Run(name, func(t *testing.T) {
			cfg := w.config("daemon")
			cfg.Authority = url
			if strings.Contains(url, "nothing") {
				cfg.Profile = authority.OIDC()
			}
			c := w.confidentialFrom("daemon", cfg)
			_, err := c.AcquireTokenByClientCredential(w.ctx, latchkey.ClientCredentialRequest{Scopes: []string{"x/.default"}})
			var unknown *authority.Error
			if !errors.As(err, &unknown) || errors.Is(err, latchkey.ErrInteractionRequired) {
				t.Errorf("got %v of type %T", err, err)
			}
		})
	}
}
