//go:build !js

package latchkey

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/jws"
	"github.com/latchkey-auth/latchkey/transport"
)

// A signatureChecker checks ID tokens against the keys that their authority publishes.
type signatureChecker struct {
	send transport.Func
	now  func() time.Time
	mu   sync.Mutex
	sets map[string]*jws.KeySet // by jwks_uri
}

func (s *signatureChecker) init(send transport.Func, now func() time.Time) {
	s.send, s.now, s.sets = send, now, map[string]*jws.KeySet{}
}

// signatureAlgorithms are those that an ID token may be signed with (rule R16).
var signatureAlgorithms = []string{"RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512"}

func (s *signatureChecker) check(ctx context.Context, m *authority.Metadata, idToken string, claims Claims) error {
	if m.JWKSURI == "" {
		return &ValidationError{Check: "signature", Problem: "the authority publishes no keys (jwks_uri)"}
	}
	allowed := signatureAlgorithms
	if len(m.IDTokenSigningAlgs) > 0 {
		allowed = slices.DeleteFunc(slices.Clone(allowed), func(alg string) bool {
			return !slices.Contains(m.IDTokenSigningAlgs, alg)
		})
	}
	_, key, err := s.keys(m.JWKSURI).Verify(ctx, idToken, allowed)
	switch {
	case ctx.Err() != nil && err != nil:
		return err
	case err != nil:
		return &ValidationError{Check: "signature", Problem: "the ID token's signature could not be verified", Err: err}
	}
	if err := m.CheckKeyIssuer(key.Issuer, claims.Text("iss"), claims.Text("tid")); err != nil {
		return &ValidationError{Check: "signature", Problem: "the ID token is signed with another issuer's key", Err: err}
	}
	return nil
}

// keysUnreachable reports whether a check failed only because no keys could be had.
func keysUnreachable(err error) bool {
	var unreachable *jws.FetchError
	return errors.As(err, &unreachable)
}

func (s *signatureChecker) keys(uri string) *jws.KeySet {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.sets[uri]
	if set == nil {
		set = jws.NewKeySet(func(ctx context.Context) (string, error) { return s.fetch(ctx, uri) }, s.now)
		s.sets[uri] = set
	}
	return set
}

func (s *signatureChecker) fetch(ctx context.Context, uri string) (string, error) {
	r, err := s.send(ctx, &transport.Request{Method: "GET", URL: uri})
	if err != nil {
		return "", err
	}
	if r.Status != 200 {
		return "", errors.New("HTTP status " + strconv.Itoa(r.Status))
	}
	return r.Body, nil
}
