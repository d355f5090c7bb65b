//go:build !js

package latchkey_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

// changeScenarios have the authority's own answer come changed.
var changeScenarios = map[string]faultScenario{
	"change.set":           meetSetMembers,
	"change.remove":        meetRemovedMembers,
	"change.header":        meetHeaders(&authoritytest.FaultChange{Header: map[string]string{"Content-Type": "text/html"}}),
	"change.remove_header": meetHeaders(&authoritytest.FaultChange{RemoveHeader: []string{"Content-Type", "Date", "Cache-Control"}}),
	"change.pad":           meetOversized,
	"change.truncate":      meetTruncated,
	"change.drip":          meetDripped,
}

// meetSetMembers: R12, lifetimes in every spelling, and metadata of another issuer.
func meetSetMembers(t *testing.T, w *faultWorld) {
	for _, lifetime := range []any{"3600", 3600.5, "3600.0"} {
		c := w.public()
		w.inject(authoritytest.Fault{Endpoint: "token", Times: 1, Change: &authoritytest.FaultChange{Set: map[string]any{"expires_in": lifetime, "token_type": "bEARER"}}})
		r, err := w.tryCode(c)
		w.check(r, err, latchkey.FromAuthority, "sign-in")
		w.kept(c, r)
	}
	for _, lifetime := range []any{"soon", -1, 0, nil} {
		c := w.public()
		w.inject(authoritytest.Fault{Endpoint: "token", Times: 1, Change: &authoritytest.FaultChange{Set: map[string]any{"expires_in": lifetime}}})
		first, err := w.tryCode(c)
		if err != nil {
			t.Fatalf("expires_in %v: %v", lifetime, err)
		}
		r, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()})
		if err != nil || r.Source.From != latchkey.FromAuthority {
			t.Errorf("expires_in %v: %v, %v, want a renewal", lifetime, r, err)
		}
	}
	w.otherIssuer()
}

// meetRemovedMembers: R12, R13, what may be missing is missed, what must be there is
// asked for.
func meetRemovedMembers(t *testing.T, w *faultWorld) {
	for _, member := range []string{"access_token", "token_type"} {
		w.everywhere(authoritytest.Fault{Change: &authoritytest.FaultChange{Remove: []string{member}}}, 1, func(_ string, err error) { w.refusedBy(err, member) })
	}
	c, had := w.signedIn()
	w.inject(authoritytest.Fault{Grant: "refresh_token", Times: 1, Change: &authoritytest.FaultChange{Remove: []string{"refresh_token", "id_token", "scope", "client_info"}}})
	r, err := w.tryRenewal(c, had)
	w.check(r, err, latchkey.FromAuthority, "forced")
	if r.Account != had.Account || r.IDToken() != had.IDToken() {
		t.Errorf("the account is %v, want %v", r.Account, had.Account)
	}
	w.kept(c, r)
	r, err = w.tryRenewal(c, r) // by the refresh token that was kept
	w.check(r, err, latchkey.FromAuthority, "forced")
}

// meetHeaders: what the headers say about a good answer does not matter.
func meetHeaders(change *authoritytest.FaultChange) faultScenario {
	return func(t *testing.T, w *faultWorld) {
		for _, endpoint := range []string{"token", "discovery", "jwks"} {
			c := w.public()
			w.inject(authoritytest.Fault{Endpoint: endpoint, Times: 1, Change: change})
			r, err := w.tryCode(c)
			w.check(r, err, latchkey.FromAuthority, "sign-in")
			w.kept(c, r)
		}
	}
}

// meetOversized: an answer without end is cut off, and not asked for again.
func meetOversized(t *testing.T, w *faultWorld) {
	w.everywhere(authoritytest.Fault{Change: &authoritytest.FaultChange{Pad: 2 * transport.MaxBody}}, 1, func(_ string, err error) {
		if !errors.Is(err, transport.ErrBodyTooLarge) || errors.Is(err, latchkey.ErrInteractionRequired) {
			t.Errorf("%v", err)
		}
	})
	for _, endpoint := range []string{"discovery", "jwks"} {
		c := w.public()
		w.inject(authoritytest.Fault{Endpoint: endpoint, Times: 1, Change: &authoritytest.FaultChange{Pad: 2 * transport.MaxBody}})
		if _, err := w.tryCode(c); !errors.Is(err, transport.ErrBodyTooLarge) {
			t.Errorf("%s: %v", endpoint, err)
		}
		w.nobody(c)
	}
}

// meetTruncated: an answer that ends too soon is none. R22: only a refresh is repeated.
func meetTruncated(t *testing.T, w *faultWorld) {
	w.noAnswer(authoritytest.Fault{Change: &authoritytest.FaultChange{Truncate: 20}})
}

// meetDripped: a slow answer is waited for, and whoever does not wait any more leaves.
func meetDripped(t *testing.T, w *faultWorld) {
	c := w.public()
	for _, endpoint := range []string{"token", "discovery", "jwks"} {
		w.inject(authoritytest.Fault{Endpoint: endpoint, Times: 1, Change: &authoritytest.FaultChange{DripBytes: 256, DripInterval: time.Millisecond}})
	}
	had, err := w.tryCode(c)
	w.check(had, err, latchkey.FromAuthority, "sign-in")
	w.hung(c, had, authoritytest.Fault{Change: &authoritytest.FaultChange{DripBytes: 1, DripInterval: 10 * time.Minute}})
}

// hung has a renewal meet a fault that does not end. The caller's context ends the wait,
// and nothing is lost.
func (w *faultWorld) hung(c codeClient, had *latchkey.Result, f authoritytest.Fault) {
	w.t.Helper()
	f.Name, f.Grant = "hung", "refresh_token"
	w.inject(f)
	select {
	case <-w.met: // of an earlier fault
	default:
	}
	ctx, leave := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() {
		_, err := c.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: had.Account, Scopes: w.scopes(), ForceRefresh: true})
		done <- err
	}()
	select {
	case <-w.met:
	case err := <-done:
		w.t.Fatalf("nothing hung: %v", err)
	}
	leave()
	if err := <-done; !errors.Is(err, context.Canceled) || errors.Is(err, latchkey.ErrInteractionRequired) {
		w.t.Errorf("who left got %v", err)
	}
	w.kept(c, had)
	w.srv.RemoveFault("hung")
	other := w.public() // the flight that hangs is another client's
	r, err := w.tryCode(other)
	w.check(r, err, latchkey.FromAuthority, "sign-in")
}
