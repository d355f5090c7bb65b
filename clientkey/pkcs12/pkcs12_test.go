package pkcs12_test

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sslmate "software.sslmate.com/src/go-pkcs12"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/clientkey"
	"github.com/latchkey-auth/latchkey/clientkey/pkcs12"
	"github.com/latchkey-auth/latchkey/transport"
)

const password = "open sesame"

// pair is a new key and its certificate.
func pair(t testing.TB) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "daemon"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, c
}

func encode(t testing.TB, how *sslmate.Encoder, key any, c *x509.Certificate, password string, others ...*x509.Certificate) []byte {
	t.Helper()
	data, err := how.Encode(key, c, others, password)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDecode(t *testing.T) {
	key, c := pair(t)
	_, other := pair(t)
	for name, how := range map[string]*sslmate.Encoder{
		"3DES": sslmate.LegacyDES, "RC2": sslmate.LegacyRC2, "AES": sslmate.Modern2023, "AES, PBMAC1": sslmate.Modern2026,
	} {
		for _, password := range []string{password, "", "pässwörd"} {
			got, err := pkcs12.Decode(encode(t, how, key, c, password, other), password)
			if err != nil || !key.PublicKey.Equal(got.Signer.Public()) || len(got.Certificates) != 2 {
				t.Errorf("%s: %d certificates, %v", name, len(got.Certificates), err)
			}
			if _, err := clientkey.New(got); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := pkcs12.Decode(encode(t, sslmate.Passwordless, key, c, ""), ""); err != nil {
		t.Errorf("without a password: %v", err)
	}
	for name, text := range map[string]string{"modern": opensslModern, "legacy": opensslLegacy} {
		data, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(text, "\n", ""))
		if err != nil {
			t.Fatal(err)
		}
		got, err := pkcs12.Decode(data, password)
		if err != nil || len(got.Certificates) != 1 || got.Certificates[0].Subject.CommonName != "daemon.contoso.test" {
			t.Errorf("%s openssl: %v, %v", name, got.Certificates, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	key, c := pair(t)
	good := encode(t, sslmate.Modern, key, c, password)
	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, password string
		data           []byte
		wrongPassword  bool
		says           string
	}{
		{"wrong password", "close sesame", good, true, "the password is wrong"},
		{"no password", "", good, true, "the password is wrong"},
		{"wrong password, 3DES", "x", encode(t, sslmate.LegacyDES, key, c, password), true, "the password is wrong"},
		{"wrong password, PBMAC1", "x", encode(t, sslmate.Modern2026, key, c, password), true, "the password is wrong"},
		{"a password for nothing", password, encode(t, sslmate.Passwordless, key, c, ""), false, "export it again"},
		{"a password that cannot be", "\U0001f511", good, false, "export it again"},
		{"nothing", password, nil, false, "is empty"},
		{"PEM", password, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY"}), false, "LoadPEM"},
		{"cut off", password, good[:len(good)-10], false, "export it again"},
		{"something behind", password, append(good[:len(good):len(good)], 0), false, "export it again"},
		{"only certificates", password, trustStore(t, c), false, "export it again"},
		{"for agreement", password, encode(t, sslmate.Modern, x25519, c, password), false, "signs nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := pkcs12.Decode(tt.data, tt.password)
			var e *clientkey.Error
			if !errors.As(err, &e) || e.Field != "PKCS#12" || !strings.Contains(err.Error(), tt.says) || errors.Is(err, pkcs12.ErrPassword) != tt.wrongPassword {
				t.Errorf("%v, want %q", err, tt.says)
			}
			if got.Signer != nil || got.Certificates != nil || tt.password != "" && strings.Contains(err.Error(), tt.password) && tt.password != "x" {
				t.Error("something was returned, or the password is in the error")
			}
		})
	}
}

// Every piece of a file is refused, and none makes the library panic.
func TestDecodePieces(t *testing.T) {
	key, c := pair(t)
	good := encode(t, sslmate.Modern, key, c, password)
	for i := range good {
		var e *clientkey.Error
		if _, err := pkcs12.Decode(good[:i], password); !errors.As(err, &e) {
			t.Errorf("the first %d bytes: %v", i, err)
		}
	}
}

func trustStore(t testing.TB, c *x509.Certificate) []byte {
	t.Helper()
	data, err := sslmate.Modern.EncodeTrustStore([]*x509.Certificate{c}, password)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "a.pfx")
	key, c := pair(t)
	if err := os.WriteFile(file, encode(t, sslmate.Modern, key, c, password), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := pkcs12.Load(file, password); err != nil || !key.PublicKey.Equal(got.Signer.Public()) {
		t.Error(err)
	}
	if _, err := pkcs12.Load(file, "x"); !errors.Is(err, pkcs12.ErrPassword) {
		t.Error(err)
	}
	if _, err := pkcs12.Load(filepath.Join(folder, "absent.pfx"), password); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := pkcs12.Load(folder, password); err == nil {
		t.Error("a folder was read")
	}
	if err := os.WriteFile(file, make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pkcs12.Load(file, password); err == nil || !strings.Contains(err.Error(), "1 MiB") {
		t.Error(err)
	}
}

// The whole way: a file, a credential, a token.
func TestClientCredential(t *testing.T) {
	key, c := pair(t)
	loaded, err := pkcs12.Decode(encode(t, sslmate.Modern, key, c, password), password)
	if err != nil {
		t.Fatal(err)
	}
	credential, err := clientkey.New(loaded)
	if err != nil {
		t.Fatal(err)
	}
	srv := &authoritytest.Server{Directory: authoritytest.DefaultDirectory()}
	var id string
	for i := range srv.Directory.Apps {
		if a := &srv.Directory.Apps[i]; a.Name == "daemon" {
			id = a.ClientID
			a.Keys = []authoritytest.AppKey{{Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))}}
		}
	}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	svc, err := latchkey.NewConfidential(latchkey.Config{
		Authority: srv.Authority(""), Profile: authority.Entra(), ClientID: id, Transport: transport.NetHTTP(srv.Client()),
	}, credential)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svc.AcquireTokenByClientCredential(context.Background(), latchkey.ClientCredentialRequest{
		Scopes: []string{srv.Directory.App("api").Scope(".default")},
	}); err != nil {
		t.Error(err)
	}
}
