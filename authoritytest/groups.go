package authoritytest

// maxGroups is the most groups that a JWT of the Entra shape lists.
const maxGroups = 200

// groupsIn returns the ids of the user's groups in a tenant: those of a guest are the
// guest's.
func (u *User) groupsIn(tenantID string) []string {
	if u.Tenant == tenantID {
		return u.Groups
	}
	for _, g := range u.GuestOf {
		if g.Tenant == tenantID {
			return g.Groups
		}
	}
	return nil
}

// addGroups adds the claim groups, or, if there are too many in the Entra shape, where
// Graph lists them (OpenID Connect Core, section 5.6.2). Entra's hasgroups belongs to
// tokens of the implicit flow, which this server does not have.
func (c *call) addGroups(claims map[string]any, user *User, tenant *Tenant) {
	groups := user.groupsIn(tenant.ID)
	switch {
	case len(groups) == 0:
	case c.dialect().entra && len(groups) > maxGroups:
		id, _ := user.objectIn(tenant.ID)
		claims["_claim_names"] = map[string]string{"groups": "src1"}
		claims["_claim_sources"] = map[string]any{"src1": map[string]string{"endpoint": c.s.GraphURL() + "/users/" + id + "/getMemberObjects"}}
	default:
		claims["groups"] = groups
	}
}
