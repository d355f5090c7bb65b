//go:build !js

package latchkey_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// faultKeyScenarios are about the keys that sign ID tokens, and their publication.
var faultKeyScenarios = map[string]faultScenario{
	"keys.rotate":      meetRotation(authoritytest.KeysRotate),
	"keys.rotate_keep": meetRotation(authoritytest.KeysRotateKeep),
	"keys.empty":       unusableKeys(authoritytest.Fault{Keys: authoritytest.KeysEmpty}),
	"keys.garbage":     unusableKeys(authoritytest.Fault{Keys: authoritytest.KeysGarbage}),
	"keys.many":        unusableKeys(authoritytest.Fault{Keys: authoritytest.KeysMany}),
	"keys.stale":       unusableKeys(authoritytest.Fault{Keys: authoritytest.KeysStale}),
}

// still is a client whose clock stands still: it passes the time by later alone, so that
// what is allowed once in a while is not allowed again by a slow test.
func (w *faultWorld) still() (c codeClient, later func(time.Duration)) {
	w.t.Helper()
	var at atomic.Int64
	at.Store(w.srv.Clock.Now().UnixNano())
	cfg := w.config("native")
	cfg.Clock = func() time.Time { return time.Unix(0, at.Load()) }
	return w.publicFrom(cfg), func(d time.Duration) {
		w.srv.Clock.Advance(d)
		at.Store(w.srv.Clock.Now().UnixNano())
	}
}

// fetches counts the requests for keys.
func (w *faultWorld) fetches() int {
	return len(w.srv.Requests().Matching(authoritytest.Request{Endpoint: "jwks"}))
}

// meetRotation: R16. New keys, between two sign-ins or just before a token is signed, cost
// one fetch more.
func meetRotation(how authoritytest.FaultKeys) faultScenario {
	return func(t *testing.T, w *faultWorld) {
		c, had := w.signedIn()
		if n := w.fetches(); n != 1 {
			t.Errorf("%d fetches before the rotation, want 1", n)
		}
		for i, rotate := range []authoritytest.Fault{{Endpoint: "authorize"}, {Grant: "authorization_code"}, {Grant: "refresh_token"}} {
			rotate.Times, rotate.Keys = 1, how
			w.inject(rotate)
			w.srv.Clock.Advance(2 * time.Minute) // R16: at most one refetch a minute
			var r *latchkey.Result
			var err error
			if rotate.Grant == "refresh_token" {
				r, err = w.tryRenewal(c, had)
				w.check(r, err, latchkey.FromAuthority, "forced")
			} else {
				r, err = w.tryCode(c)
				w.check(r, err, latchkey.FromAuthority, "sign-in")
			}
			w.kept(c, r)
			if had = r; w.fetches() != i+2 {
				t.Errorf("%d fetches after rotation %d", w.fetches(), i+1)
			}
		}
	}
}

// unusableKeys: R16. Without keys that fit nothing is accepted, and nobody can make the
// client ask for keys again and again.
func unusableKeys(f authoritytest.Fault) faultScenario {
	return func(t *testing.T, w *faultWorld) {
		f := f // for two shapes at a time
		f.Name, f.Endpoint = "keys", "jwks"
		w.inject(f)
		fresh, later := w.still()
		before := w.fetches()
		for range 3 {
			_, err := w.tryCode(fresh)
			w.refusedBy(err, "signature")
		}
		w.nobody(fresh)
		if n := w.fetches() - before; n > 2 {
			t.Errorf("%d fetches for three sign-ins within a minute, want 2 at most", n)
		}
		w.srv.RemoveFault("keys")
		later(61 * time.Second)
		had, err := w.tryCode(fresh)
		w.check(had, err, latchkey.FromAuthority, "sign-in")

		// Who has keys is not troubled by keys that are no good, until they are needed.
		w.inject(f)
		r, err := w.tryCode(fresh)
		w.check(r, err, latchkey.FromAuthority, "sign-in")
		w.inject(authoritytest.Fault{Grant: "refresh_token", Times: 1, Keys: authoritytest.KeysRotate})
		later(2 * time.Minute)
		_, err = w.tryRenewal(fresh, r)
		w.refusedBy(err, "signature")
		w.kept(fresh, r)
		w.srv.RemoveFault("keys")
		later(61 * time.Second)
		r, err = w.tryRenewal(fresh, r)
		w.check(r, err, latchkey.FromAuthority, "forced")
	}
}

