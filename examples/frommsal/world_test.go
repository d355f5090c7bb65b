package frommsal

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

const user = "avery@contoso.test"

// A world is an authority, and clients of its apps.
type world struct {
	t   *testing.T
	ctx context.Context
	srv *authoritytest.Server
}

// newWorld starts an authority after edit has changed the app daemon.
func newWorld(t *testing.T, edit ...func(*authoritytest.App)) *world {
	t.Helper()
	d := authoritytest.DefaultDirectory()
	for i := range d.Apps {
		if d.Apps[i].Name == "daemon" {
			for _, f := range edit {
				f(&d.Apps[i])
			}
		}
	}
	srv := &authoritytest.Server{Directory: d, DeviceInterval: time.Second}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return &world{t, t.Context(), srv}
}

func (w *world) config(app string) latchkey.Config {
	return latchkey.Config{
		Authority: w.srv.Authority(""), Profile: authority.Entra(), ClientID: w.srv.Directory.App(app).ClientID, Clock: w.srv.Clock.Now,
	}
}

func (w *world) public(edit ...func(*latchkey.Config)) *latchkey.PublicClient {
	w.t.Helper()
	cfg := w.config("native")
	for _, f := range edit {
		f(&cfg)
	}
	app, err := latchkey.NewPublic(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return app
}

// confidential returns the client of an app with its secret.
func (w *world) confidential(app string) *latchkey.ConfidentialClient {
	w.t.Helper()
	return w.proven(app, latchkey.Secret(string(w.srv.Directory.App(app).Secrets[0])))
}

func (w *world) proven(app string, credential latchkey.Credential) *latchkey.ConfidentialClient {
	w.t.Helper()
	svc, err := latchkey.NewConfidential(w.config(app), credential)
	if err != nil {
		w.t.Fatal(err)
	}
	return svc
}

// signIn signs the user in.
func (w *world) signIn(app *latchkey.PublicClient) *latchkey.Result {
	w.t.Helper()
	password := string(w.srv.Directory.User(user).Password)
	token, err := app.AcquireTokenByUsernamePassword(w.ctx, user, password, latchkey.UsernamePasswordRequest{Scopes: scopes})
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// check fails the test unless the token is the user's ("": the app's own) and from where it should be.
func (w *world) check(token *latchkey.Result, err error, name string, from latchkey.Origin) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	if token.AccessToken() == "" || token.Account.Username != name || token.Source.From != from {
		w.t.Errorf("got %v, want one of %q from the %s", token, name, from)
	}
}

// visit does in a browser what the page asks for.
func (w *world) visit(ctx context.Context, page string) error {
	callback, err := w.srv.Complete(ctx, page, user)
	if err != nil {
		return err
	}
	u, err := url.Parse(callback)
	if err != nil {
		return err
	}
	query := u.RawQuery // the authority sends it in a form, and Complete returns that as the query
	u.RawQuery = ""
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, u.String(), strings.NewReader(query))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// A screen approves the device code that is written to it.
type screen struct {
	w *world
}

var shownCode = regexp.MustCompile(`enter "([^"]+)"`)

func (s screen) Write(text []byte) (int, error) {
	found := shownCode.FindSubmatch(text)
	if found == nil {
		s.w.t.Errorf("no code in %q", text)
		return len(text), nil
	}
	return len(text), s.w.srv.ApproveDevice(s.w.ctx, string(found[1]), user)
}

// newCertificate makes a key and its certificate: both in a file, and the certificate as PEM.
func newCertificate(t *testing.T) (file, certificate string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "daemon.contoso.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	certificate = text.String()
	pem.Encode(&text, &pem.Block{Type: "PRIVATE KEY", Bytes: private})
	file = filepath.Join(t.TempDir(), "service.pem")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, certificate
}

// A platform signs tokens for the workloads that it runs.
type platform struct {
	key *ecdsa.PrivateKey
}

const platformIssuer, workloadName = "https://platform.contoso.test", "system:serviceaccount:orders:daemon"

func newPlatform(t *testing.T) platform {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return platform{key}
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// federation registers the platform's tokens with an app.
func (p platform) federation(t *testing.T) authoritytest.Federation {
	t.Helper()
	point, err := p.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(map[string]string{"kty": "EC", "crv": "P-256", "kid": "1", "x": base64url(point[1:33]), "y": base64url(point[33:])})
	if err != nil {
		t.Fatal(err)
	}
	return authoritytest.Federation{Issuer: platformIssuer, Subject: workloadName, Keys: []authoritytest.AppKey{{JWK: jwk}}}
}

// token writes a token of the workload to a file.
func (p platform) token(t *testing.T) (file string) {
	t.Helper()
	now := time.Now().Unix()
	payload, err := json.Marshal(map[string]any{
		"iss": platformIssuer, "sub": workloadName, "aud": "api://AzureADTokenExchange", "jti": rand.Text(), "iat": now, "nbf": now, "exp": now + 600,
	})
	if err != nil {
		t.Fatal(err)
	}
	text := base64url([]byte(`{"alg":"ES256","typ":"JWT","kid":"1"}`)) + "." + base64url(payload)
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 2*crypto.SHA256.Size())
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	file = filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(text+"."+base64url(signature)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
