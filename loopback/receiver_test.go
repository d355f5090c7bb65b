package loopback

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"
)

// R37: whatever is not the answer is answered and ignored, and the sign-in goes on.
func TestR37_IgnoredRequests(t *testing.T) {
	get := func(target string, headers ...string) string {
		return "GET " + target + " HTTP/1.1\r\nHost: HOST\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n"
	}
	post := func(body string, headers ...string) string {
		return "POST / HTTP/1.1\r\nHost: HOST\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n" + body
	}
	const form, answer = "Content-Type: application/x-www-form-urlencoded", "code=stolen&state=STATE"
	tests := []struct {
		name, request, status string
	}{
		{"no state", get("/?code=stolen"), "400"},
		{"no query", get("/"), "400"},
		{"empty state", get("/?code=stolen&state="), "400"},
		{"another state", get("/?code=stolen&state=guess"), "400"},
		{"part of the state", get("/?code=stolen&state=s-8f1c6f0e"), "400"},
		{"longer state", get("/?code=stolen&state=STATEx"), "400"},
		{"error without state", get("/?error=access_denied"), "400"},
		{"error with another state", get("/?error=access_denied&state=guess"), "400"},
		{"two states", get("/?code=stolen&state=STATE&state=guess"), "400"},
		{"the state twice", get("/?code=stolen&state=STATE&state=STATE"), "400"},
		{"two codes", get("/?code=a&code=b&state=STATE"), "400"},
		{"two of another", get("/?" + answer + "&iss=a&iss=b"), "400"},
		{"malformed escape", get("/?" + answer + "&a=%zz"), "400"},
		{"semicolon", get("/?" + answer + ";a=b"), "400"},
		{"query of 65 KB", get("/?" + answer + "&a=" + strings.Repeat("x", 65<<10)), "414"},
		{"query of 1 MB", get("/?" + answer + "&a=" + strings.Repeat("x", 1<<20)), "431"},

		{"DNS rebinding", "GET /?" + answer + " HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421"},
		{"DNS rebinding, same port", "GET /?" + answer + " HTTP/1.1\r\nHost: evil.example:80\r\n\r\n", "421"},
		{"DNS rebinding, absolute form", "GET http://evil.example/?" + answer + " HTTP/1.1\r\nHost: HOST\r\n\r\n", "421"},
		{"no Host", "GET /?" + answer + " HTTP/1.0\r\n\r\n", "421"},
		{"no Host, HTTP/1.1", "GET /?" + answer + " HTTP/1.1\r\n\r\n", "400"},
		{"another name of this computer", "GET /?" + answer + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "421"},

		{"favicon", get("/favicon.ico"), "404"},
		{"another path", get("/callback?" + answer), "404"},
		{"two slashes", get("//?" + answer), "404"},
		{"an escaped path", get("/%2e?" + answer), "404"},
		{"HEAD", "HEAD /?" + answer + " HTTP/1.1\r\nHost: HOST\r\n\r\n", "405"},
		{"OPTIONS", "OPTIONS / HTTP/1.1\r\nHost: HOST\r\nAccess-Control-Request-Private-Network: true\r\n\r\n", "405"},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n", ""},
		{"PUT", "PUT /?" + answer + " HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n", "405"},
		{"CONNECT", "CONNECT HOST HTTP/1.1\r\nHost: HOST\r\n\r\n", "405"},

		{"prefetch", get("/?"+answer, "Sec-Purpose: prefetch"), "503"},
		{"prerender", get("/?"+answer, "Sec-Purpose: prefetch;prerender"), "503"},
		{"prefetch, older", get("/?"+answer, "Purpose: prefetch"), "503"},
		{"prefetch, oldest", get("/?"+answer, "X-Moz: Prefetch"), "503"},
		{"preview", get("/?"+answer, "X-Purpose: preview"), "503"},
		{"fetch by a page", get("/?"+answer, "Sec-Fetch-Mode: cors"), "403"},
		{"two modes", get("/?"+answer, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Mode: cors"), "403"},
		{"image", get("/?"+answer, "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"), "403"},
		{"frame", get("/?"+answer, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"), "403"},

		{"form with another state", post("code=stolen&state=guess", form, "Content-Length: 23"), "400"},
		{"form with an error only", post("error=server_error", form, "Content-Length: 18"), "400"},
		{"form and query", "POST /?code=stolen HTTP/1.1\r\nHost: HOST\r\n" + form + "\r\nContent-Length: 30\r\n\r\ncode=x&state=s-8f1c6f0e%2F%2B&", "400"},
		{"JSON", post("{}", "Content-Type: application/json", "Content-Length: 2"), "415"},
		{"no type", post("{}", "Content-Length: 2"), "415"},
		{"1 GB", post("", form, "Content-Length: 1073741824"), "413"},
		{"65 KB in chunks", post("10400\r\n"+strings.Repeat("x", 0x10400)+"\r\n0\r\n\r\n", form, "Transfer-Encoding: chunked"), "413"},
		{"two lengths", post("", form, "Content-Length: 1", "Content-Length: 2"), "400"},

		{"no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", "400"},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""},
		{"nothing", "", "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, real(), Browser{})
			if tt.status == "-" {
				conn, err := net.Dial("tcp", s.host()) // a port scan
				if err != nil {
					t.Fatal(err)
				}
				conn.Close()
			} else if got := s.send(tt.request); tt.status != "" && !strings.Contains(strings.SplitN(got, "\r\n", 2)[0], " "+tt.status+" ") {
				t.Errorf("got %.100q, want status %s", got, tt.status)
			} else if strings.Contains(got, "stolen") || strings.Contains(got, "evil") || strings.Contains(strings.ToLower(got), "access-control") {
				t.Errorf("the answer has something of the request, or invites another origin: %q", got)
			}
			s.finish()
		})
	}
	noGoroutine(t)
}

// R37: a request has so much time, and others do not wait for it.
func TestR37_ReadLimit(t *testing.T) {
	for name, text := range map[string]string{
		"header": "GET /?code=1&sta",
		"body":   "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\nco",
		"idle":   "",
	} {
		t.Run(name, func(t *testing.T) {
			m := real()
			m.limit = 20 * time.Millisecond
			s := start(t, m, Browser{})
			s.send(text) // reads until the connection ends
			s.finish()
		})
		t.Run(name+" meanwhile", func(t *testing.T) {
			s := start(t, real(), Browser{})
			conn, err := net.Dial("tcp", s.host())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, strings.ReplaceAll(text, "HOST", s.host()))
			s.finish()
			// Its connection ends with the sign-in.
			conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			var timeout net.Error
			if _, err := io.ReadAll(conn); errors.As(err, &timeout) && timeout.Timeout() {
				t.Error("the connection is still open")
			}
		})
	}
	noGoroutine(t)
}

// Only the first answer counts; a reload is answered as long as the port is open.
func TestFirstAnswer(t *testing.T) {
	p, err := (&Browser{}).place("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := (&Browser{}).pages()
	if err != nil {
		t.Fatal(err)
	}
	held, err := p.hold(t.Context(), listenTCP)
	if err != nil {
		t.Fatal(err)
	}
	r := newReceiver(p, state, pages, patient)
	defer r.serve(held)()
	s := &signIn{t: t, redirectURI: p.redirectURI()}
	for _, code := range []string{"first", "second"} {
		if resp, _ := s.parse(s.send("GET /?code=" + code + "&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n")); resp.StatusCode != 200 {
			t.Errorf("%s: status %d", code, resp.StatusCode)
		}
	}
	if got := <-r.answer; !strings.Contains(got, "first") {
		t.Errorf("got %q", got)
	}
}

// A listener that breaks ends the sign-in.
func TestListenerBreaks(t *testing.T) {
	lost := make(chan net.Listener, 1)
	m := real()
	m.hold = func(ctx context.Context, network, address string) (net.Listener, error) {
		l, err := listenTCP(ctx, network, address)
		lost <- l
		return l, err
	}
	s := start(t, m, Browser{})
	(<-lost).Close()
	end := <-s.done
	if wantField(t, end.err, ""); !errors.Is(end.err, net.ErrClosed) {
		t.Errorf("got %v", end.err)
	}
}

// R37: nothing ends a sign-in but a query with exactly the state.
func FuzzR37_Answer(f *testing.F) {
	for _, seed := range []string{rightRaw, "state=%73-8f1c6f0e%2f%2B", "state=a&state=b", "code=%zz", "a;b", "&&=&", "error=x", "state=s-8f1c6f0e/ "} {
		f.Add(seed)
	}
	r := &receiver{state: state}
	f.Fuzz(func(t *testing.T, raw string) {
		answer, refused := r.readAnswer(raw)
		if (answer == nil) == (refused == nil) {
			t.Fatal("neither or both")
		}
		values, err := url.ParseQuery(raw)
		single := true
		for _, list := range values {
			single = single && len(list) == 1
		}
		right := err == nil && single && values.Get("state") == state && len(raw) <= maxAnswer
		if right != (answer != nil) {
			t.Errorf("%q: accepted %t", raw, answer != nil)
		}
		if answer != nil && answer.raw != raw {
			t.Errorf("%q became %q", raw, answer.raw)
		}
	})
}
