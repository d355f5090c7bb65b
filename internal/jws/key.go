package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/latchkey-auth/latchkey/internal/b64"
)

// Limits of a JWK set and its keys.
const (
	maxKeys   = 100
	maxKeySet = 256 << 10 // bytes
	minRSA    = 2048      // bits
	maxRSA    = 16384     // bits: checking a signature takes time with its square
)

// A Key is one public key of a JWK set. A key that is published but must not be used
// (too short, not on its curve, not readable) is a Key too, so that [Verify] can say
// why it refuses; it checks nothing.
type Key struct {
	KeyID     string // kid; "" if absent
	Algorithm string // alg, the only algorithm that it is for; "" if absent
	Use       string // use; only "sig" and "" check signatures
	Issuer    string // issuer, a Microsoft Entra extension; "" if absent

	public crypto.PublicKey // *rsa.PublicKey or *ecdsa.PublicKey; nil if refused
	reason string           // why it is refused
}

// ParseKeys reads a JWK set (RFC 7517 section 5) of at most 100 keys and 256 KiB. Keys
// of a type that signs nothing here, such as oct, are left out; private parts are not
// read. The error says what is wrong with the document, without its text.
func ParseKeys(jwks string) ([]Key, error) {
	if len(jwks) > maxKeySet {
		return nil, fmt.Errorf("jws: the key set is longer than %d KiB; check the authority's jwks_uri", maxKeySet>>10)
	}
	set, err := members([]byte(jwks))
	if err != nil {
		return nil, fmt.Errorf("jws: the answer is no key set: %w; check the authority's jwks_uri", err)
	}
	var list []json.RawMessage
	if raw, ok := set["keys"]; !ok || raw[0] != '[' || json.Unmarshal(raw, &list) != nil {
		return nil, errors.New("jws: the answer is no key set: it has no array named keys; check the authority's jwks_uri")
	}
	if len(list) > maxKeys {
		return nil, fmt.Errorf("jws: the key set has %d keys, more than %d", len(list), maxKeys)
	}
	keys := make([]Key, 0, len(list))
	for _, raw := range list {
		if key, ok := parseKey(raw); ok {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// parseKey reports whether the key is of a known type. One that is broken must not
// make the others of its set useless.
func parseKey(raw json.RawMessage) (Key, bool) {
	m, err := members(raw)
	if err != nil {
		return Key{}, false
	}
	var k Key
	var kind string
	for name, into := range map[string]*string{"kid": &k.KeyID, "alg": &k.Algorithm, "use": &k.Use, "issuer": &k.Issuer, "kty": &kind} {
		if text(m, name, into) != nil {
			return Key{}, false
		}
	}
	switch kind {
	case "RSA":
		k.public, err = parseRSA(m)
	case "EC":
		k.public, err = parseEC(m)
	default:
		return Key{}, false
	}
	if err == nil {
		err = operations(m)
	}
	if err != nil {
		k.public, k.reason = nil, err.Error()
	}
	return k, true
}

// operations checks key_ops, the finer form of use (RFC 7517 section 4.3).
func operations(m map[string]json.RawMessage) error {
	raw, ok := m["key_ops"]
	if !ok {
		return nil
	}
	var ops []string
	if json.Unmarshal(raw, &ops) != nil || !slices.Contains(ops, "verify") {
		return errors.New("its key_ops do not allow it to verify")
	}
	return nil
}

// parseRSA reads n and e (RFC 7518 section 6.3.1).
func parseRSA(m map[string]json.RawMessage) (crypto.PublicKey, error) {
	n, err := number(m, "n")
	if err != nil {
		return nil, err
	}
	e, err := number(m, "e")
	if err != nil {
		return nil, err
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	switch bits := modulus.BitLen(); {
	case bits < minRSA:
		return nil, fmt.Errorf("it is RSA with %d bits; at least %d are needed", bits, minRSA)
	case bits > maxRSA:
		return nil, fmt.Errorf("it is RSA with %d bits; more than %d are refused", bits, maxRSA)
	case modulus.Bit(0) == 0:
		return nil, errors.New("its modulus is even")
	case exponent.BitLen() > 31 || exponent.Bit(0) == 0 || exponent.BitLen() < 2:
		// With exponent 1 every text is its own signature.
		return nil, errors.New("its exponent is not an odd number from 3 to 2147483647")
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, nil
}

// parseEC reads crv, x and y (RFC 7518 section 6.2.1).
func parseEC(m map[string]json.RawMessage) (crypto.PublicKey, error) {
	var name string
	if err := text(m, "crv", &name); err != nil {
		return nil, err
	}
	curve, ok := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[name]
	if !ok {
		return nil, errors.New("its curve is not P-256, P-384 or P-521")
	}
	x, err := number(m, "x")
	if err != nil {
		return nil, err
	}
	y, err := number(m, "y")
	if err != nil {
		return nil, err
	}
	if size := (curve.Params().BitSize + 7) / 8; len(x) != size || len(y) != size {
		return nil, errors.New("its coordinates do not have the length of its curve")
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, errors.New("its point is not on its curve")
	}
	return key, nil
}

func number(m map[string]json.RawMessage, name string) ([]byte, error) {
	var s string
	if err := text(m, name, &s); err != nil {
		return nil, err
	}
	b, err := b64.Decode(s)
	if err != nil || len(b) == 0 {
		return nil, errors.New(name + " is missing or not base64url")
	}
	return b, nil
}

// unfit returns why the key may not check a token of this algorithm, or "".
func (k Key) unfit(name string, alg algorithm) string {
	switch {
	case k.public == nil:
		return k.reason
	case k.Use != "" && k.Use != "sig":
		return fmt.Sprintf("its use is %q, not sig", short(k.Use))
	case k.Algorithm != "" && k.Algorithm != name:
		return fmt.Sprintf("it is for %q, the token says %s", short(k.Algorithm), name)
	case !alg.suits(k.public):
		return "its type or curve is not the one of " + name
	}
	return ""
}
