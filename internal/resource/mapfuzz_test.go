package resource_test

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/resource"
)

// FuzzMap compares a map of one pattern with a regular expression made from the pattern, and holds every match to
// what net/url thinks of the URL.
func FuzzMap(f *testing.F) {
	for _, seed := range [][2]string{
		{"https://api.example.com/*", "https://api.example.com.evil/"},
		{"https://api.example.com/*", "https://api.example.com/a/b"},
		{"https://*.example.com/a/*/b", "https://eu.example.com:443/a//b"},
		{"https://*.example.com/a/*/", "https://eu.example.com:443/a/c/"},
		{"https://api.example.com/a", "https://api.example.com/a/%2e%2e/b"},
		{"https://api.example.com/%2A/**", "https://API.example.com/*/..;/"},
		{"http://[::1]:8080/%41", "http://[0::1]:8080/A?q"},
		{"http://localhost/", "http://localhost:80"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, raw string) {
		u, err := resource.Parse(raw)
		if err != nil {
			return
		}
		m, err := resource.NewMap(entries(pattern))
		if err != nil {
			return
		}
		_, ok, err := m.Find("GET", u)
		decoded, unescapeErr := url.PathUnescape(u.Path)
		if unescapeErr != nil {
			t.Fatal(unescapeErr)
		}
		if err != nil {
			if ok {
				t.Fatalf("%q: %q is refused and matches", pattern, raw)
			}
			if !strings.Contains(decoded, ".") && !regexp.MustCompile(`(?i)%2f|%5c`).MatchString(u.Path) {
				t.Fatalf("%q: %q is refused: %v", pattern, raw, err)
			}
			return
		}
		want := expression(t, pattern).MatchString(u.Origin() + trimmed(u.Path, decoded))
		if ok != want {
			t.Fatalf("%q matches %q: %v, want %v", pattern, raw, ok, want)
		}
		if !ok {
			return
		}
		// Removing what a server may remove must not lead to another place.
		squeezed := regexp.MustCompile(`/+`).ReplaceAllString("/"+decoded, "/")
		if clean := path.Clean(squeezed); clean != squeezed && clean+"/" != squeezed {
			t.Fatalf("%q matches %q, which is %q", pattern, raw, clean)
		}
		if u.Scheme != "https" && !u.Loopback() {
			t.Fatalf("%q matches %q", pattern, raw)
		}
	})
}

// trimmed is a decoded path without one slash at the end, and with '\x00' for the slashes between segments, so that no decoded
// character can pass for one.
func trimmed(written, decoded string) string {
	if strings.HasSuffix(written, "/") {
		decoded = decoded[:len(decoded)-1]
	}
	return latin1(strings.ReplaceAll(decoded, "/", "\x00"))
}

// expression writes a pattern as a regular expression over an origin and a trimmed path.
func expression(t *testing.T, pattern string) *regexp.Regexp {
	t.Helper()
	scheme, rest, _ := strings.Cut(pattern, "://")
	host, written, _ := strings.Cut(rest, "/")
	plain, err := resource.Parse(scheme + "://" + strings.ReplaceAll(host, "*", "wild-card"))
	if err != nil {
		t.Fatal(err)
	}
	text := "^" + strings.ReplaceAll(regexp.QuoteMeta(plain.Origin()), "wild-card", "[^.:/]+")
	open := strings.HasSuffix(written, "*") && (strings.HasSuffix("/"+written, "/*") || strings.HasSuffix("/"+written, "/**"))
	segments := strings.Split(strings.TrimSuffix(written, "/"), "/")
	if open {
		segments = segments[:len(segments)-1]
	}
	if written == "" {
		segments = nil
	}
	for _, s := range segments {
		if s == "*" {
			text += "\x00[^\x00]+"
			continue
		}
		decoded, err := url.PathUnescape(s)
		if err != nil {
			t.Fatal(err)
		}
		text += "\x00" + regexp.QuoteMeta(latin1(decoded))
	}
	if open {
		text += "(\x00|$)"
	} else {
		text += "$"
	}
	return regexp.MustCompile("(?s)" + text)
}

// latin1 makes a rune of each byte: escapes decode to any byte, and expressions must be UTF-8.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := 0; i < len(s); i++ {
		runes[i] = rune(s[i])
	}
	return string(runes)
}
