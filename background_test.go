//go:build !js

package latchkey

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

// renewable is a signed-in client in a synctest bubble, whose token is past its refresh_in.
func renewable(t *testing.T, edit ...func(*Config)) (*wire, *PublicClient, *Result) {
	t.Helper()
	w := newWire(t)
	c := w.public(append(edit, func(cfg *Config) {
		cfg.Clock = func() time.Time {
			w.seconds.Store(time.Now().Unix())
			return time.Now()
		}
	})...)
	w.token = func(q asked) answer { return w.grant(q).with("refresh_in", 1800).answer() }
	r := w.signIn(c.client, "a")
	time.Sleep(1800 * time.Second)
	return w, c, r
}

func TestBackgroundRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		events := map[string]int{}
		count := func(name string) func(context.Context, Event) {
			return func(context.Context, Event) {
				mu.Lock()
				events[name]++
				mu.Unlock()
			}
		}
		trace := &Trace{CacheHit: count("hit"), CacheMiss: count("miss"), Renewed: count("renewed"), RenewalFailed: count("failed")}
		w, c, r := renewable(t, func(cfg *Config) { cfg.Trace = trace })
		started := time.Now()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				got, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}})
				cancel() // the renewal outlives whoever started it
				if err != nil {
					t.Error(err)
					return
				}
				expect(t, got, "at-1", FromCache, reasonValid)
			})
		}
		wg.Wait()
		if took := time.Since(started); took != 0 {
			t.Errorf("a token that is good came after %v", took)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(started); took <= 0 || took > maxRenewalJitter {
			t.Errorf("the renewal came after %v, want a moment of at most %v", took, maxRenewalJitter)
		}
		if n := len(w.requests(grantRefresh)); n != 1 {
			t.Errorf("%d renewals", n)
		}
		expect(t, w.silent(c.client, r.Account, "a"), "at-2", FromCache, reasonValid)
		if events["hit"] != 101 || events["miss"] != 0 || events["renewed"] != 1 || events["failed"] != 0 {
			t.Errorf("events %v", events)
		}
	})
}

// askFor asks for the good token every second for a while, and returns how many renewals that cost.
func askFor(t *testing.T, w *wire, c *PublicClient, r *Result, d time.Duration) int {
	t.Helper()
	before := len(w.requests(grantRefresh))
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Second) {
		w.silent(c.client, r.Account, "a")
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
	return len(w.requests(grantRefresh)) - before
}

func TestR22_RefusedInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c, r := renewable(t)
		w.token = func(asked) answer { return refusal("invalid_grant") }
		if n := askFor(t, w, c, r, 1400*time.Second); n != 1 {
			t.Errorf("%d renewals of one token that was refused, want 1", n)
		}
		time.Sleep(500 * time.Second)
		if _, err := c.AcquireTokenSilent(t.Context(), SilentRequest{Account: r.Account, Scopes: []string{"a"}}); !errors.Is(err, ErrInteractionRequired) {
			t.Errorf("after its end: %v", err)
		}
	})
}

func TestR28_BackgroundRenewalKeepsPauses(t *testing.T) {
	tests := []struct {
		name     string
		answer   answer
		most     int // renewals in 100 s, one call a second
		attempts int // requests a renewal
	}{
		{"R28 Retry-After", answer{status: 429, header: transport.Header{{Name: "Retry-After", Value: "60"}}}, 2, 1},
		{"R28 500", answer{status: 500}, 4, 1},
		{"R28 no answer", answer{err: &transport.Error{Method: "POST", Err: errors.New("reset")}}, 4, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, c, r := renewable(t)
				w.token = func(asked) answer { return tt.answer }
				if n := askFor(t, w, c, r, 100*time.Second); n > tt.most*tt.attempts || n < 2*tt.attempts {
					t.Errorf("%d requests in 100 s, want 2 to %d", n, tt.most*tt.attempts)
				}
				w.token = nil
				askFor(t, w, c, r, 100*time.Second)
				if got := w.silent(c.client, r.Account, "a"); got.AccessToken() == "at-1" {
					t.Error("never renewed")
				}
			})
		})
	}
}

// Who is signed out while the renewal runs stays so.
func TestR31_SignOutDuringBackgroundRenewal(t *testing.T) {
	for name, store := range map[string]func() cache.Store{"no store": func() cache.Store { return nil }, "store": func() cache.Store { return cache.NewMemory() }} {
		t.Run("R31 "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, c, r := renewable(t, func(cfg *Config) { cfg.Cache = store() })
				w.token = func(q asked) answer {
					if err := c.RemoveAccount(t.Context(), r.Account); err != nil {
						t.Error(err)
					}
					return w.grant(q).answer()
				}
				w.silent(c.client, r.Account, "a")
				if err := c.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				if n := len(w.requests(grantRefresh)); n != 1 {
					t.Errorf("%d renewals", n)
				}
				if all, err := c.Accounts(t.Context()); err != nil || len(all) != 0 {
					t.Errorf("accounts %v, %v", all, err)
				}
				if _, err := c.AcquireTokenSilent(t.Context(), SilentRequest{Account: r.Account, Scopes: []string{"a"}}); !errors.Is(err, ErrInteractionRequired) {
					t.Errorf("after the sign-out: %v", err)
				}
			})
		})
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		if err := wait(t.Context(), time.Minute); err != nil || time.Since(started) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(started))
		}
		if err := wait(t.Context(), 0); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := wait(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) || time.Since(started) != 61*time.Second {
			t.Errorf("%v after %v", err, time.Since(started))
		}
		if err := wait(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended context: %v", err)
		}
	})
	for range 1000 {
		if d := jitter(maxRenewalJitter); d < 0 || d >= maxRenewalJitter {
			t.Fatalf("jitter %v", d)
		}
	}
}
