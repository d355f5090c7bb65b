package authoritytest

import (
	"net/http"
	"strings"
)

// userinfo is the userinfo endpoint (OpenID Connect Core, section 5.3). In the Entra
// shape it belongs to Graph and takes Graph's tokens only.
func (c *call) userinfo() *reply {
	token, k := c.bearer()
	if k != nil {
		return c.bearerRefusal(k)
	}
	g, scope, k := c.checkAccess(token)
	if k != nil {
		return c.bearerRefusal(k)
	}
	c.entry.ClientID, c.entry.User = g.app.ClientID, g.user.Username
	if !hasWord(scope, scopeOpenID) {
		return c.bearerRefusal(refused(insufficientScope))
	}
	claims := map[string]any{"sub": c.subject(g.tenant, g.app, g.user)}
	if c.route.shape == ShapeADFS {
		return jsonReply(http.StatusOK, claims) // that is all it tells
	}
	if hasWord(scope, scopeProfile) {
		c.addClaims(claims, g, g.tenant, profileClaims)
	}
	if hasWord(scope, scopeEmail) {
		c.addClaims(claims, g, g.tenant, []string{"email", "email_verified"})
	}
	c.addClaims(claims, g, g.tenant, g.claims.userinfoNames())
	if alg := g.app.UserinfoSigningAlg; alg != "" && c.route.shape == ShapeOIDC {
		return c.signedUserinfo(g.app, alg, claims)
	}
	return jsonReply(http.StatusOK, claims)
}

// signedUserinfo is userinfo as a JWT (OpenID Connect Core, section 5.3.2). Its type
// keeps it from passing for an ID token.
func (c *call) signedUserinfo(app *App, alg string, claims map[string]any) *reply {
	claims["iss"], claims["aud"] = c.s.OIDCIssuer(), app.ClientID
	h := http.Header{}
	h.Set("Content-Type", "application/jwt")
	return &reply{status: http.StatusOK, header: h, body: []byte(c.sign(kindUserinfo, alg, "userinfo+jwt", claims))}
}

func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

// bearer returns the access token of the request: in the header, or in the body of a
// form, but not in both and never in the URL (RFC 6750, section 2).
func (c *call) bearer() (string, *refusal) {
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	inHeader := strings.EqualFold(scheme, "Bearer") && token != ""
	inBody := c.r.Method == http.MethodPost && c.params.Get("access_token") != ""
	switch {
	case inHeader && inBody:
		return "", refused(invalidParam, "access_token", "it is in the header and in the body")
	case inHeader:
		return strings.TrimSpace(token), nil
	case inBody:
		return c.params.Get("access_token"), nil
	}
	return "", refused(invalidToken)
}

// checkAccess returns the grant and the scope of an access token that is good for
// userinfo.
func (c *call) checkAccess(token string) (g *grant, scope string, k *refusal) {
	claims, typ, ok := verify(token)
	if !ok || typ != c.accessType() {
		return nil, "", refused(invalidToken)
	}
	text := func(name string) string { s, _ := claims[name].(string); return s }
	expires, _ := claims["exp"].(float64)
	if !c.now.Before(unix(int64(expires))) {
		return nil, "", refused(invalidToken)
	}
	id, scope := text("jti"), text("scope")
	if c.route.shape == ShapeADFS {
		scope = text("scp")
		if text("aud") != userinfoAudience {
			return nil, "", refused(invalidToken)
		}
	}
	if c.dialect().entra {
		id, scope = text("uti"), text("scp")
		if !c.s.state.roster().graph.audience(text("aud")) {
			return nil, "", refused(invalidToken)
		}
	}
	g = c.s.state.accessGrant(id)
	if g == nil || g.user == nil || !g.issuedAt(c.route) {
		return nil, "", refused(invalidToken)
	}
	if tid := text("tid"); tid != "" {
		if tenant := c.s.state.tenant(tid); tenant != nil && tenant != g.tenant {
			moved := *g // a refresh in another tenant
			moved.tenant = tenant
			g = &moved
		}
	}
	return g, scope, nil
}

// bearerRefusal is an answer of RFC 6750, section 3.
func (c *call) bearerRefusal(k *refusal) *reply {
	rep := c.refusal(k)
	challenge := `Bearer realm="userinfo"`
	if c.r.Header.Get("Authorization") != "" || k.code != invalidToken.code {
		challenge += `, error="` + k.code + `", error_description="` + k.description + `"`
	}
	rep.header.Set("WWW-Authenticate", challenge)
	return rep
}
