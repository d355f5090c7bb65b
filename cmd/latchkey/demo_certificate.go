package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/clientkey"
)

// A demoServer is the demo's authority, and the key of its app daemon.
type demoServer struct {
	*authoritytest.Server
	key clientkey.Key
}

// newDemoServer returns an authority with the built-in directory, not started. Its APIs ask
// for the user's name in access tokens, so that they can greet in both shapes, and its app
// daemon has a certificate beside its secret.
func newDemoServer() (*demoServer, error) {
	d := &demoServer{Server: &authoritytest.Server{Directory: authoritytest.DefaultDirectory(), DeviceInterval: deviceInterval}}
	var err error
	if d.key, err = newKey("daemon"); err != nil {
		return nil, err
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: d.key.Certificates[0].Raw})
	for i := range d.Directory.Apps {
		switch app := &d.Directory.Apps[i]; app.Name {
		case demoAPI:
			app.OptionalClaims.AccessToken = []string{"preferred_username"}
		case "daemon":
			app.Keys = []authoritytest.AppKey{{Certificate: string(certificate)}}
		}
	}
	return d, nil
}

// newKey makes a key and a certificate that it has signed itself, as people do for
// Microsoft Entra.
func newKey(name string) (clientkey.Key, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return clientkey.Key{}, fmt.Errorf("a key: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return clientkey.Key{}, fmt.Errorf("a certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(raw)
	return clientkey.Key{Signer: key, Certificates: []*x509.Certificate{certificate}}, err
}

// certificate: a service that keeps a key, and proves itself by a signature (RFC 7523).
func (s *stage) certificate(context.Context) (flow, error) {
	key := s.srv.key
	key.Clock = s.now
	credential, err := clientkey.New(key)
	if err != nil {
		return flow{}, err
	}
	app := s.app("daemon")
	client, err := latchkey.NewConfidential(s.config(app), credential)
	ask := func(ctx context.Context) (*latchkey.Result, error) {
		return client.AcquireTokenByClientCredential(ctx, s.appToken)
	}
	return flow{
		name: "client credentials, certificate", source: sourceAuthority, renewal: sourceAuthority,
		first: ask, again: ask, caller: caller{App: app.ClientID},
	}, err
}
