package transport_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/transport"
)

func TestBadRequestsAreRefusedUnsent(t *testing.T) {
	tests := []struct {
		name string
		req  *transport.Request
		want string // in the error's text
	}{
		{"nil", nil, "no request"},
		{"no method", &transport.Request{URL: "https://127.0.0.1:1/"}, "method"},
		{"method with line break", &transport.Request{Method: "GET\r\nX", URL: "https://127.0.0.1:1/"}, "method"},
		{"no URL", &transport.Request{Method: "GET"}, "absolute"},
		{"relative URL", &transport.Request{Method: "GET", URL: "/token?" + secret}, "absolute"},
		{"other scheme", &transport.Request{Method: "GET", URL: "file:///etc/passwd"}, "https://"},
		{"no host", &transport.Request{Method: "GET", URL: "https:///token"}, "host"},
		{"user info", &transport.Request{Method: "GET", URL: "https://u:" + secret + "@127.0.0.1:1/"}, "user info"},
		{"space", &transport.Request{Method: "GET", URL: "https://127.0.0.1:1/a b"}, "spaces"},
		{"backslash in the host", &transport.Request{Method: "GET", URL: `https://127.0.0.1:1\@h/`}, "usable"},
		{"backslash in the path", &transport.Request{Method: "GET", URL: `https://127.0.0.1:1/a\b`}, "usable"},
		{"header name", &transport.Request{Method: "GET", URL: "https://127.0.0.1:1/", Header: transport.Header{{Name: "a b", Value: secret}}}, "header name"},
		{"header value", &transport.Request{Method: "GET", URL: "https://127.0.0.1:1/", Header: transport.Header{{Name: "a", Value: secret + "\r\nb: c"}}}, "line breaks"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, err := transport.Default()(context.Background(), tt.req)
			var failure *transport.Error
			if resp != nil || !errors.As(err, &failure) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, %v; want an *Error with %q", resp, err, tt.want)
			}
			hides(t, err)
		})
	}
}

// FuzzRequestString checks that only scheme, host and path of a URL are ever printed,
// and that they are the ones that net/url finds.
func FuzzRequestString(f *testing.F) {
	for _, s := range []string{
		"https://h.example/p?q#f", "https://u:p@h/p", "http://[::1]:80/x", "https://h:80:90/", "https://h?u@p/",
		"https://h/%zz", "https://h#/@x", "https:///x", "https://h:/x", "https://[a]b/", "https://h\\x@y/", "//h/x", "https://[::1/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := transport.Request{Method: "GET", URL: raw}.String()
		u, err := url.Parse(raw)
		switch {
		case strings.HasSuffix(got, " [invalid URL]"):
		case err != nil:
			if end := strings.IndexAny(raw, "?#"); end >= 0 {
				raw = raw[:end]
			}
			if got != "GET "+raw {
				t.Errorf("%q prints as %q", raw, got)
			}
		case u.User != nil:
			t.Errorf("%q has user info and prints as %q", raw, got)
		case got != "GET "+u.Scheme+"://"+u.Host+u.EscapedPath() && got != "GET "+u.Scheme+"://"+u.Host+u.Path:
			t.Errorf("%q prints as %q", raw, got)
		}
	})
}
