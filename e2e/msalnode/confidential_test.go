package msalnode

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

func TestClientCredential(t *testing.T) {
	key, err := x509.MarshalPKCS8PrivateKey(at.Key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(at.Certificate.Raw)
	certificate := fields{
		"thumbprintSha256": hex.EncodeToString(sum[:]),
		"privateKey":       string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})),
	}
	chain := fields{"x5c": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: at.Certificate.Raw}))}
	for name, value := range certificate {
		chain[name] = value
	}
	for _, tt := range []struct {
		name string
		auth fields
	}{
		{"secret", secretOf("daemon")},
		{"certificate", fields{"clientCertificate": certificate}},
		{"certificate with its chain", fields{"clientCertificate": chain}},
		{"assertion callback", fields{"asserts": true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const call = "token client_credentials daemon 200"
			access := outside.Access{Client: "daemon", Roles: []string{"Tasks.Read.All"}}
			request := fields{"scopes": []string{scope(".default")}}
			c := newClient(t, "confidential", "daemon", tt.auth)
			first := c.step(t, "acquireTokenByClientCredential", request, access, call)
			if c.step(t, "acquireTokenByClientCredential", request, access).AccessToken != first.AccessToken {
				t.Error("the cache has another token")
			}
			later(t, 2*time.Hour)
			c.step(t, "acquireTokenByClientCredential", request, access, call)
		})
	}
}

func TestConfidentialAuthCode(t *testing.T) {
	c := newClient(t, "confidential", "web", secretOf("web"))
	access := outside.Access{Client: "web", User: avery, Scopes: []string{"Tasks.Read"}}
	redemption := c.authorizeWithPKCE(t, "https://web.contoso.test/callback")
	r := c.step(t, "acquireTokenByCode", redemption, access, "token authorization_code web 200")

	request := fields{"scopes": []string{scope("Tasks.Read")}, "homeAccountId": r.Account.HomeAccountID}
	c.step(t, "acquireTokenSilent", request, access)
	later(t, 2*time.Hour)
	c.step(t, "acquireTokenSilent", request, access, "token refresh_token web 200")
}

// The API calls Graph for the person who called it.
func TestOnBehalfOf(t *testing.T) {
	caller := newPublic(t, nil).signIn(t)
	c := newClient(t, "confidential", "api", secretOf("api"))
	access := outside.Access{API: "graph", Client: "api", User: avery, Scopes: []string{"User.Read"}}
	request := fields{"oboAssertion": caller.AccessToken, "scopes": []string{at.Directory.App("graph").Scope("User.Read")}}
	c.step(t, "acquireTokenOnBehalfOf", request, access, "token jwt-bearer api 200")
	c.step(t, "acquireTokenOnBehalfOf", request, access)
	later(t, 57*time.Minute) // the caller's token still lives, and what ends within five minutes is too old for MSAL
	c.step(t, "acquireTokenOnBehalfOf", request, access, "token jwt-bearer api 200")
}

// PKCE is the caller's choice with MSAL, as it is at Entra.
func TestWithoutPKCE(t *testing.T) {
	const callback = "https://web.contoso.test/callback"
	c := newClient(t, "confidential", "old-web", secretOf("old-web"))
	request := fields{"scopes": []string{scope("Tasks.Read")}, "redirectUri": callback}
	redemption := c.authorize(t, request)
	access := outside.Access{Client: "old-web", User: avery, Scopes: []string{"Tasks.Read"}}
	c.step(t, "acquireTokenByCode", redemption, access, "token authorization_code old-web 200")
}
