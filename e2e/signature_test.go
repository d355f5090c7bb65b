package e2e

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// The authority for tests signs its tokens with code of its own, and so does the client check them. A third opinion,
// through nothing but HTTP: go-jose accepts what the authority signs and refuses what it did not.
func TestSignatures(t *testing.T) {
	directory := authoritytest.DefaultDirectory()
	for i := range directory.Apps {
		if directory.Apps[i].Name == "spa" {
			directory.Apps[i].AllowPublicFlows = true
			directory.Apps[i].SigningAlg = "ES256"
		}
	}
	srv := &authoritytest.Server{Directory: directory}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)

	api := srv.Directory.App("api").IDURI
	shapes := []struct{ name, issuer, parameter, value string }{
		{"entra", srv.Issuer(""), "scope", api + "/.default"},
		{"oidc", srv.OIDCIssuer(), "resource", api},
	}
	for _, shape := range shapes {
		issuer := shape.issuer
		t.Run(shape.name, func(t *testing.T) {
			p := discover(t, issuer)
			t.Run("access token", func(t *testing.T) {
				raw := p.token(t, srv, "daemon", "grant_type", "client_credentials", shape.parameter, shape.value)["access_token"]
				p.check(t, raw, jose.RS256, jwt.Expected{Issuer: issuer, Time: time.Now()})
			})
			for app, algorithm := range map[string]jose.SignatureAlgorithm{"native": jose.RS256, "spa": jose.ES256} {
				t.Run("ID token "+string(algorithm), func(t *testing.T) {
					user := srv.Directory.Users[0]
					raw := p.token(t, srv, app, "grant_type", "password", "scope", "openid",
						"username", user.Username, "password", string(user.Password))["id_token"]
					audience := jwt.Audience{srv.Directory.App(app).ClientID}
					p.check(t, raw, algorithm, jwt.Expected{Issuer: issuer, AnyAudience: audience, Time: time.Now()})
				})
			}
		})
	}
}

// A provider is what the metadata of an issuer says.
type provider struct {
	Issuer        string `json:"issuer"`
	TokenEndpoint string `json:"token_endpoint"`
	JWKSURI       string `json:"jwks_uri"`
	keys          jose.JSONWebKeySet
}

func discover(t *testing.T, issuer string) provider {
	t.Helper()
	var p provider
	get(t, issuer+"/.well-known/openid-configuration", &p)
	if p.Issuer != issuer {
		t.Fatalf("the metadata of %s has issuer %s", issuer, p.Issuer)
	}
	get(t, p.JWKSURI, &p.keys)
	for _, key := range p.keys.Keys {
		if !key.Valid() || !key.IsPublic() || key.KeyID == "" {
			t.Errorf("go-jose finds fault with the published key %q", key.KeyID)
		}
	}
	return p
}

func get(t *testing.T, address string, v any) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	decode(t, resp, v)
}

func decode(t *testing.T, resp *http.Response, v any) {
	t.Helper()
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v", resp.Request.URL.Path, resp.StatusCode, err)
	}
}

// token asks the token endpoint for an app of the directory, and returns the members of the answer that are strings.
func (p provider) token(t *testing.T, srv *authoritytest.Server, name string, fields ...string) map[string]string {
	t.Helper()
	app := srv.Directory.App(name)
	form := url.Values{"client_id": {app.ClientID}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, p.TokenEndpoint, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(app.Secrets) > 0 {
		req.SetBasicAuth(url.QueryEscape(app.ClientID), url.QueryEscape(string(app.Secrets[0])))
		form.Del("client_id")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	decode(t, resp, &answer)
	tokens := map[string]string{}
	for k, v := range answer {
		tokens[k], _ = v.(string)
	}
	return tokens
}

// check verifies a token, and that forgeries of it do not verify.
func (p provider) check(t *testing.T, raw string, algorithm jose.SignatureAlgorithm, want jwt.Expected) {
	t.Helper()
	if err := p.verify(raw, algorithm, want); err != nil {
		t.Fatal(err)
	}
	header, rest, _ := strings.Cut(raw, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	for name, forged := range map[string]string{
		"changed payload":   header + "." + flip(payload) + "." + signature,
		"changed signature": header + "." + payload + "." + flip(signature),
		"no signature":      header + "." + payload + ".",
		"another key":       forge(t, header, payload, algorithm),
	} {
		if forged == "" || p.verify(forged, algorithm, jwt.Expected{}) == nil {
			t.Errorf("%s: verified", name)
		}
	}
}

// forge signs a payload under the same header with a key that nobody published.
func forge(t *testing.T, header, payload string, algorithm jose.SignatureAlgorithm) string {
	t.Helper()
	var key crypto.Signer
	var err error
	if algorithm == jose.ES256 {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, _ := base64.RawURLEncoding.DecodeString(header)
	fields := map[jose.HeaderKey]any{}
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, &jose.SignerOptions{ExtraHeaders: fields})
	if err != nil {
		t.Fatal(err)
	}
	claims, _ := base64.RawURLEncoding.DecodeString(payload)
	forged, err := signer.Sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := forged.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// flip changes a character in the middle of a base64url text, where every bit counts.
func flip(s string) string {
	b := []byte(s)
	i := len(b) / 2
	if b[i] != 'A' {
		b[i] = 'A'
	} else {
		b[i] = 'B'
	}
	return string(b)
}

func (p provider) verify(raw string, algorithm jose.SignatureAlgorithm, want jwt.Expected) error {
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{algorithm})
	if err != nil {
		return err
	}
	var claims jwt.Claims
	if err := token.Claims(p.keys, &claims); err != nil {
		return err
	}
	return claims.Validate(want)
}
