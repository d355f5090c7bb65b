package apiclient

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseChallenges(t *testing.T) {
	tests := []struct {
		line string
		want []challenge
	}{
		{`Bearer`, []challenge{{scheme: "Bearer"}}},
		{`Bearer realm=""`, []challenge{{scheme: "Bearer", params: []param{{"realm", ""}}}}},
		{`bearer Realm = "a b" ,ERROR=invalid_token`, []challenge{{scheme: "bearer", params: []param{{"realm", "a b"}, {"error", "invalid_token"}}}}},
		{"Bearer\t", []challenge{{scheme: "Bearer"}}},
		{`Bearer   realm="x"`, []challenge{{scheme: "Bearer", params: []param{{"realm", "x"}}}}},
		{`Negotiate, NTLM`, []challenge{{scheme: "Negotiate"}, {scheme: "NTLM"}}},
		{`Negotiate oRswGaADCgEAoRIGBysGAQ==`, []challenge{{scheme: "Negotiate", token68: "oRswGaADCgEAoRIGBysGAQ=="}}},
		{`Negotiate a, Bearer error=b`, []challenge{{scheme: "Negotiate", token68: "a"}, {scheme: "Bearer", params: []param{{"error", "b"}}}}},
		{`Negotiate a= , Basic`, []challenge{{scheme: "Negotiate", token68: "a="}, {scheme: "Basic"}}},
		{`Basic realm="a, Bearer error=\"x\"", Bearer error="y"`, []challenge{
			{scheme: "Basic", params: []param{{"realm", `a, Bearer error="x"`}}}, {scheme: "Bearer", params: []param{{"error", "y"}}},
		}},
		{`, ,Bearer , realm=a,, error=b ,`, []challenge{{scheme: "Bearer", params: []param{{"realm", "a"}, {"error", "b"}}}}},
		{`Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple"`, []challenge{
			{scheme: "Newauth", params: []param{{"realm", "apps"}, {"type", "1"}, {"title", `Login to "apps"`}}},
			{scheme: "Basic", params: []param{{"realm", "simple"}}},
		}},
		{`Bearer claims="{\"access_token\":{\"a\":\"\\\"\"}}"`, []challenge{{scheme: "Bearer", params: []param{{"claims", `{"access_token":{"a":"\""}}`}}}}},
		{"Bearer realm=\"caf\xe9\ttab\"", []challenge{{scheme: "Bearer", params: []param{{"realm", "caf\xe9\ttab"}}}}},
		{`!#$ '*+-.^_=~`, []challenge{{scheme: "!#$", params: []param{{"'*+-.^_", "~"}}}}},
	}
	for _, test := range tests {
		got, err := parseChallenges(test.line)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: %+v, %v, want %+v", test.line, got, err, test.want)
		}
	}
}

func TestParseChallengesRefuses(t *testing.T) {
	params := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, "p"+strings.Repeat("x", i)+"=1")
		}
		return "Bearer " + strings.Join(list, ",")
	}
	for _, line := range []string{
		``, ` `, `,`, `=`, `"Bearer"`, `Bearer realm x`, `Bearer realm="`, `Bearer realm="a`, `Bearer realm="a\`, `Bearer realm="a" x`,
		`Bearer realm="a"error="b"`, `Bearer realm=a b`, `Bearer realm="a", realm="b"`, `Bearer a=1, A=2`, `realm="a"`, `error=invalid_token`,
		`Bearer =`, `Bearer ="a"`, `Bearer a=b=c`, `Bearer a="b"=`, `Bearer a==b`, "Bearer realm=\"a\nb\"", "Bearer realm=\"a\x00\"", "Bearer realm=\"\\\x01\"", "Bearer realm=\"\x7f\"",
		"Bearer\nrealm=a", "Bearer\trealm=a", `Bearer{realm=a}`, `Bearer realm=a;error=b`, `Bearer realm=é`, `Negotiate abc==, x=y`, `Bearer (a)`, `Bearer realm='a b'`,
		`Bearer realm="a" "b"`, `Bearer, "a"`, `Bearer realm="` + strings.Repeat("a", maxHeader) + `"`,
		strings.Repeat("A,", maxChallenges) + "A", params(maxParams + 1),
	} {
		if got, err := parseChallenges(line); err == nil || got != nil {
			t.Errorf("%.80q: %+v", line, got)
		}
	}
	for _, line := range []string{strings.Repeat("A,", maxChallenges), params(maxParams)} {
		if _, err := parseChallenges(line); err != nil {
			t.Errorf("%.80q: %v", line, err)
		}
	}
}

// format writes challenges so that parseChallenges reads the same.
func format(all []challenge) string {
	var b strings.Builder
	for i, c := range all {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.scheme)
		if c.token68 != "" {
			b.WriteString(" " + c.token68)
		}
		for j, p := range c.params {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(" " + p.name + `="` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(p.value) + `"`)
		}
	}
	return b.String()
}

// FuzzParseChallenges: what is read can be written and read again, within the limits.
func FuzzParseChallenges(f *testing.F) {
	for _, seed := range []string{
		`Bearer realm="", authorization_uri="https://login.example/", error="insufficient_claims", claims="eyJhIjoxfQ=="`,
		`Basic realm="a\"b", Bearer error=invalid_token,`, `Negotiate abc==`, `,,A b=c`, "A b=\"\\\xff\"", `A b==`, `A "`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		all, err := parseChallenges(line)
		if err != nil {
			if all != nil {
				t.Fatalf("%q: %v and %v", line, all, err)
			}
			return
		}
		if len(all) == 0 || len(all) > maxChallenges {
			t.Fatalf("%q has %d challenges", line, len(all))
		}
		for _, c := range all {
			names := map[string]bool{}
			for _, p := range c.params {
				if names[p.name] || p.name != strings.ToLower(p.name) || p.name == "" {
					t.Fatalf("%q has the parameter %q", line, p.name)
				}
				names[p.name] = true
			}
			if c.scheme == "" || len(c.params) > maxParams || c.token68 != "" && len(c.params) > 0 {
				t.Fatalf("%q has %+v", line, c)
			}
		}
		text := format(all)
		if len(text) > maxHeader {
			return
		}
		again, err := parseChallenges(text)
		if err != nil || !reflect.DeepEqual(again, all) {
			t.Fatalf("%q is %+v; written as %q it is %+v, %v", line, all, text, again, err)
		}
	})
}

// FuzzQuoted: whatever text an API puts between quotes, with the escapes that the grammar asks for, comes out as it was, and
// never as another parameter.
func FuzzQuoted(f *testing.F) {
	f.Add("insufficient_claims", `{"a":"b"}`)
	f.Add(`", error="invalid_token`, `\`)
	f.Fuzz(func(t *testing.T, first, second string) {
		control := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
		if strings.ContainsFunc(first+second, control) || len(first)+len(second) > maxHeader/4 {
			return
		}
		want := []challenge{{scheme: "Bearer", params: []param{{"a", first}, {"b", second}}}, {scheme: "Basic"}}
		got, err := parseChallenges(format(want))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %+v, %v", format(want), got, err)
		}
	})
}
