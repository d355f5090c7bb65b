// Package site is the world of the example: the page, built and served; an authority; and an API that the page calls.
package site

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/js/build/dist"
)

// Options say how the example runs.
type Options struct {
	Engine    string                // "js" or "wasm"
	Cache     string                // "session", "local" or "memory"
	Listen    string                // host:port of the page; "" = a free port of localhost
	Authority *authoritytest.Server // not started; nil = one with TLS and the built-in directory
	Log       io.Writer             // told what takes time; nil: nobody is
}

// A Site is the running example.
type Site struct {
	URL       string                // of the page
	API       *API                  // what the page calls
	Authority *authoritytest.Server // what signs its users in

	servers []*http.Server
	running sync.WaitGroup
}

// Start builds the page and starts all three. Close ends them.
func Start(ctx context.Context, o Options) (*Site, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	root, err := dist.Root()
	if err != nil {
		return nil, err
	}
	if err := dist.Build(ctx, dist.Options{Root: root, Engines: []string{o.Engine}, Log: o.Log}); err != nil {
		return nil, err
	}
	files, err := build(ctx, root, o)
	if err != nil {
		return nil, err
	}
	s := &Site{Authority: o.Authority}
	if err := s.startAuthority(); err != nil {
		return nil, err
	}
	if err := s.startAPI(); err != nil {
		s.Close()
		return nil, err
	}
	if err := s.startPage(o, files); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close stops all three.
func (s *Site) Close() {
	for _, server := range s.servers {
		server.Close()
	}
	s.running.Wait()
	s.Authority.Close()
}

func (s *Site) startAuthority() error {
	if s.Authority == nil {
		s.Authority = &authoritytest.Server{TLS: true}
	}
	if len(s.Authority.Directory.Apps) == 0 {
		s.Authority.Directory = authoritytest.DefaultDirectory()
	}
	for i := range s.Authority.Directory.Apps {
		if app := &s.Authority.Directory.Apps[i]; app.Kind == authoritytest.KindSPA {
			app.LogoutURIs = append(app.LogoutURIs, "http://localhost/redirect.html")
		}
	}
	return s.Authority.Start()
}

// serve serves a handler until Close, and returns its origin.
func (s *Site) serve(address string, handler http.Handler) (string, error) {
	if address == "" {
		address = "localhost:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	s.servers = append(s.servers, server)
	s.running.Go(func() { _ = server.Serve(listener) }) // until Close
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return "http://localhost:" + port, err
}

// Pin returns the hash of the authority's public key, for a browser that is told to trust it without asking who
// certified it: --ignore-certificate-errors-spki-list of Chromium.
func (s *Site) Pin() (string, error) {
	resp, err := s.Authority.Client().Get(s.Authority.Authority("") + "/v2.0/.well-known/openid-configuration")
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	return pin(resp.TLS), nil
}

func pin(state *tls.ConnectionState) string {
	if state == nil || len(state.PeerCertificates) == 0 {
		return ""
	}
	hash := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(hash[:])
}
