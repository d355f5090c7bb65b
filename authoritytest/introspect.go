package authoritytest

import (
	"net/http"
	"time"
)

// An introspection is what is told about a token (RFC 7662, section 2.2).
type introspection struct {
	Active    bool   `json:"active"`
	Scope     string `json:"scope,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	Username  string `json:"username,omitempty"`
	TokenType string `json:"token_type,omitempty"`
	Expires   int64  `json:"exp,omitempty"`
	IssuedAt  int64  `json:"iat,omitempty"`
	AuthTime  int64  `json:"auth_time,omitempty"` // RFC 9470, section 6.2
	ACR       string `json:"acr,omitempty"`       // RFC 9470, section 6.2
	Subject   string `json:"sub,omitempty"`
	Audience  string `json:"aud,omitempty"`
	Issuer    string `json:"iss,omitempty"`
	ID        string `json:"jti,omitempty"`
}

// introspect is the introspection endpoint of plain OIDC (RFC 7662). An access token is
// shown to its client and to the API that it is for, a refresh token to its client; for
// everybody else it is not active (section 4).
func (c *call) introspect() *reply {
	app, token, k := c.aboutToken()
	switch {
	case k != nil:
		return c.refusal(k)
	case !app.confidential():
		return c.refuse(publicIntrospect)
	}
	about := c.aboutRefresh(app, token)
	if !about.Active {
		about = c.aboutAccess(app, token)
	}
	if about.Active {
		c.entry.User = about.Username
	}
	return jsonReply(http.StatusOK, about)
}

func (c *call) aboutAccess(app *App, token string) introspection {
	b := c.issuedToken(token)
	if b == nil || b.grant.app.ClientID != app.ClientID && !app.audience(b.text("aud")) {
		return introspection{}
	}
	if _, revoked := c.s.state.revocation(b.grant); revoked || !c.now.Before(unix(int64(b.number("exp")))) || b.grant.disabled() {
		return introspection{}
	}
	about := introspection{
		Active: true, Scope: b.text("scope"), ClientID: b.text("client_id"), TokenType: "Bearer", ACR: b.text("acr"),
		Expires: int64(b.number("exp")), IssuedAt: int64(b.number("iat")), AuthTime: int64(b.number("auth_time")),
		Subject: b.text("sub"), Audience: b.text("aud"), Issuer: b.text("iss"), ID: b.id,
	}
	if b.grant.user != nil {
		about.Username = b.grant.user.Username
	}
	return about
}

func (c *call) aboutRefresh(app *App, token string) introspection {
	g, expires := c.s.state.liveRefresh(token, c.now)
	if g == nil || g.app.ClientID != app.ClientID || !g.issuedAt(c.route) || g.disabled() {
		return introspection{}
	}
	return introspection{
		Active: true, Scope: access{wanted: g.wanted}.spelled(g.shape), ClientID: app.ClientID, Username: g.user.Username,
		Expires: expires.Unix(), AuthTime: g.authTime.Unix(), Subject: publicSubject(g.user), Issuer: c.s.OIDCIssuer(),
	}
}

// liveRefresh returns the grant of a refresh token that could be used now, and when the
// token expires; nil if it could not.
func (st *state) liveRefresh(token string, now time.Time) (*grant, time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	t := st.refresh.get(token)
	if t == nil || t.grant.revoked || !t.rotated.IsZero() || !now.Before(t.expires) {
		return nil, time.Time{}
	}
	return t.grant, t.expires
}

// disabled reports whether the grant's user can't sign in any more.
func (g *grant) disabled() bool { return g.user != nil && g.user.Disabled }
