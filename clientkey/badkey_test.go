package clientkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// wantError checks a typed error and that its text can be printed.
func wantError(t testing.TB, err error, field, says string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Field != field || !strings.Contains(e.Error(), says) || strings.ContainsAny(e.Error(), "\x1b\n\r") {
		t.Errorf("%T %v, want %s with %q", err, err, field, says)
	}
}

func TestNewRefuses(t *testing.T) {
	mine, other := certificateFor(t, "rsa", issued{}), certificateFor(t, "rsa2", issued{})
	one := func(c *x509.Certificate) []*x509.Certificate { return []*x509.Certificate{c} }
	rsaKey := testKey("rsa")
	for _, tt := range []struct {
		name, field, says string
		key               Key
	}{
		{"nothing", "Key.Signer", "LoadPEM", Key{}},
		{"no RSA key", "Key.Signer", "is nil", Key{Signer: (*rsa.PrivateKey)(nil)}},
		{"no ECDSA key", "Key.Signer", "is nil", Key{Signer: (*ecdsa.PrivateKey)(nil)}},
		{"short RSA", "Key.Signer", "1536 bits", Key{Signer: testKey("weak")}},
		{"another kind", "Key.Signer", "ed25519", Key{Signer: testKey("ed25519")}},
		{"another curve", "Key.Signer", "curve", Key{Signer: testKey("P-224")}},
		{"no public key", "Key.Signer", "<nil>", Key{Signer: silentKey{}}},
		{"another's certificate", "Key.Certificates", "none of the 1", Key{Signer: rsaKey, Certificates: one(other)}},
		{"a certificate of another kind", "Key.Certificates", "none of the 1", Key{Signer: rsaKey, Certificates: one(certificateFor(t, "P-256", issued{}))}},
		{"no certificate", "Key.Certificates", "ParseCertificate", Key{Signer: rsaKey, Certificates: one(nil)}},
		{"a certificate made by hand", "Key.Certificates", "ParseCertificate", Key{Signer: rsaKey, Certificates: one(&x509.Certificate{PublicKey: rsaKey.Public()})}},
		{"a chain of nothing", "Key.SendChain", "Certificates", Key{Signer: rsaKey, SendChain: true}},
		{"another kind's algorithm", "Key.Algorithm", "RS256, PS256", Key{Signer: rsaKey, Algorithm: "ES256"}},
		{"another curve's algorithm", "Key.Algorithm", "ES256", Key{Signer: testKey("P-256"), Algorithm: "ES384"}},
		{"no algorithm", "Key.Algorithm", "RS256", Key{Signer: rsaKey, Algorithm: "none"}},
		{"HMAC", "Key.Algorithm", "RS256", Key{Signer: rsaKey, Algorithm: "HS256"}},
		{"too short a life", "Key.Lifetime", "one to ten", Key{Signer: rsaKey, Lifetime: time.Second}},
		{"too long a life", "Key.Lifetime", "one to ten", Key{Signer: rsaKey, Lifetime: time.Hour}},
		{"negative life", "Key.Lifetime", "one to ten", Key{Signer: rsaKey, Lifetime: -1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.key.Clock = at(now)
			c, err := New(tt.key)
			wantError(t, err, tt.field, tt.says)
			if c.String() != "no credential" {
				t.Errorf("a credential: %v", c)
			}
		})
	}
	for _, good := range []Key{
		{Signer: rsaKey, Certificates: one(mine), Clock: at(now)},
		{Signer: rsaKey, Certificates: []*x509.Certificate{other, mine}, SendChain: true, Clock: at(now)},
		{Signer: testKey("P-521"), KeyID: "k"},
	} {
		if c, err := New(good); err != nil || c.String() != "assertion [redacted]" {
			t.Errorf("%v, %v", c, err)
		}
	}
}

// silentKey is a handle whose key is gone.
type silentKey struct{ crypto.Signer }

func (silentKey) Public() crypto.PublicKey { return nil }

func TestCertificateTimes(t *testing.T) {
	c := certificateFor(t, "rsa", issued{name: "daemon\x1b[2J"})
	for _, tt := range []struct {
		when time.Time
		says string
	}{
		{c.NotBefore, ""},
		{c.NotAfter, ""},
		{c.NotAfter.Add(time.Second), "expired at 2026-05-04T04:02:01Z: make a new one, register it"},
		{c.NotBefore.Add(-time.Second), "not valid before 2026-05-04T02:02:01Z: it is 2026-05-04T02:02:00Z by this computer's clock"},
	} {
		_, err := New(Key{Signer: testKey("rsa"), Certificates: []*x509.Certificate{c}, Clock: at(tt.when)})
		if tt.says == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		var v *ValidityError
		if !errors.As(err, &v) || v.Certificate != c || !v.Now.Equal(tt.when) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%v, want %q", err, tt.says)
		}
	}
	// A service that outlives its certificate says so.
	clock := now
	p := proverOf(t, Key{Signer: testKey("rsa"), Certificates: []*x509.Certificate{c}, Clock: func() time.Time { return clock }})
	sign(t, p, request)
	clock = now.Add(2 * time.Hour)
	var v *ValidityError
	if _, err := p.assertion(t.Context(), reusable); !errors.As(err, &v) {
		t.Errorf("after the end: %v", err)
	}
}

func TestNothingIsPrinted(t *testing.T) {
	key, err := ParsePEM([]byte(pkcs8(t, "rsa")))
	if err != nil {
		t.Fatal(err)
	}
	key.KeyID = "the-key-id"
	secret := key.Signer.(*rsa.PrivateKey).D.String()[:12]
	credential, err := New(key)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+verb+verb+"\n", key, &key, struct{ K Key }{key})
	}
	fmt.Fprintf(&b, "%v %+v %#v", credential, credential, &credential)
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("key", "key", key, "pointer", &key, "credential", credential)
	text, err := json.Marshal(map[string]any{"key": key})
	if err != nil {
		t.Fatal(err)
	}
	b.Write(text)
	for _, leak := range []string{secret, "the-key-id", "PrivateKey", "0xc0"} {
		if strings.Contains(b.String(), leak) {
			t.Errorf("%q is printed: %s", leak, b.String())
		}
	}
	if !strings.Contains(string(text), "redacted") {
		t.Errorf("%s", text)
	}
}
