package apiserver

import (
	"context"
	"net/http"

	"github.com/latchkey-auth/latchkey/authority"
)

// A Verifier checks access tokens. It is safe for concurrent use; make one per API with
// [NewVerifier].
type Verifier struct {
	sources []*source
	realm   string
	refused func(r *http.Request, err error)
}

// NewVerifier returns a Verifier of the tokens of an authority, or of several: the iss of
// a token selects among them, and each checks by its own config. Realm and Refused are
// those of the first. Nothing is sent yet. The error is an [*ArgumentError] or an
// [*authority.Error] that says what to configure.
func NewVerifier(c Config, others ...Config) (*Verifier, error) {
	v := &Verifier{}
	for _, c := range append([]Config{c}, others...) {
		s, err := newSource(c)
		if err != nil {
			return nil, err
		}
		for _, other := range v.sources {
			if other.authority.String() == s.authority.String() {
				return nil, &ArgumentError{"Config.Authority", "is the same in two configs, so that one of them would never be used; make them one"}
			}
		}
		v.sources = append(v.sources, s)
	}
	v.realm, v.refused = v.sources[0].Realm, v.sources[0].Refused
	return v, nil
}

// Verify checks a token, without what it may do: see [Claims.Check]. ctx bounds the wait
// for the authority's metadata and keys, which are hardly ever fetched. The error is an
// [*Error]; it matches [ErrUnavailable] if the token may be good.
func (v *Verifier) Verify(ctx context.Context, token string) (*Claims, error) {
	t, err := parseToken(token)
	if err != nil {
		return nil, err
	}
	s, m, err := v.sourceOf(ctx, text(t.claims.iss), text(t.claims.tid))
	if err != nil {
		return nil, err
	}
	// The cheap checks come first: a signature takes more time than all of them.
	claims, err := s.check(&t)
	if err != nil {
		return nil, err
	}
	if err := s.checkSignature(ctx, &t, m); err != nil {
		return nil, err
	}
	return claims, nil
}

// sourceOf selects the configured authority that issues the tokens of iss.
func (v *Verifier) sourceOf(ctx context.Context, iss, tid string) (*source, *authority.Metadata, error) {
	var refusal *Error
	var outage error
	for _, s := range v.sources {
		if !s.canIssue(iss) {
			continue
		}
		m, err := s.metadata(ctx)
		if err != nil {
			outage = err
			continue
		}
		e := s.admits(m, iss, tid)
		if e == nil {
			return s, m, nil
		}
		if refusal == nil || e.Check == "tid" {
			refusal = e
		}
	}
	switch {
	case outage != nil:
		return nil, nil, unavailable(outage)
	case refusal != nil:
		return nil, nil, refusal
	}
	return nil, nil, invalid("iss", "the token is from "+quoted(iss)+", which is no configured authority; it must be, byte for byte", nil)
}
