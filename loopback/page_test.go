package loopback

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	scripts = regexp.MustCompile(`(?s)<script[^>]*>(.*?)</script>`)
	nonces  = regexp.MustCompile(`nonce="([^"]+)"`)
)

// R37: the closing page can load nothing, tells nobody where it was, is not kept, and drops the code.
func TestR37_ClosingPage(t *testing.T) {
	used := map[string]bool{}
	for _, query := range []string{rightRaw, "error=access_denied&error_description=no&state=STATE", "state=STATE", "code=x&state=old"} {
		s := start(t, real(), Browser{})
		resp, body := s.parse(s.send("GET /?" + query + " HTTP/1.1\r\nHost: HOST\r\n\r\n"))
		csp := resp.Header.Get("Content-Security-Policy")
		for _, directive := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, directive) {
				t.Errorf("%s: the policy lacks %s: %s", query, directive, csp)
			}
		}
		for name, want := range map[string]string{
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Content-Type": "text/html; charset=utf-8",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s: %q", query, name, got)
			}
		}
		if !resp.Close {
			t.Errorf("%s: the connection is kept", query)
		}
		found := scripts.FindAllStringSubmatch(body, -1)
		if len(found) != 1 || !strings.Contains(found[0][1], "history.replaceState(") {
			t.Fatalf("%s: scripts %q", query, found)
		}
		sum := sha256.Sum256([]byte(found[0][1]))
		if hash := base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(csp, "script-src 'sha256-"+hash+"';") {
			t.Errorf("%s: the policy does not allow the script: %s", query, csp)
		}
		nonce := nonces.FindStringSubmatch(body)
		if nonce == nil || used[nonce[1]] || !strings.Contains(csp, "style-src 'nonce-"+nonce[1]+"';") {
			t.Fatalf("%s: the policy does not allow the style, or the nonce is not new: %s", query, csp)
		}
		used[nonce[1]] = true
		if strings.Contains(body, "ZgotmplZ") || strings.Contains(body, "the code") {
			t.Errorf("%s: html/template filtered something, or the page has the code:\n%s", query, body)
		}
		s.cancel(nil)
	}
}

// R23: what the authority says is escaped, limited and on one line.
func TestR23_HostileText(t *testing.T) {
	hostile := "<script>alert(1)</script>\x1b[31m\u202eevil\r\nSet-Cookie: a=b\x00" + strings.Repeat("x", 5000)
	answer := url.Values{"state": {state}, "error": {"<b>" + hostile}, "error_description": {hostile}}
	s := start(t, real(), Browser{})
	resp, body := s.parse(s.send("GET /?" + answer.Encode() + " HTTP/1.1\r\nHost: HOST\r\n\r\n"))
	if len(resp.Cookies()) != 0 || len(scripts.FindAllString(body, -1)) != 1 {
		t.Errorf("header or script injected:\n%s", body)
	}
	for _, bad := range []string{"<b>", "\x1b", "\u202e", "\x00", strings.Repeat("x", 1100)} {
		if strings.Contains(body, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if !strings.Contains(body, `&lt;script&gt;alert(1)&lt;/script&gt;\x1b[31m\u{202e}evil Set-Cookie: a=b\x00xxx`) {
		t.Errorf("the description is not there:\n%s", body)
	}
	if end := <-s.done; end.callback != answer.Encode() {
		t.Errorf("got %+v", end)
	}
}

func TestOwnPages(t *testing.T) {
	parse := func(text string) *template.Template { return template.Must(template.New("").Parse(text)) }
	done := parse(`<style nonce="{{.Nonce}}">b{}</style><p>Willkommen{{.Error}}`)
	failed := parse(`<p>{{.Error}}: {{.Description}}`)
	tests := []struct{ name, query, want string }{
		{"done", rightRaw, `b{}</style><p>Willkommen<script>`},
		{"failed", "error=e&error_description=%3Cd%3E&state=STATE", "<p>e: &lt;d&gt;<script>"},
		{"no code", "state=STATE", "<p>: <script>"},
	}
	for _, tt := range tests {
		s := start(t, real(), Browser{Done: done, Failed: failed})
		_, body := s.parse(s.send("GET /?" + tt.query + " HTTP/1.1\r\nHost: HOST\r\n\r\n"))
		if !strings.Contains(body, tt.want) {
			t.Errorf("%s: got %q", tt.name, body)
		}
		<-s.done
	}
	t.Run("broken", func(t *testing.T) {
		for field, b := range map[string]Browser{"Done": {Done: parse("{{.Code}}")}, "Failed": {Failed: parse("{{.Nonce.X}}")}} {
			_, err := b.Authorize(t.Context(), "127.0.0.1", nil)
			wantField(t, err, field)
		}
	})
	t.Run("broken by the answer", func(t *testing.T) {
		s := start(t, real(), Browser{Failed: parse(`half{{if eq .Error "e"}}{{index .Error 99}}{{end}}`)})
		_, body := s.parse(s.send("GET /?error=e&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n"))
		if !strings.Contains(body, "You are not signed in") || strings.Contains(body, "half") {
			t.Errorf("got %q", body)
		}
		<-s.done
	})
}

// Who reloads an old page learns what to do, and the code leaves the address bar too.
func TestStrayPage(t *testing.T) {
	s := start(t, real(), Browser{})
	resp, body := s.parse(s.send("GET /?code=old&state=old HTTP/1.1\r\nHost: HOST\r\n\r\n"))
	if resp.StatusCode != 400 || !strings.Contains(body, "begin again in the application") || !strings.Contains(body, forget) {
		t.Errorf("%d: %s", resp.StatusCode, body)
	}
	s.finish()
}
