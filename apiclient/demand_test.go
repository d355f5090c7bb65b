package apiclient

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

const someClaims = `{"access_token":{"nbf":{"essential":true,"value":"1726077595"},"x":{"value":"??>>"}}}`

// object makes a JSON object of n bytes.
func object(n int) string { return `{"a":"` + strings.Repeat("x", n-8) + `"}` }

func TestR42_Demand(t *testing.T) {
	std := base64.StdEncoding.EncodeToString([]byte(someClaims))
	insufficient := func(claims string) string { return `Bearer error="insufficient_claims", claims="` + claims + `"` }
	claims := demand{kind: claimsMissing, claims: someClaims}
	tests := []struct {
		name  string
		lines []string
		want  demand
	}{
		{"no header", nil, demand{}},
		{"no error", []string{`Bearer realm="a"`}, demand{}},
		{"invalid token", []string{`Bearer error="invalid_token", error_description="expired"`}, demand{kind: otherToken}},
		{"letter case of the scheme", []string{`bEARER error=invalid_token`}, demand{kind: otherToken}},
		{"letter case of the code", []string{`Bearer error=Invalid_Token`}, demand{}},
		{"another scheme", []string{`DPoP error="invalid_token"`, `Basic error="invalid_token"`}, demand{}},
		{"insufficient scope", []string{`Bearer error="insufficient_scope", scope="a"`}, demand{}},
		{"as Entra writes it", []string{`Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="` + std + `"`}, claims},
		{"no padding", []string{insufficient(strings.TrimRight(std, "="))}, claims},
		{"base64url", []string{insufficient(base64.URLEncoding.EncodeToString([]byte(someClaims)))}, claims},
		{"JSON", []string{insufficient(strings.ReplaceAll(someClaims, `"`, `\"`))}, claims},
		{"after others, in one line", []string{`Negotiate abc=, Basic realm="x", ` + insufficient(std)}, claims},
		{"after others, in lines", []string{`Negotiate`, `NTLM`, insufficient(std)}, claims},
		{"beside a malformed line", []string{`Bearer "`, insufficient(std)}, claims},
		{"beside invalid_token", []string{`Bearer error=invalid_token`, insufficient(std), `Bearer error=invalid_token`}, claims},
		{"twice", []string{insufficient(std), insufficient(std)}, claims},
		{"two different ones", []string{insufficient(std), insufficient(`{}`)}, demand{}},
		{"claims and step-up", []string{insufficient(std), `Bearer error=insufficient_user_authentication, max_age=5`}, demand{}},
		{"claims without the error", []string{`Bearer claims="` + std + `"`}, demand{}},
		{"no claims", []string{`Bearer error="insufficient_claims"`}, demand{}},
		{"empty claims", []string{insufficient("")}, demand{}},
		{"no base64", []string{insufficient("%%%")}, demand{}},
		{"too much padding", []string{insufficient(std + "=")}, demand{}},
		{"trailing bits", []string{insufficient("e30B")}, demand{}},
		{"no JSON", []string{insufficient("{")}, demand{}},
		{"an array", []string{insufficient(base64.StdEncoding.EncodeToString([]byte(`["a"]`)))}, demand{}},
		{"null", []string{insufficient(base64.StdEncoding.EncodeToString([]byte(`null`)))}, demand{}},
		{"two objects", []string{insufficient(`{}{}`)}, demand{}},
		{"8 KB", []string{insufficient(base64.StdEncoding.EncodeToString([]byte(object(maxClaims))))}, demand{kind: claimsMissing, claims: object(maxClaims)}},
		{"more than 8 KB", []string{insufficient(base64.StdEncoding.EncodeToString([]byte(object(maxClaims + 1))))}, demand{}},
		{"100 KB", []string{insufficient(base64.StdEncoding.EncodeToString([]byte(object(100 << 10))))}, demand{}},
		{"100 KB of lines", append(strings.Split(strings.Repeat("A\n", 50<<10), "\n"), insufficient(std)), demand{}},
		{"nested too deeply", []string{insufficient(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100))))}, demand{}},
		{"step-up", []string{`Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="myACR other"`},
			demand{kind: stepUp, acrValues: []string{"myACR", "other"}, claims: `{"id_token":{"acr":{"essential":true,"values":["myACR","other"]}}}`}},
		{"step-up by age", []string{`Bearer error="insufficient_user_authentication", max_age="300"`},
			demand{kind: stepUp, maxAge: 5 * time.Minute, claims: `{"id_token":{"auth_time":{"essential":true}}}`}},
		{"step-up by both", []string{`Bearer error=insufficient_user_authentication, acr_values="a\"b", max_age=0`},
			demand{kind: stepUp, maxAge: time.Second, acrValues: []string{`a"b`}, claims: `{"id_token":{"acr":{"essential":true,"values":["a\"b"]},"auth_time":{"essential":true}}}`}},
		{"step-up by nothing", []string{`Bearer error="insufficient_user_authentication"`}, demand{kind: stepUp}},
		{"step-up by no context", []string{`Bearer error="insufficient_user_authentication", acr_values=" "`}, demand{kind: stepUp, acrValues: []string{}}},
		{"negative age", []string{`Bearer error="insufficient_user_authentication", max_age="-1"`}, demand{}},
		{"huge age", []string{`Bearer error="insufficient_user_authentication", max_age="99999999999"`}, demand{}},
		{"too many contexts", []string{`Bearer error="insufficient_user_authentication", acr_values="` + strings.Repeat("a ", maxClaims/2) + `"`}, demand{}},
	}
	keys := map[string]string{}
	for _, test := range tests {
		h := http.Header{"Www-Authenticate": test.lines}
		got := demandOf(h)
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
		text := fmt.Sprintf("%+v", demand{got.kind, got.claims, nil, got.maxAge})
		if other, ok := keys[got.key()]; ok && other != text {
			t.Errorf("%s and %s have one key", text, other)
		}
		keys[got.key()] = text
	}
}

