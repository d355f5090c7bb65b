package latchkey

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
)

func TestR2_DefaultScopes(t *testing.T) {
	plain, entra := authority.OIDC(), authority.Entra()
	tests := []struct {
		name      string
		profile   *authority.Profile
		supported []string
		scopes    string
		want      string
	}{
		{"R2 OIDC", &plain, nil, "api", "api openid"},
		{"R2 OIDC sign-in only", &plain, nil, "", "openid"},
		{"R2 OIDC, offline_access not listed", &plain, []string{"openid", "email"}, "api", "api openid"},
		{"R2 OIDC, offline_access listed", &plain, []string{"openid", "offline_access"}, "api", "api openid offline_access"},
		{"R2 OIDC, offline_access wanted", &plain, nil, "api offline_access", "api offline_access openid"},
		{"R2 Entra", &entra, nil, "User.Read", "User.Read openid profile offline_access"},
		{"R2 Entra sign-in only", &entra, nil, "", "openid profile offline_access"},
		{"R2 Entra, nothing twice", &entra, []string{"offline_access"}, "openid User.Read User.Read", "openid User.Read profile offline_access"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &authority.Metadata{ScopesSupported: tt.supported}
			given := strings.Fields(tt.scopes)
			if got := joinScopes(userScopes(tt.profile, m, given)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if joinScopes(given) != tt.scopes {
				t.Errorf("the caller's scopes were changed to %q", given)
			}
		})
	}
}

// The scopes as they are sent, by each grant that runs everywhere.
func TestR2_ScopesOnTheWire(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name       string
		w          *wire
		code, idle string
	}{
		{"R2 OIDC", newWire(t), "api openid", "api openid"},
		{"R2 Entra", newEntraWire(t, homeID), "api openid profile offline_access", "api openid profile offline_access"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.w.public()
			r := tt.w.signIn(c.client, "api")
			if got := tt.w.last().Get("scope"); got != tt.code {
				t.Errorf("code: scope %q, want %q", got, tt.code)
			}
			if _, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"api"}, ForceRefresh: true}); err != nil {
				t.Fatal(err)
			}
			if got := tt.w.last().Get("scope"); got != tt.idle {
				t.Errorf("refresh: scope %q, want %q", got, tt.idle)
			}
		})
	}
}

func TestR2_NoScopes(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	c := w.public()
	r := w.signIn(c.client)
	if _, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account}); err != nil {
		t.Errorf("OIDC: %v", err)
	}
	e := newEntraWire(t, homeID)
	ec := e.public()
	r = e.signIn(ec.client)
	_, err := ec.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account})
	wantArgument(t, err, "SilentRequest.Scopes")
}

