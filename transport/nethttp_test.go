//go:build !js

package transport_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-auth/latchkey/transport"
)

// serve starts a server and returns its URL.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// roundTripper is an http.RoundTripper made of a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func get(url string) *transport.Request { return &transport.Request{Method: "GET", URL: url} }

func TestRequestArrivesAsGiven(t *testing.T) {
	var method, uri, body string
	var header http.Header
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		method, uri, header, body = r.Method, r.RequestURI, r.Header, string(b)
		w.Header().Add("X-Two", "a")
		w.Header().Add("X-Two", "b")
		w.Header().Set("A", "1")
		w.Header()["Date"] = nil
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "short and stout")
	})
	req := &transport.Request{
		Method: "POST",
		URL:    url + "/token?a=%20b",
		Header: transport.Header{{Name: "X-One", Value: "1"}, {Name: "X-One", Value: "2"}},
		Body:   "grant_type=x",
	}
	resp, err := transport.Default()(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if method != "POST" || uri != "/token?a=%20b" || body != "grant_type=x" || !reflect.DeepEqual(header["X-One"], []string{"1", "2"}) {
		t.Errorf("arrived: %s %s %v %q", method, uri, header, body)
	}
	want := transport.Header{{"A", "1"}, {"Content-Length", "15"}, {"Content-Type", "text/plain; charset=utf-8"}, {"X-Two", "a"}, {"X-Two", "b"}}
	if resp.Status != http.StatusTeapot || resp.Body != "short and stout" || !reflect.DeepEqual([]transport.Field(resp.Header), []transport.Field(want)) {
		t.Errorf("came back: %d %q %v", resp.Status, resp.Body, []transport.Field(resp.Header))
	}
}

func TestR19_RedirectIsAnAnswer(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, location := range []string{"/elsewhere?code=" + secret, "http://bad%zz/" + secret, ""} {
			t.Run(fmt.Sprint(status, location), func(t *testing.T) {
				var followed atomic.Int32
				url := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path != "/" {
						followed.Add(1)
					}
					w.Header().Set("Location", location)
					w.WriteHeader(status)
				})
				follow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
				resp, err := transport.NetHTTP(follow)(t.Context(), &transport.Request{Method: "POST", URL: url + "/", Body: secret})
				if err != nil {
					t.Fatal(err)
				}
				if resp.Status != status || resp.Header.Get("location") != location || followed.Load() != 0 {
					t.Errorf("status %d, location %q, followed %d times", resp.Status, resp.Header.Get("location"), followed.Load())
				}
			})
		}
	}
}

func TestR19_CookieJarIsNotUsed(t *testing.T) {
	var cookies atomic.Int32
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cookies.Add(int32(len(r.Cookies())))
		http.SetCookie(w, &http.Cookie{Name: "session", Value: secret})
	})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	send := transport.NetHTTP(&http.Client{Jar: jar})
	for i := range 2 {
		resp, err := send(t.Context(), get(url))
		if err != nil || !strings.Contains(resp.Header.Get("set-cookie"), secret) {
			t.Fatalf("request %d: %v, %v", i, resp, err)
		}
	}
	u := httptest.NewRequest("GET", url, nil).URL
	if cookies.Load() != 0 || len(jar.Cookies(u)) != 0 {
		t.Errorf("%d cookies sent, %d kept", cookies.Load(), len(jar.Cookies(u)))
	}
}

func TestClientIsCopied(t *testing.T) {
	used := ""
	via := func(name string) http.RoundTripper {
		return roundTripper(func(*http.Request) (*http.Response, error) {
			used = name
			return &http.Response{StatusCode: 200}, nil
		})
	}
	c := &http.Client{Transport: via("first")}
	send := transport.NetHTTP(c)
	c.Transport = via("second")
	resp, err := send(t.Context(), get("https://h.example/"))
	if err != nil || used != "first" || resp.Status != 200 || resp.Body != "" {
		t.Errorf("%v, %v, through the %s transport", resp, err, used)
	}
}

func TestBodyLimit(t *testing.T) {
	gzipped := func(w http.ResponseWriter, n int) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		io.WriteString(z, strings.Repeat("x", n))
	}
	plain := func(w http.ResponseWriter, n int) { io.WriteString(w, strings.Repeat("x", n)) }
	announced := func(w http.ResponseWriter, n int) {
		w.Header().Set("Content-Length", fmt.Sprint(n))
		plain(w, n)
	}
	for name, write := range map[string]func(http.ResponseWriter, int){"chunked": plain, "announced": announced, "gzip": gzipped} {
		for _, n := range []int{0, 1, 4096, transport.MaxBody - 1, transport.MaxBody, transport.MaxBody + 1, 10 * transport.MaxBody} {
			t.Run(fmt.Sprint(name, n), func(t *testing.T) {
				url := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, n) })
				resp, err := transport.Default()(t.Context(), get(url))
				if n <= transport.MaxBody {
					if err != nil || len(resp.Body) != n {
						t.Fatalf("%v, %v", resp, err)
					}
					return
				}
				var failure *transport.Error
				if resp != nil || !errors.Is(err, transport.ErrBodyTooLarge) || !errors.As(err, &failure) {
					t.Errorf("%v, %v; want ErrBodyTooLarge in an *Error", resp, err)
				}
			})
		}
	}
}

