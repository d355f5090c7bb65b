package openidclient

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/url"
	"testing"

	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// A fields is an object of JavaScript.
type fields map[string]any

// A shape is one of the authority's dialects, as this client must be told of it.
type shape struct {
	name, issuer string
	secretMethod string // how the shape's confidential clients send their secret
}

func shapes() []shape {
	return []shape{
		{"oidc", at.OIDCIssuer(), "ClientSecretBasic"},
		{"entra", at.Issuer(""), "ClientSecretPost"},
	}
}

// access is what the API wants of a token for a client.
func (s shape) access(client string) outside.Access {
	a := outside.Access{Issuer: s.issuer, ByURI: s.name == "oidc", Client: client}
	if s.name == "entra" && client != "daemon" {
		a.User = avery
	}
	return a
}

// A party is a relying party in the driver.
type party struct{ name string }

// tokens are what a grant gave.
type tokens struct {
	AccessToken, RefreshToken, IDToken string
	ExpiresIn                          int
	Claims                             struct {
		Sub, Iss string
	}
}

// scope returns the full name of a scope of the API.
func scope(name string) string { return at.Directory.App("api").Scope(name) }

// discover makes a relying party for an app of the directory.
func (s shape) discover(t *testing.T, app, method string) party {
	t.Helper()
	p := party{t.Name()}
	with := fields{"name": p.name, "issuer": s.issuer, "clientId": at.Directory.App(app).ClientID, "method": method}
	if secrets := at.Directory.App(app).Secrets; len(secrets) > 0 {
		with["secret"] = string(secrets[0])
	}
	if method == "PrivateKeyJwt" {
		der, err := x509.MarshalPKCS8PrivateKey(at.Key)
		if err != nil {
			t.Fatal(err)
		}
		with["key"], with["kid"] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "daemon"
	}
	do(t, "discover", with, nil)
	return p
}

// do does an operation that must succeed.
func do(t *testing.T, operation string, with fields, v any) {
	t.Helper()
	if err := driver.Do(t.Context(), operation, with, nil, v); err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
}

// do does an operation of the relying party that must succeed.
func (p party) do(t *testing.T, operation string, with fields, v any) {
	t.Helper()
	do(t, operation, p.with(with), v)
}

func (p party) with(with fields) fields {
	with = maps.Clone(with)
	with["name"] = p.name
	return with
}

// respond signs avery in, and returns what redeems the response.
func (p party) respond(t *testing.T, redirectURI, scopes string) fields {
	t.Helper()
	var request struct {
		URL    string
		Checks json.RawMessage
	}
	p.do(t, "authorize", fields{"parameters": fields{"redirect_uri": redirectURI, "scope": scopes}}, &request)
	callback, err := at.Complete(t.Context(), request.URL, avery)
	if err != nil {
		t.Fatal(err)
	}
	return p.with(fields{"callback": callback, "checks": request.Checks})
}

// change changes a parameter of a callback URL, or takes it away if the value is "".
func change(t *testing.T, callback, name, value string) string {
	t.Helper()
	u, err := url.Parse(callback)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set(name, value)
	if value == "" {
		query.Del(name)
	}
	u.RawQuery = query.Encode()
	return u.String()
}
