package authoritytest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// wires runs f over HTTP/1.1, over HTTP/1.1 with TLS, and over HTTP/2.
func wires(t *testing.T, f func(t *testing.T, a *api)) {
	for _, tt := range []struct {
		name string
		tls  bool
		http int // major version
	}{{"http1", false, 1}, {"https1", true, 1}, {"http2", true, 2}} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, &Server{TLS: tt.tls})
			if tt.tls && tt.http == 1 {
				transport := s.client.Transport.(*http.Transport)
				transport.ForceAttemptHTTP2 = false
			}
			a := entra(t, s)
			resp, err := s.Client().Get(s.Issuer("") + discoverySuffix)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.ProtoMajor != tt.http {
				t.Fatalf("the test wants HTTP/%d, has %s", tt.http, resp.Proto)
			}
			f(t, a)
		})
	}
}

// ask sends a client credentials request and reads the answer, as far as there is one.
func (a *api) ask(ctx context.Context) (*http.Response, []byte, error) {
	a.t.Helper()
	daemon := a.app("daemon")
	form := pairs("grant_type", grantClient, "client_id", daemon.ClientID, "client_secret", string(daemon.Secrets[0]), "scope", graphIDURI+"/.default")
	req, err := http.NewRequestWithContext(ctx, "POST", a.endpoint("token_endpoint"), strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", formType)
	resp, err := a.s.Client().Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

// inject adds rules, which must be right.
func (a *api) inject(faults ...Fault) {
	a.t.Helper()
	if err := a.s.AddFault(faults...); err != nil {
		a.t.Fatal(err)
	}
}

// last returns the log's last entry.
func (a *api) last() Request {
	a.t.Helper()
	list := a.s.Requests()
	return list[len(list)-1]
}

// works fails unless the next request is answered as if nothing had been.
func (a *api) works() {
	a.t.Helper()
	if resp, _, err := a.ask(a.t.Context()); err != nil || resp.StatusCode != 200 {
		a.t.Errorf("the request after the fault: %v", err)
	}
	if a.last().Fault != "" {
		a.t.Error("the request after the fault met one")
	}
}

func TestFaultConnectionIsClosedWithoutAnswer(t *testing.T) {
	wires(t, func(t *testing.T, a *api) {
		for _, tt := range []struct {
			how  FaultConnection
			acts bool
		}{{ConnectionReset, false}, {ConnectionLost, true}} {
			a.inject(Fault{Name: string(tt.how), Endpoint: EndpointToken, Times: 1, Connection: tt.how})
			before := len(a.s.Secrets())
			if _, _, err := a.ask(t.Context()); err == nil {
				t.Errorf("%s: there was an answer", tt.how)
			}
			if r := a.last(); r.Fault != string(tt.how) || r.Status != 0 {
				t.Errorf("%s: the log says fault %q, status %d", tt.how, r.Fault, r.Status)
			}
			if acted := len(a.s.Secrets()) > before; acted != tt.acts {
				t.Errorf("%s: the server acted: %t", tt.how, acted)
			}
			a.works()
		}
	})
}

func TestFaultResetIsAReset(t *testing.T) {
	a := entra(t, NewServer(t))
	a.s.Client().CloseIdleConnections()
	a.inject(Fault{Times: 1, Connection: ConnectionReset})
	if _, _, err := a.ask(t.Context()); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want a reset connection", err)
	}
}

func TestFaultHangsUntilTheClientLeaves(t *testing.T) {
	wires(t, func(t *testing.T, a *api) {
		a.inject(Fault{Times: 1, Connection: ConnectionHang})
		ctx, leave := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, _, err := a.ask(ctx)
			done <- err
		}()
		for len(a.s.Requests()) == 0 || a.last().Fault == "" {
			select {
			case err := <-done:
				t.Fatalf("it ended: %v", err)
			default:
			}
		}
		leave()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		a.works()
	})
}