// An endless body must not be read to its end to find out that it is too long.
func TestBodyLimitOfAnEndlessAnswer(t *testing.T) {
	endless := &endlessBody{}
	send := transport.NetHTTP(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: endless, ContentLength: -1}, nil
	})})
	_, err := send(t.Context(), get("https://h.example/"))
	if !errors.Is(err, transport.ErrBodyTooLarge) || endless.read > transport.MaxBody+1 || !endless.closed {
		t.Errorf("%v after %d bytes, closed: %v", err, endless.read, endless.closed)
	}
}

// Nor may memory be set aside for what a server only announces.
func TestBodyLimitOfAnAnnouncedLength(t *testing.T) {
	send := transport.NetHTTP(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: http.NoBody, ContentLength: 1 << 62}, nil
	})})
	if _, err := send(t.Context(), get("https://h.example/")); !errors.Is(err, transport.ErrBodyTooLarge) {
		t.Errorf("got %v", err)
	}
}

type endlessBody struct {
	read   int
	closed bool
}

func (b *endlessBody) Read(p []byte) (int, error) { b.read += len(p); return len(p), nil }
func (b *endlessBody) Close() error               { b.closed = true; return nil }

// waiting answers only when the request's context ends.
func waiting(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestTimeLimit(t *testing.T) {
	tests := []struct {
		name            string
		client, context time.Duration // 0: none
		want            time.Duration
		text            string
	}{
		{"neither", 0, 0, 30 * time.Second, "this client's time limit"},
		{"client's", time.Minute, 0, time.Minute, "this client's time limit"},
		{"caller's", 0, time.Hour, time.Hour, "the caller's deadline"},
		{"client's is shorter", time.Second, time.Hour, time.Second, "this client's time limit"},
		{"caller's is shorter", time.Hour, time.Second, time.Second, "the caller's deadline"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				send := transport.NetHTTP(&http.Client{Transport: roundTripper(waiting), Timeout: tt.client})
				ctx := t.Context()
				if tt.context > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.context)
					defer cancel()
				}
				start := time.Now()
				_, err := send(ctx, get("https://h.example/"))
				if got := time.Since(start); got != tt.want {
					t.Errorf("ended after %v, want %v", got, tt.want)
				}
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), tt.text) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestDefaultHasATimeLimit(t *testing.T) {
	original := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = original })
	http.DefaultTransport = roundTripper(waiting)
	for name, send := range map[string]transport.Func{
		"Default": transport.Default(), "NetHTTP(nil)": transport.NetHTTP(nil), "zero client": transport.NetHTTP(&http.Client{}),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				if _, err := send(t.Context(), get("https://h.example/")); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				if got := time.Since(start); got != 30*time.Second {
					t.Errorf("ended after %v", got)
				}
			})
		})
	}
}

func TestContextEnds(t *testing.T) {
	reason := errors.New("the user closed the window")
	arrived := make(chan bool, 1)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "begun")
			w.(http.Flusher).Flush()
		}
		select {
		case arrived <- true:
		default:
		}
		<-r.Context().Done()
	})
	for _, path := range []string{"/head", "/body"} {
		t.Run("cancelled"+path, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				<-arrived
				cancel(reason)
			}()
			_, err := transport.Default()(ctx, get(url+path))
			if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) || !strings.Contains(err.Error(), reason.Error()) {
				t.Errorf("got %v", err)
			}
		})
		t.Run("deadline"+path, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, reason)
			defer cancel()
			_, err := transport.Default()(ctx, get(url+path))
			if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, reason) || errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			hides(t, err)
		})
	}
	t.Run("cancelled before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := transport.Default()(ctx, get(url+"?code="+secret))
		var failure *transport.Error
		if !errors.Is(err, context.Canceled) || !errors.As(err, &failure) || failure.Method != "GET" || "http://"+failure.Host != url {
			t.Errorf("got %v", err)
		}
		hides(t, err)
	})
}

func TestFormatHidesSecretsForEveryVerb(t *testing.T) {
	req := secretRequest()
	resp := &transport.Response{Body: secret}
	for _, verb := range []string{"%d", "%t", "%o", "%U", "%e", "%c", "%-100v", "%T %[1]d"} {
		for _, v := range []any{req, &req, req.Header, &req.Header, req.Header[0], resp, *resp} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, secret) || strings.Contains(got, "U+0053") {
				t.Errorf("%s of %T: %s", verb, v, got)
			}
		}
	}
}
