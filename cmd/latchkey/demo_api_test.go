package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/internal/b64"
)

// tokenOf asks for a token and returns it.
func tokenOf(t *testing.T, ask func(context.Context) (*latchkey.Result, error)) *latchkey.Result {
	t.Helper()
	r, err := ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func appToken(t *testing.T, s *stage, name string) string {
	t.Helper()
	client, err := latchkey.NewConfidential(s.config(s.app(name)), secretOf(s.app(name)))
	if err != nil {
		t.Fatal(err)
	}
	return tokenOf(t, func(ctx context.Context) (*latchkey.Result, error) {
		return client.AcquireTokenByClientCredential(ctx, s.appToken)
	}).Header()
}

// tampered replaces a part of a token by what f makes of it.
func tampered(t *testing.T, header string, part int, f func(string) string) string {
	t.Helper()
	parts := strings.Split(header, ".")
	parts[0] = strings.TrimPrefix(parts[0], "Bearer ")
	old, err := b64.Decode(parts[part])
	if err != nil {
		t.Fatal(err)
	}
	parts[part] = b64.EncodeString(f(string(old)))
	return "Bearer " + strings.Join(parts, ".")
}

func swap(old, new string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, new, 1) }
}

var stages = map[string]func(*demoServer) *stage{"Entra": entraStage, "OIDC": oidcStage}

// The API really checks what it is given, in both shapes.
func TestAPIRefuses(t *testing.T) {
	for name, makeStage := range stages {
		t.Run(name, func(t *testing.T) {
			s := startStage(t, makeStage)
			other := map[string]func(*demoServer) *stage{"Entra": oidcStage, "OIDC": entraStage}[name](s.srv)
			user := tokenOf(t, s.byPassword(mustPublic(t, s), s.scopes()))
			good := user.Header()
			tests := []struct {
				name, header string
				status       int
				problem      string
			}{
				{"a user's token", good, 200, ""},
				{"an app's token", appToken(t, s, "daemon"), 200, ""},
				{"nothing", "", 401, "header: "},
				{"another scheme", strings.Replace(good, "Bearer", "Basic", 1), 401, "header: "},
				{"no token", "Bearer x", 401, "token: "},
				{"an ID token", "Bearer " + user.IDToken(), 401, "typ: "},
				{"a token for another API", tokenOf(t, s.otherToken).Header(), 401, "aud: "},
				{"a token of another issuer", appToken(t, other, "daemon"), 401, ""},
				{"another user", tampered(t, good, 1, swap("avery", "blake")), 401, "signature"},
				{"algorithm none", tampered(t, good, 0, swap("RS256", "none")), 401, "signature: "},
				{"algorithm HS256", tampered(t, good, 0, swap("RS256", "HS256")), 401, "signature: "},
				{"another key", tampered(t, good, 0, swap(`"kid":"`, `"kid":"x`)), 401, "signature"},
				{"another type", tampered(t, good, 0, swap(`"typ":"`, `"typ":"x`)), 401, "typ: "},
				{"without the role", appToken(t, s, "web"), 403, "roles: "},
			}
			for _, tt := range tests {
				answer, err := s.call(t.Context(), tasksPath, tt.header)
				if err != nil || answer.status != tt.status || !strings.HasPrefix(answer.problem, tt.problem) {
					t.Errorf("%s: status %d, problem %q, error %v; want %d, %q", tt.name, answer.status, answer.problem, err, tt.status, tt.problem)
				}
			}
		})
	}
}

func TestAPIChecksTheTime(t *testing.T) {
	s := startStage(t, entraStage)
	token := appToken(t, s, "daemon")
	tests := []struct {
		name    string
		advance time.Duration
		status  int
		problem string
	}{
		{"just before the end", tokenLifetime - time.Minute, 200, ""},
		{"after the end", 3 * time.Minute, 401, "exp: "},
		{"before the beginning", -2 * tokenLifetime, 401, "nbf: "},
	}
	for _, tt := range tests {
		s.srv.Clock.Advance(tt.advance)
		answer, err := s.call(t.Context(), tasksPath, token)
		if err != nil || answer.status != tt.status || !strings.HasPrefix(answer.problem, tt.problem) {
			t.Errorf("%s: status %d, problem %q, error %v; want %d, %q", tt.name, answer.status, answer.problem, err, tt.status, tt.problem)
		}
	}
}

func TestAPITakesOneHeader(t *testing.T) {
	s := startStage(t, entraStage)
	token := appToken(t, s, "daemon")
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.apiURL+tasksPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header["Authorization"] = []string{token, token}
	r, err := s.srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 400 || r.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("status %d, challenge %q", r.StatusCode, r.Header.Get("WWW-Authenticate"))
	}
}

// A role in a user's token is the user's, and says nothing about the app (rule R43).
func TestR43_RolesAreOfApps(t *testing.T) {
	for name, makeStage := range stages {
		t.Run(name, func(t *testing.T) {
			s := startStage(t, makeStage)
			v, err := s.verifier(s.audience)
			if err != nil {
				t.Fatal(err)
			}
			user := tokenOf(t, s.byPassword(mustPublic(t, s), s.scopes())).AccessToken()
			app := strings.TrimPrefix(appToken(t, s, "daemon"), "Bearer ")
			tests := []struct {
				name, token string
				require     apiserver.Requirement
				check       string // that fails; "": none
			}{
				{"the user's scope", user, apiserver.Requirement{Scopes: []string{s.scopeClaim}}, ""},
				{"the user's role as an app's", user, apiserver.Requirement{AppRoles: []string{"Admin"}}, "roles"},
				{"the app's role", app, apiserver.Requirement{AppRoles: []string{demoRole}}, ""},
				{"the app's role as a scope", app, apiserver.Requirement{Scopes: []string{demoRole}}, "scope"},
			}
			for _, tt := range tests {
				claims, err := v.Verify(t.Context(), tt.token)
				if err != nil {
					t.Fatal(err)
				}
				if tt.token == user && !claims.HasRole("Admin") {
					t.Fatal("the user's token has no role")
				}
				var refused *apiserver.Error
				err = claims.Check(tt.require)
				if errors.As(err, &refused) != (tt.check != "") || refused != nil && refused.Check != tt.check {
					t.Errorf("%s: %v, want the check %q to fail", tt.name, err, tt.check)
				}
			}
		})
	}
}

// The API in the middle passes on what the other one says of the same user, and nothing
// that would let its caller do what it can.
func TestMiddle(t *testing.T) {
	s := startStage(t, entraStage)
	user := tokenOf(t, s.byPassword(mustPublic(t, s), s.scopes())).Header()
	good, err := s.call(t.Context(), behalfPath, user)
	if err != nil || good.status != 200 || good.User != demoUser || good.App != s.app(demoAPI).ClientID || good.Exchange <= 0 {
		t.Errorf("%+v, %v", good, err)
	}
	tests := []struct {
		name, path, header string
		status             int
	}{
		{"the user's token at the API behind", graphPath, user, 401},
		{"an app's own token", behalfPath, appToken(t, s, "daemon"), 403},
		{"a token for the API behind", behalfPath, tokenOf(t, s.otherToken).Header(), 401},
		{"no token", behalfPath, "", 401},
	}
	for _, tt := range tests {
		if a, err := s.call(t.Context(), tt.path, tt.header); err != nil || a.status != tt.status || a.problem == "" {
			t.Errorf("%s: status %d (%s), %v; want %d", tt.name, a.status, a.problem, err, tt.status)
		}
	}
}
