package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
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

// The API really checks what it is given, in both shapes.
func TestAPIRefuses(t *testing.T) {
	for name, makeStage := range map[string]func(*authoritytest.Server) *stage{"Entra": entraStage, "OIDC": oidcStage} {
		t.Run(name, func(t *testing.T) {
			s := startStage(t, makeStage)
			other := map[string]func(*authoritytest.Server) *stage{"Entra": oidcStage, "OIDC": entraStage}[name](s.srv)
			user := tokenOf(t, s.byPassword(mustPublic(t, s), s.scopes()))
			good := user.Header()
			tests := []struct {
				name, header string
				status       int
				problem      string
			}{
				{"a user's token", good, 200, ""},
				{"an app's token", appToken(t, s, "daemon"), 200, ""},
				{"nothing", "", 401, "there is no bearer token"},
				{"another scheme", strings.Replace(good, "Bearer", "Basic", 1), 401, "there is no bearer token"},
				{"no token", "Bearer x", 401, "this is no JSON Web Token"},
				{"an ID token", "Bearer " + user.IDToken(), 401, ""},
				{"a token for another API", tokenOf(t, s.otherToken).Header(), 401, "audience"},
				{"a token of another issuer", appToken(t, other, "daemon"), 401, ""},
				{"another user", tampered(t, good, 1, swap("avery", "blake")), 401, "signature"},
				{"algorithm none", tampered(t, good, 0, swap("RS256", "none")), 401, "signature"},
				{"algorithm HS256", tampered(t, good, 0, swap("RS256", "HS256")), 401, "signature"},
				{"another key", tampered(t, good, 0, swap(`"kid":"`, `"kid":"x`)), 401, "signature"},
				{"another type", tampered(t, good, 0, swap(`"typ":"`, `"typ":"x`)), 401, "typ is"},
				{"without the role", appToken(t, s, "web"), 403, "the token has neither the scope nor the role"},
			}
			for _, tt := range tests {
				answer, err := s.call(t.Context(), tt.header)
				if err != nil || answer.status != tt.status || !strings.HasPrefix(answer.Problem, tt.problem) {
					t.Errorf("%s: status %d, problem %q, error %v; want %d, %q", tt.name, answer.status, answer.Problem, err, tt.status, tt.problem)
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
		{"after the end", 2 * time.Minute, 401, "time: the token has ended"},
		{"before the beginning", -2 * tokenLifetime, 401, "time: the token begins (iat) in"},
	}
	for _, tt := range tests {
		s.srv.Clock.Advance(tt.advance)
		answer, err := s.call(t.Context(), token)
		if err != nil || answer.status != tt.status || !strings.HasPrefix(answer.Problem, tt.problem) {
			t.Errorf("%s: status %d, problem %q, error %v; want %d, %q", tt.name, answer.status, answer.Problem, err, tt.status, tt.problem)
		}
	}
}

func TestAPITakesOneHeader(t *testing.T) {
	s := startStage(t, entraStage)
	token := appToken(t, s, "daemon")
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.apiURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header["Authorization"] = []string{token, token}
	r, err := s.srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 401 || r.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("status %d, challenge %q", r.StatusCode, r.Header.Get("WWW-Authenticate"))
	}
}

// A role in a user's token is the user's, and says nothing about the app (rule R43).
func TestR43_RolesAreOfApps(t *testing.T) {
	p := &protectedAPI{scope: demoScope, role: demoRole}
	tests := []struct {
		name, claims string
		want         bool
	}{
		{"scope, Entra", `{"scp":"Other Tasks.Read"}`, true},
		{"scope, plain", `{"scope":"openid api://x/Tasks.Read"}`, true},
		{"another scope", `{"scp":"Tasks.Read.All"}`, false},
		{"app role, Entra", `{"idtyp":"app","roles":["Tasks.Read.All"]}`, true},
		{"app role, plain", `{"sub":"a","client_id":"a","roles":["Tasks.Read.All"]}`, true},
		{"a user's role", `{"sub":"u","client_id":"a","roles":["Tasks.Read.All"]}`, false},
		{"a user's role beside a scope", `{"idtyp":"app","scp":"x","roles":["Tasks.Read.All"]}`, false},
		{"nobody's role", `{"roles":["Tasks.Read.All"]}`, false},
		{"another role", `{"idtyp":"app","roles":["x"]}`, false},
		{"nothing", `{}`, false},
	}
	for _, tt := range tests {
		token, err := parseJWT(b64.EncodeString("{}") + "." + b64.EncodeString(tt.claims) + ".")
		if err != nil {
			t.Fatal(err)
		}
		if got := p.permits(token); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
