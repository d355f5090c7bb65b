package latchkey

import (
	"context"
	"sync/atomic"

	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/host"
)

// Prepare does ahead what the next sign-in begins with: it asks the authority for its metadata,
// unless that is known, and makes a PKCE verifier. A program that calls it when it starts learns
// then that Config.Authority is wrong; a page that has called it opens a popup at the authority
// at once. The error is an [*authority.Error] or ctx's, and nothing is remembered of it.
func (c *client) Prepare(ctx context.Context) error {
	if _, _, err := c.resolve(ctx, ""); err != nil {
		return err
	}
	if c.spare.Load() != nil {
		return nil
	}
	v, err := newVerifier()
	if err == nil {
		c.spare.Store(v)
	}
	return err
}

// A verifier is a code verifier and its S256 challenge (RFC 7636, section 4).
type verifier struct{ secret, challenge string }

func newVerifier() (*verifier, error) {
	random, err := host.Random(32)
	if err != nil {
		return nil, err
	}
	secret := b64.EncodeString(random)
	challenge, err := host.Digest(256, secret)
	if err != nil {
		return nil, err
	}
	return &verifier{secret, b64.Encode(challenge)}, nil
}

// spareVerifier is the verifier that was made ahead; nil: none. It is used once.
type spareVerifier struct{ atomic.Pointer[verifier] }

func (s *spareVerifier) take() (*verifier, error) {
	if v := s.Swap(nil); v != nil {
		return v, nil
	}
	return newVerifier()
}
