package authoritytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A Server is an authority. Its zero value, once started, signs in the users of
// [DefaultDirectory] over plain HTTP on a loopback port and obeys the specifications
// strictly. Fields are set before [Server.Start] and only read after it. All methods
// are safe for concurrent use once the server is started.
type Server struct {
	Directory Directory // what the authority knows at Start, and never changes afterwards: see Change. The zero value becomes DefaultDirectory(); missing passwords and secrets are made
	Clock     *Clock    // the authority's time; nil becomes a new Clock, which runs from the real time
	Addr      string    // where to listen; "" = 127.0.0.1:0. Whoever reaches the server can sign in as anybody: only this computer should
	Host      string    // host name in the server's URLs, such as login.contoso.test; "" = the one it listens on

	MaxConnections int // how many are open at once, more wait; 0 = 1024

	TLS   bool   // serve HTTPS, with a certificate from a CA of this process
	CADir string // with TLS: keep the CA in this folder, for later processes; "" = in memory

	AccessTokenLifetime  time.Duration // 0 = 1 h
	EvaluatedLifetime    time.Duration // Entra shape: of access tokens for an API with CAE, for clients that can handle its refusals; 0 = 28 h
	IDTokenLifetime      time.Duration // 0 = 1 h
	ExtExpiresIn         time.Duration // Entra shape: ext_expires_in; 0 = AccessTokenLifetime, negative = not sent
	RefreshIn            time.Duration // refresh_in; 0 = not sent
	CodeLifetime         time.Duration // of authorization codes; 0 = 10 min
	DeviceLifetime       time.Duration // of device codes; 0 = 15 min
	DeviceInterval       time.Duration // minimum between two polls, announced in whole seconds, rounded down; 0 = 5 s
	RefreshTokenLifetime time.Duration // of each refresh token; 0 = 90 days
	RefreshReuseInterval time.Duration // how long a rotated refresh token may be used again; 0 = never: reuse revokes the grant

	LogoutClient *http.Client // sends back-channel logout tokens, never following a redirect; nil = one that trusts the system's CAs and the server's own

	Faults  []Fault           // rules of a fault script that the server starts with; see AddFault for later ones
	OnFault func(FaultStatus) // called each time a rule has acted, on the goroutine of the request; nil = not called

	faults   faultSet
	keys     keyring
	door     door
	released chan struct{} // closed when nothing is to be held any more
	unwatch  func()        // ends that the clock tells the listener

	secrets  secretList
	requests requestLog
	control  string // the control token
	state    *state
	changing sync.Mutex // guards the swap of the directory
	ca       *certificateAuthority

	challenges      challengeList
	logouts         logoutLog
	logoutTransport *http.Transport

	base     string // scheme://host:port
	http     *http.Server
	client   *http.Client
	broken   chan error // the listener failed
	stopping sync.Mutex // guards closed and the start of handlers
	closed   bool
	handlers sync.WaitGroup
}

// A TB is the part of testing.TB that [NewServer] needs.
type TB interface {
	Helper()                           // marks the caller as a helper
	Cleanup(func())                    // registers what runs when the test ends
	Fatalf(format string, args ...any) // fails the test and ends it
}

// NewServer returns a started server with every field at its zero value; t closes it.
func NewServer(t TB) *Server {
	t.Helper()
	return startFor(t, &Server{})
}

// NewTLSServer is like [NewServer], but serves HTTPS with a certificate of the process's
// CA, which [Server.Client] trusts.
func NewTLSServer(t TB) *Server {
	t.Helper()
	return startFor(t, &Server{TLS: true})
}

