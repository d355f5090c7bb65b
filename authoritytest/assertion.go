package authoritytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
)

// An assertion is a JWT that a client brings, taken apart. Nothing of it is believed
// before its signature is checked.
type assertion struct {
	header, claims map[string]any
	input          string // what is signed
	signature      []byte
}

// readAssertion takes a JWT apart; it reports false if it is none.
func readAssertion(text string) (*assertion, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, false
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return nil, false
		}
	}
	a := &assertion{input: parts[0] + "." + parts[1], signature: raw[2]}
	if json.Unmarshal(raw[0], &a.header) != nil || json.Unmarshal(raw[1], &a.claims) != nil {
		return nil, false
	}
	_, critical := a.header["crit"]
	return a, a.header != nil && a.claims != nil && !critical
}

// head and claim return members that are strings.
func (a *assertion) head(name string) string  { s, _ := a.header[name].(string); return s }
func (a *assertion) claim(name string) string { s, _ := a.claims[name].(string); return s }

// assertionAlgorithms are those that client assertions may be signed with (RFC 7518,
// section 3.1).
var assertionAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}

var assertionHashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

var assertionCurves = map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}

// signedBy checks the signature with a key, whose type decides what alg may be.
func (a *assertion) signedBy(public crypto.PublicKey) bool {
	alg := a.head("alg")
	if len(alg) != 5 {
		return false
	}
	family, hash := alg[:2], assertionHashes[alg[2:]]
	if hash == 0 {
		return false
	}
	h := hash.New()
	h.Write([]byte(a.input))
	digest := h.Sum(nil)
	switch public := public.(type) {
	case *rsa.PublicKey:
		switch family {
		case "RS":
			return rsa.VerifyPKCS1v15(public, hash, digest, a.signature) == nil
		case "PS":
			return rsa.VerifyPSS(public, hash, digest, a.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
	case *ecdsa.PublicKey:
		size := (public.Params().BitSize + 7) / 8
		if assertionCurves[alg] != public.Curve || len(a.signature) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(a.signature[:size]), new(big.Int).SetBytes(a.signature[size:])
		return ecdsa.Verify(public, digest, r, s)
	}
	return false
}
