package authoritytest

const stsPath = "/sts/"

// V1Issuer returns the issuer of the access tokens that APIs with the TokenVersion 1 get
// in the Entra shape, for a tenant's id; "" is the directory's first tenant. It stands
// for https://sts.windows.net/, and has the final slash of that.
func (s *Server) V1Issuer(tenantID string) string {
	if tenantID == "" {
		tenantID = s.Directory.Tenants[0].ID
	}
	return s.base + stsPath + tenantID + "/"
}

// versionOne reports whether an API's tokens are of version 1.
func (c *call) versionOne(api *App) bool {
	return c.route.shape == ShapeEntra && api != nil && api.TokenVersion == 1
}

// downgrade makes the claims of a version 2 token what version 1 has. A guest has no
// upn, and is told apart by who signed the guest in.
func (c *call) downgrade(claims map[string]any, g *grant, tenant *Tenant, api *App) {
	claims["iss"], claims["ver"] = c.s.V1Issuer(tenant.ID), "1.0"
	if !api.isGraph() {
		claims["aud"] = api.IDURI
	}
	claims["appid"], claims["appidacr"] = claims["azp"], claims["azpacr"]
	for _, name := range []string{"azp", "azpacr", "preferred_username", "idtyp"} {
		delete(claims, name)
	}
	if g.user == nil {
		claims["idp"] = claims["iss"]
		return
	}
	claims["acr"], claims["amr"], claims["unique_name"] = "1", []string{"pwd"}, g.user.Username
	if g.user.GivenName != "" {
		claims["given_name"], claims["family_name"] = g.user.GivenName, g.user.FamilyName
	}
	if g.user.Tenant == tenant.ID {
		claims["upn"] = g.user.Username
		return
	}
	claims["idp"], claims["email"] = c.s.V1Issuer(g.user.Tenant), g.user.Username
}
