package nodeprovider

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/transport"
)

const (
	// api is the resource that the provider knows (RFC 8707), with the scopes read and write.
	api   = "https://tasks.example"
	read  = "tasks.read"
	write = "tasks.write"

	callback  = "https://web.example/callback"
	signedOut = "https://web.example/signed-out"
)

// The id and the secret of web and daemon have all that must be encoded before they are put into a header (RFC 6749
// section 2.3.1).
const (
	web    = "web: tasks+50%"
	daemon = "daemon: tasks+50%"
	secret = `a secret: 100% + "more" & such/as=this~`
)

// A client is what the provider is told about a client (OpenID Connect Dynamic Client Registration 1.0, section 2).
type client struct {
	ID                   string              `json:"client_id"`
	Secret               string              `json:"client_secret,omitempty"`
	AuthMethod           string              `json:"token_endpoint_auth_method"`
	ApplicationType      string              `json:"application_type,omitempty"`
	RedirectURIs         []string            `json:"redirect_uris"`
	PostLogoutURIs       []string            `json:"post_logout_redirect_uris,omitempty"`
	GrantTypes           []string            `json:"grant_types"`
	ResponseTypes        []string            `json:"response_types"`
	IDTokenAlg           string              `json:"id_token_signed_response_alg,omitempty"`
	TokenEndpointAuthAlg string              `json:"token_endpoint_auth_signing_alg,omitempty"`
	Keys                 *jose.JSONWebKeySet `json:"jwks,omitempty"`
}

const deviceCode = "urn:ietf:params:oauth:grant-type:device_code"

// clients are all that are registered.
func clients() []client {
	none := []string{}
	list := []client{
		{
			ID: "native", AuthMethod: "none", ApplicationType: "native", RedirectURIs: []string{"http://127.0.0.1/"},
			GrantTypes: []string{"authorization_code", "refresh_token"}, ResponseTypes: []string{"code"},
		},
		{
			ID: daemon, Secret: secret, AuthMethod: "client_secret_basic", RedirectURIs: none,
			GrantTypes: []string{"client_credentials"}, ResponseTypes: none,
		},
	}
	for _, id := range []string{"device", "hasty-device"} {
		list = append(list, client{
			ID: id, AuthMethod: "none", ApplicationType: "native", RedirectURIs: none,
			GrantTypes: []string{deviceCode, "refresh_token"}, ResponseTypes: none,
		})
	}
	for _, algorithm := range []string{"", "RS256", "PS256", "ES256"} {
		list = append(list, client{
			ID: web + algorithm, Secret: secret, AuthMethod: "client_secret_basic",
			RedirectURIs: []string{callback}, PostLogoutURIs: []string{signedOut},
			GrantTypes: []string{"authorization_code", "refresh_token"}, ResponseTypes: []string{"code"}, IDTokenAlg: algorithm,
		})
	}
	for algorithm, key := range keys() {
		public := jose.JSONWebKey{Key: key.Public(), KeyID: "of " + algorithm, Use: "sig"}
		list = append(list, client{
			ID: "daemon-" + algorithm, AuthMethod: "private_key_jwt", TokenEndpointAuthAlg: algorithm, RedirectURIs: none,
			GrantTypes: []string{"client_credentials"}, ResponseTypes: none, Keys: &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}},
		})
	}
	return list
}

// keys are the private keys of the clients that have one, by the algorithm that they sign with.
var keys = sync.OnceValue(func() map[string]crypto.Signer {
	keys := map[string]crypto.Signer{}
	var err error
	for _, algorithm := range []string{"RS256", "PS256", "ES256"} {
		if algorithm == "ES256" {
			keys[algorithm], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		} else {
			keys[algorithm], err = rsa.GenerateKey(rand.Reader, 2048)
		}
		if err != nil {
			panic(err)
		}
	}
	return keys
})

func config(id string, w *wire) latchkey.Config {
	return latchkey.Config{Authority: issuer, ClientID: id, Transport: w.send}
}

func newPublic(t *testing.T, c latchkey.Config) *latchkey.PublicClient {
	t.Helper()
	app, err := latchkey.NewPublic(c)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func newConfidential(t *testing.T, c latchkey.Config, credential latchkey.Credential) *latchkey.ConfidentialClient {
	t.Helper()
	app, err := latchkey.NewConfidential(c, credential)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func newWeb(t *testing.T, w *wire) *latchkey.ConfidentialClient {
	t.Helper()
	return newConfidential(t, config(web, w), latchkey.Secret(secret))
}

var direct = transport.Default()
