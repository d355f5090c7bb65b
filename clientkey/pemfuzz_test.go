package clientkey

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
)

// FuzzParsePEM: what is read is a key, and the standard library finds a block where it
// is; what is refused leaves nothing behind.
func FuzzParsePEM(f *testing.F) {
	// The same in each process, for the engine compares what runs where: a key that is 1.
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), append(make([]byte, 31), 1))
	if err != nil {
		f.Fatal(err)
	}
	sec1, err1 := x509.MarshalECPrivateKey(key)
	pkcs8, err2 := x509.MarshalPKCS8PrivateKey(key)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now, NotAfter: now}
	certificate, err3 := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err1 != nil || err2 != nil || err3 != nil {
		f.Fatal(err1, err2, err3)
	}
	f.Add([]byte(pemBlock("PRIVATE KEY", pkcs8) + pemBlock("CERTIFICATE", certificate)))
	f.Add([]byte(pemBlock("EC PARAMETERS", nil) + pemBlock("EC PRIVATE KEY", sec1)))
	f.Add([]byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParsePEM(text)
		if (err == nil) != (k.Signer != nil) || err != nil && k.Certificates != nil {
			t.Fatalf("%v and %v", k.Signer, err)
		}
		if block, _ := pem.Decode(bytes.TrimPrefix(text, []byte("\ufeff"))); err == nil && block == nil {
			t.Error("a key without a block")
		}
	})
}
