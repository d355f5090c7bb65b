package authoritytest

import (
	"slices"
	"strings"
)

// userAccessToken makes an access token for a user: in the Entra shape as Entra's v2
// tokens are, in plain OIDC as RFC 9068 says.
func (c *call) userAccessToken(g *grant, tenant *Tenant, a access, asked claimsRequest) string {
	id := randomText(16)
	claims := c.accessClaims(g, a, id)
	switch {
	case c.route.shape == ShapeB2C:
		c.policyUserClaims(claims, tenant, g.user)
		claims["scp"] = strings.Join(a.names(), " ")
	case c.route.shape == ShapeADFS:
		claims["sub"] = adfsSubject(tenant, g.app, g.user)
		claims["upn"], claims["unique_name"] = g.user.Username, windowsName(g.user)
		claims["scp"] = adfsScp(a)
	case c.dialect().entra:
		oid, _ := g.user.objectIn(tenant.ID)
		api := c.resource(a)
		claims["iss"], claims["tid"] = c.issuer(tenant), tenant.ID
		claims["sub"], claims["oid"] = pairwise(tenant, api, g.user), oid
		claims["name"], claims["preferred_username"] = g.user.Name, g.user.Username
		claims["scp"] = entraScp(a)
	default:
		claims["iss"], claims["sub"] = c.s.OIDCIssuer(), publicSubject(g.user)
		claims["scope"] = a.spelled(c.route.shape)
		claims["auth_time"] = g.authTime.Unix()
	}
	if api := c.resource(a); api != nil {
		if roles := api.rolesOf(g.user.Roles); len(roles) > 0 {
			claims["roles"] = roles
		}
		if c.versionOne(api) {
			c.downgrade(claims, g, tenant, api)
		}
		c.addClaims(claims, g, tenant, api.OptionalClaims.AccessToken)
	}
	c.addClaims(claims, g, tenant, asked.accessNames())
	if caps := asked.capabilities(); len(caps) > 0 {
		claims["xms_cc"] = caps
	}
	if reached := c.reachedContexts(c.login(g, c.resource(a))); len(reached) > 0 {
		claims["acrs"] = reached
	}
	c.s.state.addAccess(id, g)
	return c.sign(kindAccess, algRS256, c.accessType(), claims)
}

// appAccessToken makes an access token for a client that acts for itself.
func (c *call) appAccessToken(g *grant, a access) string {
	id := randomText(16)
	claims := c.accessClaims(g, a, id)
	api := c.resource(a)
	object := namedGUID("service principal", g.tenant.ID, g.app.ClientID)
	switch {
	case c.route.shape == ShapeB2C:
		c.policyClaims(claims, g.tenant)
		claims["sub"], claims["oid"] = object, object
	case c.route.shape == ShapeADFS:
	case c.dialect().entra:
		claims["iss"], claims["tid"] = c.issuer(g.tenant), g.tenant.ID
		claims["sub"], claims["oid"], claims["idtyp"] = object, object, "app"
	default:
		claims["iss"], claims["sub"] = c.s.OIDCIssuer(), g.app.ClientID
		if scope := a.spelled(c.route.shape); scope != "" {
			claims["scope"] = scope
		}
	}
	if api != nil {
		var roles []string
		for _, r := range g.app.GrantedRoles {
			if value, ok := strings.CutPrefix(r, api.IDURI+"/"); ok {
				roles = append(roles, value)
			}
		}
		if roles = api.rolesOf(roles); len(roles) > 0 {
			claims["roles"] = roles
		}
		if c.versionOne(api) {
			c.downgrade(claims, g, g.tenant, api)
		}
	}
	if caps := g.claims.capabilities(); len(caps) > 0 {
		claims["xms_cc"] = caps
	}
	c.s.state.addAccess(id, g)
	return c.sign(kindAccess, algRS256, c.accessType(), claims)
}

// accessClaims returns the claims that every access token has.
func (c *call) accessClaims(g *grant, a access, id string) map[string]any {
	claims := map[string]any{
		"iat": c.now.Unix(), "exp": c.now.Add(c.lifetime(c.resource(a), g.claims.merge(c.claims))).Unix(),
	}
	switch {
	case c.route.shape == ShapeB2C:
		claims["jti"], claims["azp"] = id, g.app.ClientID
		if a.api != nil {
			claims["aud"] = a.api.ClientID
		}
		return claims
	case c.route.shape == ShapeADFS:
		c.adfsAccessClaims(claims, g, a, id)
		return claims
	case c.dialect().entra:
		claims["aud"], claims["ver"], claims["uti"] = c.resource(a).ClientID, "2.0", id
		claims["nbf"], claims["rh"] = c.now.Unix(), "1."+randomText(18)+"."
		claims["azp"], claims["azpacr"] = g.app.ClientID, "0"
		if g.app.confidential() {
			claims["azpacr"] = "1"
		}
		return claims
	}
	claims["client_id"], claims["jti"] = g.app.ClientID, id
	claims["aud"] = c.s.OIDCIssuer() // a token for userinfo only
	if a.api != nil {
		claims["aud"] = a.api.IDURI
	}
	return claims
}

// resource returns the API of an access token. In the Entra shape a token without one
// is for Graph.
func (c *call) resource(a access) *App {
	if a.api == nil && c.dialect().entra {
		return c.s.state.roster().graph
	}
	return a.api
}

func (c *call) accessType() string {
	if c.dialect().microsoft {
		return "JWT"
	}
	return "at+jwt"
}

// entraScp returns the scp claim: the names without the API's prefix. OpenID Connect's
// scopes are Graph's.
func entraScp(a access) string {
	names := a.names()
	if a.api == nil || a.api.IDURI == graphIDURI {
		for _, s := range []string{scopeOpenID, scopeProfile, scopeEmail} {
			if a.has(s) {
				names = append(names, s)
			}
		}
	}
	return strings.Join(names, " ")
}

// rolesOf returns those of the roles that the app declares.
func (a *App) rolesOf(roles []string) []string {
	var out []string
	for _, r := range roles {
		if slices.ContainsFunc(a.AppRoles, func(d AppRole) bool { return d.Value == r }) {
			out = append(out, r)
		}
	}
	return out
}
