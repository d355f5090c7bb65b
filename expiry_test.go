package latchkey

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

func TestR28_Judge(t *testing.T) {
	const now = 1_800_000_000
	tests := []struct {
		name        string
		renewBefore time.Duration
		age, left   int64 // seconds since it was got and until it ends
		refreshIn   int64 // seconds from now until it should be renewed; 0: never
		want        string
	}{
		{"R28 fresh", 0, 0, 3600, 0, ""},
		{"R28 just more than 5 minutes left", 0, 3299, 301, 0, ""},
		{"R28 5 minutes left", 0, 3300, 300, 0, reasonExpiresSoon},
		{"R28 1 second left", 0, 3599, 1, 0, reasonExpiresSoon},
		{"R28 ended", 0, 3600, 0, 0, reasonExpired},
		{"R28 ended long ago", 0, 360_000, -1, 0, reasonExpired},
		{"R28 at most a third of the lifetime", 0, 399, 201, 0, ""},
		{"R28 a third of the lifetime left", 0, 400, 200, 0, reasonExpiresSoon},
		{"R28 a token of 3 seconds", 0, 1, 2, 0, ""},
		{"R28 a token of 1 second", 0, 0, 1, 0, ""},
		{"R28 RenewBefore of an hour is a third, too", time.Hour, 2399, 1201, 0, ""},
		{"R28 RenewBefore of an hour", time.Hour, 2400, 1200, 0, reasonExpiresSoon},
		{"R28 RenewBefore of a second", time.Second, 3598, 2, 0, ""},
		{"R28 the clock moved backwards", 0, -1, 3600, 0, reasonClockMoved},
		{"R28 the clock moved back by years", 0, -100_000_000, 100_003_600, 0, reasonClockMoved},
		{"refresh_in not yet", 0, 100, 3500, 1, ""},
		{"refresh_in now", 0, 100, 3500, -1, reasonRefreshAfter},
		{"refresh_in, but it expires soon", 0, 3500, 100, -1, reasonExpiresSoon},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newWire(t).public(func(cfg *Config) { cfg.RenewBefore = tt.renewBefore })
			token := &cache.AccessToken{CachedAt: now - tt.age, ExpiresOn: now + tt.left}
			if tt.refreshIn != 0 {
				token.RefreshOn = now + tt.refreshIn
			}
			if got := c.judge(token, now); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	_, err := NewPublic(Config{Authority: wireIssuer, ClientID: wireClient, RenewBefore: -1})
	wantArgument(t, err, "Config.RenewBefore")
}

// failures are ways in which a renewal fails, and whether they are an outage of the authority.
var failures = []struct {
	name   string
	answer answer
	outage bool
}{
	{"no answer", answer{err: &transport.Error{Method: "POST", Err: errors.New("reset")}}, true},
	{"500", answer{status: 500}, true},
	{"502 with a page", answer{status: 502, body: "<html>"}, true},
	{"503", answer{status: 503, body: `{"error":"temporarily_unavailable"}`}, true},
	{"429", answer{status: 429}, true},
	{"invalid_grant", refusal("invalid_grant"), false},
	{"interaction_required", refusal("interaction_required"), false},
	{"invalid_client", refusal("invalid_client"), false},
	{"200 with a page", answer{body: "<html>"}, false},
	{"an answer that is refused", answer{body: `{"access_token":"x","token_type":"mac"}`}, false},
	{"an answer that is too long", answer{err: &transport.Error{Method: "POST", Err: transport.ErrBodyTooLarge}}, false},
}

// A token that is still valid is never thrown away because a renewal failed.
func TestR28_StaleToken(t *testing.T) {
	ctx := context.Background()
	for _, f := range failures {
		t.Run("R28 "+f.name, func(t *testing.T) {
			w := newWire(t)
			c := w.public()
			r := w.signIn(c.client, "a")
			w.token = func(asked) answer { return f.answer }
			w.advance(3600*time.Second - 1)
			expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonStale)
			for name, request := range map[string]SilentRequest{
				"forced":    forced(r.Account, "a"),
				"challenge": {Account: r.Account, Scopes: []string{"a"}, ClaimsChallenge: `{"access_token":{}}`},
				"rejected":  {Account: r.Account, Scopes: []string{"a"}, Rejected: r.TokenHash()},
			} {
				request.AllowExtendedExpiry = true
				if got, err := c.AcquireTokenSilent(ctx, request); err == nil {
					t.Errorf("%s: got the old token %v", name, got)
				}
			}
			w.advance(time.Second)
			if got, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}}); err == nil {
				t.Errorf("ended: got %v", got)
			}
		})
	}
}

