// Package outside judges what somebody else's client did without asking that client: by the log of the authority, and as
// the API that its tokens are for. It is for the tests of this module.
package outside

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// An Authority lasts for a whole run of tests. It speaks TLS as https://localhost, a name that every client resolves,
// and has the default directory, where the daemon also proves itself by a key and by tokens of a cluster, and where
// old-web is the app web without PKCE.
type Authority struct {
	*authoritytest.Server

	Key         *rsa.PrivateKey   // the daemon's; its public part is registered with the key id "daemon"
	Certificate *x509.Certificate // of Key, registered too

	cluster *ecdsa.PrivateKey
}

// The cluster's tokens name the daemon so.
const (
	clusterIssuer  = "https://cluster.contoso.test"
	clusterSubject = "system:serviceaccount:tasks:daemon"
	federation     = "api://AzureADTokenExchange"
)

// Start starts an authority. The caller closes it.
func Start() (*Authority, error) {
	a := &Authority{Server: &authoritytest.Server{
		Directory: authoritytest.DefaultDirectory(), TLS: true, Host: "localhost", DeviceInterval: time.Second,
	}}
	if err := a.makeKeys(); err != nil {
		return nil, err
	}
	public, err := json.Marshal(jose.JSONWebKey{Key: a.cluster.Public(), KeyID: "cluster", Use: "sig"})
	if err != nil {
		return nil, err
	}
	own, err := json.Marshal(jose.JSONWebKey{Key: a.Key.Public(), KeyID: "daemon", Use: "sig"})
	if err != nil {
		return nil, err
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})
	a.addOldWeb()
	native := a.Edit("native")
	native.RedirectURIs = append(native.RedirectURIs, "http://localhost/callback")
	daemon := a.Edit("daemon")
	daemon.Keys = []authoritytest.AppKey{{Certificate: string(certificate)}, {JWK: own}}
	daemon.Federated = []authoritytest.Federation{{
		Issuer: clusterIssuer, Subject: clusterSubject, Keys: []authoritytest.AppKey{{JWK: public}},
	}}
	return a, a.Server.Start()
}

func (a *Authority) addOldWeb() {
	old := a.Directory.App("web")
	old.Name, old.ClientID, old.WithoutPKCE = "old-web", "7a4c2e9d-3b1f-4c6a-8d5e-0f2b4d6e8a13", true
	a.Directory.Apps = append(a.Directory.Apps, old)
	a.Directory.Consents = append(a.Directory.Consents, authoritytest.Consent{Client: old.Name, Scopes: old.Permissions})
}

func (a *Authority) makeKeys() (err error) {
	if a.Key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return err
	}
	if a.cluster, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "daemon"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.Key.Public(), a.Key)
	if err != nil {
		return err
	}
	a.Certificate, err = x509.ParseCertificate(der)
	return err
}

// Edit returns an app of the directory, to be changed before the start.
func (a *Authority) Edit(name string) *authoritytest.App {
	for i := range a.Directory.Apps {
		if a.Directory.Apps[i].Name == name {
			return &a.Directory.Apps[i]
		}
	}
	panic("outside: the directory has no app " + name)
}

// ClusterToken returns a token of the cluster, which stands for the daemon's client assertion.
func (a *Authority) ClusterToken() (string, error) {
	key := jose.JSONWebKey{Key: a.cluster, KeyID: "cluster"}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
	if err != nil {
		return "", err
	}
	now := a.Clock.Now()
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: clusterIssuer, Subject: clusterSubject, Audience: jwt.Audience{federation},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Hour)),
	}).Serialize()
}

// Visit does what the system's browser does with an authorization URL: the person signs in, and the response goes to
// the loopback address that the client listens on, in the response mode that it asked for.
func (a *Authority) Visit(ctx context.Context, authorizeURL, username string) error {
	return a.visit(ctx, a.NewBrowser(), authorizeURL, username)
}

// Cancel is Visit of a person who cancels where consent is asked for.
func (a *Authority) Cancel(ctx context.Context, authorizeURL, username string) error {
	browser := a.NewBrowser()
	browser.Decline = true
	return a.visit(ctx, browser, authorizeURL, username)
}

func (a *Authority) visit(ctx context.Context, browser *authoritytest.Browser, authorizeURL, username string) error {
	asked, err := url.Parse(authorizeURL)
	if err != nil {
		return errors.New("outside: the authorization URL is malformed")
	}
	callback, err := browser.Complete(ctx, authorizeURL, username)
	if err != nil {
		return err
	}
	method, body := http.MethodGet, ""
	if asked.Query().Get("response_mode") == "form_post" {
		method = http.MethodPost
		callback, body, _ = strings.Cut(callback, "?")
	}
	req, err := http.NewRequestWithContext(ctx, method, callback, strings.NewReader(body))
	if err != nil {
		return errors.New("outside: the callback URL is malformed")
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("outside: the client's listener answers with status %d", resp.StatusCode)
	}
	return nil
}
