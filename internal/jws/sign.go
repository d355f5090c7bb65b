package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/latchkey-auth/latchkey/internal/b64"
)

// A SigningHeader is the header of a token to be signed (RFC 7515 section 4.1). What is
// empty is left out.
type SigningHeader struct {
	Algorithm        string   `json:"alg"`                // one that [Algorithms] lists for the key
	Type             string   `json:"typ,omitempty"`      // such as "JWT"
	KeyID            string   `json:"kid,omitempty"`      // under which the public key is known
	Thumbprint       string   `json:"x5t,omitempty"`      // of the certificate, SHA-1, base64url
	ThumbprintSHA256 string   `json:"x5t#S256,omitempty"` // of the certificate, SHA-256, base64url
	Chain            []string `json:"x5c,omitempty"`      // certificates, DER in padded base64, the signer's first
}

// Sign returns a signed token in compact form. The key may be anywhere: only its
// interface is used, and what it returns is checked before it leaves. The error matches
// [ErrAlgorithm] if the key cannot sign so, and wraps the signer's own.
func Sign(h SigningHeader, payload []byte, key crypto.Signer) (compact string, err error) {
	alg, ok := known[h.Algorithm]
	if !ok {
		return "", fmt.Errorf("%w: %s", ErrAlgorithm, refusal(h.Algorithm))
	}
	public := key.Public()
	if !alg.suits(public) {
		return "", fmt.Errorf("%w: the key's type or curve is not the one of %s", ErrAlgorithm, h.Algorithm)
	}
	header, err := json.Marshal(h)
	if err != nil {
		return "", fmt.Errorf("jws: the header: %w", err)
	}
	text := b64.Encode(header) + "." + b64.Encode(payload)
	signature, err := alg.sign(key, text)
	if err != nil {
		return "", fmt.Errorf("jws: the signer failed: %w", err)
	}
	// A security module with another key under the same name, or with another
	// padding, is found here and not by the authority.
	if !alg.check(public, text, signature) {
		return "", errors.New("jws: the signer's signature does not fit its public key: check which key it signs with, and that it can sign " + h.Algorithm)
	}
	return text + "." + b64.Encode(signature), nil
}

func (a algorithm) sign(key crypto.Signer, text string) ([]byte, error) {
	var opts crypto.SignerOpts = a.hash
	if a.pss {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.hash}
	}
	signature, err := crypto.SignMessage(key, rand.Reader, []byte(text), opts)
	if err != nil || a.curve == nil {
		return signature, err
	}
	return a.join(signature)
}

// join turns an ASN.1 signature into two numbers of full length (RFC 7518 section 3.4).
func (a algorithm) join(der []byte) ([]byte, error) {
	var pair struct{ R, S *big.Int }
	size := (a.curve.Params().BitSize + 7) / 8
	rest, err := asn1.Unmarshal(der, &pair)
	if err != nil || len(rest) > 0 || pair.R.Sign() <= 0 || pair.S.Sign() <= 0 || pair.R.BitLen() > 8*size || pair.S.BitLen() > 8*size {
		return nil, errors.New("its signature is not the ASN.1 that crypto.Signer demands")
	}
	joined := make([]byte, 2*size)
	pair.R.FillBytes(joined[:size])
	pair.S.FillBytes(joined[size:])
	return joined, nil
}

// Algorithms returns the algorithms that a private key can sign with, given its public
// key. The error says why there is none.
func Algorithms(key crypto.PublicKey) ([]string, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key == nil || key.N == nil {
			return nil, errors.New("there is no public key")
		}
		if bits := key.N.BitLen(); bits < minRSA || bits > maxRSA {
			return nil, fmt.Errorf("it is RSA with %d bits; from %d to %d are accepted", bits, minRSA, maxRSA)
		}
	case *ecdsa.PublicKey:
		if key == nil || key.Curve == nil {
			return nil, errors.New("there is no public key")
		}
	default:
		return nil, fmt.Errorf("its type is %T; RSA and ECDSA are accepted", key)
	}
	var names []string
	for _, name := range []string{"RS256", "PS256", "RS384", "PS384", "RS512", "PS512", "ES256", "ES384", "ES512"} {
		if known[name].suits(key) {
			names = append(names, name)
		}
	}
	if names == nil {
		return nil, errors.New("it is ECDSA on another curve than P-256, P-384 and P-521")
	}
	return names, nil
}
