package resource_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/resource"
)

// entries makes entries whose scope is the pattern itself.
func entries(patterns ...string) []resource.Entry {
	var all []resource.Entry
	for _, p := range patterns {
		all = append(all, resource.Entry{Pattern: p, Scopes: []string{p}})
	}
	return all
}

func newMap(t *testing.T, list []resource.Entry) *resource.Map {
	t.Helper()
	m, err := resource.NewMap(list)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// find returns the scope that the map gives a URL, "" for none, and "refused".
func find(t *testing.T, m *resource.Map, raw string) string {
	t.Helper()
	match, ok, err := m.Find("GET", parse(t, raw))
	var refused *resource.Error
	switch {
	case errors.As(err, &refused) && !ok && refused.Reason != "":
		return "refused"
	case err != nil:
		t.Fatalf("%s: %#v", raw, err)
	case ok:
		return match.Scopes[0]
	}
	return ""
}

func TestR41_MapMatches(t *testing.T) {
	tests := []struct {
		pattern string
		match   []string
		no      []string
	}{
		{"https://api.example.com/*", []string{
			"https://api.example.com", "https://api.example.com/", "https://API.Example.COM:443/v1", "https://api.example.com?q",
			"https://api.example.com/a/b/c/?d=/../e", "https://api.example.com//", "https://api.example.com/%25", "https://api.example.com/...",
			"https://api.example.com/a..b/.c/d.", "https://api.example.com/a;b=../c",
		}, []string{
			"https://api.example.com.evil/", "https://api.example.com.evil.example/*", "https://api.example.comevil/", "https://xapi.example.com/",
			"https://api-example.com/", "https://x.api.example.com/", "https://example.com/", "https://api.example.com./", "https://com.example.api/",
			"http://api.example.com/", "http://api.example.com:443/", "https://api.example.com:8443/", "https://api.example.com:80/",
			"https://evil.example/https://api.example.com/", "https://evil.example/?https://api.example.com/", "https://localhost/",
		}},
		{"https://api.example.com/", []string{"https://api.example.com", "https://api.example.com/", "https://api.example.com/?a"},
			[]string{"https://api.example.com/a", "https://api.example.com//"}},
		{"https://api.example.com/v1/users", []string{"https://api.example.com/v1/users", "https://api.example.com/v1/users/", "https://api.example.com/v1/%75sers"},
			[]string{
				"https://api.example.com/v1/users2", "https://api.example.com/v1/user", "https://api.example.com/v1/users/7", "https://api.example.com/v1",
				"https://api.example.com/v1/Users", "https://api.example.com//v1/users", "https://api.example.com/v1//users", "https://api.example.com/v1/users//",
				"https://api.example.com/v1;x/users", "https://api.example.com/v1/users;x", "https://api.example.com/v1/users%00", "https://api.example.com/v1/%2575sers",
			}},
		{"https://api.example.com/v1/users/", []string{"https://api.example.com/v1/users", "https://api.example.com/v1/users/"},
			[]string{"https://api.example.com/v1/users/7"}},
		{"https://api.example.com/v1/*", []string{"https://api.example.com/v1", "https://api.example.com/v1/", "https://api.example.com/v1/a", "https://api.example.com/v1/a/b", "https://api.example.com/v1//"},
			[]string{"https://api.example.com/v10", "https://api.example.com/v1a/b", "https://api.example.com/", "https://api.example.com/v/1"}},
		{"https://api.example.com/v1/**", []string{"https://api.example.com/v1", "https://api.example.com/v1/a/b"}, []string{"https://api.example.com/v11"}},
		{"https://api.example.com/v1/*/", []string{"https://api.example.com/v1/a", "https://api.example.com/v1/a/"},
			[]string{"https://api.example.com/v1", "https://api.example.com/v1/", "https://api.example.com/v1//", "https://api.example.com/v1/a/b"}},
		{"https://api.example.com/*/users/*", []string{"https://api.example.com/v1/users", "https://api.example.com/v2/users/7/8"},
			[]string{"https://api.example.com/users", "https://api.example.com//users/7", "https://api.example.com/a/b/users"}},
		{"https://api.example.com/%2A", []string{"https://api.example.com/*", "https://api.example.com/%2a"}, []string{"https://api.example.com/a", "https://api.example.com/"}},
		{"https://*.example.com/*", []string{"https://eu.example.com/", "https://EU.example.com/a"},
			[]string{"https://example.com/", "https://a.eu.example.com/", "https://eu.example.com.evil/", "https://eu.example.com.evil.example/", "https://euexample.com/", "https://eu.example.com./", "https://[::1]/", "https://1.2.3.4/"}},
		{"https://api.*.example.com/*", []string{"https://api.eu.example.com/"}, []string{"https://api.example.com/", "https://eu.api.example.com/", "https://api.a.b.example.com/"}},
		{"https://*.*.example.com/*", []string{"https://a.b.example.com/"}, []string{"https://b.example.com/", "https://a.b.c.example.com/"}},
		{"https://api.example.com:8443/*", []string{"https://api.example.com:8443/"}, []string{"https://api.example.com/", "https://api.example.com:443/", "https://api.example.com:8444/"}},
		{"HTTPS://API.example.com:443/*", []string{"https://api.example.com/"}, nil},
		{"http://localhost:8080/*", []string{"http://localhost:8080/a"}, []string{"http://localhost/a", "https://localhost:8080/a", "http://127.0.0.1:8080/a", "http://app.localhost:8080/", "http://localhost.evil:8080/"}},
		{"http://127.0.0.1/*", []string{"http://127.0.0.1:80/"}, []string{"http://127.0.0.2/", "http://127.0.0.1.evil/"}},
		{"http://[::1]:80/*", []string{"http://[0:0::1]/"}, []string{"http://[::2]/", "http://localhost/"}},
		{"https://10.1.2.3/*", []string{"https://10.1.2.3/"}, []string{"https://10.1.2.30/"}},
	}
	for _, test := range tests {
		m := newMap(t, entries(test.pattern))
		for _, raw := range test.match {
			if got := find(t, m, raw); got != test.pattern {
				t.Errorf("R41 %s: %s gives %q", test.pattern, raw, got)
			}
		}
		for _, raw := range test.no {
			if got := find(t, m, raw); got != "" {
				t.Errorf("R41 %s: %s gives %q", test.pattern, raw, got)
			}
		}
	}
}

// Whatever a server makes of these, it may not be what the map saw.
func TestR41_MapRefusesAmbiguousPaths(t *testing.T) {
	m := newMap(t, entries("https://api.example.com/public/*", "https://*.example.org/", "http://localhost/"))
	for _, path := range []string{
		"/..", "/.", "/a/../b", "/a/./b", "/a/..", "/public/../admin", "/%2e%2e/a", "/.%2e/a", "/%2E/a", "/a/%2e", "/a%2eb", "/a%2fb", "/a%2Fb",
		"/a%5cb", "/%5C..%5c/", "/..;/a", "/..;jsessionid=1/a", "/.;/a", "/..%3b/a", "/..%3Bx/a", "//../a", "/../", "/../.", "/public/%2e%2e%2fadmin",
	} {
		for _, origin := range []string{"https://api.example.com", "https://any.example.org", "http://localhost:80"} {
			if got := find(t, m, origin+path); got != "refused" {
				t.Errorf("R41 %s%s gives %q", origin, path, got)
			}
		}
		for _, origin := range []string{"https://files.example.com", "https://example.org", "http://api.example.com", "https://api.example.com.evil"} {
			if got := find(t, m, origin+path); got != "" {
				t.Errorf("R41 the map has nothing of %s, but %s gives %q", origin, path, got)
			}
		}
	}
}

// The patterns of each test are in order: the first that matches is to win, however they are given.
func TestR41_MostSpecificWins(t *testing.T) {
	tests := []struct {
		url      string
		patterns []string
	}{
		{"https://api.example.com/a/b", []string{
			"https://api.example.com/a/b", "https://api.example.com/a/b/*", "https://api.example.com/a/*/", "https://api.example.com/a/*",
			"https://api.example.com/*/b", "https://api.example.com/*/b/*", "https://api.example.com/*/*/", "https://api.example.com/*/*", "https://api.example.com/*",
			"https://*.example.com/a/b", "https://*.example.com/a/*", "https://*.example.com/*",
		}},
		{"https://api.eu.example.com/", []string{
			"https://api.eu.example.com/", "https://api.eu.example.com/*", "https://*.eu.example.com/", "https://*.eu.example.com/*",
			"https://api.*.example.com/", "https://*.*.example.com/", "https://*.*.example.com/*",
		}},
		{"https://api.example.com/a", []string{"https://api.example.com/a", "https://api.example.com/a/*", "https://api.example.com/*/", "https://api.example.com/*"}},
		{"https://api.example.com:8443/a", []string{"https://api.example.com:8443/*", "https://*.example.com:8443/a"}},
	}
	noise := []string{"https://api.example.com/z/*", "https://other.example.com/a/b", "http://localhost/*", "https://example.com/*", "https://api.example.com:1/a/b"}
	for _, test := range tests {
		for from := range test.patterns {
			some := append(append([]string{}, test.patterns[from:]...), noise...)
			for turn := 0; turn < len(some); turn++ {
				list := append(append([]string{}, some[turn:]...), some[:turn]...)
				if got := find(t, newMap(t, entries(list...)), test.url); got != test.patterns[from] {
					t.Errorf("R41 %s: %q gives %s, want %s", test.url, list, got, test.patterns[from])
				}
			}
		}
	}
}

func TestMapMethodsAndPublic(t *testing.T) {
	scopes := []string{"read"}
	list := []resource.Entry{
		{Pattern: "https://api.example.com/*", Scopes: scopes, Methods: map[string][]string{"post": {"write"}, "OPTIONS": nil, "DELETE": {}}},
		{Pattern: "https://api.example.com/public/*"},
		{Pattern: "https://api.example.com/public/mine", Methods: map[string][]string{"GET": {"mine"}}},
		{Pattern: "https://api.example.com/any", Scopes: []string{}},
	}
	m := newMap(t, list)
	scopes[0] = "changed"
	list[0].Methods["post"][0] = "changed"
	delete(list[0].Methods, "OPTIONS")
	tests := []struct {
		method, path string
		want         []string
	}{
		{"GET", "/a", []string{"read"}},
		{"", "/a", []string{"read"}},
		{"HEAD", "/a", []string{"read"}},
		{"POST", "/a", []string{"write"}},
		{"Post", "/a", []string{"write"}},
		{"OPTIONS", "/a", nil},
		{"DELETE", "/a", []string{}},
		{"GET", "/public/a", nil},
		{"POST", "/public/a", nil},
		{"", "/public/mine", []string{"mine"}},
		{"POST", "/public/mine", nil},
		{"GET", "/any", []string{}},
	}
	for _, test := range tests {
		match, ok, err := m.Find(test.method, parse(t, "https://api.example.com"+test.path))
		if !ok || err != nil || !reflect.DeepEqual(match.Scopes, test.want) || !strings.HasPrefix("https://api.example.com"+test.path, strings.TrimSuffix(list[match.Entry].Pattern, "*")) {
			t.Errorf("%s %s gives %#v, %v, %v, want %#v", test.method, test.path, match, ok, err, test.want)
		}
	}
	if match, ok, err := newMap(t, nil).Find("GET", parse(t, "https://api.example.com/")); ok || err != nil || !reflect.DeepEqual(match, resource.Match{}) {
		t.Errorf("an empty map gives %v, %v, %v", match, ok, err)
	}
}

func TestNewMapRefuses(t *testing.T) {
	tests := []struct{ pattern, reason string }{
		{"", "begin with https://"},
		{"api.example.com/*", "begin with https://"},
		{"/v1/*", "begin with https://"},
		{"*", "begin with https://"},
		{"https://", "no path"},
		{"https://api.example.com", "no path"},
		{"https:///a", "host is missing"},
		{"ftp://api.example.com/", "begin with https://"},
		{"https*://api.example.com/", "begin with https://"},
		{"http://api.example.com/*", "loopback"},
		{"http://*.localhost.example/*", "loopback"},
		{"http://localhost.evil/*", "loopback"},
		{"https://u:p@api.example.com/", "user name"},
		{"https://*@api.example.com/", "whole label"},
		{"https://api.example.com/?a=1", "query"},
		{"https://api.example.com?a", "query"},
		{"https://api.example.com/#a", "fragment"},
		{`https://api.example.com\/`, "backslash"},
		{"https://api.example.com/a b", "spaces"},
		{"https://api.example.com:*/", "whole label"},
		{"https://api.example.com:0/", "port"},
		{"https://*/", "last two labels"},
		{"https://*.com/", "last two labels"},
		{"https://*.com./", "last two labels"},
		{"https://*.localhost/", "last two labels"},
		{"https://api.*/", "last two labels"},
		{"https://api.*.com/", "last two labels"},
		{"https://api.example.*/", "last two labels"},
		{"https://*.com:443/", "last two labels"},
		{"https://**.example.com/", "whole label"},
		{"https://api*.example.com/", "whole label"},
		{"https://[*::1]/", "whole label"},
		{"https://*.0.0.1/", "IPv4"},
		{"https://api.example.com/v*", "whole segment"},
		{"https://api.example.com/***", "whole segment"},
		{"https://api.example.com/*.json", "whole segment"},
		{"https://api.example.com/**/a", "end of the path"},
		{"https://api.example.com/**/", "end of the path"},
		{"https://api.example.com/a/../b", "dot segments"},
		{"https://api.example.com/./*", "dot segments"},
		{"https://api.example.com/..;/*", "dot segments"},
		{"https://api.example.com/%2e/a", "%2e"},
		{"https://api.example.com/a%2fb", "%2e"},
		{"https://api.example.com/a%5cb", "%2e"},
		{"https://api.example.com/%zz", "hexadecimal"},
		{"https://api.example.com/é", "ASCII"},
	}
	for _, test := range tests {
		m, err := resource.NewMap(append(entries("https://first.example.com/"), entries(test.pattern)...))
		var bad *resource.EntryError
		if m != nil || !errors.As(err, &bad) || bad.Entry != 1 || bad.Field != "Pattern" || !strings.Contains(bad.Reason, test.reason) {
			t.Errorf("%q: %v, %v, want %q", test.pattern, m, err, test.reason)
		}
	}
}

func TestNewMapRefusesRepetition(t *testing.T) {
	for _, pair := range [][2]string{
		{"https://api.example.com/*", "https://api.example.com/**"},
		{"https://api.example.com/a", "HTTPS://API.example.com:443/a/"},
		{"https://api.example.com/a", "https://api.example.com/%61"},
		{"https://*.example.com/%2a/*/b", "https://*.example.com/%2A/*/b"},
		{"http://[::1]/", "http://[0::1]:80/"},
	} {
		_, err := resource.NewMap(entries(pair[0], "https://other.example.com/*", pair[1]))
		var bad *resource.EntryError
		if !errors.As(err, &bad) || bad.Entry != 2 || !strings.Contains(bad.Reason, "entry 0") {
			t.Errorf("%q: %v", pair, err)
		}
	}
	newMap(t, entries("https://api.example.com/%2A", "https://api.example.com/*", "https://api.example.com/a", "https://api.example.com/A", "https://api.example.com:444/a"))
	for _, methods := range []map[string][]string{{"": nil}, {"GET,POST": nil}, {"GET ": nil}, {"*": nil}, {"GET": nil, "get": nil}} {
		_, err := resource.NewMap([]resource.Entry{{Pattern: "https://api.example.com/", Methods: methods}})
		var bad *resource.EntryError
		if !errors.As(err, &bad) || bad.Entry != 0 || bad.Field != "Methods" || bad.Reason == "" {
			t.Errorf("%v: %v", methods, err)
		}
	}
}

func ExampleMap() {
	m, err := resource.NewMap([]resource.Entry{
		{Pattern: "https://api.example.com/*", Scopes: []string{"read"}, Methods: map[string][]string{"POST": {"write"}}},
		{Pattern: "https://api.example.com/health"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, request := range [][2]string{
		{"GET", "https://api.example.com/v1/users"},
		{"POST", "https://api.example.com:443/v1/users"},
		{"GET", "https://api.example.com/health"},
		{"GET", "https://api.example.com.evil/"},
		{"GET", "https://api.example.com/health/../v1"},
	} {
		u, _ := resource.Parse(request[1])
		match, ok, err := m.Find(request[0], u)
		fmt.Println(match.Scopes, match.Scopes == nil, ok, err)
	}
	// Output:
	// [read] false true <nil>
	// [write] false true <nil>
	// [] true true <nil>
	// [] true false <nil>
	// [] true false resource: not an acceptable URL: its path must not have dot segments: write the path that is meant
}
