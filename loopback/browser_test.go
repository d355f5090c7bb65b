package loopback

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAuthorize(t *testing.T) {
	tests := []struct {
		name, request, want string
	}{
		{"query", "GET /?" + rightRaw + "&iss=x HTTP/1.1\r\nHost: HOST\r\n\r\n", rightRaw + "&iss=x"},
		{"form_post", "POST / HTTP/1.1\r\nHost: HOST\r\nOrigin: https://login.contoso.example\r\nSec-Fetch-Site: cross-site\r\n" +
			"Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n" +
			"Content-Length: 40\r\n\r\ncode=the+code&state=s-8f1c6f0e%2F%2B&a=b", rightRaw + "&a=b"},
		{"error", "GET /?error=access_denied&state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n", "error=access_denied&state=s-8f1c6f0e%2F%2B"},
		{"neither code nor error", "GET /?state=STATE HTTP/1.1\r\nHost: HOST\r\n\r\n", "state=s-8f1c6f0e%2F%2B"},
		{"absolute form", "GET http://HOST/?" + rightRaw + " HTTP/1.1\r\nHost: HOST\r\n\r\n", rightRaw},
		{"HTTP/1.0", "GET /?" + rightRaw + " HTTP/1.0\r\nHost: HOST\r\n\r\n", rightRaw},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, real(), Browser{})
			if !strings.HasPrefix(s.redirectURI, "http://127.0.0.1:") || !slices.Equal(s.modes, []string{"form_post", "query"}) {
				t.Errorf("begin was given %q, %q", s.redirectURI, s.modes)
			}
			resp, _ := s.parse(s.send(tt.request))
			if end := <-s.done; end.err != nil || end.callback != tt.want {
				t.Errorf("got %+v, want %q", end, tt.want)
			}
			if resp.StatusCode != 200 || resp.ContentLength <= 0 {
				t.Errorf("status %d, length %d", resp.StatusCode, resp.ContentLength)
			}
			if conn, err := net.Dial("tcp", s.host()); err == nil {
				conn.Close()
				t.Error("the port is still open")
			}
		})
	}
	noGoroutine(t)
}

func TestHostPortPath(t *testing.T) {
	s := start(t, real(), Browser{Host: "localhost", Path: "/a/callback"})
	if !strings.HasPrefix(s.redirectURI, "http://localhost:") || !strings.HasSuffix(s.redirectURI, "/a/callback") {
		t.Errorf("redirect URI %q", s.redirectURI)
	}
	s.send("GET /?" + rightRaw + " HTTP/1.1\r\nHost: HOST\r\n\r\n") // another path
	s.send("GET /a/callback?" + rightRaw + " HTTP/1.1\r\nHost: HOST\r\n\r\n")
	if end := <-s.done; end.callback != rightRaw {
		t.Errorf("got %+v", end)
	}
}

func TestFieldsAreChecked(t *testing.T) {
	begin := func(context.Context, string, []string) (string, error) {
		t.Error("begin was called")
		return "", nil
	}
	for _, tt := range []struct {
		field string
		b     Browser
	}{
		{"Host", Browser{Host: "login.contoso.example"}},
		{"Host", Browser{Host: "0.0.0.0"}}, {"Host", Browser{Host: "::"}}, {"Host", Browser{Host: "192.168.0.1"}},
		{"Host", Browser{Host: "::ffff:127.0.0.1"}}, {"Host", Browser{Host: "::1%lo"}}, {"Host", Browser{Host: "127.0.0.1:80"}},
		{"Port", Browser{Port: -1}}, {"Port", Browser{Port: 65536}},
		{"Path", Browser{Path: "callback"}}, {"Path", Browser{Path: "/a?b"}}, {"Path", Browser{Path: "/a/../b"}},
		{"Path", Browser{Path: "//a"}}, {"Path", Browser{Path: "/a%20"}}, {"Path", Browser{Path: "/a\r\nb"}}, {"Path", Browser{Path: "/a/."}},
	} {
		_, err := tt.b.Authorize(t.Context(), "127.0.0.1", begin)
		wantField(t, err, tt.field)
	}
	_, err := Browser{}.Authorize(t.Context(), "login.contoso.example", begin)
	wantField(t, err, "Host")
	for _, path := range []string{"", "/", "/a", "/a/", "/a/b-._~9"} {
		if !plainPath(path) {
			t.Errorf("refused %q", path)
		}
	}
}

