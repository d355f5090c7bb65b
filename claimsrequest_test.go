package latchkey

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParseClaimsRequest(t *testing.T) {
	tests := []struct {
		name, json string
		want       string // of String
	}{
		{"empty", `{}`, ``},
		{"voluntary", `{"id_token":{"acr":null}}`, `{"id_token":{"acr":null}}`},
		{"empty request", `{"id_token":{"acr":{}}}`, `{"id_token":{"acr":null}}`},
		{"essential", `{"id_token":{"auth_time":{"essential":true}}}`, `{"id_token":{"auth_time":{"essential":true}}}`},
		{"not essential", `{"id_token":{"auth_time":{"essential":false}}}`, `{"id_token":{"auth_time":null}}`},
		{"value", `{"access_token":{"x":{"essential":true,"value":"v"}}}`, `{"access_token":{"x":{"essential":true,"value":"v"}}}`},
		{"values", `{"userinfo":{"x":{"values":["a","b"]}}}`, `{"userinfo":{"x":{"values":["a","b"]}}}`},
		{"sorted", `{"userinfo":{"b":null,"a":null},"access_token":{"c":null}}`, `{"access_token":{"c":null},"userinfo":{"a":null,"b":null}}`},
		{"null section", `{"id_token":null}`, ``},
		{"empty section", `{"id_token":{}}`, ``},
		{"what has no field", `{"access_token":{"x":{"value":7,"extra":[1]}}}`, `{"access_token":{"x":{"value":7,"extra":[1]}}}`},
		{"mixed values", `{"access_token":{"x":{"values":["a",1]}}}`, `{"access_token":{"x":{"values":["a",1]}}}`},
		{"a claim of another shape", `{"id_token":{"x":true}}`, `{"id_token":{"x":true}}`},
		{"other members", `{"x":{"y":1}}`, `{"x":{"y":1}}`},
		{"twice: the last", `{"id_token":{"a":null},"id_token":{"b":null}}`, `{"id_token":{"b":null}}`},
		{"letters to escape", `{"id_token":{"\u0022<\u2028":{"value":"\u0000&"}}}`, `{"id_token":{"\"\u003c\u2028":{"value":"\u0000\u0026"}}}`},
		{"a manifest", `{"optionalClaims":{"idToken":[{"name":"auth_time","essential":true},{"name":"ctry"}],"accessToken":[{"name":"ipaddr"}],"saml2Token":[{"name":"x"}]}}`,
			`{"access_token":{"ipaddr":null},"id_token":{"auth_time":{"essential":true},"ctry":null}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := parseClaims(t, tt.json).String(); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
	for _, bad := range []string{``, `null`, `[]`, `{`, `{"id_token":[]}`, `{"access_token":true}`, `{"userinfo":"x"}`, `{"optionalClaims":{}}`,
		`{"optionalClaims":{"idToken":[{}]}}`, `{"x":"` + strings.Repeat("x", maxClaims) + `"}`} {
		_, err := ParseClaimsRequest(bad)
		wantArgument(t, err, "claims request")
	}
}

func TestClaimsParameter(t *testing.T) {
	tests := []struct {
		name               string
		request, challenge string
		capabilities       []string
		want               string
	}{
		{"nothing", "", "", nil, ""},
		{"capabilities", "", "", []string{"CP1", `C"2`}, `{"access_token":{"xms_cc":{"values":["CP1","C\"2"]}}}`},
		{"request", `{"id_token":{"a":null}}`, "", nil, `{"id_token":{"a":null}}`},
		{"request and capabilities", `{"access_token":{"a":null}}`, "", []string{"CP1"}, `{"access_token":{"a":null,"xms_cc":{"values":["CP1"]}}}`},
		{"challenge", "", `{"access_token":{"nbf":{"value":"1"}}}`, nil, `{"access_token":{"nbf":{"value":"1"}}}`},
		{"the challenge wins", `{"access_token":{"nbf":{"value":"0"},"a":null}}`, `{"access_token":{"nbf":{"value":"1"}}}`, nil,
			`{"access_token":{"nbf":{"value":"1"},"a":null}}`},
		{"all", `{"id_token":{"a":null}}`, `{"access_token":{"nbf":null}}`, []string{"CP1"},
			`{"id_token":{"a":null},"access_token":{"nbf":null,"xms_cc":{"values":["CP1"]}}}`},
		{"a challenge does not take capabilities away", "", `{"access_token":{"xms_cc":{"values":["none"]}}}`, []string{"CP1"},
			`{"access_token":{"xms_cc":{"values":["CP1"]}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var request ClaimsRequest
			if tt.request != "" {
				request = parseClaims(t, tt.request)
			}
			c := newWire(t).public(func(cfg *Config) { cfg.Capabilities = tt.capabilities })
			got, err := c.claimsParameter(request, tt.challenge)
			if err != nil || !sameJSON(t, got, tt.want) {
				t.Errorf("%s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

// sameJSON compares two JSON texts, or two empty ones.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	if a == "" || b == "" {
		return a == b
	}
	normal := func(text string) string {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(again)
	}
	return normal(a) == normal(b)
}

// The client's capabilities are its own: changing the caller's slice changes nothing.
func TestCapabilitiesAreCopied(t *testing.T) {
	capabilities := []string{"CP1"}
	c := newWire(t).public(func(cfg *Config) { cfg.Capabilities = capabilities })
	capabilities[0] = "CP2"
	if got, err := c.claimsParameter(ClaimsRequest{}, ""); err != nil || !strings.Contains(got, "CP1") {
		t.Errorf("%s, %v", got, err)
	}
}

func FuzzClaimsRequest(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"id_token":{"a":null,"b":{"essential":true,"value":"v","values":["x"]}},"access_token":{"c":{"value":1}},"x":[1]}`,
		`{"optionalClaims":{"idToken":[{"name":"a","essential":true}]}}`, `{"id_token":{"\ud800":{}}}`, `{"a":1,"a":2}`, `{"userinfo":null}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseClaimsRequest(text)
		if err != nil {
			var e *ArgumentError
			if !errors.As(err, &e) {
				t.Errorf("error %T", err)
			}
			return
		}
		once := r.String()
		if once == "" {
			return
		}
		if !json.Valid([]byte(once)) {
			t.Fatalf("%q is not JSON", once)
		}
		if len(once) > maxClaims {
			return // escapes can be longer than what they stand for
		}
		again, err := ParseClaimsRequest(once)
		if err != nil {
			t.Fatalf("%q: %v", once, err)
		}
		if twice := again.String(); twice != once {
			t.Errorf("%q becomes %q", once, twice)
		}
	})
}
