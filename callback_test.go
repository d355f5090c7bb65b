package latchkey

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
)

// testMetadata is what a client knows of a wire's authority.
func testMetadata(t testing.TB, w *wire) *authority.Metadata {
	t.Helper()
	_, m, err := w.public().resolve(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestR37_Callback(t *testing.T) {
	const now = 1_800_000_000
	s := &flowState{state: "st&te é", expires: now + 600}
	const state = "state=st%26te+%C3%A9"
	m := testMetadata(t, newWire(t))
	tests := []struct {
		name, callback string
		check          string // of the ValidationError; "error" for an *Error; empty: accepted
	}{
		{"good", "code=c&" + state, ""},
		{"with a question mark", "?code=c&" + state, ""},
		{"a fragment", "#code=c&" + state, ""},
		{"other parameters", "session_state=x&x=1&x=2&code=c&" + state, ""},
		{"empty", "", "callback"},
		{"only a question mark", "?", "callback"},
		{"a whole URL", redirectURI + "?code=c&" + state, "code"}, // its first parameter is another one
		{"broken escape", "code=%zz&" + state, "callback"},
		{"semicolon", "code=c;" + state, "callback"},
		{"R37 too long", "code=c&" + state + "&x=" + strings.Repeat("x", maxCallback), "callback"},
		{"R37 state missing", "code=c", "state"},
		{"R37 state empty", "code=c&state=", "state"},
		{"R37 another state", "code=c&state=other", "state"},
		{"R37 the state's beginning", "code=c&state=st", "state"},
		{"R37 the state is not decoded twice", "code=c&state=st%2526te+%25C3%25A9", "state"},
		{"R37 state twice", "code=c&" + state + "&" + state, "callback"},
		{"R37 state twice, one is another", "code=c&state=other&" + state, "callback"},
		{"R37 code twice", "code=c&code=d&" + state, "callback"},
		{"R37 error twice", "error=a&error=b&" + state, "callback"},
		{"R37 iss twice", "code=c&iss=a&iss=b&" + state, "callback"},
		{"R37 error_description twice", "error=a&error_description=a&error_description=b&" + state, "callback"},
		{"R37 no code", state, "code"},
		{"R37 empty code", "code=&" + state, "code"},
		{"R37 an error is believed after the state only", "error=access_denied", "state"},
		{"R37 an error of another sign-in", "error=access_denied&state=other", "state"},
		{"R37 an error", "error=access_denied&" + state, "error"},
		{"R37 a code beside an error is not redeemed", "code=c&error=access_denied&" + state, "error"},
		{"R37 an empty error", "error=&" + state, "error"},
		{"R17 iss", "code=c&iss=https%3A%2F%2Fop.example&" + state, ""},
		{"R17 another iss", "code=c&iss=https%3A%2F%2Fevil.example&" + state, "iss"},
		{"R17 iss with a slash more", "code=c&iss=https%3A%2F%2Fop.example%2F&" + state, "iss"},
		{"R17 another iss beside an error", "error=access_denied&iss=https%3A%2F%2Fevil.example&" + state, "iss"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, err := checkCallback(s, m, tt.callback, now)
			var e *Error
			switch {
			case tt.check == "":
				if err != nil || code != "c" {
					t.Errorf("code %q, %v", code, err)
				}
			case tt.check == "error":
				if !errors.As(err, &e) || e.Endpoint != "authorization" || e.Status != 0 || e.Grant != "" {
					t.Errorf("error %T %v", err, err)
				}
			default:
				wantCheck(t, err, tt.check)
			}
			if err != nil && code != "" {
				t.Errorf("the code %q came with an error", code)
			}
		})
	}
}

func TestR17_IssuerRequired(t *testing.T) {
	const now = 1_800_000_000
	w := newWire(t)
	silent := testMetadata(t, w)
	w.document["authorization_response_iss_parameter_supported"] = true
	advertised := testMetadata(t, w)
	tests := []struct {
		name string
		flow bool // what the flow remembers
		m    *authority.Metadata
		iss  string
		ok   bool
	}{
		{"R17 not advertised, absent", false, silent, "", true},
		{"R17 advertised, absent", true, advertised, "", false},
		{"R17 advertised when the flow began", true, silent, "", false},
		{"R17 advertised, and the flow says otherwise", false, advertised, "", false},
		{"R17 advertised, empty", true, advertised, "&iss=", false},
		{"R17 advertised and there", true, advertised, "&iss=https%3A%2F%2Fop.example", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &flowState{state: "s", expires: now + 600, issRequired: tt.flow}
			for _, answer := range []string{"code=c", "error=access_denied"} {
				_, err := checkCallback(s, tt.m, answer+"&state=s"+tt.iss, now)
				var e *Error
				switch {
				case !tt.ok:
					wantCheck(t, err, "iss")
				case err != nil && !errors.As(err, &e):
					t.Error(err)
				}
			}
		})
	}
}

