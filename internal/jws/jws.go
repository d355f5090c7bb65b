// Package jws checks JSON Web Signatures in compact form (RFC 7515) against the
// public keys that an authority publishes as a JWK set (RFC 7517).
//
//	keys := jws.NewKeySet(fetchJWKS, time.Now)
//	payload, key, err := keys.Verify(ctx, token, []string{"RS256", "ES256"})
//
// The payload is what was signed; its claims are the caller's to check. [Sign] makes
// such tokens, for a client that proves itself with a key.
//
// # What decides
//
// A token cannot choose how it is checked. The caller lists the algorithms, the
// published key decides the family and the curve, and the token's header must agree
// with both. Headers that bring a key or the address of one (jku, x5u, jwk, x5c) are
// not read. Headers that change the meaning of a signature (crit, b64), "none" and the
// HMAC family, where a public key would serve as the secret, are refused.
package jws

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/b64"
)

// maxToken is the longest token that is looked at, in bytes.
const maxToken = 256 << 10

// What errors.Is tells apart. The text of an error that matches one says more.
var (
	// ErrMalformed means that the text is no signed token in compact form, or has
	// a header that is not understood.
	ErrMalformed = errors.New("jws: not a signed token in compact form")
	// ErrAlgorithm means that the token's algorithm is not one that the caller
	// allows, or none that this package knows.
	ErrAlgorithm = errors.New("jws: signature algorithm refused")
	// ErrNoKey means that no published key may check this token.
	ErrNoKey = errors.New("jws: no published key matches the token")
	// ErrSignature means that the signature is wrong.
	ErrSignature = errors.New("jws: the signature is wrong: the token was altered, or signed with another key than the published one")
)

// Verify checks the signature of a token against the keys, and returns its payload and
// the key that fits. The token's algorithm must be among the given ones; none given is
// an error. The error matches [ErrMalformed], [ErrAlgorithm], [ErrNoKey] or
// [ErrSignature], and has no piece of the payload or the signature.
func Verify(compact string, keys []Key, algorithms []string) (payload string, key Key, err error) {
	t, err := parse(compact, algorithms)
	if err != nil {
		return "", Key{}, err
	}
	return t.verify(keys)
}

// A token is a JWS that passed every check that needs no key.
type token struct {
	header    Header
	alg       algorithm
	signed    string // header and payload, as they were signed
	payload   string
	signature []byte
}

func parse(compact string, algorithms []string) (token, error) {
	if len(algorithms) == 0 {
		return token{}, fmt.Errorf("%w: the caller allows no algorithm; name those that the authority uses, such as RS256", ErrAlgorithm)
	}
	header, err := ParseHeader(compact)
	if err != nil {
		return token{}, err
	}
	if !slices.Contains(algorithms, header.Algorithm) {
		return token{}, fmt.Errorf("%w: the token is signed with %s, allowed are %s; check the authority's signing algorithm",
			ErrAlgorithm, header.Algorithm, short(strings.Join(algorithms, ", ")))
	}
	end := strings.LastIndexByte(compact, '.')
	signature, err := b64.Decode(compact[end+1:])
	if err != nil {
		return token{}, fmt.Errorf("%w: the signature is not base64url", ErrMalformed)
	}
	signed := compact[:end]
	_, body, _ := strings.Cut(signed, ".")
	payload, err := b64.Decode(body)
	if err != nil {
		return token{}, fmt.Errorf("%w: the payload is not base64url", ErrMalformed)
	}
	return token{header, known[header.Algorithm], signed, string(payload), signature}, nil
}

func (t token) verify(keys []Key) (payload string, key Key, err error) {
	fit, err := candidates(t.header, t.alg, keys)
	if err != nil {
		return "", Key{}, err
	}
	for _, k := range fit {
		if t.alg.check(k.public, t.signed, t.signature) {
			return t.payload, k, nil
		}
	}
	return "", Key{}, ErrSignature
}

// candidates returns the keys that may check the token: those with its key id, or all
// of them if it has none (RFC 7515 section 4.1.4), as far as they are for its algorithm.
func candidates(h Header, alg algorithm, keys []Key) ([]Key, error) {
	var fit []Key
	why := ""
	for _, k := range keys {
		if h.KeyID != "" && k.KeyID != h.KeyID {
			continue
		}
		reason := k.unfit(h.Algorithm, alg)
		if reason == "" {
			fit = append(fit, k)
		} else {
			why = reason
		}
	}
	switch {
	case len(fit) > 0:
		return fit, nil
	case h.KeyID == "":
		return nil, fmt.Errorf("%w: none of the %d keys is for %s", ErrNoKey, len(keys), h.Algorithm)
	case why != "":
		return nil, fmt.Errorf("%w: the key %q cannot check it: %s", ErrNoKey, short(h.KeyID), why)
	}
	return nil, fmt.Errorf("%w: none of the %d keys has the key id %q; check that the token is from this authority", ErrNoKey, len(keys), short(h.KeyID))
}
