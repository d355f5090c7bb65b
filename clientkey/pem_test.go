package clientkey

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func pkcs1(t testing.TB) string {
	t.Helper()
	return pemBlock("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(testKey("rsa").(*rsa.PrivateKey)))
}

func sec1(t testing.TB, key string) string {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(testKey(key).(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	return pemBlock("EC PRIVATE KEY", der)
}

func TestParsePEM(t *testing.T) {
	root := certificateFor(t, "ca", issued{})
	leaf := certificateFor(t, "rsa", issued{by: root, byKey: "ca"})
	certificates := pemCertificate(leaf) + pemCertificate(root)
	parameters := pemBlock("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7})
	for _, tt := range []struct {
		name         string
		texts        []string
		key          string
		certificates int
	}{
		{"PKCS #8", []string{pkcs8(t, "rsa")}, "rsa", 0},
		{"PKCS #8, ECDSA", []string{pkcs8(t, "P-384")}, "P-384", 0},
		{"PKCS #1", []string{pkcs1(t)}, "rsa", 0},
		{"SEC 1", []string{sec1(t, "P-256")}, "P-256", 0},
		{"as openssl ecparam writes it", []string{parameters + sec1(t, "P-521")}, "P-521", 0},
		{"a bundle", []string{certificates + pkcs1(t)}, "rsa", 2},
		{"key first", []string{pkcs8(t, "rsa") + certificates}, "rsa", 2},
		{"two texts", []string{certificates, pkcs8(t, "rsa")}, "rsa", 2},
		{"three texts", []string{pkcs8(t, "rsa"), pemCertificate(leaf), pemCertificate(root)}, "rsa", 2},
		{"words between", []string{"Bag Attributes\n    friendlyName: daemon\n" + pkcs8(t, "rsa") + "subject=CN = daemon\n\n" + certificates + "end"}, "rsa", 2},
		{"Windows lines", []string{strings.ReplaceAll(pkcs8(t, "rsa")+certificates, "\n", "\r\n")}, "rsa", 2},
		{"byte order mark", []string{"\ufeff" + pkcs8(t, "rsa")}, "rsa", 0},
		{"no line break at the end", []string{strings.TrimSpace(pkcs8(t, "rsa"))}, "rsa", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var texts [][]byte
			var files []string
			for i, text := range tt.texts {
				texts = append(texts, []byte(text))
				files = append(files, filepath.Join(t.TempDir(), string(rune('a'+i))+".pem"))
				if err := os.WriteFile(files[i], []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			parsed, err1 := ParsePEM(texts...)
			loaded, err2 := LoadPEM(files...)
			for _, got := range []struct {
				Key
				error
			}{{parsed, err1}, {loaded, err2}} {
				if got.error != nil {
					t.Fatal(got.error)
				}
				public := testKey(tt.key).Public().(interface{ Equal(crypto.PublicKey) bool })
				if !public.Equal(got.Signer.Public()) || len(got.Certificates) != tt.certificates {
					t.Errorf("%T with %d certificates", got.Signer, len(got.Certificates))
				}
				got.Key.Clock = at(now)
				if _, err := New(got.Key); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestParsePEMRefuses(t *testing.T) {
	agreement, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x25519, err := x509.MarshalPKCS8PrivateKey(agreement)
	if err != nil {
		t.Fatal(err)
	}
	legacy := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: make([]byte, 64),
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00112233445566778899AABBCCDDEEFF"}}))
	good := pkcs8(t, "rsa")
	certificate := pemCertificate(certificateFor(t, "rsa", issued{}))
	for _, tt := range []struct{ name, text, says string }{
		{"nothing", "", "is not PEM"},
		{"DER", "\x30\x82\x04\xa4", "pkcs12"},
		{"on one line", strings.ReplaceAll(good, "\n", `\n`), "backslash"},
		{"only a certificate", certificate, "no private key"},
		{"legacy encryption", legacy, "openssl pkey"},
		{"encrypted PKCS #8", pemBlock("ENCRYPTED PRIVATE KEY", make([]byte, 64)), "openssl pkey"},
		{"OpenSSH", pemBlock("OPENSSH PRIVATE KEY", []byte("openssh-key-v1")), "ssh-keygen"},
		{"two keys", good + pkcs8(t, "P-256"), "several private keys"},
		{"for agreement", pemBlock("PRIVATE KEY", x25519), "agreement"},
		{"public key", pemBlock("PUBLIC KEY", nil), "PUBLIC KEY"},
		{"certificate request", good + pemBlock("CERTIFICATE REQUEST", nil), "remove it"},
		{"broken key", pemBlock("PRIVATE KEY", []byte{0x30, 0}), "PRIVATE KEY"},
		{"broken PKCS #1", pemBlock("RSA PRIVATE KEY", []byte{0x30, 0}), "RSA PRIVATE KEY"},
		{"broken SEC 1", pemBlock("EC PRIVATE KEY", []byte{0x30, 0}), "EC PRIVATE KEY"},
		{"broken certificate", good + pemBlock("CERTIFICATE", []byte{0x30, 0}), "a certificate cannot be read"},
		{"cut off", good[:len(good)-30], "END line"},
		{"a damaged block among good ones", strings.Replace(certificate, "-----END", "----END", 1) + good, "damaged"},
		{"hostile name", pemBlock("A\x1b[2J", nil), "remove it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key, err := ParsePEM([]byte(tt.text))
			wantError(t, err, "PEM", tt.says)
			if key.Signer != nil || key.Certificates != nil {
				t.Error("something was returned")
			}
			for _, line := range strings.Split(tt.text, "\n") {
				if len(line) > 40 && !strings.HasPrefix(line, "-") && strings.Contains(err.Error(), line) {
					t.Error("the error has a piece of the key")
				}
			}
		})
	}
	_, err = ParsePEM([]byte(good), []byte("x"))
	wantError(t, err, "PEM", "text 2: is not PEM")
	_, err = ParsePEM()
	wantError(t, err, "PEM", "no private key")
	_, err = LoadPEM()
	wantError(t, err, "PEM", "no private key")
}

func TestLoadPEMRefuses(t *testing.T) {
	folder := t.TempDir()
	if _, err := LoadPEM(filepath.Join(folder, "absent.pem")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := LoadPEM(folder); err == nil {
		t.Error("a folder was read")
	}
	long := filepath.Join(folder, "long.pem")
	if err := os.WriteFile(long, make([]byte, maxPEM+1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := LoadPEM(long)
	wantError(t, err, "PEM", "long.pem: is longer than 1 MiB")
}
