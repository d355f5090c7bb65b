package jws_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/jws"
)

var everyAlgorithm = map[string]string{
	"RS256": "rsa", "RS384": "rsa", "RS512": "rsa", "PS256": "rsa", "PS384": "rsa", "PS512": "rsa",
	"ES256": "P-256", "ES384": "P-384", "ES512": "P-521",
}

// What is signed here is accepted by the half of this package that checks foreign tokens.
func TestSign(t *testing.T) {
	for alg, name := range everyAlgorithm {
		for range 8 { // numbers with leading zeros come up now and then
			compact, err := jws.Sign(jws.SigningHeader{Algorithm: alg, Type: "JWT", KeyID: name}, []byte(`{"a":1}`), testKeys()[name])
			if err != nil {
				t.Fatalf("%s: %v", alg, err)
			}
			keys, err := jws.ParseKeys(set(t, jwk(name)))
			if err != nil {
				t.Fatal(err)
			}
			payload, _, err := jws.Verify(compact, keys, []string{alg})
			if err != nil || payload != `{"a":1}` {
				t.Errorf("%s: %q, %v", alg, payload, err)
			}
		}
	}
}

func TestSignHeader(t *testing.T) {
	compact, err := jws.Sign(jws.SigningHeader{
		Algorithm: "ES256", Type: "JWT", KeyID: `a"b`, Thumbprint: "t1", ThumbprintSHA256: "t2", Chain: []string{"MII+/w==", "MIIB"},
	}, nil, testKeys()["P-256"])
	if err != nil {
		t.Fatal(err)
	}
	want := b64([]byte(`{"alg":"ES256","typ":"JWT","kid":"a\"b","x5t":"t1","x5t#S256":"t2","x5c":["MII+/w==","MIIB"]}`))
	if head, _, _ := strings.Cut(compact, "."); head != want {
		t.Errorf("header %s", head)
	}
	compact, err = jws.Sign(jws.SigningHeader{Algorithm: "ES256"}, nil, testKeys()["P-256"])
	if head, _, _ := strings.Cut(compact, "."); err != nil || head != b64([]byte(`{"alg":"ES256"}`)) {
		t.Errorf("header %s, %v", head, err)
	}
}

// A remoteKey is a key somewhere else, which may answer what it likes.
type remoteKey struct {
	crypto.Signer
	answer func(signature []byte) ([]byte, error)
}

func (k remoteKey) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	signature, err := k.Signer.Sign(r, digest, opts)
	if err != nil {
		return nil, err
	}
	return k.answer(signature)
}

// A messageKey hashes by itself (crypto.MessageSigner), as some services do.
type messageKey struct{ *ecdsa.PrivateKey }

func (k messageKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("signs no digest")
}

func (k messageKey) SignMessage(r io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	h := opts.HashFunc().New()
	h.Write(message)
	return k.PrivateKey.Sign(r, h.Sum(nil), opts)
}

func TestSignRemotely(t *testing.T) {
	cause := errors.New("module locked")
	constant := func(answer ...byte) func([]byte) ([]byte, error) {
		return func([]byte) ([]byte, error) { return answer, nil }
	}
	tests := []struct {
		name, alg, key string
		answer         func([]byte) ([]byte, error)
		says           string
	}{
		{"as it is", "PS256", "rsa", func(s []byte) ([]byte, error) { return s, nil }, ""},
		{"as it is", "ES384", "P-384", func(s []byte) ([]byte, error) { return s, nil }, ""},
		{"fails", "RS256", "rsa", func([]byte) ([]byte, error) { return nil, cause }, "module locked"},
		{"nothing", "RS256", "rsa", constant(), "does not fit its public key"},
		{"nothing", "ES256", "P-256", constant(), "ASN.1"},
		{"altered", "RS256", "rsa", func(s []byte) ([]byte, error) { s[9]++; return s, nil }, "does not fit its public key"},
		{"more behind", "ES256", "P-256", func(s []byte) ([]byte, error) { return append(s, 0), nil }, "ASN.1"},
		{"zero", "ES256", "P-256", constant(0x30, 6, 2, 1, 0, 2, 1, 0), "ASN.1"},
		{"negative", "ES256", "P-256", constant(0x30, 6, 2, 1, 1, 2, 1, 0xff), "ASN.1"},
		{"too long", "ES256", "P-521", nil, "curve"},
		{"small numbers", "ES256", "P-256", constant(0x30, 6, 2, 1, 1, 2, 1, 1), "does not fit its public key"},
		{"two numbers without ASN.1", "ES256", "P-256", constant(make([]byte, 64)...), "ASN.1"},
	}
	for _, tt := range tests {
		t.Run(tt.alg+" "+tt.name, func(t *testing.T) {
			compact, err := jws.Sign(jws.SigningHeader{Algorithm: tt.alg}, []byte("{}"), remoteKey{testKeys()[tt.key], tt.answer})
			switch {
			case tt.says == "" && err != nil:
				t.Error(err)
			case tt.says != "" && (err == nil || compact != "" || !strings.Contains(err.Error(), tt.says)):
				t.Errorf("%q, %v; want an error with %q", compact, err, tt.says)
			}
			if tt.name == "fails" && !errors.Is(err, cause) {
				t.Error("the signer's error is not wrapped")
			}
		})
	}
	if _, err := jws.Sign(jws.SigningHeader{Algorithm: "ES256"}, nil, messageKey{testKeys()["P-256"].(*ecdsa.PrivateKey)}); err != nil {
		t.Errorf("a signer of messages: %v", err)
	}
}

func TestR16_SignRefuses(t *testing.T) {
	for _, tt := range []struct{ alg, key string }{
		{"", "rsa"}, {"none", "rsa"}, {"HS256", "rsa"}, {"rs256", "rsa"}, {"EdDSA", "rsa"},
		{"ES256", "rsa"}, {"RS256", "P-256"}, {"ES384", "P-256"}, {"ES256", "P-224"},
	} {
		if _, err := jws.Sign(jws.SigningHeader{Algorithm: tt.alg}, nil, testKeys()[tt.key]); !errors.Is(err, jws.ErrAlgorithm) {
			t.Errorf("%q by %s: %v", tt.alg, tt.key, err)
		}
	}
}

func TestAlgorithms(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		key  crypto.PublicKey
		want string
		says string
	}{
		{testKeys()["rsa"].Public(), "RS256 PS256 RS384 PS384 RS512 PS512", ""},
		{testKeys()["P-256"].Public(), "ES256", ""},
		{testKeys()["P-384"].Public(), "ES384", ""},
		{testKeys()["P-521"].Public(), "ES512", ""},
		{testKeys()["weak"].Public(), "", "2040 bits"},
		{testKeys()["P-224"].Public(), "", "another curve"},
		{ed.Public(), "", "ed25519.PublicKey"},
		{nil, "", "RSA and ECDSA"},
		{(*rsa.PublicKey)(nil), "", "no public key"},
		{&rsa.PublicKey{}, "", "no public key"},
		{(*ecdsa.PublicKey)(nil), "", "no public key"},
		{&ecdsa.PublicKey{}, "", "no public key"},
	}
	for _, tt := range tests {
		names, err := jws.Algorithms(tt.key)
		if got := strings.Join(names, " "); got != tt.want || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%T: %q, %v", tt.key, got, err)
		}
	}
}
