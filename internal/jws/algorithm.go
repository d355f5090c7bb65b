package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // registers the hash functions
	_ "crypto/sha512"
	"math/big"
)

// An algorithm is one value of alg (RFC 7518 section 3.1).
type algorithm struct {
	hash  crypto.Hash
	curve elliptic.Curve // nil: RSA
	pss   bool           // RSASSA-PSS instead of PKCS #1 v1.5
}

var known = map[string]algorithm{
	"RS256": {hash: crypto.SHA256},
	"RS384": {hash: crypto.SHA384},
	"RS512": {hash: crypto.SHA512},
	"PS256": {hash: crypto.SHA256, pss: true},
	"PS384": {hash: crypto.SHA384, pss: true},
	"PS512": {hash: crypto.SHA512, pss: true},
	"ES256": {hash: crypto.SHA256, curve: elliptic.P256()},
	"ES384": {hash: crypto.SHA384, curve: elliptic.P384()},
	"ES512": {hash: crypto.SHA512, curve: elliptic.P521()},
}

// suits reports whether a key of this kind and curve belongs to the algorithm.
func (a algorithm) suits(key crypto.PublicKey) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return a.curve == nil
	case *ecdsa.PublicKey:
		return a.curve == key.Curve
	}
	return false
}

// check reports whether the signature of the text is right. The key suits the algorithm.
func (a algorithm) check(key crypto.PublicKey, text string, signature []byte) bool {
	h := a.hash.New()
	h.Write([]byte(text))
	digest := h.Sum(nil)
	switch key := key.(type) {
	case *rsa.PublicKey:
		if a.pss {
			// The salt is as long as the hash (RFC 7518 section 3.5).
			return rsa.VerifyPSS(key, a.hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(key, a.hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		// Two numbers of full length, not ASN.1 (RFC 7518 section 3.4).
		size := (a.curve.Params().BitSize + 7) / 8
		if len(signature) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(key, digest, r, s)
	}
	return false
}
