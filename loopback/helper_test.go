package loopback

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be a program that Open starts: see TestLaunch.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "echo" {
		conn, err := net.Dial("tcp", os.Args[2])
		if err != nil {
			os.Exit(1)
		}
		io.CopyN(conn, conn, 1)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const (
	state    = "s-8f1c6f0e/+"
	pageURL  = "https://login.contoso.example/authorize?client_id=c&state=s-8f1c6f0e%2F%2B"
	rightRaw = "code=the+code&state=s-8f1c6f0e%2F%2B"
)

// patient is a limit that no test reaches.
const patient = time.Minute

var errNoBrowser = errors.New("loopback: no browser here")

// real is this machine, but that nothing opens a browser.
func real() machine {
	return machine{
		hold:  listenTCP,
		open:  func(context.Context, string) error { return errNoBrowser },
		limit: patient,
	}
}

type outcome struct {
	callback string
	err      error
}

// A signIn is a call of Authorize that is running.
type signIn struct {
	t           *testing.T
	redirectURI string
	modes       []string
	done        chan outcome
	cancel      context.CancelCauseFunc
}

// start runs Authorize until the user has the page.
func start(t *testing.T, m machine, b Browser) *signIn {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	s := &signIn{t: t, done: make(chan outcome, 1), cancel: cancel}
	opened := make(chan string, 1)
	own := b.Open
	b.Open = func(ctx context.Context, url string) error {
		opened <- url
		if own != nil {
			return own(ctx, url)
		}
		return nil
	}
	begin := func(_ context.Context, redirectURI string, modes []string) (string, error) {
		s.redirectURI, s.modes = redirectURI, modes
		return pageURL, nil
	}
	go func() {
		callback, err := m.authorize(ctx, b, "127.0.0.1", begin)
		s.done <- outcome{callback, err}
	}()
	select {
	case url := <-opened:
		if url != pageURL {
			t.Errorf("opened %q", url)
		}
	case end := <-s.done:
		t.Fatalf("Authorize returned %+v", end)
	}
	return s
}

// host is the Host header of requests to the redirect URI.
func (s *signIn) host() string {
	u, err := url.Parse(s.redirectURI)
	if err != nil {
		s.t.Fatal(err)
	}
	return u.Host
}

// send sends bytes as they are and returns what comes until the connection ends. In the
// text, HOST and STATE stand for the right ones.
func (s *signIn) send(text string) string {
	s.t.Helper()
	text = strings.NewReplacer("HOST", s.host(), "STATE", url.QueryEscape(state)).Replace(text)
	conn, err := net.Dial("tcp", s.host())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		s.t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.t.Errorf("the connection was left open")
	}
	return string(got)
}

// parse reads an answer of send.
func (s *signIn) parse(text string) (*http.Response, string) {
	s.t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), nil)
	if err != nil {
		s.t.Fatalf("%v: %q", err, text)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp, string(body)
}

// finish sends the right answer, and checks that Authorize returns it and nothing else.
func (s *signIn) finish() (*http.Response, string) {
	s.t.Helper()
	resp, body := s.parse(s.send("GET /?" + rightRaw + " HTTP/1.1\r\nHost: HOST\r\n\r\n"))
	if end := <-s.done; end.err != nil || end.callback != rightRaw {
		s.t.Errorf("Authorize returned %+v", end)
	}
	return resp, body
}

// noGoroutine waits until nothing of this package runs.
func noGoroutine(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); runtime.Gosched() {
		running := string(stacks[:runtime.Stack(stacks, true)])
		if !strings.Contains(running, "loopback.(*receiver)") && !strings.Contains(running, "loopback.machine") &&
			!strings.Contains(running, "http.(*conn).serve") {
			return
		}
	}
	t.Errorf("left behind:\n%s", stacks[:runtime.Stack(stacks, true)])
}

func wantField(t *testing.T, err error, field string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Field != field || e.Problem == "" {
		t.Fatalf("got %v, want an *Error of %s", err, field)
	}
	return e
}