func TestR28_ExtendedExpiry(t *testing.T) {
	ctx := context.Background()
	for _, f := range failures {
		t.Run("R28 "+f.name, func(t *testing.T) {
			w := newWire(t)
			c := w.public()
			w.token = func(q asked) answer { return w.grant(q).with("ext_expires_in", 7200).answer() }
			r := w.signIn(c.client, "a")
			w.token = func(asked) answer { return f.answer }
			ask := SilentRequest{Account: r.Account, Scopes: []string{"a"}, AllowExtendedExpiry: true}
			w.advance(5000 * time.Second)
			got, err := c.AcquireTokenSilent(ctx, ask)
			if !f.outage {
				if err == nil {
					t.Errorf("got %v", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			expect(t, got, "at-1", FromCache, reasonOutage)
			for name, change := range map[string]func(*SilentRequest){
				"not allowed": func(r *SilentRequest) { r.AllowExtendedExpiry = false },
				"forced":      func(r *SilentRequest) { r.ForceRefresh = true },
				"challenge":   func(r *SilentRequest) { r.ClaimsChallenge = `{"access_token":{}}` },
				"rejected":    func(q *SilentRequest) { q.Rejected = r.TokenHash() },
			} {
				other := ask
				change(&other)
				if got, err := c.AcquireTokenSilent(ctx, other); err == nil {
					t.Errorf("%s: got %v", name, got)
				}
			}
			w.advance(2200 * time.Second)
			if got, err := c.AcquireTokenSilent(ctx, ask); err == nil {
				t.Errorf("after the extension: got %v", got)
			}
		})
	}
	t.Run("R28 ended while the renewal failed", func(t *testing.T) {
		w := newWire(t)
		c := w.public()
		w.token = func(q asked) answer { return w.grant(q).with("ext_expires_in", 7200).answer() }
		r := w.signIn(c.client, "a")
		w.advance(3590 * time.Second)
		w.token = func(asked) answer {
			w.advance(20 * time.Second)
			return answer{status: 500}
		}
		got, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}, AllowExtendedExpiry: true})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, got, "at-1", FromCache, reasonOutage)
	})
}

// A clock that moved backwards makes tokens look good for longer than they are.
func TestR28_ClockMovedBackwards(t *testing.T) {
	w := newWire(t)
	c := w.public()
	r := w.signIn(c.client, "a")
	w.advance(-24 * time.Hour)
	expect(t, w.silent(c.client, r.Account, "a"), "at-2", FromAuthority, reasonClockMoved)
	expect(t, w.silent(c.client, r.Account, "a"), "at-2", FromCache, reasonValid)
	if q := w.last(); q.Get("refresh_token") != "rt-1" {
		t.Errorf("sent %q", q.Get("refresh_token"))
	}
	if _, err := c.AcquireTokenSilent(context.Background(), forced(r.Account, "a")); err != nil || w.last().Get("refresh_token") != "rt-2" {
		t.Errorf("%v, sent %q: the newer token lost to the one from the future", err, w.last().Get("refresh_token"))
	}
}

// throttled answers 429 to one user, and grants to the others.
func throttled(w *wire, user string, header transport.Header) {
	w.token = func(q asked) answer {
		if w.user == user {
			return answer{status: 429, header: header}
		}
		return w.grant(q).answer()
	}
}

