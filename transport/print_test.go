package transport_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/transport"
)

const secret = "S3CRET-value"

// secretRequest has a secret everywhere but in what may be printed.
func secretRequest() transport.Request {
	return transport.Request{
		Method: "POST",
		URL:    "https://login.example/tenant/token?code=" + secret + "#" + secret,
		Header: transport.Header{{Name: "Authorization", Value: "Basic " + secret}},
		Body:   "client_secret=" + secret,
	}
}

// printed is v in every way in which it may end up in a log.
func printed(v any) []string {
	all := []string{fmt.Sprint(v), fmt.Sprintln(v)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		all = append(all, fmt.Sprintf(verb, v), fmt.Sprintf(verb, []any{v}), fmt.Sprintf(verb, struct{ V any }{v}))
	}
	b, err := json.Marshal(map[string]any{"v": v})
	if err != nil {
		panic(err)
	}
	return append(all, string(b))
}

func hides(t *testing.T, v any) {
	t.Helper()
	for _, s := range printed(v) {
		if strings.Contains(s, secret) || strings.Contains(s, fmt.Sprintf("%x", secret)) {
			t.Errorf("%T shows the secret: %s", v, s)
		}
	}
}

func TestPrintingHidesSecrets(t *testing.T) {
	req := secretRequest()
	resp := transport.Response{Status: 200, Header: transport.Header{{Name: "Set-Cookie", Value: secret}}, Body: secret}
	err := &transport.Error{Method: "GET", Host: "login.example"}
	for _, v := range []any{
		req, &req, resp, &resp, req.Header, &req.Header, req.Header[0], &req.Header[0], err, *err,
		[]transport.Request{req}, map[string]*transport.Response{"r": &resp}, []*transport.Request{&req},
	} {
		hides(t, v)
	}
}

func TestString(t *testing.T) {
	req := secretRequest()
	if got, want := req.String(), "POST https://login.example/tenant/token"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	resp := transport.Response{Status: 400, Body: "12345"}
	if got, want := fmt.Sprintf("%+v", &resp), "HTTP 400, body of 5 bytes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	h := transport.Header{{Name: "Accept", Value: "x"}, {Name: "X\x0a", Value: "y"}}
	if got, want := fmt.Sprint(h), `header["Accept": [redacted] "X\x0a": [redacted]]`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStringOfUnusableRequest(t *testing.T) {
	tests := []struct{ name, method, url, want string }{
		{"empty", "", "", "[invalid method] [invalid URL]"},
		{"user info", "GET", "https://user:" + secret + "@h.example/", "GET [invalid URL]"},
		{"no scheme", "GET", "h.example/?x=" + secret, "GET [invalid URL]"},
		{"opaque", "GET", "https:" + secret, "GET [invalid URL]"},
		{"other scheme", "GET", "data://h/" + secret, "GET [invalid URL]"},
		{"escape character", "G\x1b[31mT", "https://h.example/\x1b[31m", "[invalid method] [invalid URL]"},
		{"no path", "GET", "https://h.example?" + secret, "GET https://h.example"},
		{"port", "GET", "http://127.0.0.1:8080/a/b?" + secret, "GET http://127.0.0.1:8080/a/b"},
		{"IPv6", "GET", "http://[::1]:8080/a", "GET http://[::1]:8080/a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := transport.Request{Method: tt.method, URL: tt.url}
			if got := req.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHeaderGet(t *testing.T) {
	h := transport.Header{{Name: "A", Value: "1"}, {Name: "Retry-After", Value: "3"}, {Name: "retry-after", Value: "4"}}
	for name, want := range map[string]string{"Retry-After": "3", "RETRY-AFTER": "3", "a": "1", "b": "", "": ""} {
		if got := h.Get(name); got != want {
			t.Errorf("Get(%q) = %q, want %q", name, got, want)
		}
	}
	if got := transport.Header(nil).Get("a"); got != "" {
		t.Errorf("nil header: got %q", got)
	}
}
