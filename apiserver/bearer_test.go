package apiserver

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestParseBearer(t *testing.T) {
	tests := []struct {
		value, token string
		isBearer, ok bool
	}{
		{"Bearer a.b-c_d~e+f/g==", "a.b-c_d~e+f/g==", true, true},
		{"bEARER   abc", "abc", true, true},
		{"Bearer", "", true, false},
		{"Bearer ", "", true, false},
		{"Bearer =", "", true, false},
		{"Bearer a=b", "", true, false},
		{"Bearer a b", "", true, false},
		{"Bearer a ", "", true, false},
		{"Bearer a,b", "", true, false},
		{"Bearer a\x00", "", true, false},
		{"Bearer \u00e4", "", true, false},
		{"Bearer \ta", "", true, false},
		{"Bearer\ta", "", false, false},
		{" Bearer a", "", false, false},
		{"Bearera", "", false, false},
		{"Beare a", "", false, false},
		{"Basic YTpi", "", false, false},
		{"", "", false, false},
	}
	for _, tt := range tests {
		token, isBearer, ok := parseBearer(tt.value)
		if token != tt.token || isBearer != tt.isBearer || ok != tt.ok {
			t.Errorf("%q: %q, %v, %v; want %q, %v, %v", tt.value, token, isBearer, ok, tt.token, tt.isBearer, tt.ok)
		}
	}
}

var (
	bearerScheme = regexp.MustCompile(`(?i)^bearer( |$)`)
	bearerValue  = regexp.MustCompile(`(?i)^bearer +([A-Za-z0-9._~+/-]+=*)$`)
)

// The grammar says the same.
func FuzzParseBearer(f *testing.F) {
	for _, s := range []string{
		"Bearer a.b.c", "bearer  x==", "Bearer", "Bearer ", "Basic YTpi", "Bearer a,Bearer b", "Bearer \x00", "BEARER\u212a a", "Bearer a\n", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		token, isBearer, ok := parseBearer(value)
		if want := bearerScheme.MatchString(value); isBearer != want {
			t.Errorf("%q: bearer %v", value, isBearer)
		}
		// In Go's regexp $ without (?m) is the end of the text, so that a line break is seen.
		m := bearerValue.FindStringSubmatch(value)
		if ok != (m != nil) || ok && token != m[1] || !ok && token != "" {
			t.Errorf("%q: %q, %v; want %q", value, token, ok, m)
		}
	})
}

// Whatever the text is, reading it neither panics nor quotes it raw.
func FuzzParseToken(f *testing.F) {
	claims := `{"iss":"https://op.example","aud":["a",1],"exp":1e3,"scope":"a b","scp":["c"],"roles":"r"}`
	f.Add(`{"alg":"RS256","typ":"at+jwt"}`, claims)
	f.Add(`{"alg":"none"}`, `[]`)
	f.Add(`{"alg":"RS256"}`, `{"aud":{"a":1},"exp":"1","iss":null,"aud":"\ud800"}`)
	f.Add("{\"alg\":\"\x1b[2J\"}", "\xff")
	f.Fuzz(func(t *testing.T, header, claims string) {
		compact := encoding.EncodeToString([]byte(header)) + "." + encoding.EncodeToString([]byte(claims)) + ".c2ln"
		parsed, err := parseToken(compact)
		if err == nil {
			c := Config{Audiences: []string{"a"}, Clock: func() time.Time { return time.Unix(500, 0) }}
			for c.Shape = ShapeRFC9068; c.Shape <= ShapeUntyped; c.Shape++ {
				var got *Claims
				if got, err = c.check(&parsed); err == nil {
					_ = got.meets(Requirement{Scopes: []string{"a"}, AppRoles: []string{"r"}})
				} else {
					mustPrint(t, err)
				}
			}
			return
		}
		mustPrint(t, err)
	})
}

// mustPrint fails if an error's text could change a terminal or forge a line of a log.
func mustPrint(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if len(text) > 4096 || strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u202e' || r == '\u2028'
	}) {
		t.Errorf("not printable: %q", text)
	}
}
