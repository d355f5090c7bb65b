package e2e

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/clientkey"
	"github.com/latchkey-auth/latchkey/transport"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// A clientKey is a private key and a certificate for it.
type clientKey struct {
	signer      crypto.Signer
	certificate *x509.Certificate
}

func newClientKey(t *testing.T, curve elliptic.Curve) (k clientKey) {
	t.Helper()
	var err error
	if curve == nil {
		k.signer, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		k.signer, err = ecdsa.GenerateKey(curve, rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "daemon"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.signer.Public(), k.signer)
	if err != nil {
		t.Fatal(err)
	}
	if k.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return k
}

// start starts an authority where the daemon has registered a key.
func (k clientKey) start(t *testing.T, key authoritytest.AppKey) (srv *authoritytest.Server, daemon authoritytest.App) {
	t.Helper()
	srv = &authoritytest.Server{Directory: authoritytest.DefaultDirectory()}
	for i := range srv.Directory.Apps {
		if a := &srv.Directory.Apps[i]; a.Name == "daemon" {
			a.Secrets, a.Keys = nil, []authoritytest.AppKey{key}
		}
	}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return srv, srv.Directory.App("daemon")
}

// What a client signs with its key, go-jose verifies with the public one, and the header
// names the certificate as go-jose computes it.
func TestClientAssertions(t *testing.T) {
	for _, tt := range []struct {
		algorithm jose.SignatureAlgorithm
		curve     elliptic.Curve
		legacy    bool
	}{
		{jose.PS256, nil, false}, {jose.RS256, nil, true},
		{jose.ES256, elliptic.P256(), false}, {jose.ES384, elliptic.P384(), false}, {jose.ES512, elliptic.P521(), false},
	} {
		t.Run(string(tt.algorithm), func(t *testing.T) {
			k := newClientKey(t, tt.curve)
			registered := authoritytest.AppKey{Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.certificate.Raw}))}
			srv, daemon := k.start(t, registered)
			credential, err := clientkey.New(clientkey.Key{Signer: k.signer, Certificates: []*x509.Certificate{k.certificate}, SendChain: true})
			if err != nil {
				t.Fatal(err)
			}
			var raw string
			send := transport.NetHTTP(srv.Client())
			profile := authority.Entra()
			profile.AssertionLegacyThumbprint = tt.legacy
			svc, err := latchkey.NewConfidential(latchkey.Config{
				Authority: srv.Authority(""), Profile: profile, ClientID: daemon.ClientID,
				Transport: func(ctx context.Context, r *transport.Request) (*transport.Response, error) {
					form, err := url.ParseQuery(r.Body)
					if err == nil && form.Get("client_assertion") != "" {
						raw = form.Get("client_assertion")
					}
					return send(ctx, r)
				},
			}, credential)
			if err != nil {
				t.Fatal(err)
			}
			request := latchkey.ClientCredentialRequest{Scopes: []string{srv.Directory.App("api").Scope(".default")}}
			if _, err := svc.AcquireTokenByClientCredential(context.Background(), request); err != nil {
				t.Fatal(err)
			}
			k.checkAssertion(t, raw, tt.algorithm, tt.legacy, jwt.Expected{
				Issuer: daemon.ClientID, Subject: daemon.ClientID, Time: time.Now(),
				AnyAudience: jwt.Audience{srv.Authority("") + "/oauth2/v2.0/token"},
			})
		})
	}
}

func (k clientKey) checkAssertion(t *testing.T, raw string, algorithm jose.SignatureAlgorithm, legacy bool, want jwt.Expected) {
	t.Helper()
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{algorithm})
	if err != nil {
		t.Fatal(err)
	}
	var claims jwt.Claims
	if err := token.Claims(k.signer.Public(), &claims); err != nil {
		t.Fatal(err)
	}
	if err := claims.ValidateWithLeeway(want, time.Second); err != nil {
		t.Error(err)
	}
	if claims.ID == "" || claims.Expiry.Time().Sub(claims.IssuedAt.Time()) > 10*time.Minute {
		t.Errorf("claims %+v", claims)
	}
	header := token.Headers[0]
	sha2, old := sha256.Sum256(k.certificate.Raw), sha1.Sum(k.certificate.Raw)
	name, sum := jose.HeaderKey("x5t#S256"), sha2[:]
	if legacy {
		name, sum = "x5t", old[:]
	}
	if header.ExtraHeaders[name] != base64.RawURLEncoding.EncodeToString(sum) || header.ExtraHeaders[jose.HeaderType] != "JWT" {
		t.Errorf("header %+v", header.ExtraHeaders)
	}
	pool := x509.NewCertPool()
	pool.AddCert(k.certificate)
	chains, err := header.Certificates(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil || !chains[0][0].Equal(k.certificate) {
		t.Errorf("x5c: %v", err)
	}
}

// What go-jose signs, the authority for tests accepts, in both shapes.
func TestForeignClientAssertions(t *testing.T) {
	for algorithm, curve := range map[jose.SignatureAlgorithm]elliptic.Curve{
		jose.RS256: nil, jose.PS384: nil, jose.ES256: elliptic.P256(), jose.ES384: elliptic.P384(), jose.ES512: elliptic.P521(),
	} {
		t.Run(string(algorithm), func(t *testing.T) {
			k := newClientKey(t, curve)
			public, err := json.Marshal(jose.JSONWebKey{Key: k.signer.Public(), KeyID: "mine", Use: "sig"})
			if err != nil {
				t.Fatal(err)
			}
			srv, daemon := k.start(t, authoritytest.AppKey{JWK: public})
			signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: k.signer, KeyID: "mine"}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			api := srv.Directory.App("api")
			for _, shape := range []struct{ issuer, audience, parameter, value string }{
				{srv.Issuer(""), srv.Authority("") + "/oauth2/v2.0/token", "scope", api.Scope(".default")},
				{srv.OIDCIssuer(), srv.OIDCIssuer(), "resource", api.IDURI},
			} {
				now := time.Now()
				assertion, err := jwt.Signed(signer).Claims(map[string]any{
					"iss": daemon.ClientID, "sub": daemon.ClientID, "aud": shape.audience, "jti": rand.Text(),
					"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
				}).Serialize()
				if err != nil {
					t.Fatal(err)
				}
				resp, err := http.PostForm(discover(t, shape.issuer).TokenEndpoint, url.Values{
					"grant_type": {"client_credentials"}, shape.parameter: {shape.value}, "client_id": {daemon.ClientID},
					"client_assertion_type": {assertionType}, "client_assertion": {assertion},
				})
				if err != nil {
					t.Fatal(err)
				}
				var answer map[string]any
				decode(t, resp, &answer)
			}
		})
	}
}
