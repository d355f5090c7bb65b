//go:build !js

package transport_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"

	"github.com/latchkey-auth/latchkey/transport"
)

// A private certificate authority and a proxy come in through an http.Transport.
func ExampleNetHTTP() {
	pool := x509.NewCertPool() // and pool.AppendCertsFromPEM
	send := transport.NetHTTP(&http.Client{Transport: &http.Transport{
		Proxy:           http.ProxyFromEnvironment,
		TLSClientConfig: &tls.Config{RootCAs: pool},
	}})
	_, err := send(context.Background(), &transport.Request{Method: "GET", URL: "login.example/missing/scheme"})
	fmt.Println(err)
	// Output: transport: GET: the URL is not usable: it must be absolute, begin with https:// or http://, have a host and no user info, and be free of spaces and control characters
}

// A Func of your own can count, record or answer by itself.
func ExampleFunc() {
	requests := 0
	var send transport.Func = func(ctx context.Context, req *transport.Request) (*transport.Response, error) {
		requests++
		return &transport.Response{Status: 200, Body: `{"issuer":"https://login.example"}`}, nil
	}
	resp, err := send(context.Background(), &transport.Request{Method: "GET", URL: "https://login.example/.well-known/openid-configuration"})
	fmt.Println(requests, resp, err)
	// Output: 1 HTTP 200, body of 34 bytes <nil>
}

// Default needs nothing. A request that got no complete answer is an Error.
func ExampleDefault() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := transport.Default()(ctx, &transport.Request{Method: "GET", URL: "https://login.example/?code=secret"})
	fmt.Println(err)
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// transport: GET login.example: stopped by the caller, context canceled
	// true
}
