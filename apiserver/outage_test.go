package apiserver_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

// unavailable checks that err says that a token may be good.
func unavailable(t *testing.T, err error) {
	t.Helper()
	refused(t, err, 503, "keys")
	if !errors.Is(err, apiserver.ErrUnavailable) {
		t.Errorf("%v does not match ErrUnavailable", err)
	}
}

// R16: without keys nothing is accepted, and nothing is refused for good.
func TestR16_Outage(t *testing.T) {
	w := newWire()
	at := &clock{at: begin}
	c := w.config()
	c.Clock = at.now
	v := verifier(t, c)
	good := rsaKey().sign(atJWT, oidcClaims())
	ask := func() error {
		_, err := v.Verify(t.Context(), good)
		return err
	}
	w.set(true)
	for range 10 {
		unavailable(t, ask())
	}
	if n := len(w.requests()); n != 1 {
		t.Errorf("%d requests for metadata in one moment, want 1", n)
	}
	if _, err := v.Verify(t.Context(), rsaKey().sign(atJWT, oidcClaims().with(object{"iss": "https://evil.example"}))); errors.Is(err, apiserver.ErrUnavailable) {
		t.Error("another authority's token is refused for good")
	}
	w.set(false)
	at.advance(6 * time.Second)
	if err := ask(); err != nil {
		t.Errorf("after the outage: %v", err)
	}
	// Now with keys: those that are known serve, an unknown one may be new.
	w.set(true)
	if err := ask(); err != nil {
		t.Errorf("with known keys: %v", err)
	}
	unknown := rsaKey().sign(atJWT.with(object{"kid": "new"}), oidcClaims())
	_, err := v.Verify(t.Context(), unknown)
	unavailable(t, err)
	w.set(false)
	at.advance(time.Minute)
	_, err = v.Verify(t.Context(), unknown)
	refused(t, err, 401, "signature")
}

// R16: what is wrong with the keys' document is an outage too.
func TestR16_BrokenKeys(t *testing.T) {
	for name, change := range map[string]func(w *wire){
		"no keys":     func(w *wire) { delete(w.answers, opKeys) },
		"no JSON":     func(w *wire) { w.answers[opKeys] = "<html>" },
		"no metadata": func(w *wire) { delete(w.answers, opURL+"/.well-known/openid-configuration") },
		"no jwks_uri": func(w *wire) {
			w.answers[opURL+"/.well-known/openid-configuration"] = encode(object{"issuer": opURL, "token_endpoint": opURL + "/token"})
		},
		"another issuer": func(w *wire) {
			w.answers[opURL+"/.well-known/openid-configuration"] = encode(object{"issuer": opURL + "/", "token_endpoint": opURL + "/token", "jwks_uri": opKeys})
		},
	} {
		w := newWire()
		change(w)
		claims, err := verifier(t, w.config()).Verify(t.Context(), rsaKey().sign(atJWT, oidcClaims()))
		if claims != nil {
			t.Errorf("%s: accepted", name)
		}
		unavailable(t, err)
	}
	w := newWire()
	for name, r := range map[string]*transport.Response{
		"nothing":            nil,
		"an error with keys": {Status: 500, Body: jwks(rsaKey())},
		"R19 a redirect":     {Status: 302, Body: jwks(rsaKey())},
	} {
		c := w.config()
		c.Transport = func(ctx context.Context, q *transport.Request) (*transport.Response, error) {
			if q.URL == opKeys {
				return r, nil
			}
			return w.send(ctx, q)
		}
		claims, err := verifier(t, c).Verify(t.Context(), rsaKey().sign(atJWT, oidcClaims()))
		if claims != nil {
			t.Errorf("%s: accepted", name)
		}
		unavailable(t, err)
	}
}

// One authority's outage takes nothing from the others.
func TestOutageOfOne(t *testing.T) {
	w, down := newWire(), newWire()
	down.set(true)
	broken := down.config()
	broken.Authority = "https://broken.example"
	v := verifier(t, broken, w.config())
	if _, err := v.Verify(t.Context(), rsaKey().sign(atJWT, oidcClaims())); err != nil {
		t.Error(err)
	}
	// Whose issuers are known by discovery only, it does not stand in the way either.
	broken.Authority, broken.Profile = "https://broken.example/"+tenant, authority.Entra()
	if _, err := verifier(t, broken, w.config()).Verify(t.Context(), rsaKey().sign(atJWT, oidcClaims())); err != nil {
		t.Error(err)
	}
	_, err := v.Verify(t.Context(), rsaKey().sign(atJWT, oidcClaims().with(object{"iss": "https://broken.example"})))
	unavailable(t, err)
	_, err = v.Verify(t.Context(), rsaKey().sign(atJWT, oidcClaims().with(object{"iss": "https://evil.example"})))
	refused(t, err, 401, "iss")
}

// A waiter leaves on its own context, and takes nothing from the others.
func TestOwnContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		release := make(chan struct{})
		c := w.config()
		c.Transport = func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
			<-release
			return w.send(ctx, r)
		}
		v := verifier(t, c)
		good := rsaKey().sign(atJWT, oidcClaims())
		ctx, cancel := context.WithCancel(t.Context())
		left, stayed := make(chan error, 1), make(chan error, 1)
		go func() { _, err := v.Verify(ctx, good); left <- err }()
		synctest.Wait()
		go func() { _, err := v.Verify(t.Context(), good); stayed <- err }()
		synctest.Wait()
		cancel()
		err := <-left
		unavailable(t, err)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v does not match the context's error", err)
		}
		close(release)
		if err := <-stayed; err != nil {
			t.Errorf("who stayed: %v", err)
		}
	})
}

// Many callers and cold keys: one request each for metadata and keys; then none.
func TestR16_RequestsAreShared(t *testing.T) {
	w := newWire()
	v := verifier(t, w.config())
	good := rsaKey().sign(atJWT, oidcClaims())
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := v.Verify(t.Context(), good); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(w.requests()); n != 2 {
		t.Errorf("%d requests, want 2: %v", n, w.requests())
	}
}

// R16: tokens with unknown keys make at most one request a minute, whatever the key id.
func TestR16_UnknownKeys(t *testing.T) {
	w := newWire()
	v := verifier(t, w.config())
	for i := range 20 {
		_, err := v.Verify(t.Context(), otherKey().sign(atJWT.with(object{"kid": string(rune('a' + i))}), oidcClaims()))
		refused(t, err, 401, "signature")
	}
	if n := len(w.requests()); n != 3 {
		t.Errorf("%d requests, want 3: metadata, keys, and keys once more", n)
	}
}

// The answer of an outage has no challenge, so that clients keep their tokens.
func TestOutageAnswer(t *testing.T) {
	w := newWire()
	w.set(true)
	v := verifier(t, w.config())
	got := httptest.NewRecorder()
	v.Handler(readTasks, never(t)).ServeHTTP(got, request("Bearer "+rsaKey().sign(atJWT, oidcClaims())))
	if got.Code != 503 || got.Header().Get("Retry-After") != "5" || got.Header().Get("WWW-Authenticate") != "" || got.Body.Len() != 0 {
		t.Errorf("%d %v %q", got.Code, got.Header(), got.Body)
	}
}
