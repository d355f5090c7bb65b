package jws_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"sync"
	"testing"
)

// Keys made once for all tests: RSA takes long.
var testKeys = sync.OnceValue(func() map[string]crypto.Signer {
	keys := map[string]crypto.Signer{}
	for name, bits := range map[string]int{"rsa": 2048, "other rsa": 2048, "weak": 2040} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		keys[name] = key
	}
	for name, curve := range map[string]elliptic.Curve{
		"P-256": elliptic.P256(), "other P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521(), "P-224": elliptic.P224(),
	} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			panic(err)
		}
		keys[name] = key
	}
	return keys
})

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// object is a JSON object.
type object map[string]any

func (o object) text(t testing.TB) string {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// with returns a copy of o with the members of p.
func (o object) with(p object) object {
	all := object{}
	for _, from := range []object{o, p} {
		for name, v := range from {
			all[name] = v
		}
	}
	return all
}

// jwk returns the public part of a test key.
func jwk(name string) object {
	switch key := testKeys()[name].Public().(type) {
	case *rsa.PublicKey:
		return object{"kty": "RSA", "kid": name, "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		if err != nil {
			panic(err)
		}
		half := len(point) / 2
		return object{"kty": "EC", "kid": name, "crv": key.Params().Name, "x": b64(point[1 : 1+half]), "y": b64(point[1+half:])}
	}
	panic("no such key: " + name)
}

// set returns a JWK set.
func set(t testing.TB, keys ...object) string {
	t.Helper()
	return object{"keys": keys}.text(t)
}

var hashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

// sign returns a token that the named key signs as alg says, with the given header.
func sign(t testing.TB, name, alg, header, payload string) string {
	t.Helper()
	text := b64([]byte(header)) + "." + b64([]byte(payload))
	hash := hashes[alg[2:]]
	h := hash.New()
	h.Write([]byte(text))
	digest := h.Sum(nil)
	var signature []byte
	var err error
	switch key := testKeys()[name].(type) {
	case *rsa.PrivateKey:
		var opts crypto.SignerOpts = hash
		if alg[:2] == "PS" {
			opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
		}
		signature, err = key.Sign(rand.Reader, digest, opts)
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		r, s, err = ecdsa.Sign(rand.Reader, key, digest)
		size := (key.Params().BitSize + 7) / 8
		signature = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(signature)
}

// mac returns a token with an HMAC.
func mac(secret []byte, header, payload string) string {
	text := b64([]byte(header)) + "." + b64([]byte(payload))
	h := hmac.New(crypto.SHA256.New, secret)
	h.Write([]byte(text))
	return text + "." + b64(h.Sum(nil))
}
