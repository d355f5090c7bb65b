//go:build !js

package authority_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
)

// A slow authority delays nobody for long: metadata that can still serve does.
func TestSlowRenewalServesStaleMetadata(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		w.set(oidcDoc, answer{body: document(issuer, issuer)})
		r, c := newResolver(w)
		a := parse(t, issuer, authority.OIDC())
		first := resolve(t, r, a)
		c.advance(day)
		gate := make(chan struct{})
		w.set(oidcDoc, answer{body: document(issuer, issuer+"/new"), gate: gate})
		begin := time.Now()
		for range 3 {
			if resolve(t, r, a) != first {
				t.Error("not the stale metadata")
			}
		}
		if waited := time.Since(begin); waited != 3*time.Second {
			t.Errorf("waited %v in all, want 3 s once", waited)
		}
		close(gate)
		if err := r.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if m := resolve(t, r, a); m.TokenEndpoint != issuer+"/new/token" {
			t.Errorf("token endpoint %q: the late answer is lost", m.TokenEndpoint)
		}
		if n := len(w.requests()); n != 2 {
			t.Errorf("%d requests", n)
		}
	})
}

// A late answer that is refused ends the service at once.
func TestR8_SlowRefusalServesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		w.set(oidcDoc, answer{body: document(issuer, issuer)})
		r, c := newResolver(w)
		a := parse(t, issuer, authority.OIDC())
		resolve(t, r, a)
		c.advance(day)
		gate := make(chan struct{})
		w.set(oidcDoc, answer{body: document("https://evil.example", issuer), gate: gate})
		resolve(t, r, a)
		close(gate)
		synctest.Wait()
		_, err := r.Resolve(ctx, a)
		refused(t, err, "https://evil.example")
	})
}

// A discovery ends by itself even if the transport has no time limit.
func TestDiscoveryHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		w.set(oidcDoc, answer{gate: make(chan struct{})})
		r, _ := newResolver(w)
		begin := time.Now()
		_, err := r.Resolve(ctx, parse(t, issuer, authority.OIDC()))
		if e := refused(t, err, "deadline"); !e.Temporary() {
			t.Error("a timeout is temporary")
		}
		if waited := time.Since(begin); waited != 30*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestHitsDoNotAllocate(t *testing.T) {
	w := &wire{}
	w.set(oidcDoc, answer{body: document(issuer, issuer)})
	r, _ := newResolver(w)
	for _, url := range []string{issuer, "https://login.microsoftonline.com/" + guid} {
		a := parse(t, url, authority.ProfileFor(url))
		resolve(t, r, a)
		if n := testing.AllocsPerRun(100, func() { _, _ = r.Resolve(ctx, a) }); n != 0 {
			t.Errorf("%s: %v allocations per hit", url, n)
		}
	}
}

func BenchmarkResolveHit(b *testing.B) {
	w := &wire{}
	w.set(oidcDoc, answer{body: document(issuer, issuer)})
	r, _ := newResolver(w)
	for _, url := range []string{issuer, "https://login.microsoftonline.com/" + guid} {
		a, err := authority.Parse(url, authority.ProfileFor(url))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(a.Profile().Name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_, _ = r.Resolve(ctx, a)
				}
			})
		})
	}
}
