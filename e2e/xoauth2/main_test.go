package xoauth2

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

const avery = "avery@contoso.test"

// at is the authority of all tests. They run one after the other.
var at *outside.Authority

func TestMain(m *testing.M) {
	var err error
	if at, err = outside.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "the authority did not start:", err)
		os.Exit(1)
	}
	status := m.Run()
	at.Close()
	os.Exit(status)
}

// scope returns the full name of a scope of the API.
func scope(name string) string { return at.Directory.App("api").Scope(name) }

// A shape is one of the authority's dialects, as these libraries must be told of it.
type shape struct {
	name, issuer string
	style        oauth2.AuthStyle // how the shape's confidential clients send their secret
	access       outside.Access   // what the API wants of every token
}

func eachShape(t *testing.T, test func(t *testing.T, s shape)) {
	for _, s := range []shape{
		{"oidc", at.OIDCIssuer(), oauth2.AuthStyleInHeader, outside.Access{Issuer: at.OIDCIssuer(), ByURI: true, Scopes: []string{scope("Tasks.Read")}}},
		{"entra", at.Issuer(""), oauth2.AuthStyleInParams, outside.Access{User: avery, Scopes: []string{"Tasks.Read"}}},
	} {
		t.Run(s.name, func(t *testing.T) { test(t, s) })
	}
}

// trusting returns a context with the HTTP client that trusts the authority's CA, as both libraries take it.
func trusting(t *testing.T) context.Context {
	return oidc.ClientContext(context.WithValue(t.Context(), oauth2.HTTPClient, at.Client()), at.Client())
}

// discover reads the shape's metadata by go-oidc, and makes x/oauth2's configuration of an app from it.
func (s shape) discover(t *testing.T, app string, scopes ...string) (*oidc.Provider, *oauth2.Config) {
	t.Helper()
	provider, err := oidc.NewProvider(trusting(t), s.issuer)
	if err != nil {
		t.Fatal(err)
	}
	registered := at.Directory.App(app)
	config := &oauth2.Config{ClientID: registered.ClientID, Endpoint: provider.Endpoint(), RedirectURL: registered.RedirectURIs[0], Scopes: scopes}
	config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	if len(registered.Secrets) > 0 {
		config.ClientSecret, config.Endpoint.AuthStyle = string(registered.Secrets[0]), s.style
	}
	return provider, config
}