func TestR28_RetryAfterIsKept(t *testing.T) {
	ctx := context.Background()
	tests := []struct {
		name   string
		status int
		header string
		pause  time.Duration // 0: none
	}{
		{"R28 seconds", 429, "30", 30 * time.Second},
		{"R28 a date", 429, "Fri, 15 Jan 2027 08:00:40 GMT", 40 * time.Second},
		{"R28 429 alone", 429, "", defaultBackoff},
		{"R28 503", 503, "30", 30 * time.Second},
		{"R28 503 alone", 503, "", 0},
		{"R28 400 is no throttling", 400, "30", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t)
			c := w.public()
			r := w.signIn(c.client, "a")
			w.token = func(asked) answer {
				return answer{status: tt.status, header: transport.Header{{Name: "Retry-After", Value: tt.header}}, body: `{"error":"x"}`}
			}
			ask := func() *Error {
				_, err := c.AcquireTokenSilent(ctx, forced(r.Account, "a"))
				var e *Error
				if !errors.As(err, &e) || e.Status != tt.status {
					t.Fatalf("error %v", err)
				}
				return e
			}
			if e := ask(); tt.header != "" && e.RetryAfter != 30*time.Second && e.RetryAfter != 40*time.Second {
				t.Errorf("RetryAfter %v", e.RetryAfter)
			}
			if tt.pause > 0 {
				w.advance(tt.pause - time.Second)
				ask()
				if n := len(w.requests(grantRefresh)); n != 1 {
					t.Errorf("%d requests during the pause", n)
				}
				w.advance(time.Second)
			}
			ask()
			if n := len(w.requests(grantRefresh)); n != 2 {
				t.Errorf("%d requests, want 2", n)
			}
		})
	}
}

func TestR28_OneUsersThrottling(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	c := w.public()
	first := w.signIn(c.client, "a").Account
	w.user = "user-2"
	second := w.signIn(c.client, "a").Account
	throttled(w, "user-1", nil)
	w.user = "user-1"
	if _, err := c.AcquireTokenSilent(ctx, forced(first, "a")); err == nil {
		t.Fatal("the first user was not throttled")
	}
	w.user = "user-2"
	if _, err := c.AcquireTokenSilent(ctx, forced(second, "a")); err != nil {
		t.Errorf("the second user: %v", err)
	}
	w.user = "user-1"
	before := len(w.requests(grantRefresh))
	if _, err := c.AcquireTokenSilent(ctx, forced(first, "a")); err == nil || len(w.requests(grantRefresh)) != before {
		t.Errorf("the first user's pause ended with the second user's success: %v", err)
	}
}

func TestBackoffIsBounded(t *testing.T) {
	var b backoff
	now := time.Unix(1_800_000_000, 0)
	cause := errors.New("x")
	for i := 0; i < 3*maxPauses; i++ {
		b.set(strconv.Itoa(i), now.Add(time.Duration(i)*time.Second), time.Second, cause)
	}
	if len(b.waits) > maxPauses {
		t.Errorf("%d pauses", len(b.waits))
	}
	late := now.Add(3 * maxPauses * time.Second)
	b.set("long", late, time.Hour, cause)
	for i := 0; i < maxPauses; i++ {
		b.set("short "+strconv.Itoa(i), late, 0, cause)
	}
	if b.check("long", late) != cause {
		t.Error("a running pause was forgotten before ended ones")
	}
	for i := 0; i < 3*maxPauses; i++ {
		b.set("endless "+strconv.Itoa(i), late, time.Hour, cause)
	}
	if len(b.waits) > maxPauses {
		t.Errorf("%d running pauses", len(b.waits))
	}
	b.set("back", late, time.Hour, cause)
	if b.check("back", late.Add(-time.Second)) != nil || b.check("back", late) != cause || b.check("back", late.Add(time.Hour)) != nil {
		t.Error("a pause is kept before it began, or after its end, or not at all")
	}
	b.note("x", late, cause)
	b.note("y", late, &Error{Status: 400, RetryAfter: time.Minute})
	b.note("z", late, &Error{Status: 429, RetryAfter: 1000 * time.Hour})
	if b.check("x", late) != nil || b.check("y", late) != nil || b.check("z", late) == nil || b.check("z", late.Add(maxBackoff)) != nil {
		t.Error("note")
	}
}
