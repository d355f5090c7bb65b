package nodeprovider

import (
	"context"
	"crypto"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/clientkey"
)

var forAPI = latchkey.ClientCredentialRequest{Scopes: []string{read}, Resource: api}

func TestSecret(t *testing.T) {
	for _, method := range []string{"", "client_secret_basic", "client_secret_post"} {
		t.Run(method, func(t *testing.T) {
			w := &wire{}
			c := config(daemon, w)
			c.Profile = authority.OIDC()
			c.Profile.ClientAuth = method
			app := newConfidential(t, c, latchkey.Secret(secret))
			for i, from := range []latchkey.Origin{latchkey.FromAuthority, latchkey.FromCache} {
				r, err := app.AcquireTokenByClientCredential(t.Context(), forAPI)
				if err != nil {
					t.Fatal(err)
				}
				if r.Source.From != from || r.Scopes()[0] != read || time.Until(r.ExpiresOn) > 10*time.Minute {
					t.Errorf("call %d: %v, %+v", i, r, r.Source)
				}
			}
			if w.last().form.Has("client_secret") != (method == "client_secret_post") || w.count() != 1 {
				t.Errorf("%d requests, or a wrong method", w.count())
			}
		})
	}
}

// sign makes assertions with go-jose, so that latchkey does not judge its own.
func sign(algorithm string, key crypto.Signer, change func(*jwt.Claims)) latchkey.Credential {
	return latchkey.Assertion(func(_ context.Context, r latchkey.AssertionRequest) (string, error) {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: key}, nil)
		if err != nil {
			return "", err
		}
		now := time.Now()
		claims := jwt.Claims{
			Issuer: r.ClientID, Subject: r.ClientID, Audience: jwt.Audience{r.Audience}, ID: now.String(),
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
		}
		if change != nil {
			change(&claims)
		}
		return jwt.Signed(signer).Claims(claims).Serialize()
	})
}

func TestPrivateKey(t *testing.T) {
	for algorithm, key := range keys() {
		of, err := clientkey.New(clientkey.Key{Signer: key, Algorithm: algorithm, KeyID: "of " + algorithm})
		if err != nil {
			t.Fatal(err)
		}
		r7 := func(claims *jwt.Claims) {
			if claims.Audience[0] != issuer {
				t.Errorf("R7: the audience is %q", claims.Audience)
			}
		}
		for maker, credential := range map[string]latchkey.Credential{"go-jose": sign(algorithm, key, r7), "clientkey": of} {
			t.Run(algorithm+" by "+maker, func(t *testing.T) {
				w := &wire{}
				app := newConfidential(t, config("daemon-"+algorithm, w), credential)
				again := forAPI
				again.ForceRefresh = true
				for range 2 { // the provider takes an assertion only once
					if _, err := app.AcquireTokenByClientCredential(t.Context(), again); err != nil {
						t.Fatal(err)
					}
				}
				if sent := w.last(); sent.form.Has("client_secret") || sent.header.Get("Authorization") != "" {
					t.Error("a secret was sent beside the assertion")
				}
			})
		}
	}
}

func TestRefusedAssertion(t *testing.T) {
	tests := []struct {
		name      string
		algorithm string
		key       crypto.Signer
		change    func(*jwt.Claims)
	}{
		{"another key", "PS256", keys()["RS256"], nil},
		{"another algorithm", "RS256", keys()["PS256"], nil},
		{"ended", "PS256", keys()["PS256"], func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(time.Now().Add(-time.Minute)) }},
		{"of another client", "PS256", keys()["PS256"], func(c *jwt.Claims) { c.Issuer = daemon }},
		{"for another audience", "PS256", keys()["PS256"], func(c *jwt.Claims) { c.Audience = jwt.Audience{"https://other.example"} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newConfidential(t, config("daemon-PS256", &wire{}), sign(tt.algorithm, tt.key, tt.change))
			_, err := app.AcquireTokenByClientCredential(t.Context(), forAPI)
			refused(t, err, "invalid_client", false)
		})
	}
}

// An assertion is good for one request: the provider remembers its jti (RFC 7523 section 3).
func TestAssertionIsNotUsedTwice(t *testing.T) {
	same := time.Now().String()
	app := newConfidential(t, config("daemon-ES256", &wire{}), sign("ES256", keys()["ES256"], func(c *jwt.Claims) { c.ID = same }))
	again := forAPI
	again.ForceRefresh = true
	if _, err := app.AcquireTokenByClientCredential(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	_, err := app.AcquireTokenByClientCredential(t.Context(), again)
	refused(t, err, "invalid_client", false)
}

func TestRefusedClientCredential(t *testing.T) {
	tests := []struct {
		name, client, secret string
		request              latchkey.ClientCredentialRequest
		code                 string
	}{
		{"wrong secret", daemon, "wrong", forAPI, "invalid_client"},
		{"unknown client", "nobody", secret, forAPI, "invalid_client"},
		{"grant not allowed", web, secret, forAPI, "invalid_request"},
		{"unknown resource", daemon, secret, latchkey.ClientCredentialRequest{Resource: "https://unknown.example"}, "invalid_target"},
		{"malformed resource", daemon, secret, latchkey.ClientCredentialRequest{Resource: "tasks"}, "invalid_target"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newConfidential(t, config(tt.client, &wire{}), latchkey.Secret(tt.secret))
			_, err := app.AcquireTokenByClientCredential(t.Context(), tt.request)
			if e := refused(t, err, tt.code, false); e.Grant != "client_credentials" || e.Status != 400 && e.Status != 401 {
				t.Errorf("%+v", e)
			}
		})
	}
}

// What the provider issues for an API (RFC 9068), package apiserver accepts there, and nothing else.
func TestAPI(t *testing.T) {
	verifier, err := apiserver.NewVerifier(apiserver.Config{Authority: issuer, Audiences: []string{api}, Algorithms: []string{"RS256"}})
	if err != nil {
		t.Fatal(err)
	}
	own, err := newConfidential(t, config(daemon, &wire{}), latchkey.Secret(secret)).AcquireTokenByClientCredential(t.Context(), forAPI)
	if err != nil {
		t.Fatal(err)
	}
	users := signIn(t, newWeb(t, &wire{}), newPerson(t, "avery"), latchkey.AuthCodeRequest{Scopes: []string{read}, Resource: api})
	for _, tt := range []struct{ token, subject, client string }{
		{own.AccessToken(), daemon, daemon}, {users.AccessToken(), "avery", web},
	} {
		claims, err := verifier.Verify(t.Context(), tt.token)
		if err != nil {
			t.Fatal(err)
		}
		if claims.Subject != tt.subject || claims.ClientID != tt.client || claims.AppOnly != (tt.subject == daemon) {
			t.Errorf("%s of %s, app only: %v", claims.Subject, claims.ClientID, claims.AppOnly)
		}
		if err := claims.Check(apiserver.Requirement{Scopes: []string{read}}); err != nil {
			t.Error(err)
		}
		if err := claims.Check(apiserver.Requirement{Scopes: []string{write}}); err == nil {
			t.Error("a scope that the token has not")
		}
	}
	opaque := signIn(t, newWeb(t, &wire{}), newPerson(t, "avery"), latchkey.AuthCodeRequest{})
	header, _, _ := strings.Cut(users.AccessToken(), ".")
	for name, token := range map[string]string{
		"an ID token": users.IDToken(), "a token for the provider": opaque.AccessToken(), "half a token": header + ".e30.",
	} {
		if _, err := verifier.Verify(t.Context(), token); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
