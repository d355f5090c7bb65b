package authoritytest

import (
	"net/http"
	"time"
)

// Why a token is not revoked, and not told about.
var (
	foreignToken     = condition{code: "invalid_grant", text: "The token was issued to another client."}
	publicIntrospect = condition{code: "invalid_client", status: http.StatusUnauthorized, text: "Introspection is for confidential clients and APIs, which authenticate."}
)

// revoke is the revocation endpoint of plain OIDC (RFC 7009). A refresh token takes
// everything with it that came from its grant, an access token itself alone. What is no
// token, or none any more, is as good as revoked (section 2.2).
func (c *call) revoke() *reply {
	app, token, k := c.aboutToken()
	if k != nil {
		return c.refusal(k)
	}
	done := &reply{status: http.StatusOK, header: http.Header{}}
	if g := c.s.state.refreshGrant(token); g != nil {
		if g.app.ClientID != app.ClientID || g.shape != c.route.shape {
			return c.refuse(foreignToken)
		}
		c.s.state.revokeGrant(g, c.now)
		return done
	}
	b := c.issuedToken(token)
	if b == nil {
		return done
	}
	if b.grant.app.ClientID != app.ClientID {
		return c.refuse(foreignToken)
	}
	c.s.state.forgetAccess(b.id)
	return done
}

// aboutToken returns the client of a request about a token, and the token.
func (c *call) aboutToken() (*App, string, *refusal) {
	if name := c.repeated(); name != "" {
		return nil, "", refused(repeatedParam, name)
	}
	app, k := c.client()
	if k != nil {
		return nil, "", k
	}
	token := c.params.Get("token")
	if token == "" {
		return nil, "", refused(missingParam, "token")
	}
	return app, token, nil
}

// refreshGrant returns the grant of a refresh token, or nil.
func (st *state) refreshGrant(token string) *grant {
	st.mu.Lock()
	defer st.mu.Unlock()
	if t := st.refresh.get(token); t != nil {
		return t.grant
	}
	return nil
}

func (st *state) revokeGrant(g *grant, now time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	g.revoke(now)
}

// forgetAccess makes an access token unknown.
func (st *state) forgetAccess(id string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.access.remove(id)
}

// issuedToken returns an access token of plain OIDC that this server issued and has not
// forgotten, expired or not; nil if it is none.
func (c *call) issuedToken(token string) *bearer {
	claims, typ, ok := verify(token)
	b := &bearer{claims: claims}
	if !ok || typ != c.accessType() || b.text("iss") != c.s.OIDCIssuer() {
		return nil
	}
	b.id = b.text("jti")
	if b.grant = c.s.state.issuedFor(b.id); b.grant == nil || !b.grant.issuedAt(c.route) {
		return nil
	}
	b.tenant = b.grant.tenant
	return b
}
