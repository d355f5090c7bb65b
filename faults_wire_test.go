//go:build !js

package latchkey_test

import (
	"errors"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

// wireScenarios are about the connection, and about what was done when it was lost.
var wireScenarios = map[string]faultScenario{
	"connection.reset": func(_ *testing.T, w *faultWorld) {
		w.noAnswer(authoritytest.Fault{Connection: authoritytest.ConnectionReset})
	},
	"connection.lost":   meetLostAnswers,
	"connection.hang":   meetHang,
	"connection.refuse": meetRefusal,
	"delay":             meetDelay,
	"reuse":             meetReuse,
}

// noAnswer has every way to a token get no answer. R22, R29: a refresh is repeated once, at
// once, with the same token, and nothing else is.
func (w *faultWorld) noAnswer(f authoritytest.Fault) {
	w.t.Helper()
	w.everywhere(f, 2, func(grant string, err error) {
		var lost *transport.Error
		if !errors.As(err, &lost) || errors.Is(err, latchkey.ErrInteractionRequired) {
			w.t.Errorf("%s: %v, want a *transport.Error", grant, err)
		}
	})
	c, had := w.signedIn()
	f.Endpoint, f.Grant, f.Times = "token", "refresh_token", 1
	w.inject(f)
	before := w.tokenRequests("refresh_token")
	r, err := w.tryRenewal(c, had)
	w.check(r, err, latchkey.FromAuthority, "forced")
	if n := w.tokenRequests("refresh_token") - before; n != 2 {
		w.t.Errorf("%d refreshes, want the one that got no answer and its repetition", n)
	}
	w.kept(c, r)
}

// meetLostAnswers: the server acts, and its answer is lost. R34: with a reuse interval the
// repetition gets a token; against strict rotation nobody could do better than to ask the
// user, and the account is kept for it.
func meetLostAnswers(t *testing.T, w *faultWorld) {
	w.noAnswer(authoritytest.Fault{Connection: authoritytest.ConnectionLost})

	strict := startFaultWorld(t, w.shape, &authoritytest.Server{})
	c, had := strict.signedIn()
	strict.inject(authoritytest.Fault{Grant: "refresh_token", Times: 1, Connection: authoritytest.ConnectionLost})
	_, err := strict.tryRenewal(c, had)
	if !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("after a lost answer and strict rotation: %v", err)
	}
	strict.refusal(err, 400, "invalid_grant")
	strict.kept(c, had)
	if n := strict.tokenRequests("refresh_token"); n != 2 {
		t.Errorf("%d refreshes, want 2", n)
	}
	strict.again(c)

	// The code is spent, so that even the same callback is no way back to it.
	flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: strict.redirectURI(), Scopes: strict.scopes()})
	if err != nil {
		t.Fatal(err)
	}
	callback := strict.browse(flow.URL())
	strict.inject(authoritytest.Fault{Grant: "authorization_code", Times: 1, Connection: authoritytest.ConnectionLost})
	before := strict.tokenRequests("authorization_code")
	var lost *transport.Error
	if _, err := c.AcquireTokenByCode(w.ctx, flow, callback); !errors.As(err, &lost) {
		t.Errorf("the answer to a code was lost: %v", err)
	}
	if n := strict.tokenRequests("authorization_code") - before; n != 1 {
		t.Errorf("the code was sent %d times", n)
	}
	_, err = c.AcquireTokenByCode(w.ctx, flow, callback)
	if strict.refusal(err, 400, "invalid_grant"); errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("a spent code: %v", err)
	}
}

// again signs the user in on a client that has the account already.
func (w *faultWorld) again(c codeClient) {
	w.t.Helper()
	r, err := w.tryCode(c)
	w.check(r, err, latchkey.FromAuthority, "sign-in")
	w.kept(c, r)
	r, err = w.tryRenewal(c, r)
	w.check(r, err, latchkey.FromAuthority, "forced")
}

// meetHang: only whoever waits knows for how long.
func meetHang(_ *testing.T, w *faultWorld) {
	c, had := w.signedIn()
	w.hung(c, had, authoritytest.Fault{Connection: authoritytest.ConnectionHang})
}

// meetRefusal: nothing listens for a while.
func meetRefusal(t *testing.T, w *faultWorld) {
	c, had := w.signedIn()
	fresh, service := w.public(), w.confidential("daemon")
	w.inject(authoritytest.Fault{Name: "closed", Connection: authoritytest.ConnectionRefuse})
	_, renewal := w.tryRenewal(c, had)
	_, signIn := w.tryCode(fresh)
	_, own := service.AcquireTokenByClientCredential(w.ctx, w.appRequest())
	for what, err := range map[string]error{"renewal": renewal, "sign-in": signIn, "service": own} {
		var lost *transport.Error
		if !errors.As(err, &lost) || errors.Is(err, latchkey.ErrInteractionRequired) {
			t.Errorf("%s: %v, want a *transport.Error", what, err)
		}
	}
	w.kept(c, had)
	w.nobodyAfter(fresh, "closed")
	w.again(c)
	r, err := w.tryCode(fresh)
	w.check(r, err, latchkey.FromAuthority, "sign-in")
	if _, err := service.AcquireTokenByClientCredential(w.ctx, w.appRequest()); err != nil {
		t.Errorf("a service afterwards: %v", err)
	}
}

// meetDelay: a late answer is an answer.
func meetDelay(_ *testing.T, w *faultWorld) {
	for _, endpoint := range []string{"token", "discovery", "jwks"} {
		w.inject(authoritytest.Fault{Endpoint: endpoint, Times: 1, Delay: 20 * time.Millisecond})
	}
	c, had := w.signedIn()
	w.kept(c, had)
	w.inject(authoritytest.Fault{Grant: "refresh_token", Times: 1, Delay: 20 * time.Millisecond})
	r, err := w.tryRenewal(c, had)
	w.check(r, err, latchkey.FromAuthority, "forced")
}

// meetReuse: the authority takes the refresh token for a stolen one and revokes the grant.
func meetReuse(t *testing.T, w *faultWorld) {
	c, had := w.signedIn()
	w.inject(authoritytest.Fault{Grant: "refresh_token", Times: 1, Reuse: true})
	for range 2 { // it stays revoked
		_, err := w.tryRenewal(c, had)
		w.refusal(err, 400, "invalid_grant")
		if !errors.Is(err, latchkey.ErrInteractionRequired) {
			t.Errorf("%v", err)
		}
	}
	w.kept(c, had)
	w.again(c)
}
