package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// onTerminal is what a terminal gets of a text that comes in pieces of n bytes.
func onTerminal(t *testing.T, text string, n int) string {
	t.Helper()
	var out bytes.Buffer
	w := &terminal{w: bufio.NewWriter(&out)}
	for len(text) > 0 {
		piece := text[:min(n, len(text))]
		if m, err := w.Write([]byte(piece)); m != len(piece) || err != nil {
			t.Fatal(m, err)
		}
		text = text[len(piece):]
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestR23_CurlOnATerminal(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"lines", "a\n\nb\tc\n", "a\n\nb\tc\n"},
		{"the last line is ended", "a", "a\n"},
		{"CRLF", "a\r\nb\r\n", "a\nb\n"},
		{"a CR alone", "a\rb\n", `a\x0db` + "\n"},
		{"languages", "naïve 同意\n", "naïve 同意\n"},
		{"controls", "\x1b[2Ja\x07\u009b\u202e\n", `\x1b[2Ja\x07\x9b\u{202e}` + "\n"},
		{"no text", "\xff\x00\n", `\xff\x00` + "\n"},
		{"a long line", strings.Repeat("x", 5000) + "\ny", strings.Repeat("x", 5000) + "\ny\n"},
		{"a long line of runes", strings.Repeat("é", 3000) + "\n", strings.Repeat("é", 3000) + "\n"},
	}
	for _, tt := range tests {
		for _, n := range []int{1, 3, 4096} {
			if got := onTerminal(t, tt.text, n); got != tt.want {
				t.Errorf("%s, in pieces of %d bytes: %q, want %q", tt.name, n, got, tt.want)
			}
		}
	}
}

func FuzzTerminal(f *testing.F) {
	for _, seed := range []string{"", hostile, "a\nb", strings.Repeat("é", printable.MaxText), "\xf0\x9f\x94"} {
		f.Add(seed, 7)
	}
	f.Fuzz(func(t *testing.T, text string, n int) {
		for _, r := range onTerminal(t, text, max(n, 1)) {
			if r != '\n' && r != '\t' && (r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e) {
				t.Fatalf("%q reaches the terminal", r)
			}
		}
	})
}

// The challenge of an API is on standard error, in one line.
func TestR23_CurlEscapesChallenges(t *testing.T) {
	for _, status := range []int{401, 403} {
		var out, errs bytes.Buffer
		err := printResponse(&out, &errs, &http.Response{
			StatusCode: status, Header: http.Header{"Www-Authenticate": {hostile, "Basic"}}, Body: io.NopCloser(strings.NewReader("no")),
		})
		clean(t, session{err: errs.String()})
		if exitStatus(err) != 1 || out.String() != "no" || strings.Count(errs.String(), "\nWWW-Authenticate: ") != 2 {
			t.Errorf("%d: %v, %q, %q", status, err, out.String(), errs.String())
		}
	}
}

type brokenBody struct{ io.Reader }

func (brokenBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
func (brokenBody) Close() error             { return nil }

func TestR45_CurlStatus(t *testing.T) {
	tests := []struct {
		status, want int
		body         io.ReadCloser
	}{
		{200, 0, http.NoBody}, {204, 0, http.NoBody}, {299, 0, http.NoBody},
		{199, 1, http.NoBody}, {300, 1, http.NoBody}, {304, 1, http.NoBody}, {404, 1, http.NoBody}, {500, 1, http.NoBody}, {999, 1, http.NoBody},
		{200, 1, brokenBody{}},
	}
	for _, tt := range tests {
		err := printResponse(io.Discard, io.Discard, &http.Response{StatusCode: tt.status, Body: tt.body})
		if got := exitStatus(err); got != tt.want {
			t.Errorf("%d: exit status %d, want %d", tt.status, got, tt.want)
		}
	}
}

// R44: what a header or a URL has in it is not repeated.
func TestCurlBadInput(t *testing.T) {
	tests := []struct {
		name string
		f    apiFlags
		want string
	}{
		{"no colon", apiFlags{headers: []string{"hidden-word"}}, "--header must be like"},
		{"no name", apiFlags{headers: []string{": hidden-word"}}, "--header must be like"},
		{"a space in the name", apiFlags{headers: []string{"X Y: hidden-word"}}, "--header must be like"},
		{"a line break", apiFlags{headers: []string{"X: a\r\nY: hidden-word"}}, "the value of X has control characters"},
		{"the token", apiFlags{headers: []string{"authorization: hidden-word"}}, "authorization comes from this command"},
		{"the host", apiFlags{headers: []string{"Host: hidden-word"}}, "Host comes from this command"},
	}
	for _, tt := range tests {
		err := tt.f.setHeaders(http.Header{})
		if err == nil || exitStatus(err) != statusUsage || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hidden-word") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	for _, raw := range []string{"https://hidden-word:x@a.test/", "http://hidden-word/", "ht tp://hidden-word", "https://*.hidden-word/", "//hidden-word", "file:///hidden-word", ":hidden-word", "javascript:hidden-word"} {
		if u, err := parseAPI(raw); err == nil || exitStatus(err) != statusUsage || strings.Contains(err.Error(), "hidden-word") {
			t.Errorf("%s: %v, %v", raw, u, err)
		}
	}
	for _, raw := range []string{"https://a.test", "http://localhost:8080/x", "http://[::1]/", "http://127.0.0.1/?a=b"} {
		if _, err := parseAPI(raw); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
	u := &url.URL{Scheme: "https", Host: "a.test"}
	if err := unsent(u, &url.Error{Op: "Get", URL: "https://a.test/?hidden-word", Err: io.EOF}); strings.Contains(err.Error(), "hidden-word") {
		t.Error(err)
	}
}