func startFor(t TB, s *Server) *Server {
	t.Helper()
	if err := s.Start(); err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// ErrStarted means that a [Server] was started twice.
var ErrStarted = errors.New("authoritytest: the server was started before; make a new one")

// Start listens and serves until [Server.Close]. It returns an error if the directory
// is inconsistent, the address cannot be listened on, or the server was started before.
func (s *Server) Start() error {
	if s.http != nil {
		return ErrStarted
	}
	if len(s.Directory.Tenants) == 0 && len(s.Directory.Users) == 0 && len(s.Directory.Apps) == 0 {
		s.Directory = DefaultDirectory()
	}
	s.Directory.fill()
	st, err := newState(s.Directory)
	if err != nil {
		return err
	}
	if s.Clock == nil {
		s.Clock = &Clock{}
	}
	if s.TLS {
		if s.ca, err = openCA(s.CADir); err != nil {
			return err
		}
	}
	addr := s.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("authoritytest: %w; set Addr to a free address of this computer", err)
	}
	signingKeys() // made now, so that no request has to wait for them
	s.state, s.control = st, randomText(32)
	s.secrets.add(s.control)
	s.secrets.add(s.Directory.secrets()...)
	s.base = s.baseURL(listener.Addr())
	s.client = s.newClient(listener.Addr().String())
	s.logoutTransport = s.newLogoutTransport()
	s.serve(listener)
	return s.startFaults()
}

// Limits on a connection, against clients that hang.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 20 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeader         = 64 << 10
	maxBody           = 1 << 20
	stopTimeout       = 5 * time.Second
	clientTimeout     = 30 * time.Second
	handleTimeout     = 10 * time.Minute // of the context that a request is handled under
)

func (s *Server) serve(listener net.Listener) {
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.handle),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnContext:       withConnection,
	}
	if s.TLS {
		s.http.TLSConfig = s.ca.serverConfig()
	}
	s.released, s.broken = make(chan struct{}), make(chan error, 1)
	s.door.mu.Lock()
	defer s.door.mu.Unlock()
	s.door.addr = listener.Addr().String()
	s.listen(listener)
	s.unwatch = s.Clock.watch(s.updateListener)
}

// Close stops the server at once: open connections are closed. It returns when no
// request is being handled any more. Close after Close does nothing.
func (s *Server) Close() {
	if s.http == nil {
		return
	}
	s.release(true)
	served := s.door.shutForGood()
	_ = s.http.Close()
	<-served
	s.handlers.Wait()
	s.client.CloseIdleConnections()
}

// release lets go of what faults hold; last also keeps new requests out.
func (s *Server) release(last bool) {
	s.stopping.Lock()
	defer s.stopping.Unlock()
	s.closed = s.closed || last
	select {
	case <-s.released:
	default:
		close(s.released)
		s.unwatch()
	}
}

// begin counts a request that starts; it reports false if the server has closed.
func (s *Server) begin() bool {
	s.stopping.Lock()
	defer s.stopping.Unlock()
	if s.closed {
		return false
	}
	s.handlers.Add(1)
	return true
}

// Serve runs the server until ctx is done, lets running requests finish for up to five
// seconds, and closes. It starts the server unless that was done. A nil error means
// that everything finished in time, or that [Server.Close] was called.
func (s *Server) Serve(ctx context.Context) error {
	if s.http == nil {
		if err := s.Start(); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		s.release(false)
	case <-s.released:
		s.Close()
		return nil
	case err := <-s.broken:
		s.Close()
		return fmt.Errorf("authoritytest: the listener failed: %w", err)
	}
	graceful, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := s.http.Shutdown(graceful)
	s.Close()
	if err != nil {
		return fmt.Errorf("authoritytest: requests were still running after %v", stopTimeout)
	}
	return nil
}

// newClient returns a client for this server. It needs no name service for Host.
func (s *Server) newClient(listening string) *http.Client {
	own := strings.TrimPrefix(strings.TrimPrefix(s.base, "https://"), "http://")
	transport := &http.Transport{
		ForceAttemptHTTP2: s.TLS,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if s.Host != "" && addr == own || strings.HasSuffix(addr, "."+s.CIAMHost()) {
				addr = listening
			}
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		},
	}
	if s.TLS {
		transport.TLSClientConfig = s.ca.clientConfig()
	}
	return &http.Client{Timeout: clientTimeout, Transport: transport}
}

// Client returns an HTTP client that reaches the server under its URL, whatever the
// name service says about Host, and with TLS trusts the server's CA and nothing else.
// It must not be used after Close.
func (s *Server) Client() *http.Client { return s.client }

// ControlToken returns the bearer token of the control endpoint.
func (s *Server) ControlToken() string { return s.control }
