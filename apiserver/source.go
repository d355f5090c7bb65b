package apiserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/jws"
	"github.com/latchkey-auth/latchkey/transport"
)

// retryGap is the least time from one failed discovery to the next.
const retryGap = 5 * time.Second

// A source is a configured authority, as far as its tokens are concerned.
type source struct {
	Config
	authority authority.Authority
	resolver  *authority.Resolver
	keys      *jws.KeySet
	published atomic.Pointer[[]jws.Key] // the keys as last fetched
	failure   atomic.Pointer[failure]   // of the last discovery, if it failed
}

type failure struct {
	at  time.Time
	err error
}

func newSource(c Config) (*source, error) {
	c, a, err := c.checked()
	if err != nil {
		return nil, err
	}
	s := &source{Config: c, authority: a, resolver: authority.NewResolver(c.Transport, c.Clock)}
	s.keys = jws.NewKeySet(s.fetchKeys, c.Clock)
	return s, nil
}

// metadata returns what the authority publishes. A failure is remembered for a moment,
// so that tokens cannot make this API ask an authority in trouble again and again.
func (s *source) metadata(ctx context.Context) (*authority.Metadata, error) {
	if f := s.failure.Load(); f != nil {
		if age := s.Clock().Sub(f.at); age >= 0 && age < retryGap {
			return nil, f.err
		}
	}
	m, err := s.resolver.Resolve(ctx, s.authority)
	if err != nil && ctx.Err() == nil {
		s.failure.Store(&failure{s.Clock(), err})
	}
	return m, err
}

// fetchKeys asks the authority for its keys, where its metadata says that they are.
func (s *source) fetchKeys(ctx context.Context) (string, error) {
	m, err := s.resolver.Resolve(ctx, s.authority)
	if err != nil {
		return "", err
	}
	if m.JWKSURI == "" {
		return "", errors.New("the authority publishes none (jwks_uri)")
	}
	r, err := s.Transport(ctx, &transport.Request{Method: "GET", URL: m.JWKSURI})
	switch {
	case err != nil:
		return "", err
	case r == nil:
		return "", errors.New("the transport returned neither an answer nor an error; mend it")
	case r.Status != 200:
		return "", fmt.Errorf("the authority answered with HTTP status %d", r.Status)
	}
	if keys, err := jws.ParseKeys(r.Body); err == nil {
		s.published.Store(&keys)
	}
	return r.Body, nil
}

// checkSignature checks that a key signed the token that the authority publishes for the
// token's issuer.
func (s *source) checkSignature(ctx context.Context, t *token, m *authority.Metadata) error {
	iss, tid := text(t.claims.iss), text(t.claims.tid)
	payload, key, err := s.keys.Verify(ctx, t.compact, s.Algorithms)
	if err == nil && !signsFor(key, m, iss, tid) {
		// One key can be published several times, for several issuers.
		if payload, _, err = jws.Verify(t.compact, s.keysFor(m, iss, tid), s.Algorithms); err != nil {
			err = fmt.Errorf("of the keys that the authority publishes for this issuer: %w", err)
		}
	}
	if err == nil && payload != t.payload {
		err = jws.ErrSignature
	}
	return signatureError(err)
}

// keysFor returns the keys that may sign tokens of an issuer.
func (s *source) keysFor(m *authority.Metadata, iss, tid string) []jws.Key {
	keys := s.published.Load()
	if keys == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(*keys), func(k jws.Key) bool { return !signsFor(k, m, iss, tid) })
}

// signsFor reports whether a key may sign the issuer's tokens. Microsoft Entra says so of
// each key, by the issuer of version 2 tokens even where the token is of version 1.
func signsFor(k jws.Key, m *authority.Metadata, iss, tid string) bool {
	if k.Issuer == "" {
		return true
	}
	named := ofTenant(k.Issuer, tid)
	return named == iss || named == ofTenant(m.Issuer, tid)
}

// ofTenant returns a tenant's issuer from a template, or an issuer that is none as it is.
func ofTenant(template, tid string) string {
	return strings.ReplaceAll(template, tenantTemplate, tid)
}

func signatureError(err error) error {
	fetch := (*jws.FetchError)(nil)
	switch check := checkOf(err); {
	case err == nil:
		return nil
	case errors.As(err, &fetch), check == "": // the rest is the end of the context
		return unavailable(err)
	default:
		return invalid(check, "it cannot be accepted", err)
	}
}

// checkOf names the check that an error of package jws is about, "" if it is about none.
func checkOf(err error) string {
	switch {
	case errors.Is(err, jws.ErrMalformed):
		return "token"
	case errors.Is(err, jws.ErrAlgorithm), errors.Is(err, jws.ErrNoKey), errors.Is(err, jws.ErrSignature):
		return "signature"
	}
	return ""
}
