package oauth2source_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/oauth2source"
	"github.com/latchkey-auth/latchkey/transport"
)

// A probe is a body that tells whether it was closed.
type probe struct {
	io.Reader
	once   sync.Once
	closed chan struct{}
}

func newProbe() *probe { return &probe{Reader: strings.NewReader("x"), closed: make(chan struct{})} }

func (p *probe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// wait fails the test if the body stays open.
func (p *probe) wait(t *testing.T, what string) {
	t.Helper()
	select {
	case <-p.closed:
	case <-time.After(patience):
		t.Errorf("%s: the body was not closed", what)
	}
}

func TestTransport(t *testing.T) {
	eachShape(t, nil, func(t *testing.T, w *world) {
		a := newAPI(t, nil)
		for name, source := range w.sources() {
			want, err := source.Token(t.Context())
			if err != nil {
				t.Fatal(name, err)
			}
			client := &http.Client{Transport: &oauth2source.Transport{Source: source, Base: a.client.Transport}}
			resp, err := get(t.Context(), t, client, a.url+"/x?y=z")
			if err != nil {
				t.Fatal(name, err)
			}
			if seen := a.headers(); len(seen) != 1 || seen[0] != "Bearer "+want.AccessToken {
				t.Errorf("%s: %d requests, or another token", name, len(seen))
			}
			if resp.Request.Header.Get("Authorization") != "" {
				t.Errorf("%s: the response's request has the token", name)
			}
			client.CloseIdleConnections()
		}
	})
}

// A request without headers, as net/http allows.
func TestTransportWithoutHeaders(t *testing.T) {
	w := newWorld(t, "Entra", nil)
	a := newAPI(t, nil)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = nil
	resp, err := (&oauth2source.Transport{Source: oauth2source.ForUser(w.app, w.user)}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if seen := a.headers(); len(seen) != 1 || seen[0] == "" || r.Header != nil {
		t.Errorf("%q; the request was changed: %v", seen, r.Header)
	}
	r.URL = nil
	if _, err := (&oauth2source.Transport{Source: oauth2source.ForUser(w.app, w.user)}).RoundTrip(r); err == nil {
		t.Error("a request without a URL was sent")
	}
}

// Each request waits for its token by its own context.
func TestTransportUsesTheRequestsContext(t *testing.T) {
	sent, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w := newWorld(t, "Entra", func(next transport.Func) transport.Func {
		return func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
			if strings.Contains(r.Body, "client_credentials") {
				once.Do(func() { close(sent) })
				<-release
			}
			return next(ctx, r)
		}
	})
	a := newAPI(t, nil)
	rt := &oauth2source.Transport{Source: oauth2source.ForService(w.svc, w.service)}
	send := func(ctx context.Context, body io.ReadCloser) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, body)
		if err != nil {
			return err
		}
		resp, err := rt.RoundTrip(r)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	impatient, leave := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	body := newProbe()
	go func() { first <- send(impatient, body) }()
	<-sent
	go func() { second <- send(t.Context(), newProbe()) }()
	leave()
	if err := receive(first); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	body.wait(t, "no token")
	close(release)
	if err := receive(second); err != nil {
		t.Error(err)
	}
	if n := len(a.headers()); n != 1 {
		t.Errorf("%d requests reached the API", n)
	}
}

// A RoundTripper that adds the header to every request would send it wherever an API redirects to.
func TestR41_RedirectsToAnotherOriginGetNoToken(t *testing.T) {
	w := newWorld(t, "Entra", nil)
	var home *api
	evil := newAPI(t, func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/back":
			http.Redirect(rw, r, home.url+"/end", http.StatusTemporaryRedirect)
		case "/back-and-on":
			http.Redirect(rw, r, home.url+"/near", http.StatusTemporaryRedirect)
		}
	})
	home = newAPI(t, func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/near":
			http.Redirect(rw, r, "/end", http.StatusFound)
		case "/far":
			http.Redirect(rw, r, evil.url+"/", http.StatusTemporaryRedirect)
		case "/there-and-back":
			http.Redirect(rw, r, evil.url+"/back", http.StatusTemporaryRedirect)
		case "/there-back-and-on":
			http.Redirect(rw, r, evil.url+"/back-and-on", http.StatusTemporaryRedirect)
		}
	})
	client := &http.Client{Transport: &oauth2source.Transport{Source: oauth2source.ForUser(w.app, w.user)}}
	for path, want := range map[string][2]string{ // whether home and evil saw a token, request by request
		"/near": {"yy", ""}, "/far": {"y", "n"}, "/there-and-back": {"yn", "n"}, "/there-back-and-on": {"ynn", "n"},
	} {
		if _, err := get(t.Context(), t, client, home.url+path); err != nil {
			t.Fatal(err)
		}
		if got := [2]string{tokens(home), tokens(evil)}; got != want {
			t.Errorf("R41 %s: tokens at home and elsewhere %q, want %q", path, got, want)
		}
	}
}

// tokens says of each request whether it had a token.
func tokens(a *api) string {
	text := ""
	for _, h := range a.headers() {
		if h == "" {
			text += "n"
		} else {
			text += "y"
		}
	}
	return text
}

// A token in the clear, or to nobody knows where, is not sent.
func TestTransportRefuses(t *testing.T) {
	asked := false
	rt := &oauth2source.Transport{
		Source: func(context.Context) (*latchkey.Result, error) { asked = true; return nil, errors.New("asked") },
		Base:   http.NewFileTransport(http.Dir(t.TempDir())), // sends nothing
	}
	for _, url := range []string{
		"http://tasks.example.com/?code=secret", "http://192.0.2.1/", "http://localhost.example.com/", "ftp://tasks.example.com/", "file:///x",
		"http://0x7f.1/", "https://0x7f.1/",
	} {
		body := newProbe()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
		if err != nil {
			t.Fatal(err)
		}
		_, err = rt.RoundTrip(r)
		var refused *oauth2source.RefusedError
		if !errors.As(err, &refused) || asked || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "https") {
			t.Errorf("%s: %v", url, err)
		}
		body.wait(t, url)
	}
	for _, url := range []string{"https://tasks.example.com/", "http://localhost:1/", "http://127.0.0.1/", "http://[::1]:8080/"} {
		asked = false
		body := newProbe()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rt.RoundTrip(r); !asked || err == nil {
			t.Errorf("%s: %v", url, err)
		}
		body.wait(t, url)
	}
}