func TestBeginFails(t *testing.T) {
	want := errors.New("no network")
	var uri string
	_, err := Browser{Open: func(context.Context, string) error { t.Error("opened"); return nil }}.Authorize(t.Context(), "127.0.0.1",
		func(_ context.Context, redirectURI string, _ []string) (string, error) {
			uri = redirectURI
			return "", want
		})
	if err != want {
		t.Errorf("got %v", err)
	}
	if conn, err := net.Dial("tcp", strings.TrimPrefix(uri, "http://")); err == nil {
		conn.Close()
		t.Error("the port is still open")
	}
}

// R38: an authorization URL that is no web page is not opened; without a state, no answer could be believed.
func TestR38_AuthorizationURL(t *testing.T) {
	for _, page := range []string{
		"", "file:///etc/passwd?state=s", "javascript:alert(1)?state=s", "http://login.contoso.example/?state=s", "https://u:p@h/?state=s",
		"https://h/", "https://h/?state=", "https://h/?state=a&state=b", "https://h/?state=%zz", "https://h/?state=a b",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		b := Browser{Open: func(context.Context, string) error { t.Errorf("opened %q", page); cancel(); return nil }}
		_, err := b.Authorize(ctx, "127.0.0.1", func(context.Context, string, []string) (string, error) { return page, nil })
		cancel()
		if wantField(t, err, ""); strings.Contains(err.Error(), "state=a") || strings.Contains(err.Error(), "passwd") {
			t.Errorf("the error has the URL: %v", err)
		}
	}
}

func TestContextEnds(t *testing.T) {
	for _, cause := range []error{nil, errors.New("the program ends")} {
		opening := make(chan context.Context, 1)
		s := start(t, real(), Browser{Open: func(ctx context.Context, _ string) error {
			opening <- ctx
			<-ctx.Done() // a browser that never comes back
			return ctx.Err()
		}, Prompt: failingWriter{}})
		ctx := <-opening
		s.cancel(cause)
		end := <-s.done
		wantField(t, end.err, "")
		if !errors.Is(end.err, context.Canceled) || cause != nil && !errors.Is(end.err, cause) {
			t.Errorf("got %v", end.err)
		}
		<-ctx.Done()
		if conn, err := net.Dial("tcp", s.host()); err == nil {
			conn.Close()
			t.Error("the port is still open")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := real().authorize(ctx, Browser{Prompt: io.Discard}, "localhost", func(context.Context, string, []string) (string, error) { return pageURL, nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	noGoroutine(t)
}

// The wait goes on after Open has failed, or while it does not return.
func TestOpenFails(t *testing.T) {
	shown := make(chan string, 1)
	for _, host := range []string{"127.0.0.1", "::1"} {
		s := start(t, real(), Browser{
			Host:   host,
			Open:   func(context.Context, string) error { return errors.New("R23 \x1b[31m\u202e\r\nfailed") },
			Prompt: writerFunc(func(p []byte) { shown <- string(p) }),
		})
		text := <-shown
		_, port, _ := net.SplitHostPort(s.host())
		bracketed := strings.TrimSuffix(s.host(), ":"+port)
		for _, want := range []string{"    " + pageURL + "\n", "ssh -L " + port + ":" + bracketed + ":" + port + " ", `R23 \x1b[31m\u{202e}\x0d\x0afailed`} {
			if !strings.Contains(text, want) {
				t.Errorf("the prompt lacks %q:\n%s", want, text)
			}
		}
		s.finish()
	}
	t.Run("no browser at all", func(t *testing.T) {
		_, err := real().authorize(t.Context(), Browser{Prompt: failingWriter{}}, "127.0.0.1",
			func(context.Context, string, []string) (string, error) { return pageURL, nil })
		if wantField(t, err, "Prompt"); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("it hangs", func(t *testing.T) {
		hang := make(chan struct{})
		defer close(hang)
		start(t, real(), Browser{Open: func(context.Context, string) error { <-hang; return nil }}).finish()
	})
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) { f(bytes.Clone(p)); return len(p), nil }

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestErrorText(t *testing.T) {
	err := &Error{Field: "Port", Problem: "is taken", Err: errors.New("a\x1bb")}
	if got := err.Error(); got != `loopback: Browser.Port: is taken: a\x1bb` {
		t.Errorf("got %q", got)
	}
}
