package clientkey

import (
	"context"
	"crypto/x509"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/transport"
)

// Every kind of key, at an authority that checks with code of its own.
func TestClientCredential(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		sendChain := w.certified("P-384", nil)
		sendChain.SendChain = true
		sendChain.Certificates = append(sendChain.Certificates, w.root)
		for _, tt := range []struct {
			name string
			key  Key
		}{
			{"RSA certificate", w.certified("rsa", nil)},
			{"RSA certificate, RS512", Key{Signer: testKey("rsa"), Certificates: []*x509.Certificate{w.certs["rsa"]}, Algorithm: "RS512"}},
			{"ECDSA certificate", w.certified("P-256", nil)},
			{"subject and issuer", sendChain},
			{"RSA with a kid", Key{Signer: testKey("rsa2"), KeyID: "rsa2"}},
			{"ECDSA with a kid", Key{Signer: testKey("P-521"), KeyID: "P-521"}},
			{"kept elsewhere", w.certified("rsa", &countingKey{Signer: testKey("rsa")})},
		} {
			r, err := w.client("daemon", tt.key).AcquireTokenByClientCredential(w.ctx, w.request())
			if err != nil || r.AccessToken() == "" {
				t.Errorf("%s: %v, %v", tt.name, r, err)
			}
		}
		legacy := w.client("daemon", w.certified("rsa", nil), func(c *latchkey.Config) { c.Profile.AssertionLegacyThumbprint = true })
		if _, err := legacy.AcquireTokenByClientCredential(w.ctx, w.request()); err != nil {
			t.Errorf("RS256 and x5t: %v", err)
		}
	})
}

func TestCode(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		c := w.client("web", w.certified("rsa", nil))
		scopes := []string{w.srv.Directory.App("api").Scope("Tasks.Read"), "profile", "offline_access"}
		flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: "https://web.contoso.test/callback", Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		first, err := c.AcquireTokenByCode(w.ctx, flow, w.browse(flow.URL()))
		if err != nil || first.Account.Username != "avery@contoso.test" {
			t.Fatalf("%v, %v", first, err)
		}
		w.srv.Clock.Advance(2 * time.Hour)
		second, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: scopes[:1]})
		if err != nil || second.AccessToken() == first.AccessToken() || w.tokenRequests("refresh_token") != 1 {
			t.Errorf("%v, %v", second, err)
		}
	})
}

func TestOnBehalfOf(t *testing.T) {
	w := newWorld(t, shapes[0])
	native, err := latchkey.NewPublic(w.config("native"))
	if err != nil {
		t.Fatal(err)
	}
	user := w.srv.Directory.User("avery@contoso.test")
	theirs, err := native.AcquireTokenByUsernamePassword(w.ctx, user.Username, string(user.Password),
		latchkey.UsernamePasswordRequest{Scopes: []string{w.srv.Directory.App("api").Scope("Tasks.Read")}})
	if err != nil {
		t.Fatal(err)
	}
	api := w.client("api", w.certified("P-256", nil))
	r, err := api.AcquireTokenOnBehalfOf(w.ctx, theirs.AccessToken(), latchkey.OnBehalfOfRequest{Scopes: []string{graphScope}})
	if err != nil || r.Account.Username != user.Username {
		t.Errorf("%v, %v", r, err)
	}
}

// W63: for Microsoft Entra one signature serves until shortly before its end. A plain
// authority accepts an assertion once, so each request has its own.
func TestR7_ReuseByProfile(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		key := &countingKey{Signer: testKey("rsa")}
		c := w.client("daemon", w.certified("rsa", key))
		want := map[string][]int64{"entra": {1, 1, 1, 2}, "oidc": {1, 2, 3, 4}}[w.shape.name]
		for i, pause := range []time.Duration{0, 0, 7 * time.Minute, 2 * time.Minute} {
			w.srv.Clock.Advance(pause)
			if _, err := c.AcquireTokenByClientCredential(w.ctx, w.request()); err != nil {
				t.Fatal(err)
			}
			if n := key.signed.Load(); n != want[i] {
				t.Errorf("request %d: %d signatures, want %d", i+1, n, want[i])
			}
		}
	})
}

