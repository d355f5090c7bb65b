// Package sandbox is the world of the examples: an authority and an API on this computer, for
// as long as the program runs, in place of real ones. A program of yours has no such thing.
package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A Sandbox is an authority, and an API that takes its tokens.
type Sandbox struct {
	// Authority knows the apps "native" and "daemon", the API and some users.
	Authority *authoritytest.Server
	// API is the URL of the API, which has GET /tasks.
	API string
	// Audience is whom the API's tokens are for, and Scope is what its users consent to.
	Audience, Scope string

	api    *http.Server
	served chan struct{}
}

// Start starts both, on free ports that only this computer can reach.
func Start() (*Sandbox, error) {
	srv := &authoritytest.Server{DeviceInterval: time.Second}
	if err := srv.Start(); err != nil {
		return nil, err
	}
	api := srv.Directory.App("api")
	s := &Sandbox{Authority: srv, Audience: api.IDURI, Scope: api.Scope("Tasks.Read"), served: make(chan struct{})}
	if err := s.startAPI(); err != nil {
		srv.Close()
		return nil, err
	}
	return s, nil
}

// Close stops both.
func (s *Sandbox) Close() {
	s.api.Close()
	<-s.served
	s.Authority.Close()
}

// TokenRequests returns how often the authority was asked for a token.
func (s *Sandbox) TokenRequests() int {
	n := 0
	for _, r := range s.Authority.Requests() {
		if r.Endpoint == authoritytest.EndpointToken && r.Status == http.StatusOK {
			n++
		}
	}
	return n
}

func (s *Sandbox) startAPI() error {
	verifier, err := apiserver.NewVerifier(apiserver.Config{
		Authority:  s.Authority.OIDCIssuer(),
		Audiences:  []string{s.Audience},
		Algorithms: []string{"RS256"},
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /tasks", verifier.Handler(apiserver.Requirement{
		Scopes:   []string{s.Scope},
		AppRoles: []string{"Tasks.Read.All"},
	}, http.HandlerFunc(tasks)))
	s.api, s.API = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}, "http://"+listener.Addr().String()
	go func() {
		defer close(s.served)
		_ = s.api.Serve(listener) // until Close
	}()
	return nil
}

func tasks(w http.ResponseWriter, r *http.Request) {
	if claims, _ := apiserver.FromContext(r.Context()); claims.AppOnly {
		fmt.Fprint(w, "everybody's tasks: water the plants, write the report")
		return
	}
	fmt.Fprint(w, "your tasks: water the plants")
}
