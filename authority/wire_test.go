package authority_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

const (
	guid    = "11111111-2222-3333-4444-55555555aaaa"
	other   = "99999999-2222-3333-4444-55555555bbbb"
	msa     = "9188040d-6c67-4c5b-b112-36a304b66dad"
	day     = 24 * time.Hour
	issuer  = "https://op.example"
	oidcDoc = issuer + "/.well-known/openid-configuration"
)

// A wire answers requests by URL, and keeps a log of them.
type wire struct {
	mu      sync.Mutex
	answers map[string]answer
	log     []string
}

type answer struct {
	status int
	body   string
	header transport.Header
	err    error
	gate   chan struct{} // if not nil, the answer comes when it is closed
}

var errRefused = &transport.Error{Method: "GET", Host: "op.example", Err: errors.New("connection refused")}

func (w *wire) set(url string, a answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.answers == nil {
		w.answers = make(map[string]answer)
	}
	w.answers[url] = a
}

func (w *wire) send(ctx context.Context, req *transport.Request) (*transport.Response, error) {
	w.mu.Lock()
	w.log = append(w.log, req.Method+" "+req.URL)
	a, ok := w.answers[req.URL]
	w.mu.Unlock()
	if a.gate != nil {
		select {
		case <-a.gate:
		case <-ctx.Done():
			return nil, &transport.Error{Method: req.Method, Err: ctx.Err()}
		}
	}
	switch {
	case a.err != nil:
		return nil, a.err
	case !ok:
		return &transport.Response{Status: 404, Body: "<h1>not here</h1>"}, nil
	}
	if a.status == 0 {
		a.status = 200
	}
	return &transport.Response{Status: a.status, Header: a.header, Body: a.body}, nil
}

func (w *wire) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.log...)
}

func (w *wire) expect(t *testing.T, want ...string) {
	t.Helper()
	got := w.requests()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("requests:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A clock stands still until it is moved.
type clock struct{ seconds atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.seconds.Store(1_800_000_000)
	return c
}

func (c *clock) now() time.Time          { return time.Unix(c.seconds.Load(), 0) }
func (c *clock) advance(d time.Duration) { c.seconds.Add(int64(d / time.Second)) }

func newResolver(w *wire) (*authority.Resolver, *clock) {
	c := newClock()
	return authority.NewResolver(w.send, c.now), c
}

func parse(t *testing.T, url string, p authority.Profile) authority.Authority {
	t.Helper()
	a, err := authority.Parse(url, p)
	if err != nil {
		t.Fatalf("Parse(%q): %v", url, err)
	}
	return a
}

func resolve(t *testing.T, r *authority.Resolver, a authority.Authority) *authority.Metadata {
	t.Helper()
	m, err := r.Resolve(context.Background(), a)
	if err != nil {
		t.Fatalf("Resolve(%s): %v", a, err)
	}
	return m
}

// document is a minimal discovery document of an issuer whose endpoints are under base.
func document(issuer, base string) string {
	return `{"issuer":"` + issuer + `","authorization_endpoint":"` + base + `/authorize","token_endpoint":"` + base + `/token","jwks_uri":"` + base + `/keys"}`
}

// refused checks that err is an [*authority.Error] whose text has all the parts.
func refused(t *testing.T, err error, parts ...string) *authority.Error {
	t.Helper()
	var e *authority.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %T %v, want an *authority.Error", err, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
	return e
}