// R16: whatever key id a token names, keys are fetched again once a minute.
func TestR16_UnknownKeysAreAskedForOnceAMinute(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newFaultWorld(t, s)
			c, later := w.still()
			had, err := w.tryCode(c)
			w.check(had, err, latchkey.FromAuthority, "sign-in")
			w.inject(authoritytest.Fault{Name: "kid", Token: &authoritytest.FaultToken{Defect: authoritytest.DefectUnknownKid}})
			for range 5 {
				_, err := w.tryCode(c)
				w.refusedBy(err, "signature")
			}
			if n := w.fetches(); n != 2 {
				t.Errorf("%d fetches, want the first and one more", n)
			}
			later(61 * time.Second)
			_, err = w.tryRenewal(c, had)
			w.refusedBy(err, "signature")
			if n := w.fetches(); n != 3 {
				t.Errorf("%d fetches a minute later, want one more", n)
			}
			w.kept(c, had)
			w.srv.RemoveFault("kid")
			w.again(c)
		})
	}
}

// Keys that cannot be had are no keys. What a client has keeps for a day.
func TestR16_KeysDown(t *testing.T) {
	for name, f := range map[string]authoritytest.Fault{
		"status": {Answer: &authoritytest.FaultAnswer{Status: 503, HTML: "<h1>closed</h1>"}},
		"reset":  {Connection: authoritytest.ConnectionReset},
		"html":   {Answer: &authoritytest.FaultAnswer{Status: 200, HTML: "<h1>sign in to the wireless network</h1>"}},
		"cut":    {Change: &authoritytest.FaultChange{Truncate: 30}},
	} {
		for _, s := range shapes {
			t.Run(name+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				w := newFaultWorld(t, s)
				unusableKeys(f)(t, w)
				if w.acted.Load() == 0 {
					t.Error("the authority was never wrong")
				}
			})
		}
	}
}

// R16: an answer that says that it is none is not believed, even if keys are in it.
func TestR16_KeysOfAnErrorAnswer(t *testing.T) {
	w := newFaultWorld(t, shapes[1])
	unusableKeys(authoritytest.Fault{Answer: &authoritytest.FaultAnswer{Status: 500, JSON: map[string]any{"keys": w.publishedKeys()}}})(t, w)
}

// Metadata that cannot be had, or is another authority's, signs nobody in, and is asked
// for again by the next attempt. What a client has serves on.
func TestR8_DiscoveryDown(t *testing.T) {
	faults := map[string]authoritytest.Fault{
		"status":  {Answer: &authoritytest.FaultAnswer{Status: 503}},
		"garbage": {Answer: &authoritytest.FaultAnswer{Status: 200, Text: `{"issuer": `}},
		"reset":   {Connection: authoritytest.ConnectionReset},
		"cut":     {Change: &authoritytest.FaultChange{Truncate: 30}},
		"no keys": {Change: &authoritytest.FaultChange{Remove: []string{"token_endpoint"}}},
		"other":   {Change: &authoritytest.FaultChange{Set: map[string]any{"issuer": "https://other.contoso.test"}}},
	}
	for name, f := range faults {
		for _, s := range shapes {
			t.Run(name+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				w := newFaultWorld(t, s)
				f := f
				f.Name, f.Endpoint = "down", "discovery"
				w.inject(f)
				c := w.public()
				for range 2 {
					_, err := w.tryCode(c)
					var refused *authority.Error
					if !errors.As(err, &refused) || errors.Is(err, latchkey.ErrInteractionRequired) {
						t.Errorf("%v, want an *authority.Error", err)
					}
				}
				w.nobodyAfter(c, "down")
				had, err := w.tryCode(c)
				w.check(had, err, latchkey.FromAuthority, "sign-in")
				w.inject(f)
				w.kept(c, had)
				r, err := w.tryRenewal(c, had)
				w.check(r, err, latchkey.FromAuthority, "forced")
			})
		}
	}
}

// nobodyAfter removes a fault, since even to list accounts takes metadata, and fails the
// test if the client keeps anything.
func (w *faultWorld) nobodyAfter(c codeClient, fault string) {
	w.t.Helper()
	w.srv.RemoveFault(fault)
	w.nobody(c)
}

// otherIssuer is metadata of another issuer than the one that is configured.
func (w *faultWorld) otherIssuer() {
	w.t.Helper()
	const other = "https://other.contoso.test"
	c := w.public()
	w.inject(authoritytest.Fault{Endpoint: "discovery", Times: 1, Change: &authoritytest.FaultChange{Set: map[string]any{"issuer": other}}})
	_, err := w.tryCode(c)
	var refused *authority.Error
	if !errors.As(err, &refused) {
		w.t.Errorf("metadata of another issuer: %v", err)
	}
	w.nobody(c)
	w.again(c)
}