func TestR3_RefreshScopes(t *testing.T) {
	plain, entra := authority.OIDC(), authority.Entra()
	tests := []struct {
		name            string
		profile         *authority.Profile
		scopes, granted string
		want            string // "-" for an error
	}{
		{"R3 OIDC subset", &plain, "a", "openid a b", "a openid"},
		{"R3 OIDC openid was not granted", &plain, "a", "a b", "a"},
		{"R3 OIDC all of them", &plain, "b a", "a b", "b a"},
		{"R3 OIDC no scopes: as granted", &plain, "", "openid a", ""},
		{"R3 OIDC more than granted", &plain, "a c", "openid a b", "-"},
		{"R3 OIDC grant unknown", &plain, "a c", "", "a c"},
		{"R3 OIDC offline_access, which a granted list often lacks", &plain, "a offline_access", "openid a", "a openid"},
		{"R3 OIDC identity scopes, which the answer for a resource does not name", &plain, "openid profile email a", "a", "a"},
		{"R3 Entra any resource", &entra, "c", "a b", "c openid profile offline_access"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := refreshScopes(tt.profile, &authority.Metadata{}, strings.Fields(tt.scopes), strings.Fields(tt.granted))
			if tt.want == "-" {
				if !errors.Is(err, ErrInteractionRequired) {
					t.Errorf("got %q, %v; want ErrInteractionRequired", got, err)
				}
			} else if err != nil || joinScopes(got) != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// A refresh asks for a subset of the first grant, however the grants in between were narrowed.
func TestR3_SubsetOfOriginalGrant(t *testing.T) {
	w := newWire(t)
	c := w.public()
	r := w.signIn(c.client, "a", "b")
	w.token = func(q asked) answer { return w.grant(q).with("scope", "a").answer() }
	if _, err := c.AcquireTokenSilent(context.Background(), SilentRequest{Account: r.Account, Scopes: []string{"a"}, ForceRefresh: true}); err != nil {
		t.Fatal(err)
	}
	w.token = nil
	w.advance(2 * 3600e9)
	w.silent(c.client, r.Account, "b")
	if got := w.last().Get("scope"); got != "b openid" {
		t.Errorf("scope %q", got)
	}
	sent := len(w.requests(""))
	_, err := c.AcquireTokenSilent(context.Background(), SilentRequest{Account: r.Account, Scopes: []string{"c"}})
	if !errors.Is(err, ErrInteractionRequired) || len(w.requests("")) != sent {
		t.Errorf("a scope that was never granted: %v, %d requests", err, len(w.requests(""))-sent)
	}
}

func TestR5_Scopes(t *testing.T) {
	tests := []struct {
		name   string
		scopes []string
		ok     bool
	}{
		{"none", nil, true},
		{"several", []string{"a", "https://api.example/b", "openid"}, true},
		{"empty", []string{"a", ""}, false},
		{"two in one", []string{"a b"}, false},
		{"tab", []string{"a\tb"}, false},
		{"line feed", []string{"a\n"}, false},
		{"quotation mark", []string{`a"`}, false},
		{"backslash", []string{`a\b`}, false},
		{"not ASCII", []string{"é"}, false},
		{"DEL", []string{"\x7f"}, false},
		{"R5 .default alone", []string{"https://api.example/.default"}, true},
		{"R5 .default with OpenID's", []string{"https://api.example/.default", "openid", "offline_access"}, true},
		{"R5 .default twice", []string{"https://api.example/.default", "https://api.example/.default"}, true},
		{"R5 .default of two resources", []string{"https://a.example/.default", "https://b.example/.default"}, true},
		{"R5 .default of one, a scope of another", []string{"https://a.example/.default", "https://b.example/read"}, true},
		{"R5 .default and a scope of its resource", []string{"https://a.example/read", "https://a.example/.default"}, false},
		{"R5 .default in capitals", []string{"https://a.example/.Default", "https://A.example/read"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := checkScopes(tt.scopes)
			if tt.ok && err != nil {
				t.Errorf("refused: %v", err)
			}
			if !tt.ok {
				wantArgument(t, err, "Scopes")
			}
		})
	}
}

// A token got by a scope does not answer .default, and the other way round.
func TestR5_DefaultMatchesDefault(t *testing.T) {
	w := newEntraWire(t, homeID)
	w.token = func(q asked) answer {
		return w.grant(q).with("scope", "https://api.example/read https://api.example/write").answer()
	}
	c := w.public()
	r := w.signIn(c.client, "https://api.example/read")
	expect(t, w.silent(c.client, r.Account, "https://api.example/WRITE"), "at-1", FromCache, reasonValid)
	expect(t, w.silent(c.client, r.Account, "https://api.example/.default"), "at-2", FromAuthority, reasonNoToken)
	expect(t, w.silent(c.client, r.Account, "https://api.example/.default"), "at-2", FromCache, reasonValid)
}

// wantArgument checks that err is about a field.
func wantArgument(t testing.TB, err error, field string) {
	t.Helper()
	var e *ArgumentError
	if !errors.As(err, &e) || e.Field != field || e.Problem == "" {
		t.Errorf("error %T %v, want an *ArgumentError about %s", err, err, field)
	}
}

// wantCheck checks that err is about a failed check, and returns it.
func wantCheck(t testing.TB, err error, checks ...string) {
	t.Helper()
	var e *ValidationError
	if !errors.As(err, &e) || !slices.Contains(checks, e.Check) || e.Problem == "" {
		t.Errorf("error %T %v, want a *ValidationError about %s", err, err, checks)
	}
}
