package authoritytest

import (
	"strconv"
	"time"
)

// revoke ends a grant. The state's lock is held.
func (g *grant) revoke(now time.Time) {
	if !g.revoked {
		g.revoked, g.revokedAt = true, now
	}
}

// issuedFor returns the grant of an access token by the token's id, as everything in it
// is now, revoked or not; nil if there is no such token, or its user or client is gone.
func (st *state) issuedFor(id string) *grant {
	st.mu.Lock()
	g := st.access.get(id)
	st.mu.Unlock()
	if g == nil {
		return nil
	}
	if now, ok := st.grantNow(g); ok {
		return now
	}
	return nil
}

// revocation reports whether what a token came from was revoked, and since when: the
// grant itself, or everything that its user had. Every resource asks here and nowhere
// else.
func (st *state) revocation(g *grant) (since time.Time, revoked bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if g.user != nil && g.epoch != st.epochs[g.user.ObjectID] {
		return st.revokedUsers[g.user.ObjectID], true
	}
	return g.revokedAt, g.revoked
}

// checkRevoked refuses a token whose grant was revoked: in plain OIDC for good; in the
// Entra shapes by a claims challenge, if the client handles them (continuous access
// evaluation). Other tokens are good until they expire: their resources ask nobody.
func (c *call) checkRevoked(b *bearer) *refusal {
	since, revoked := c.s.state.revocation(b.grant)
	switch {
	case !revoked:
		return nil
	case c.route.shape == ShapeOIDC:
		return refused(badToken, "it is unknown or was revoked")
	case c.dialect().entra && b.capable():
		return claimsRefusal(`{"access_token":{"nbf":{"essential":true,"value":"`+strconv.FormatInt(since.Unix(), 10)+`"}}}`,
			"the session was revoked after it was issued")
	}
	return nil
}