func TestFaultHangsUntilTheServerCloses(t *testing.T) {
	met := make(chan FaultStatus, 1)
	s := start(t, &Server{OnFault: func(f FaultStatus) { met <- f }, Faults: []Fault{{Endpoint: EndpointToken, Connection: ConnectionHang}}})
	a := entra(t, s)
	done := make(chan error)
	go func() {
		_, _, err := a.ask(context.Background())
		done <- err
	}()
	<-met
	s.Close()
	if err := <-done; err == nil {
		t.Error("there was an answer")
	}
}

func TestFaultHangDoesNotKeepServeFromStopping(t *testing.T) {
	met := make(chan FaultStatus, 1)
	s := start(t, &Server{OnFault: func(f FaultStatus) { met <- f }, Faults: []Fault{{Endpoint: EndpointToken, Delay: time.Minute}}})
	a := entra(t, s)
	ctx, stop := context.WithCancel(t.Context())
	served, done := make(chan error), make(chan error)
	go func() { served <- s.Serve(ctx) }()
	go func() {
		_, _, err := a.ask(context.Background())
		done <- err
	}()
	<-met
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("there was an answer")
	}
}

func TestFaultDelay(t *testing.T) {
	wires(t, func(t *testing.T, a *api) {
		a.inject(Fault{Name: "slow", Endpoint: EndpointToken, Times: 1, Delay: time.Millisecond})
		resp, body, err := a.ask(t.Context())
		if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), "access_token") {
			t.Errorf("got %v", err)
		}
		if a.last().Fault != "slow" {
			t.Error("it is not in the log")
		}
	})
}

func TestFaultHeldRequestsAreLimited(t *testing.T) {
	a := entra(t, NewServer(t))
	a.s.faults.held.Store(maxHeld)
	a.inject(Fault{Delay: 1})
	if _, _, err := a.ask(t.Context()); err == nil {
		t.Error("there was an answer")
	}
}

func TestFaultBodies(t *testing.T) {
	wires(t, func(t *testing.T, a *api) {
		for name, tt := range map[string]struct {
			change FaultChange
			check  func(resp *http.Response, body []byte, err error) bool
		}{
			"truncated": {FaultChange{Truncate: 20}, func(resp *http.Response, body []byte, err error) bool {
				return errors.Is(err, io.ErrUnexpectedEOF) && len(body) == 20 && resp.ContentLength > 20
			}},
			"truncated by its last byte": {FaultChange{Truncate: 1 << 20}, func(resp *http.Response, body []byte, err error) bool {
				return errors.Is(err, io.ErrUnexpectedEOF) && int64(len(body)) == resp.ContentLength-1
			}},
			"padded": {FaultChange{Pad: 3 << 20}, func(resp *http.Response, body []byte, err error) bool {
				return err == nil && len(body) == 3<<20 && strings.HasSuffix(strings.TrimSpace(string(body)), "}")
			}},
			"padded to less than it has": {FaultChange{Pad: 1}, func(_ *http.Response, body []byte, err error) bool {
				return err == nil && body[len(body)-1] == '}'
			}},
			"dripped": {FaultChange{DripBytes: 100, DripInterval: time.Microsecond}, func(_ *http.Response, body []byte, err error) bool {
				return err == nil && body[len(body)-1] == '}'
			}},
			"headers": {FaultChange{Header: map[string]string{"Content-Type": "text/html", "X-Trace": "7"}, RemoveHeader: []string{"cache-control", "Pragma", "Date"}},
				func(resp *http.Response, _ []byte, err error) bool {
					h := resp.Header
					return err == nil && h.Get("Content-Type") == "text/html" && h.Get("X-Trace") == "7" && h.Get("Cache-Control") == "" && h.Get("Date") == ""
				}},
			"members": {FaultChange{Set: map[string]any{"expires_in": "3600", "token_type": "mac", "refresh_in": 1800}, Remove: []string{"access_token"}},
				func(_ *http.Response, body []byte, err error) bool {
					return err == nil && strings.Contains(string(body), `"expires_in":"3600","ext_expires_in":3600,"refresh_in":1800,"token_type":"mac"`) && !strings.Contains(string(body), "access_token")
				}},
		} {
			a.inject(Fault{Name: "change", Endpoint: EndpointToken, Times: 1, Change: &tt.change})
			resp, body, err := a.ask(t.Context())
			if resp == nil || !tt.check(resp, body, err) {
				t.Errorf("%s: %d bytes, %v, %v", name, len(body), err, resp)
			}
			if a.last().Status != 200 {
				t.Errorf("%s: the log says status %d", name, a.last().Status)
			}
			a.s.RemoveFault("change")
			a.works()
		}
	})
}