func TestR17_Entra(t *testing.T) {
	const now = 1_800_000_000
	s := &flowState{state: "s", expires: now + 600}
	tests := []struct {
		tenant, iss string
		ok          bool
	}{
		{homeID, wireCloud + homeID + "/v2.0", true},
		{homeID, wireCloud + guestID + "/v2.0", false},
		{"common", wireCloud + guestID + "/v2.0", true},
		{"common", wireCloud + "%7Btenantid%7D/v2.0", false},
		{"common", "https://evil.example/" + guestID + "/v2.0", false},
	}
	for _, tt := range tests {
		m := testMetadata(t, newEntraWire(t, tt.tenant))
		_, err := checkCallback(s, m, "code=c&state=s&iss="+tt.iss, now)
		if tt.ok && err != nil {
			t.Errorf("%s, %s: %v", tt.tenant, tt.iss, err)
		}
		if !tt.ok {
			wantCheck(t, err, "iss")
		}
	}
}

func TestR35_Expiry(t *testing.T) {
	w := newWire(t)
	c := w.public()
	flow := w.begin(c.client, AuthCodeRequest{})
	callback := "code=c&state=" + flow.State()
	w.advance(flowLifetime)
	_, err := c.AcquireTokenByCode(context.Background(), flow, callback)
	wantCheck(t, err, "expiry")
	w.advance(-time.Second)
	if _, err := c.AcquireTokenByCode(context.Background(), flow, callback); err != nil {
		t.Errorf("within the time: %v", err)
	}
}

func TestR21_CallbackErrors(t *testing.T) {
	const now = 1_800_000_000
	s := &flowState{state: "s", expires: now + 600}
	m := testMetadata(t, newWire(t))
	_, err := checkCallback(s, m, "error=consent_required&error_description=d%0Ae&error_subcode=cancel&error_uri=u&claims=%7B%7D&state=s", now)
	var e *Error
	if !errors.As(err, &e) || e.Code != "consent_required" || e.Description != "d\ne" || e.Suberror != "cancel" || e.URI != "u" || e.Claims != "{}" {
		t.Fatalf("%+v", e)
	}
	if !errors.Is(err, ErrInteractionRequired) || strings.ContainsAny(err.Error(), "\n") {
		t.Errorf("%q", err)
	}
	_, err = checkCallback(s, m, "error=interaction_required&suberror=basic_action&error_subcode=x&trace_id=t&correlation_id=c&timestamp=w&state=s", now)
	if !errors.As(err, &e) || e.Suberror != "basic_action" || e.TraceID != "t" || e.CorrelationID != "c" || e.Timestamp != "w" {
		t.Errorf("%+v", e)
	}
	_, err = checkCallback(s, m, "error=x&state=s&claims="+strings.Repeat("x", maxClaims+1), now)
	if !errors.As(err, &e) || e.Claims != "" {
		t.Error("claims that are too long were cut instead of left out")
	}
}

// R37: exactly one of each parameter.
func TestR37_CallbackParametersOnce(t *testing.T) {
	for _, name := range []string{"state", "code", "error", "iss", "error_description", "error_uri", "suberror", "error_subcode", "claims"} {
		_, err := parseCallback(name + "=a&" + name + "=b")
		wantCheck(t, err, "callback")
	}
}

func TestEqualInConstantTime(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{{"", "", true}, {"a", "a", true}, {"a", "b", false}, {"a", "", false}, {"ab", "a", false}, {"abc", "abd", false}, {"abc", "bbc", false}} {
		if got := equalInConstantTime(tt.a, tt.b); got != tt.want {
			t.Errorf("%q, %q: %v", tt.a, tt.b, got)
		}
	}
}

func FuzzCallback(f *testing.F) {
	const now = 1_800_000_000
	s := &flowState{state: "the state", expires: now + 600, issRequired: true}
	m := testMetadata(f, newWire(f))
	for _, callback := range []string{
		"code=c&state=the+state&iss=https%3A%2F%2Fop.example", "?error=access_denied&state=the%20state&iss=https://op.example",
		"#code=c&code=d", "state=the+state", "%", ";", "state=the+state&state=x&code=c",
	} {
		f.Add(callback)
	}
	f.Fuzz(func(t *testing.T, callback string) {
		code, err := checkCallback(s, m, callback, now)
		if err != nil {
			var e *Error
			var v *ValidationError
			if !errors.As(err, &e) && !errors.As(err, &v) {
				t.Errorf("error %T", err)
			}
			if text := err.Error(); strings.ContainsAny(text, "\r\n\x1b\x00") {
				t.Errorf("%q has a control character", text)
			}
			return
		}
		q, err := parseCallback(callback)
		if err != nil || q.Get("state") != s.state || q.Get("iss") != wireIssuer || q.Has("error") || q.Get("code") != code || code == "" {
			t.Errorf("accepted %q", callback)
		}
	})
}