// R7: tenants do not share assertions, and none evicts another's.
func TestR7_ReusePerTenant(t *testing.T) {
	w := newWorld(t, shapes[0])
	key := &countingKey{Signer: testKey("rsa")}
	c := w.client("daemon", w.certified("rsa", key))
	for range 3 {
		for _, tenant := range []string{w.srv.Directory.Tenants[0].ID, "contoso.test"} {
			r := w.request()
			r.Tenant = tenant
			if _, err := c.AcquireTokenByClientCredential(w.ctx, r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := key.signed.Load(); n != 2 {
		t.Errorf("%d signatures, want one for each audience", n)
	}
}

// A thousand callers with one cold credential: one request, one signature. All but one
// leave while the signer works.
func TestThousandAskWithOneColdKey(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		const crowd = 1000
		key := &countingKey{Signer: testKey("rsa"), called: make(chan struct{}, crowd), open: make(chan struct{})}
		var missed sync.WaitGroup
		missed.Add(crowd)
		c := w.client("daemon", w.certified("rsa", key), func(cfg *latchkey.Config) {
			cfg.Trace = &latchkey.Trace{CacheMiss: func(context.Context, latchkey.Event) { missed.Done() }}
		})
		ask := w.request()
		ask.ForceRefresh = false
		ctx, leave := context.WithCancel(w.ctx)
		var gone sync.WaitGroup
		for range crowd - 1 {
			gone.Go(func() {
				if _, err := c.AcquireTokenByClientCredential(ctx, ask); !errors.Is(err, context.Canceled) {
					t.Errorf("a caller that left got %v", err)
				}
			})
		}
		last := make(chan error, 1)
		go func() {
			_, err := c.AcquireTokenByClientCredential(w.ctx, ask)
			last <- err
		}()
		<-key.called
		missed.Wait()
		leave()
		gone.Wait()
		close(key.open)
		if err := <-last; err != nil {
			t.Fatal(err)
		}
		if _, err := c.AcquireTokenByClientCredential(w.ctx, ask); err != nil {
			t.Fatal(err)
		}
		if n, signed := w.tokenRequests(""), key.signed.Load(); n != 1 || signed != 1 {
			t.Errorf("%d requests, %d signatures", n, signed)
		}
	})
}

// What goes wrong after New reaches the caller of the client, typed, and nothing is sent.
func TestFailuresReachTheCaller(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		key := &countingKey{Signer: testKey("rsa")}
		c := w.client("daemon", w.certified("rsa", key))
		cause := errors.New("HSM: session closed")
		key.fail.Store(&cause)
		_, err := c.AcquireTokenByClientCredential(w.ctx, w.request())
		wantError(t, err, "Key.Signer", "can be reached")
		if !errors.Is(err, cause) {
			t.Error("the signer's error is lost")
		}
		key.fail.Store(nil)
		w.srv.Clock.Advance(6 * time.Hour)
		_, err = c.AcquireTokenByClientCredential(w.ctx, w.request())
		var v *ValidityError
		if !errors.As(err, &v) || !strings.Contains(err.Error(), "register it") {
			t.Errorf("an expired certificate: %v", err)
		}
		if n := w.tokenRequests(""); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// A key that nobody registered: the authority's refusal says what to do, and no error
// has the assertion.
func TestUnregisteredKey(t *testing.T) {
	eachShape(t, func(t *testing.T, w *world) {
		var sent []string
		send := transport.NetHTTP(w.srv.Client())
		c := w.client("daemon", Key{Signer: testKey("P-256"), KeyID: "nobody's"}, func(cfg *latchkey.Config) {
			cfg.Transport = func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
				sent = append(sent, r.Body)
				return send(ctx, r)
			}
		})
		_, err := c.AcquireTokenByClientCredential(w.ctx, w.request())
		var refused *latchkey.Error
		if !errors.As(err, &refused) || refused.Code != "invalid_client" || !strings.Contains(err.Error(), "not registered") {
			t.Fatalf("%v", err)
		}
		_, jwt, _ := strings.Cut(sent[len(sent)-1], "client_assertion=")
		jwt, _, _ = strings.Cut(jwt, "&")
		for _, part := range strings.Split(jwt, ".") {
			if len(part) < 20 || strings.Contains(err.Error(), part) {
				t.Errorf("%d characters of the assertion are in the error", len(part))
			}
		}
	})
}