func TestFaultDripEndsWithTheServer(t *testing.T) {
	met := make(chan FaultStatus, 1)
	s := start(t, &Server{OnFault: func(f FaultStatus) { met <- f },
		Faults: []Fault{{Endpoint: EndpointToken, Change: &FaultChange{DripBytes: 1, DripInterval: time.Minute}}}})
	a := entra(t, s)
	done := make(chan error)
	go func() {
		_, _, err := a.ask(context.Background())
		done <- err
	}()
	<-met
	s.Close()
	if err := <-done; err == nil {
		t.Error("the body came to its end")
	}
}

func TestFaultRefusesConnections(t *testing.T) {
	wires(t, func(t *testing.T, a *api) {
		now := a.s.Clock.Now()
		a.inject(Fault{Name: "down", From: now.Add(time.Hour), Until: now.Add(2 * time.Hour), Connection: ConnectionRefuse})
		a.works()
		a.s.Clock.Set(now.Add(90 * time.Minute))
		a.s.Client().CloseIdleConnections()
		if _, _, err := a.ask(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("got %v, want a refused connection", err)
		}
		if f := a.s.FaultStatus()[0]; f.Matched != 1 || f.Applied != 1 {
			t.Errorf("matched %d, applied %d", f.Matched, f.Applied)
		}
		a.s.Clock.Set(now.Add(3 * time.Hour))
		a.works()

		a.inject(Fault{Name: "again", Connection: ConnectionRefuse})
		a.s.Client().CloseIdleConnections()
		if _, _, err := a.ask(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("got %v, want a refused connection", err)
		}
		a.s.RemoveFault("again")
		a.works()
	})
}

func TestFaultRefusesConnectionsThatWereThere(t *testing.T) {
	a := entra(t, NewServer(t))
	a.works()
	a.inject(Fault{Connection: ConnectionRefuse})
	if _, _, err := a.ask(t.Context()); err == nil {
		t.Error("an old connection was served")
	}
}

// The rule ends by itself when the clock passes Until.
func TestFaultRefusesUntilTheClockSaysSo(t *testing.T) {
	a := entra(t, NewServer(t))
	a.inject(Fault{Until: a.s.Clock.Now().Add(20 * time.Millisecond), Connection: ConnectionRefuse})
	if a.met() != "fault-1 1/1" {
		t.Error(a.met())
	}
	for {
		if _, _, err := a.ask(t.Context()); err == nil {
			return
		}
	}
}

// Another program may have taken the port meanwhile: the server waits for it.
func TestFaultReopensWhenThePortIsFree(t *testing.T) {
	a := entra(t, NewServer(t))
	a.inject(Fault{Connection: ConnectionRefuse})
	other, err := net.Listen("tcp", strings.TrimPrefix(a.s.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	a.s.ClearFaults()
	if !a.s.door.shut() {
		t.Error("two programs listen on one port")
	}
	other.Close()
	for a.s.door.shut() {
		runtime.Gosched()
	}
	a.works()
}

func TestFaultRefusesFromTheStartAndCloses(t *testing.T) {
	s := &Server{Faults: []Fault{{Connection: ConnectionRefuse}}}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Client().Get(s.URL()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v", err)
	}
	s.Close()
	s.ClearFaults() // changes nothing any more
	if _, err := http.Get(s.URL()); err == nil {
		t.Error("a closed server answered")
	}
}
