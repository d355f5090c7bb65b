package authority

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

func TestOldestEntryMakesRoom(t *testing.T) {
	r := NewResolver(nil, time.Now)
	r.room = 3
	r.remember("built in", &entry{})
	r.remember("a", &entry{from: 2})
	r.remember("b", &entry{from: 1})
	r.remember("c", &entry{from: 3})
	if r.entry("built in") != nil || r.entry("a") == nil || r.entry("b") == nil || r.entry("c") == nil {
		t.Error("what is built in must go first")
	}
	r.remember("a", &entry{from: 4})
	if r.entry("b") == nil {
		t.Error("replacing an entry needs no room")
	}
	r.remember("d", &entry{from: 5})
	if r.entry("b") != nil || r.entry("a") == nil || r.entry("c") == nil || r.entry("d") == nil {
		t.Error("the oldest request must go")
	}
}

// A caller that finds nothing may start its flight just after another one has landed.
func TestFlightAfterALandingAsksNothing(t *testing.T) {
	r := NewResolver(nil, time.Now) // a request would panic
	a, err := Parse("https://op.example", OIDC())
	if err != nil {
		t.Fatal(err)
	}
	want := &Metadata{}
	r.remember(a.key, &entry{metadata: want, from: time.Now().Unix()})
	if got, err := r.fetch(context.Background(), a); got != want || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

var documentSeeds = []string{
	`{"issuer":"https://op.example","token_endpoint":"https://op.example/t","scopes_supported":["a",null,1,"\u00e9"]}`,
	`{"issuer":"a","issuer":"b","token_endpoint":"https://op.example/t","jwks_uri":null}`,
	`{"issuer":"x","token_endpoint":"http://localhost/t","userinfo_endpoint":"https://u@h/"}`,
	`{"issuer":"\ud800","token_endpoint":"https://[::1]:8/t","authorization_response_iss_parameter_supported":true}`,
	`{"metadata":[{"aliases":["host.example","login.windows.net"],"preferred_cache":"x"}]}`,
	`{"metadata":[{"aliases":["HOST.example","B.example:8443"],"preferred_cache":"b.example:8443"}]}`,
	`{"issuer":7}`, `{}`, `[]`, `null`, `"`, ``,
}

// What is accepted must be what encoding/json reads, and every endpoint fit to be sent to.
func FuzzDocument(f *testing.F) {
	for _, s := range documentSeeds {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, loopback bool) {
		doc, err := jsonscan.Parse(text)
		if err != nil || doc.Kind() != jsonscan.Object {
			return
		}
		m, problem := parseDocument(doc, loopback)
		if problem != "" {
			if m != nil || strings.ContainsAny(problem, "\r\n\x1b") {
				t.Errorf("problem %q with %+v", problem, m)
			}
			return
		}
		var members map[string]any
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		for name, got := range map[string]string{
			"issuer": m.Issuer, "authorization_endpoint": m.AuthorizationEndpoint, "token_endpoint": m.TokenEndpoint,
			"device_authorization_endpoint": m.DeviceAuthorizationEndpoint, "userinfo_endpoint": m.UserinfoEndpoint,
			"end_session_endpoint": m.EndSessionEndpoint, "jwks_uri": m.JWKSURI,
		} {
			if want, _ := members[name].(string); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
			if name == "issuer" || got == "" {
				continue
			}
			if http := strings.HasPrefix(strings.ToLower(got), "http:"); http && !loopback || strings.ContainsAny(got, "#\\ ") || len(got) > maxURL {
				t.Errorf("%s %q is accepted", name, got)
			}
		}
		var scopes []string
		if list, ok := members["scopes_supported"].([]any); ok {
			scopes = []string{}
			for _, item := range list {
				if s, ok := item.(string); ok {
					scopes = append(scopes, s)
				}
			}
		}
		if !reflect.DeepEqual(m.ScopesSupported, scopes) {
			t.Errorf("scopes %q, want %q", m.ScopesSupported, scopes)
		}
		if want, _ := members["authorization_response_iss_parameter_supported"].(bool); m.IssParameter != want {
			t.Errorf("IssParameter is %v", m.IssParameter)
		}
		if m.Issuer == "" || m.TokenEndpoint == "" {
			t.Errorf("accepted without issuer or token endpoint: %+v", m)
		}
	})
}

// Whatever an unknown host answers, it stays itself and never becomes a built-in cloud.
func FuzzInstance(f *testing.F) {
	for _, s := range documentSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := jsonscan.Parse(text)
		if err != nil {
			return
		}
		c, problem := parseInstance(doc, "host.example")
		if problem != "" {
			if c != nil {
				t.Errorf("problem %q with %+v", problem, c)
			}
			return
		}
		if c.hosts[0] != "host.example" || c.network != "host.example" || !containsHost(c.hosts, c.cache) {
			t.Errorf("%+v", c)
		}
		for _, host := range c.hosts {
			if cloudOf(host) != nil || !validHost(host) {
				t.Errorf("alias %q is accepted", host)
			}
		}
	})
}
