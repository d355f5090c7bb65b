package authoritytest

import (
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
	"maps"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"
)

// Keys made once for all tests, and RSA only where it is needed: it takes long.
var rsaKeys = sync.OnceValue(func() map[string]crypto.Signer {
	keys := map[string]crypto.Signer{}
	for _, name := range []string{"rsa", "rsa2"} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[name] = key
	}
	return keys
})

var curveKeys = sync.OnceValue(func() map[string]crypto.Signer {
	keys := map[string]crypto.Signer{}
	for name, curve := range map[string]elliptic.Curve{"p256": elliptic.P256(), "p384": elliptic.P384(), "p521": elliptic.P521(), "ca": elliptic.P256(), "ca2": elliptic.P256()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			panic(err)
		}
		keys[name] = key
	}
	return keys
})

func clientKey(name string) crypto.Signer {
	if key := curveKeys()[name]; key != nil {
		return key
	}
	return rsaKeys()[name]
}

// certificate makes a certificate for a key, issued by another or by itself.
func certificate(t testing.TB, name, commonName string, issuer *x509.Certificate, issuerKey string, from, until time.Time) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(from.Unix()), Subject: pkix.Name{CommonName: commonName}, NotBefore: from, NotAfter: until,
		IsCA: issuer == nil, BasicConstraintsValid: true,
	}
	if issuer == nil {
		issuer, issuerKey = template, name
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, clientKey(name).Public(), clientKey(issuerKey))
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pemOf(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// jwkOf is the public part of a key as a JWK.
func jwkOf(t testing.TB, name string, more map[string]any) json.RawMessage {
	t.Helper()
	members := map[string]any{"kid": name}
	switch public := clientKey(name).Public().(type) {
	case *rsa.PublicKey:
		members["kty"], members["n"], members["e"] = "RSA", b64(public.N.Bytes()), b64(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		half := (len(point) - 1) / 2
		members["kty"], members["crv"], members["x"], members["y"] = "EC", public.Params().Name, b64(point[1:1+half]), b64(point[1+half:])
	}
	maps.Copy(members, more)
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// signAssertion signs header and claims as the header's alg says.
func signAssertion(t testing.TB, name string, header, claims map[string]any) string {
	t.Helper()
	h, err1 := json.Marshal(header)
	p, err2 := json.Marshal(claims)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	input := b64(h) + "." + b64(p)
	alg, _ := header["alg"].(string)
	hash := crypto.SHA256
	if len(alg) == 5 && assertionHashes[alg[2:]] != 0 {
		hash = assertionHashes[alg[2:]]
	}
	sum := hash.New()
	sum.Write([]byte(input))
	digest := sum.Sum(nil)
	if key, ok := clientKey(name).(*ecdsa.PrivateKey); ok {
		r, s, err := ecdsa.Sign(rand.Reader, key, digest)
		if err != nil {
			t.Fatal(err)
		}
		size := (key.Params().BitSize + 7) / 8
		return input + "." + b64(append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...))
	}
	var opts crypto.SignerOpts = hash
	if strings.HasPrefix(alg, "PS") {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
	}
	signature, err := clientKey(name).Sign(rand.Reader, digest, opts)
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64(signature)
}

// A notary is a server whose daemon has keys, and what an assertion for it looks like.
type notary struct {
	*Server
	cert, issued, other, expired *x509.Certificate
	now                          time.Time
}

func newNotary(t *testing.T) *notary {
	t.Helper()
	now := time.Now()
	n := &notary{now: now, cert: certificate(t, "rsa", "daemon", nil, "", now.Add(-time.Hour), now.Add(time.Hour)),
		expired: certificate(t, "rsa2", "old", nil, "", now.Add(-2*time.Hour), now.Add(-time.Hour))}
	ca := certificate(t, "ca", "CA", nil, "", now.Add(-time.Hour), now.Add(time.Hour))
	n.issued = certificate(t, "p384", "daemon.contoso.test", ca, "ca", now.Add(-time.Hour), now.Add(time.Hour))
	n.other = certificate(t, "p521", "web.contoso.test", ca, "ca", now.Add(-time.Hour), now.Add(time.Hour))
	d := DefaultDirectory()
	for i := range d.Apps {
		switch a := &d.Apps[i]; a.Name {
		case "daemon":
			a.Secrets = nil
			a.Keys = []AppKey{
				{Certificate: pemOf(n.cert)}, {Certificate: pemOf(n.expired)}, {JWK: jwkOf(t, "p256", nil)},
				{JWK: jwkOf(t, "rsa2", map[string]any{"alg": "PS384", "use": "sig"})}, {JWK: jwkOf(t, "p521", nil)},
				{Subject: "daemon.contoso.test", Issuer: pemOf(ca)},
			}
			a.Federated = []Federation{{Issuer: "https://ci.contoso.test", Subject: "repo:main", Keys: []AppKey{{JWK: jwkOf(t, "p256", nil)}}}}
		case "api":
			a.Keys = []AppKey{{JWK: jwkOf(t, "p256", nil)}}
		case "web":
			a.AuthMethod, a.Keys = methodPost, []AppKey{{JWK: jwkOf(t, "p256", nil)}}
		}
	}
	n.Server = start(t, &Server{Directory: d})
	n.Clock.Set(now)
	return n
}

func (n *notary) thumbprints(c *x509.Certificate) (sha2, old []byte) {
	a, b := sha256.Sum256(c.Raw), sha1.Sum(c.Raw)
	return a[:], b[:]
}

type member = map[string]any

func TestClientAssertion(t *testing.T) {
	n := newNotary(t)
	sha2, old := n.thumbprints(n.cert)
	oldCert, _ := n.thumbprints(n.expired)
	std := base64.StdEncoding.EncodeToString
	good := member{"alg": "PS256", "typ": "JWT", "x5t#S256": b64(sha2)}
	foreign := certificate(t, "p384", "daemon.contoso.test", certificate(t, "ca2", "CA", nil, "", n.now.Add(-time.Hour), n.now.Add(time.Hour)), "ca2", n.now, n.now.Add(time.Hour))
	ec := member{"alg": "ES256", "kid": "p256"}
	at := func(d time.Duration) int64 { return n.now.Add(d).Unix() }
	for _, tt := range []struct {
		name, key      string
		header, claims member // claims replace the good ones; nil takes one away
		form           []string
		entra, oidc    int    // AADSTS number; 401 or 400; 0 = success
		says           string // in the description
	}{
		{name: "certificate", key: "rsa", header: good},
		{name: "certificate, RS256 and x5t", key: "rsa", header: member{"alg": "RS256", "x5t": b64(old)}},
		{name: "thumbprint in base64", key: "rsa", header: member{"alg": "PS512", "x5t#S256": std(sha2)}},
		{name: "JWK", key: "p256", header: ec},
		{name: "JWK for one algorithm", key: "rsa2", header: member{"alg": "PS384", "kid": "rsa2", "typ": "client-authentication+jwt"}},
		{name: "ES512", key: "p521", header: member{"alg": "ES512", "kid": "p521"}},
		{name: "kid and thumbprint", key: "rsa", header: member{"alg": "PS256", "kid": "mine", "x5t#S256": b64(sha2)}},
		{name: "subject and issuer", key: "p384", header: member{"alg": "ES384", "x5t#S256": "new", "x5c": []any{std(n.issued.Raw)}}},
		{name: "without client_id", key: "p256", header: ec, form: []string{"client_id", "-"}, entra: 400, says: "client_id"},
		{name: "without iat and nbf", key: "p256", header: ec, claims: member{"iat": nil, "nbf": nil}},

		{name: "another algorithm than registered", key: "rsa2", header: member{"alg": "RS256", "kid": "rsa2"}, entra: 700027, oidc: 401, says: "PS384"},
		{name: "another key", key: "rsa2", header: good, entra: 700027, oidc: 401, says: "signature"},
		{name: "ECDSA under an RSA name", key: "rsa", header: member{"alg": "ES256", "x5t#S256": b64(sha2)}, entra: 700027, oidc: 401},
		{name: "another curve", key: "p521", header: member{"alg": "ES512", "kid": "p256"}, entra: 700027, oidc: 401},
		{name: "HMAC", key: "p256", header: member{"alg": "HS256", "kid": "p256"}, entra: 700027, oidc: 401, says: "alg"},
		{name: "none", key: "p256", header: member{"alg": "none", "kid": "p256"}, entra: 700027, oidc: 401, says: "alg"},
		{name: "unknown kid", key: "p256", header: member{"alg": "ES256", "kid": "p257"}, entra: 700027, oidc: 401, says: "not registered"},
		{name: "unknown thumbprint", key: "rsa", header: member{"alg": "PS256", "x5t#S256": b64(old)}, entra: 700027, oidc: 401, says: "not registered"},
		{name: "no name, many keys", key: "p256", header: member{"alg": "ES256"}, entra: 700027, oidc: 401, says: "names no key"},
		{name: "expired certificate", key: "rsa2", header: member{"alg": "PS256", "x5t#S256": b64(oldCert)}, entra: 700027, oidc: 401, says: "not valid at"},
		{name: "a subject of another issuer", key: "p384", header: member{"alg": "ES384", "x5c": []any{std(foreign.Raw)}}, entra: 700027, oidc: 401, says: "x5c"},
		{name: "another subject of the issuer", key: "p521", header: member{"alg": "ES512", "x5c": []any{std(n.other.Raw)}}, entra: 700027, oidc: 401, says: "x5c"},
		{name: "a certificate of its own making", key: "rsa2", header: member{"alg": "PS256", "x5c": []any{std(n.expired.Raw)}}, entra: 700027, oidc: 401},
		{name: "x5c that is none", key: "rsa2", header: member{"alg": "PS256", "x5c": []any{"MII"}}, entra: 700027, oidc: 401},
		{name: "crit", key: "p256", header: member{"alg": "ES256", "kid": "p256", "crit": []any{"b64"}}, entra: 50027, oidc: 401, says: "crit"},
		{name: "another typ", key: "p256", header: member{"alg": "ES256", "kid": "p256", "typ": "at+jwt"}, entra: 50027, oidc: 401, says: "typ"},

		{name: "another issuer", key: "rsa", header: good, claims: member{"iss": defaultWeb}, entra: 700211, oidc: 401},
		{name: "another subject", key: "rsa", header: good, claims: member{"sub": defaultWeb}, entra: 700021, oidc: 401, says: "iss and sub"},
		{name: "R7 another audience", key: "rsa", header: good, claims: member{"aud": "https://evil.example"}, entra: 700023, oidc: 401, says: "aud"},
		{name: "R7 a list of audiences", key: "rsa", header: good, claims: member{"aud": []any{n.OIDCIssuer(), n.Authority("") + entraToken}}, entra: 700023, oidc: 401},
		{name: "R7 no audience", key: "rsa", header: good, claims: member{"aud": nil}, entra: 700023, oidc: 401},
		{name: "the tenant's issuer", key: "rsa", header: good, claims: member{"aud": n.Issuer("")}, oidc: 401},
		{name: "R7 the token endpoint", key: "rsa", header: good, claims: member{"aud": n.Server.URL() + oidcToken}, entra: 700023, oidc: 401},
		{name: "expired", key: "rsa", header: good, claims: member{"exp": at(-6 * time.Minute)}, entra: 700024, oidc: 401, says: "expired"},
		{name: "expired a minute ago", key: "rsa", header: good, claims: member{"exp": at(-time.Minute)}, oidc: 401, says: "expired"},
		{name: "no exp", key: "rsa", header: good, claims: member{"exp": nil}, entra: 700024, oidc: 401, says: "no exp"},
		{name: "lasts two hours", key: "rsa", header: good, claims: member{"exp": at(2 * time.Hour)}, oidc: 401, says: "hour"},
		{name: "not yet", key: "rsa", header: good, claims: member{"nbf": at(6 * time.Minute)}, entra: 700024, oidc: 401, says: "nbf"},
		{name: "from the future", key: "rsa", header: good, claims: member{"iat": at(time.Minute)}, oidc: 401, says: "iat"},
		{name: "no jti", key: "rsa", header: good, claims: member{"jti": nil}, oidc: 401, says: "jti"},

		{name: "with a secret", key: "rsa", header: good, form: []string{"client_secret", "x"}, entra: 400, oidc: 400, says: "one"},
		{name: "another client_id", key: "rsa", header: good, form: []string{"client_id", defaultAPI}, entra: 700027, oidc: 401},
		{name: "another type", key: "rsa", header: good, form: []string{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, entra: 400, oidc: 400, says: "jwt-bearer"},
		{name: "no assertion", key: "rsa", header: good, form: []string{"client_assertion", "-"}, entra: 400, oidc: 400, says: "client_assertion"},
		{name: "no JWT", key: "rsa", header: good, form: []string{"client_assertion", "opaque"}, entra: 50027, oidc: 401, says: "three"},
		{name: "an array", key: "rsa", header: good, form: []string{"client_assertion", b64([]byte("[]")) + "." + b64([]byte("{}")) + ".AA"}, entra: 50027, oidc: 401},
		{name: "null", key: "rsa", header: good, form: []string{"client_assertion", b64([]byte("null")) + "." + b64([]byte("null")) + ".AA"}, entra: 50027, oidc: 401},
		{name: "registered for a secret", key: "p256", header: ec, claims: member{"iss": defaultWeb, "sub": defaultWeb}, form: []string{"client_id", defaultWeb}, entra: 401, oidc: 401, says: "client_secret_post"},
		{name: "public client", key: "p256", header: ec, claims: member{"iss": defaultNative, "sub": defaultNative}, form: []string{"client_id", defaultNative}, entra: 700025, oidc: 401},
		{name: "client without keys", key: "p256", header: ec, form: []string{"client_id", graphClientID}, entra: 700027, oidc: 401, says: "no key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, a := range []*api{entra(t, n.Server), oidc(t, n.Server)} {
				claims := member{"iss": defaultDaemon, "sub": defaultDaemon, "jti": randomText(8), "iat": at(0), "nbf": at(0), "exp": at(10 * time.Minute),
					"aud": n.OIDCIssuer()}
				want := tt.oidc
				if a.shape == ShapeEntra {
					claims["aud"], want = n.Authority("")+entraToken, tt.entra
				}
				for name, v := range tt.claims {
					if claims[name] = v; v == nil {
						delete(claims, name)
					}
				}
				status, body, header := a.raw(a.assertionForm(signAssertion(t, tt.key, tt.header, claims), tt.form...), "", formType)
				checkAnswer(t, a.shape, status, body, want)
				if want != 0 && !strings.Contains(body["error_description"].(string), tt.says) {
					t.Errorf("%s: %q does not say %q", a.shape, body["error_description"], tt.says)
				}
				if status == 401 && (body["error"] != "invalid_client" || header.Get("WWW-Authenticate") == "") {
					t.Errorf("%s: 401 %v without WWW-Authenticate", a.shape, body["error"])
				}
			}
		})
	}
}

// checkAnswer compares with an AADSTS number, a status, or 0 for success.
func checkAnswer(t *testing.T, shape string, status int, body map[string]any, want int) {
	t.Helper()
	got := status
	if codes, _ := body["error_codes"].([]any); len(codes) == 1 && want > 1000 {
		got = int(codes[0].(float64))
	}
	if want == 0 && status != 200 || want != 0 && got != want {
		t.Errorf("%s: status %d, %v %v: %v; want %d", shape, status, body["error"], body["error_codes"], body["error_description"], want)
	}
}

// assertionForm is the daemon's token request; list overrides its parameters.
func (a *api) assertionForm(text string, list ...string) string {
	form := []string{"grant_type", "client_credentials", "client_id", defaultDaemon, "client_assertion_type", assertionType, "client_assertion", text}
	if a.shape == ShapeEntra {
		form = append(form, "scope", "api://"+defaultAPI+"/.default")
	} else {
		form = append(form, "resource", "api://"+defaultAPI)
	}
	return pairs(append(form, list...)...).Encode()
}

// OpenID Connect Core 9: an assertion is good for one request, until which it is
// remembered. Microsoft Entra takes it until it ends.
func TestClientAssertionReplay(t *testing.T) {
	n := newNotary(t)
	for _, a := range []*api{entra(t, n.Server), oidc(t, n.Server)} {
		audience, second := n.OIDCIssuer(), 401
		if a.shape == ShapeEntra {
			audience, second = n.Authority("")+entraToken, 0
		}
		assertion := func(id string) string {
			now := n.Clock.Now().Unix()
			return signAssertion(t, "p256", member{"alg": "ES256", "kid": "p256"}, member{
				"iss": defaultDaemon, "sub": defaultDaemon, "jti": id, "iat": now, "exp": now + 600, "aud": audience})
		}
		first := assertion("one")
		for i, want := range []int{0, second} {
			status, body, _ := a.raw(a.assertionForm(first), "", formType)
			t.Logf("%s, use %d", a.shape, i+1)
			checkAnswer(t, a.shape, status, body, want)
		}
		status, body, _ := a.raw(a.assertionForm(assertion("two")), "", formType)
		checkAnswer(t, a.shape, status, body, 0)
		n.Clock.Advance(59 * time.Minute)
		status, body, _ = a.raw(a.assertionForm(assertion("one")), "", formType)
		checkAnswer(t, a.shape, status, body, second)
		n.Clock.Advance(2 * time.Minute)
		status, body, _ = a.raw(a.assertionForm(assertion("one")), "", formType)
		checkAnswer(t, a.shape, status, body, 0)
		if !strings.Contains(strings.Join(n.Secrets(), " "), first) {
			t.Error("a used assertion is not among the secrets")
		}
	}
}

// Workload identity federation: another issuer's token, in the Entra shape.
func TestFederatedAssertion(t *testing.T) {
	n := newNotary(t)
	a := entra(t, n.Server)
	now := n.now.Unix()
	for _, tt := range []struct {
		name, key string
		claims    member
		want      int
	}{
		{"good", "p256", nil, 0},
		{"another issuer", "p256", member{"iss": "https://evil.example"}, 700211},
		{"another audience", "p256", member{"aud": "api://other"}, 700212},
		{"another subject", "p256", member{"sub": "repo:fork"}, 700213},
		{"another key", "rsa2", nil, 700027},
		{"expired", "p256", member{"exp": now - 600}, 700024},
		{"the app's own", "p256", member{"iss": defaultDaemon, "sub": defaultDaemon, "aud": n.Authority("") + entraToken}, 0},
	} {
		claims := member{"iss": "https://ci.contoso.test", "sub": "repo:main", "aud": federatedAudience, "iat": now, "exp": now + 600}
		maps.Copy(claims, tt.claims)
		alg := map[string]string{"p256": "ES256", "rsa2": "PS256"}[tt.key]
		status, body, _ := a.raw(a.assertionForm(signAssertion(t, tt.key, member{"alg": alg, "kid": "p256"}, claims)), "", formType)
		t.Log(tt.name)
		checkAnswer(t, a.shape, status, body, tt.want)
	}
}

// A client with one key need not name it.
func TestClientAssertionOnlyKey(t *testing.T) {
	n := newNotary(t)
	a := oidc(t, n.Server)
	now := n.now.Unix()
	text := signAssertion(t, "p256", member{"alg": "ES256"}, member{"iss": defaultAPI, "sub": defaultAPI, "jti": "1", "aud": n.OIDCIssuer(), "exp": now + 60})
	status, body, _ := a.raw(a.assertionForm(text, "client_id", "-"), "", formType)
	checkAnswer(t, a.shape, status, body, 0)
}

func TestAppKeys(t *testing.T) {
	now := time.Now()
	cert := pemOf(certificate(t, "p256", "c", nil, "", now, now.Add(time.Hour)))
	der, err := x509.MarshalPKCS8PrivateKey(clientKey("p256"))
	if err != nil {
		t.Fatal(err)
	}
	private := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	for _, tt := range []struct {
		name string
		key  AppKey
		says string // "" = accepted
	}{
		{"certificate", AppKey{Certificate: cert}, ""},
		{"RSA", AppKey{JWK: jwkOf(t, "rsa", nil)}, ""},
		{"EC", AppKey{JWK: jwkOf(t, "p384", nil)}, ""},
		{"subject", AppKey{Subject: "a", Issuer: cert}, ""},
		{"nothing", AppKey{}, "certificate, or jwk"},
		{"two things", AppKey{Certificate: cert, JWK: jwkOf(t, "rsa", nil)}, "certificate, or jwk"},
		{"subject alone", AppKey{Subject: "a"}, "subject and issuer"},
		{"no PEM", AppKey{Certificate: "MII"}, "PEM"},
		{"private key", AppKey{Certificate: private}, "CERTIFICATE"},
		{"certificate and private key", AppKey{Certificate: cert + private}, "without a private key"},
		{"broken certificate", AppKey{Certificate: "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"}, "cannot be read"},
		{"no JSON", AppKey{JWK: json.RawMessage("x")}, "JSON object"},
		{"null", AppKey{JWK: json.RawMessage("null")}, "JSON object"},
		{"private JWK", AppKey{JWK: jwkOf(t, "p256", member{"d": "AA"})}, "private key"},
		{"secret JWK", AppKey{JWK: json.RawMessage(`{"kty":"oct","k":"AA"}`)}, "private key"},
		{"another use", AppKey{JWK: jwkOf(t, "p256", member{"use": "enc"})}, "use"},
		{"another curve", AppKey{JWK: jwkOf(t, "p256", member{"crv": "P-384"})}, "ECDSA on"},
		{"unknown curve", AppKey{JWK: jwkOf(t, "p256", member{"crv": "secp256k1"})}, "ECDSA on"},
		{"long coordinate", AppKey{JWK: jwkOf(t, "p256", member{"x": b64(make([]byte, 99)) + "AAAB"})}, "ECDSA on"},
		{"short RSA", AppKey{JWK: jwkOf(t, "rsa", member{"n": "AQAB"})}, "2048"},
		{"exponent 1", AppKey{JWK: jwkOf(t, "rsa", member{"e": "AQ"})}, "2048"},
		{"huge exponent", AppKey{JWK: jwkOf(t, "rsa", member{"e": b64(make([]byte, 9)) + "AQABAQABAQAB"})}, "must be RSA"},
		{"another type", AppKey{JWK: json.RawMessage(`{"kty":"OKP","crv":"Ed25519","x":"AA"}`)}, "must be RSA"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := DefaultDirectory()
			d.Apps[3].Keys = []AppKey{tt.key}
			text, err := json.Marshal(d)
			if err != nil {
				if tt.name == "no JSON" {
					return
				}
				t.Fatal(err)
			}
			_, err = ReadDirectory(strings.NewReader(string(text)))
			if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), "apps[3].keys[0]") || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
	d := DefaultDirectory()
	d.Apps[0].Keys = []AppKey{{Certificate: cert}}
	d.Apps[3].Federated = []Federation{{Issuer: "x", Subject: "y"}}
	d.Apps[3].AuthMethod = methodKey
	err = (&Server{Directory: d}).Start()
	if err == nil || !strings.Contains(err.Error(), "apps[0]: a public app cannot keep") || !strings.Contains(err.Error(), "apps[3].federated[0]: issuer, subject and keys") || strings.Contains(err.Error(), "auth_method") {
		t.Error(err)
	}
}

// An app with keys is given no secret that nobody asked for, and none that is registered
// for keys can use one.
func TestKeysInsteadOfSecrets(t *testing.T) {
	n := newNotary(t)
	if len(n.Directory.App("daemon").Secrets) != 0 {
		t.Error("an app with keys got a secret")
	}
	d := DefaultDirectory()
	d.Apps[3].AuthMethod = methodKey
	s := start(t, &Server{Directory: d})
	for _, a := range []*api{entra(t, s), oidc(t, s)} {
		status, body := a.token(a.app("daemon"), "grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default")
		wantError(t, status, body, 401, "invalid_client")
		methods, _ := json.Marshal(a.meta["token_endpoint_auth_methods_supported"])
		if !strings.Contains(string(methods), `"private_key_jwt"`) {
			t.Errorf("%s: methods %s", a.shape, methods)
		}
	}
}
