package authoritytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// The signing algorithms (RFC 7518, section 3.1).
const (
	algRS256 = "RS256"
	algES256 = "ES256"
)

// A signingKey signs tokens with one algorithm.
type signingKey struct {
	alg    string
	id     string
	signer crypto.Signer
	public jwk
}

// A jwk is a public key as RFC 7517 has it.
type jwk struct {
	Kty    string `json:"kty"`
	Use    string `json:"use"`
	Alg    string `json:"alg"`
	Kid    string `json:"kid"`
	N      string `json:"n,omitempty"`
	E      string `json:"e,omitempty"`
	Crv    string `json:"crv,omitempty"`
	X      string `json:"x,omitempty"`
	Y      string `json:"y,omitempty"`
	Issuer string `json:"issuer,omitempty"` // Entra shape
}

// signingKeys are the process's keys: making an RSA key takes too long to do it for
// every server of a test binary.
var signingKeys = sync.OnceValue(newSigningKeys)

func newSigningKeys() map[string]*signingKey {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	point, err := ecKey.PublicKey.Bytes() // 4, X, Y (SEC 1, section 2.3.3)
	if err != nil {
		panic(err)
	}
	coordinate := (len(point) - 1) / 2
	r := jwk{Kty: "RSA", N: b64(rsaKey.N.Bytes()), E: b64(big.NewInt(int64(rsaKey.E)).Bytes())}
	e := jwk{Kty: "EC", Crv: "P-256", X: b64(point[1 : 1+coordinate]), Y: b64(point[1+coordinate:])}
	return map[string]*signingKey{
		algRS256: newSigningKey(algRS256, rsaKey, r, fmt.Sprintf(`{"e":"%s","kty":"RSA","n":"%s"}`, r.E, r.N)),
		algES256: newSigningKey(algES256, ecKey, e, fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, e.X, e.Y)),
	}
}

// newSigningKey names the key by its thumbprint (RFC 7638), spelled with characters
// that clients must not take for syntax: a key id is any string.
func newSigningKey(alg string, signer crypto.Signer, public jwk, thumbprint string) *signingKey {
	sum := sha256.Sum256([]byte(thumbprint))
	public.Alg, public.Use = alg, "sig"
	public.Kid = "k&" + strings.ToLower(alg) + "/+ " + base64.StdEncoding.EncodeToString(sum[:])
	return &signingKey{alg: alg, id: public.Kid, signer: signer, public: public}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// sign returns a JWS in compact form (RFC 7515, section 3.1).
func (k *signingKey) sign(typ string, claims map[string]any) (string, error) {
	return signed(map[string]string{"typ": typ, "alg": k.alg, "kid": k.id}, claims, k.signature)
}

// signed returns the JWS of a header and claims, with the signature that sign makes.
func signed(header map[string]string, claims map[string]any, sign func(input string) ([]byte, error)) (string, error) {
	head, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	input := b64(head) + "." + b64(payload)
	signature, err := sign(input)
	if err != nil {
		return "", err
	}
	return input + "." + b64(signature), nil
}

func (k *signingKey) signature(input string) ([]byte, error) {
	sum := sha256.Sum256([]byte(input))
	if key, ok := k.signer.(*ecdsa.PrivateKey); ok {
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			return nil, err
		}
		signature := make([]byte, 64) // R and S, 32 bytes each (RFC 7518, section 3.4)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		return signature, nil
	}
	return k.signer.Sign(rand.Reader, sum[:], crypto.SHA256)
}

// verify returns the claims of a token that one of the process's keys signed.
func verify(token string) (claims map[string]any, typ string, ok bool) {
	head, rest, _ := strings.Cut(token, ".")
	payload, signature, found := strings.Cut(rest, ".")
	raw, err1 := base64.RawURLEncoding.Strict().DecodeString(head)
	body, err2 := base64.RawURLEncoding.Strict().DecodeString(payload)
	sig, err3 := base64.RawURLEncoding.Strict().DecodeString(signature)
	if !found || err1 != nil || err2 != nil || err3 != nil {
		return nil, "", false
	}
	var header struct{ Typ, Alg, Kid string }
	if json.Unmarshal(raw, &header) != nil {
		return nil, "", false
	}
	key := keyNamed(header.Alg, header.Kid)
	if key == nil || !key.verifies(head+"."+payload, sig) {
		return nil, "", false
	}
	if json.Unmarshal(body, &claims) != nil {
		return nil, "", false
	}
	return claims, header.Typ, true
}

func (k *signingKey) verifies(input string, signature []byte) bool {
	sum := sha256.Sum256([]byte(input))
	switch public := k.signer.Public().(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature) == nil
	case *ecdsa.PublicKey:
		if len(signature) != 64 {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(public, sum[:], r, s)
	}
	return false
}
