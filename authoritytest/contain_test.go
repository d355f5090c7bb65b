package authoritytest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// answering starts a server whose instance endpoint answers by f. The old answer is put back when the server has closed:
// a client may have asked again by then.
func answering(t *testing.T, f func(*call) *reply) *Server {
	t.Helper()
	old := endpointInstance.handle
	t.Cleanup(func() { endpointInstance.handle = old })
	endpointInstance.handle = f
	return NewServer(t)
}

// TestNoPanicReachesAConnection panics in each part of a request's way through the server.
func TestNoPanicReachesAConnection(t *testing.T) {
	const secret = "a token in a panic"
	for name, tt := range map[string]struct {
		f      func(*call) *reply
		status int // 0: the connection ends without an answer
	}{
		"answering":           {func(*call) *reply { panic(secret) }, 500},
		"an error":            {func(*call) *reply { panic(errors.New(secret)) }, 500},
		"no reply":            {func(*call) *reply { return nil }, 500},
		"finishing":           {func(*call) *reply { return &reply{status: 200} }, 500},
		"sending":             {func(*call) *reply { return &reply{status: 7, header: http.Header{}} }, 0},
		"aborting on purpose": {func(*call) *reply { panic(http.ErrAbortHandler) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := answering(t, tt.f)
			resp, err := s.Client().Get(s.URL() + instancePath)
			if tt.status == 0 {
				if err == nil {
					t.Errorf("an answer with status %d came", resp.StatusCode)
				}
			} else if err != nil {
				t.Fatal(err)
			} else {
				text, _ := io.ReadAll(resp.Body)
				if resp.StatusCode != tt.status || string(text) != "internal error\n" || resp.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("status %d, %q", resp.StatusCode, text)
				}
				if r := s.Requests(); len(r) != 1 || r[0].Status != 500 || r[0].Error != "server_error" {
					t.Errorf("the log says\n%v", r)
				}
			}
			oidc(t, s).signIn() // the server goes on
		})
	}
}

func TestLimits(t *testing.T) {
	var left time.Duration
	s := answering(t, func(c *call) *reply {
		if end, ok := c.r.Context().Deadline(); ok {
			left = time.Until(end)
		}
		return textReply(200, "")
	})
	h := s.http
	for name, limit := range map[string]time.Duration{"header": h.ReadHeaderTimeout, "read": h.ReadTimeout, "write": h.WriteTimeout, "idle": h.IdleTimeout} {
		if limit <= 0 || limit > time.Minute {
			t.Errorf("the %s timeout is %v: a client that hangs must be ended", name, limit)
		}
	}
	for target, want := range map[string]int{instancePath: 200, instancePath + "?x=" + strings.Repeat("x", maxHeader+8192): 431} {
		resp, err := s.Client().Get(s.URL() + target)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%d bytes of request line: status %d, want %d", len(target), resp.StatusCode, want)
		}
	}
	if left <= 0 {
		t.Error("a request is handled under a context without an end")
	}
}

// TestBodyLimitEverywhere sends more than is read to each endpoint that takes a body.
func TestBodyLimitEverywhere(t *testing.T) {
	s := NewServer(t)
	for path, r := range fixedRoutes {
		if !r.endpoint.allows(http.MethodPost) {
			continue
		}
		resp, err := s.Client().Post(s.URL()+path+"?door="+doors[path], formType, strings.NewReader("x="+strings.Repeat("x", maxBody)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: status %d, want 413", path, resp.StatusCode)
		}
	}
}

// A pipeListener accepts one end of a pipe at each call, and counts the calls.
type pipeListener struct {
	net.Listener
	calls  atomic.Int32
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	l.calls.Add(1)
	select {
	case <-l.closed:
		return nil, net.ErrClosed
	default:
	}
	conn, _ := net.Pipe()
	return conn, nil
}

func (l *pipeListener) Close() error { close(l.closed); return nil }

func TestConnectionsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &pipeListener{closed: make(chan struct{})}
		l := limitListener(inner, 2)
		conns := make(chan net.Conn, 9)
		var ended sync.WaitGroup
		ended.Go(func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				conns <- conn
			}
		})
		accepted := func(want int32) {
			t.Helper()
			synctest.Wait()
			if got := inner.calls.Load(); got != want {
				t.Fatalf("%d connections were accepted, want %d", got, want)
			}
		}
		accepted(2)
		first := <-conns
		first.Close()
		first.Close() // gives back one place only
		accepted(3)
		(<-conns).Close()
		accepted(4)
		l.Close()
		ended.Wait()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v after Close", err)
		}
	})
}

// TestServerHoldsAsManyConnectionsAsItIsTold has more clients than places: everybody is
// served, one after the other.
func TestServerHoldsAsManyConnectionsAsItIsTold(t *testing.T) {
	s := start(t, &Server{MaxConnections: 1})
	held, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(conn net.Conn) error {
		if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", oidcJWKS); err != nil {
			return err
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	if err := ask(held); err != nil {
		t.Fatal(err)
	}
	second, err := net.Dial("tcp", held.RemoteAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	answered := make(chan error, 1)
	go func() { answered <- ask(second) }()
	if err := ask(held); err != nil { // meanwhile the first is served
		t.Error(err)
	}
	select {
	case err := <-answered:
		t.Errorf("a second connection was served beside the first: %v", err)
	default:
	}
	held.Close()
	if err := <-answered; err != nil {
		t.Errorf("the second connection, once the first has gone: %v", err)
	}
}

func TestServeLetsRequestsFinish(t *testing.T) {
	running, finish := make(chan struct{}), make(chan struct{})
	s := answering(t, func(*call) *reply { close(running); <-finish; return textReply(200, "done") })
	ctx, cancel := context.WithCancel(t.Context())
	served, answered := make(chan error, 1), make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	go func() {
		resp, err := s.Client().Get(s.URL() + instancePath)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
		}
		answered <- err
	}()
	<-running
	cancel()
	for { // no new connection is taken, while the request runs on
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
		if err != nil {
			break
		}
		conn.Close()
	}
	close(finish)
	if err := <-answered; err != nil {
		t.Errorf("the running request: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("got %v", err)
	}
}

func TestServeEndsWithClose(t *testing.T) {
	s := NewServer(t)
	served := make(chan error, 1)
	go func() { served <- s.Serve(t.Context()) }()
	s.Close()
	if err := <-served; err != nil {
		t.Errorf("got %v", err)
	}
}
