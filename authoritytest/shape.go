package authoritytest

// A dialect is what a shape does as data: everything in which shapes differ that is not
// a claim, a path or an error's wording.
type dialect struct {
	microsoft  bool     // a Microsoft product: see where it is used
	entra      bool     // Microsoft Entra itself: its tokens, headers and AADSTS numbers
	tenants    bool     // the path names the tenant
	words      bool     // common, organizations and consumers are tenants
	clientInfo bool     // client_info is told if asked for
	defaults   bool     // .default is a scope
	resource   bool     // the resource parameter is known
	claims     bool     // the claims parameter is known
	consents   bool     // users are asked; without it only an administrator can grant
	rotates    bool     // a refresh token is used once
	grants     []string // what the token endpoint knows
}

// dialects are the shapes by name; "" is what belongs to none.
var dialects = map[string]dialect{
	ShapeOIDC: {
		resource: true, claims: true, consents: true, rotates: true,
		grants: []string{grantCode, grantRefresh, grantClient, grantDevice, grantPassword},
	},
	ShapeEntra: {
		microsoft: true, entra: true, tenants: true, words: true, clientInfo: true, defaults: true, claims: true, consents: true, rotates: true,
		grants: []string{grantCode, grantRefresh, grantClient, grantDevice, grantPassword, grantJWTBearer, grantDeviceShort},
	},
	ShapeCIAM: {
		microsoft: true, entra: true, tenants: true, clientInfo: true, defaults: true, claims: true, consents: true, rotates: true,
		grants: []string{grantCode, grantRefresh, grantClient, grantDevice, grantJWTBearer, grantDeviceShort},
	},
	ShapeB2C: {
		microsoft: true, tenants: true, clientInfo: true, defaults: true, rotates: true,
		grants: []string{grantCode, grantRefresh, grantClient},
	},
	ShapeADFS: {
		microsoft: true, resource: true,
		grants: []string{grantCode, grantRefresh, grantClient, grantDevice, grantPassword, grantDeviceShort},
	},
}

// dialect returns that of the call's shape.
func (c *call) dialect() dialect { return dialects[c.route.shape] }

// base returns the scheme, host and port that the call's shape has in its URLs.
func (c *call) base() string {
	if c.route.base != "" {
		return c.route.base
	}
	return c.s.base
}

// issuer returns the iss of the shape's ID tokens for a tenant.
func (c *call) issuer(tenant *Tenant) string {
	switch c.route.shape {
	case ShapeADFS:
		return c.s.ADFSAuthority()
	case ShapeB2C:
		return c.policyIssuer(tenant)
	case ShapeCIAM:
		return c.s.scheme() + tenant.ID + "." + c.s.CIAMHost() + "/" + tenant.ID + entraIssuerEnd
	case ShapeEntra:
		return c.s.Issuer(tenant.ID)
	}
	return c.s.OIDCIssuer()
}

// subject returns the sub that a user of the shape has for a client, or an API.
func (c *call) subject(tenant *Tenant, app *App, user *User) string {
	switch c.route.shape {
	case ShapeADFS:
		return adfsSubject(tenant, app, user)
	case ShapeB2C:
		return user.ObjectID
	case ShapeCIAM, ShapeEntra:
		return pairwise(tenant, app, user)
	}
	return publicSubject(user)
}

// issuedAt reports whether the grant was made at the endpoints of a route. The policies
// of Azure AD B2C are authorities of their own.
func (g *grant) issuedAt(r route) bool { return g.shape == r.shape && g.policy == r.policy }
