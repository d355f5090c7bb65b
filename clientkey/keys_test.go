package clientkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Keys made once for all tests, and RSA only where it is needed: it takes long.
var testKeys = sync.OnceValue(func() map[string]crypto.Signer {
	keys := maps.Clone(curveKeys())
	for name, bits := range map[string]int{"rsa": 2048, "rsa2": 2048, "weak": 1536} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		keys[name] = key
	}
	return keys
})

var curveKeys = sync.OnceValue(func() map[string]crypto.Signer {
	keys := map[string]crypto.Signer{}
	for name, curve := range map[string]elliptic.Curve{
		"P-224": elliptic.P224(), "P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521(), "ca": elliptic.P256(),
	} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			panic(err)
		}
		keys[name] = key
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	keys["ed25519"] = ed
	return keys
})

func testKey(name string) crypto.Signer {
	if key := curveKeys()[name]; key != nil {
		return key
	}
	return testKeys()[name]
}

// now is when the tests that need no authority take place.
var now = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// An issued is what a test wants in a certificate. The zero value lasts an hour each way from now.
type issued struct {
	from, until time.Time
	by          *x509.Certificate // nil: by itself
	byKey       string
	name        string
}

func certificateFor(t testing.TB, key string, want issued) *x509.Certificate {
	t.Helper()
	if want.from.IsZero() {
		want.from, want.until = now.Add(-time.Hour), now.Add(time.Hour)
	}
	if want.name == "" {
		want.name = key
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: want.name}, NotBefore: want.from, NotAfter: want.until,
		IsCA: true, BasicConstraintsValid: true,
	}
	by, byKey := want.by, want.byKey
	if by == nil {
		by, byKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, testKey(key).Public(), testKey(byKey))
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pemBlock(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pemCertificate(c *x509.Certificate) string { return pemBlock("CERTIFICATE", c.Raw) }

func pkcs8(t testing.TB, key string) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(testKey(key))
	if err != nil {
		t.Fatal(err)
	}
	return pemBlock("PRIVATE KEY", der)
}

// A countingKey is a key somewhere else: it counts its signatures, and may wait or fail.
type countingKey struct {
	crypto.Signer
	signed atomic.Int64
	called chan struct{} // one for each call; nil: nobody looks
	open   chan struct{} // closed: go on; nil: at once
	fail   atomic.Pointer[error]
	panics atomic.Bool
}

func (k *countingKey) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.signed.Add(1)
	if k.called != nil {
		k.called <- struct{}{}
	}
	if k.open != nil {
		<-k.open
	}
	if k.panics.Load() {
		panic("the private key is 42")
	}
	if err := k.fail.Load(); err != nil {
		return nil, *err
	}
	return k.Signer.Sign(r, digest, opts)
}

// An opened is an assertion without its signature.
type opened struct {
	header struct {
		Algorithm string   `json:"alg"`
		Type      string   `json:"typ"`
		KeyID     string   `json:"kid"`
		X5T       string   `json:"x5t"`
		X5TS256   string   `json:"x5t#S256"`
		X5C       []string `json:"x5c"`
	}
	claims  map[string]any
	members int // of the header
}

func open(t testing.TB, jwt string) (o opened) {
	t.Helper()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	for i, into := range []any{&o.header, &o.claims} {
		text, err := base64.RawURLEncoding.Strict().DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			var all map[string]any
			if err := json.Unmarshal(text, &all); err != nil {
				t.Fatal(err)
			}
			o.members = len(all)
		}
	}
	return o
}
