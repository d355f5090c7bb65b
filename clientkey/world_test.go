package clientkey

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/url"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

const graphScope = "https://graph.microsoft.com/User.Read"

// A shape is one of the two ways in which the test authority can be asked.
type shape struct {
	name      string
	profile   authority.Profile
	authority func(*authoritytest.Server) string
}

var shapes = []shape{
	{"entra", authority.Entra(), func(s *authoritytest.Server) string { return s.Authority("") }},
	{"oidc", authority.OIDC(), (*authoritytest.Server).OIDCIssuer},
}

// A world is an authority at which every confidential app has registered keys.
type world struct {
	t     *testing.T
	shape shape
	srv   *authoritytest.Server
	root  *x509.Certificate
	certs map[string]*x509.Certificate // by test key
	ctx   context.Context
}

func eachShape(t *testing.T, test func(t *testing.T, w *world)) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) { test(t, newWorld(t, s)) })
	}
}

// newWorld registers self-signed certificates of some keys, others as JWK, and the
// subject "daemon.contoso.test" of the issuer "ca".
func newWorld(t *testing.T, s shape) *world {
	t.Helper()
	w := &world{t: t, shape: s, certs: map[string]*x509.Certificate{}, ctx: t.Context(), srv: &authoritytest.Server{Clock: &authoritytest.Clock{}}}
	w.root = certificateFor(t, "ca", issued{name: "CA", from: now.Add(-time.Hour), until: now.Add(24 * time.Hour)})
	var keys []authoritytest.AppKey
	for _, name := range []string{"rsa", "P-256"} {
		w.certs[name] = certificateFor(t, name, issued{from: now.Add(-time.Hour), until: now.Add(5 * time.Hour)})
		keys = append(keys, authoritytest.AppKey{Certificate: pemCertificate(w.certs[name])})
	}
	w.certs["P-384"] = certificateFor(t, "P-384", issued{name: "daemon.contoso.test", by: w.root, byKey: "ca"})
	keys = append(keys, authoritytest.AppKey{Subject: "daemon.contoso.test", Issuer: pemCertificate(w.root)},
		authoritytest.AppKey{JWK: jwk(t, "rsa2")}, authoritytest.AppKey{JWK: jwk(t, "P-521")})
	d := authoritytest.DefaultDirectory()
	for i := range d.Apps {
		if a := &d.Apps[i]; len(a.Secrets) > 0 {
			a.Secrets, a.Keys = nil, keys
		}
	}
	w.srv.Directory = d
	if err := w.srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.srv.Close)
	w.srv.Clock.Set(now)
	return w
}

// jwk is the public part of a test key, whose name is its kid.
func jwk(t testing.TB, name string) json.RawMessage {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	members := map[string]string{"kid": name}
	switch public := testKey(name).Public().(type) {
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
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// certified is a key with its certificate; signer replaces the key itself if it is not nil.
func (w *world) certified(name string, signer crypto.Signer) Key {
	if signer == nil {
		signer = testKey(name)
	}
	return Key{Signer: signer, Certificates: []*x509.Certificate{w.certs[name]}}
}

func (w *world) config(app string) latchkey.Config {
	return latchkey.Config{
		Authority: w.shape.authority(w.srv), Profile: w.shape.profile, ClientID: w.srv.Directory.App(app).ClientID,
		Transport: transport.NetHTTP(w.srv.Client()), Clock: w.srv.Clock.Now,
	}
}

// client is an app that proves itself with a key.
func (w *world) client(app string, k Key, edit ...func(*latchkey.Config)) *latchkey.ConfidentialClient {
	w.t.Helper()
	k.Clock = w.srv.Clock.Now
	credential, err := New(k)
	if err != nil {
		w.t.Fatal(err)
	}
	cfg := w.config(app)
	for _, f := range edit {
		f(&cfg)
	}
	c, err := latchkey.NewConfidential(cfg, credential)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// request asks for a token of a service's own, from the authority.
func (w *world) request() latchkey.ClientCredentialRequest {
	api := w.srv.Directory.App("api").IDURI
	if w.shape.name == "oidc" {
		return latchkey.ClientCredentialRequest{Resource: api, ForceRefresh: true}
	}
	return latchkey.ClientCredentialRequest{Scopes: []string{api + "/.default"}, ForceRefresh: true}
}

// browse takes the user through the authority's pages and returns the callback's query.
func (w *world) browse(authURL string) string {
	w.t.Helper()
	back, err := w.srv.Complete(w.ctx, authURL, "avery@contoso.test")
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		w.t.Fatal(err)
	}
	return u.RawQuery
}

// tokenRequests counts the requests to the token endpoint, by grant if one is given.
func (w *world) tokenRequests(grant string) int {
	n := 0
	for _, r := range w.srv.Requests() {
		if r.Endpoint == authoritytest.EndpointToken && (grant == "" || r.GrantType == grant) {
			n++
		}
	}
	return n
}