func TestMergeClaims(t *testing.T) {
	tests := []struct{ api, authority, want string }{
		{"", "", ""},
		{`{"a":1}`, "", `{"a":1}`},
		{"", `{"b":2}`, `{"b":2}`},
		{`{"access_token":{"a":1,"c":1}}`, `{"access_token":{"b":2,"c":2}}`, `{"access_token":{"a":1,"c":2,"b":2}}`},
		{`{"a":1}`, `["b"]`, `{"a":1}`},
		{`{"a":1}`, `{`, `{"a":1}`},
		{object(maxClaims), `{"b":2}`, object(maxClaims)},
	}
	for _, test := range tests {
		if got := mergeClaims(test.api, test.authority); got != test.want {
			t.Errorf("%.40s and %.40s: %.80s, want %.80s", test.api, test.authority, got, test.want)
		}
	}
}

func TestR42_MemoryIsBounded(t *testing.T) {
	var m memory
	now := time.Unix(1_800_000_000, 0)
	for i := range 3 * maxRemembered {
		now = now.Add(time.Millisecond)
		m.add(now, meeting{challenge: "c"}, fmt.Sprint("t", i), fmt.Sprint("u", i))
		if !m.has(now, "c", fmt.Sprint("t", i)) || !m.has(now, "c", fmt.Sprint("u", i)) {
			t.Fatal("it forgot what it was told last")
		}
	}
	if len(m.tokens) > maxRemembered {
		t.Errorf("it remembers %d tokens", len(m.tokens))
	}
	m.add(now.Add(memorySpan), meeting{challenge: "c"}, "t", "u")
	m.add(now.Add(memorySpan), meeting{challenge: "d"}, "t", "u")
	if len(m.tokens) != 2 {
		t.Errorf("it remembers %d tokens, want the 2 that count", len(m.tokens))
	}
	if m.has(now.Add(memorySpan-time.Second), "c", "t") {
		t.Error("it remembers what is to come: the clock moved backwards")
	}
	for i := range 100 {
		m.add(now, meeting{challenge: fmt.Sprint(i)}, "v")
		if want := i+1 >= maxMeetings; m.full(now, "v", "w") != want {
			t.Fatalf("full after %d: %v", i+1, !want)
		}
	}
	if m.full(now.Add(memorySpan), "v") {
		t.Error("it is full for ever")
	}
}

func TestSendable(t *testing.T) {
	tests := []struct {
		tokenType, token string
		want             error
	}{
		{"Bearer", "abc.~+/=", nil},
		{"bearer", "abc", nil},
		{"Bearer", "", errNoToken},
		{"", "", errNoToken},
		{"", "abc", errNotBearer},
		{"pop", "abc", errNotBearer},
		{"Bearer", "a\r\nX-Evil: b", errBadToken},
		{"Bearer", "a b", errBadToken},
		{"Bearer", "a\x7f", errBadToken},
		{"Bearer", "\xff", errBadToken},
	}
	for _, test := range tests {
		if got := sendable(test.tokenType, test.token); got != test.want {
			t.Errorf("%s %q: %v, want %v", test.tokenType, test.token, got, test.want)
		}
	}
}
