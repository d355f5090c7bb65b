package main

import (
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/internal/jws"
	"github.com/latchkey-auth/latchkey/transport"
)

func compactOf(header, claims string) string {
	return b64.EncodeString(header) + "." + b64.EncodeString(claims) + "." + b64.EncodeString("the-signature")
}

func TestR23_InspectEscapesHostileText(t *testing.T) {
	h := jsonscan.Quote(hostile)
	raw := `"` + strings.NewReplacer("\x1b", "", "\x07", "", "\r\n", "").Replace(hostile) + `"` // what JSON allows as it is
	claims := `{"sub":` + h + `,` + h + `:1,"raw":` + raw + `,"nested":{"a":[` + raw + `]},"exp":1e300,"iat":-5,"nbf":"x"}`
	s := latchkeyRun(t.Context(), compactOf(`{"alg":`+h+`}`, claims), "inspect")
	clean(t, s)
	if s.status != 0 || strings.Count(s.out, "owned") < 4 {
		t.Errorf("status %d, %q", s.status, s.out)
	}
	s = latchkeyRun(t.Context(), compactOf(`{"alg":`+h+`}`, `{"iss":`+h+`,"aud":[`+h+`]}`), "inspect",
		"--authority", startServer(t).OIDCIssuer(), "--audience", "x")
	clean(t, s)
	if s.status != 1 || !strings.Contains(s.out, "FAILED") {
		t.Errorf("status %d, %q, %q", s.status, s.out, s.err)
	}
}

func TestR23_FindingsAreEscaped(t *testing.T) {
	token, err := parseJWT(compactOf("{}", "{}"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	findings := []finding{{check: checkIssuer, problem: hostile}, {check: checkTime, detail: hostile}}
	if err := printJWT(&out, token, findings, true, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	clean(t, session{out: out.String()})
}

// A key that is published for one issuer signs for no other (rule R43).
func TestVerifyIssuerOfTheKey(t *testing.T) {
	srv := startServer(t)
	a, err := authority.Parse(srv.Authority(""), authority.Entra())
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(a, transport.Default(), time.Now)
	tenant := srv.Directory.Tenants[0].ID
	token, err := parseJWT(compactOf("{}", `{"iss":"`+srv.Issuer("")+`","tid":"`+tenant+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		issuer string
		good   bool
	}{
		{"", true},
		{srv.Issuer(""), true},
		{srv.URL() + "/{tenantid}/v2.0", true},
		{srv.URL() + "/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", false},
	}
	for _, tt := range tests {
		if f := v.issuer(t.Context(), "", token, jws.Key{Issuer: tt.issuer}); (f.problem == "") != tt.good {
			t.Errorf("a key of %q: %q", tt.issuer, f.problem)
		}
	}
}

func TestInspectNeverPrintsTheSignature(t *testing.T) {
	compact := compactOf(`{"alg":"RS256"}`, `{"sub":"x"}`)
	for _, input := range []string{compact, "Bearer " + compact, "authorization: bearer " + compact, " \n" + compact + "\r\n"} {
		s := latchkeyRun(t.Context(), input, "inspect")
		for _, part := range strings.Split(compact, ".") {
			if strings.Contains(s.out+s.err, part) {
				t.Errorf("%s is printed", part)
			}
		}
		if s.status != 0 || !strings.Contains(s.out, "  sub  x\n") {
			t.Errorf("status %d, %q", s.status, s.out)
		}
	}
}

func TestInspectRefusesHugeInput(t *testing.T) {
	s := latchkeyRun(t.Context(), strings.Repeat("x", maxInput+1), "inspect")
	if s.status != 1 || !strings.Contains(s.err, "longer than") || s.out != "" {
		t.Errorf("status %d, %q", s.status, s.err)
	}
}

// Each check fails by itself, and what nobody asked for is not silently a success.
func TestVerifyTimes(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	v := &verifier{now: func() time.Time { return now }}
	tests := []struct{ name, claims, problem string }{
		{"good", `{"exp":1000001,"nbf":1000000,"iat":999999}`, ""},
		{"no end", `{"iat":999999}`, "the token does not say when it ends"},
		{"the end is no number", `{"exp":"1000001"}`, "the token does not say when it ends"},
		{"ended now", `{"exp":1000000}`, "the token has ended, in 0 seconds"},
		{"ended", `{"exp":993000}`, "the token has ended, 117 minutes ago"},
		{"their clock is a little ahead", `{"exp":1000900,"nbf":1000060}`, ""},
		{"not yet", `{"exp":1000900,"nbf":1000061}`, "the token begins (nbf) in 61 seconds"},
		{"from the future", `{"exp":1000900,"iat":1000300}`, "the token begins (iat) in 5 minutes"},
	}
	for _, tt := range tests {
		token, err := parseJWT(compactOf("{}", tt.claims))
		if err != nil {
			t.Fatal(err)
		}
		if f := v.time(token); !strings.HasPrefix(f.problem, tt.problem) || (f.problem == "") != (tt.problem == "") {
			t.Errorf("%s: %q, want %q", tt.name, f.problem, tt.problem)
		}
	}
}

func TestVerifyAudience(t *testing.T) {
	tests := []struct {
		name, claims string
		good         bool
	}{
		{"one", `{"aud":"api://a"}`, true},
		{"one of several", `{"aud":["x","api://b"]}`, true},
		{"another", `{"aud":"api://ab"}`, false},
		{"case", `{"aud":"API://a"}`, false},
		{"none", `{}`, false},
		{"empty", `{"aud":""}`, false},
		{"of another kind", `{"aud":{"api://a":1}}`, false},
	}
	for _, tt := range tests {
		token, err := parseJWT(compactOf("{}", tt.claims))
		if err != nil {
			t.Fatal(err)
		}
		if f := audience(token, []string{"api://a", "api://b"}); (f.problem == "") != tt.good {
			t.Errorf("%s: %q", tt.name, f.problem)
		}
	}
}

func FuzzParseJWT(f *testing.F) {
	for _, seed := range []string{"", "a.b.c", "a.b.c.d.e", compactOf(`{"alg":"RS256"}`, `{"aud":["a"],"exp":1e400,"scope":"a b"}`), compactOf("[]", "{}"), "e30.e30."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, compact string) {
		token, err := parseJWT(compact)
		if err != nil {
			if len(compact) > 20 && strings.Contains(err.Error(), compact) {
				t.Error("the error has the token")
			}
			return
		}
		token.texts("aud")
		var out strings.Builder
		if err := printJWT(&out, token, nil, false, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e) {
				t.Fatalf("%q reaches the terminal", r)
			}
		}
	})
}
