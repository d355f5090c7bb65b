package authoritytest

import (
	"slices"
	"strings"
)

// redeemRefresh is the refresh token grant (RFC 6749, section 6), with rotation.
func (c *call) redeemRefresh(app *App) (*tokenResponse, *refusal) {
	text := c.params.Get("refresh_token")
	if text == "" {
		return nil, refused(missingParam, "refresh_token")
	}
	g, k := c.s.useRefresh(text, app, c.route, c.now, false)
	if k != nil {
		return nil, k
	}
	if g, k = c.usable(g); k != nil {
		return nil, k
	}
	tenant, k := c.refreshTenant(g)
	if k != nil {
		return nil, k
	}
	a, k := c.refreshAccess(g)
	if k != nil {
		return nil, k
	}
	if lacking := c.s.state.lacking(g.app, g.user, a.wanted); len(lacking) > 0 { // a consent can be withdrawn
		return nil, refused(missingConsent, strings.Join(lacking, " "))
	}
	if k := c.demands(g, a); k != nil {
		return nil, k
	}
	// Only a request that will be answered with tokens uses the refresh token up.
	if _, k = c.s.useRefresh(text, app, c.route, c.now, c.dialect().rotates); k != nil {
		return nil, k
	}
	return c.issueRotated(g, tenant, a)
}

// refreshTenant returns where the new tokens are issued: in the tenant of the path, if
// the user has a place there.
func (c *call) refreshTenant(g *grant) (*Tenant, *refusal) {
	tenant, k := c.tenant()
	if tenant == nil || k != nil {
		return g.tenant, k
	}
	if _, ok := g.user.objectIn(tenant.ID); !ok {
		return nil, refused(uninvitedUser, g.user.Username, tenant.Domain)
	}
	return tenant, nil
}

// refreshAccess returns what the refresh gives. In Microsoft's shapes that is any
// resource that was consented to; in plain OIDC a part of the original grant.
func (c *call) refreshAccess(g *grant) (access, *refusal) {
	if c.dialect().microsoft {
		if c.params.Get("scope") == "" {
			return c.wholeAccess(g)
		}
		return c.entraAccess(g)
	}
	resource, k := c.oneResource(g)
	if k != nil {
		return access{}, k
	}
	if c.params.Get("scope") == "" {
		return pick(g.wanted, resource, false)
	}
	list, k := c.scopes()
	if k != nil {
		return access{}, k
	}
	for _, w := range list {
		if !slices.ContainsFunc(g.wanted, func(o wanted) bool { return o.key() == w.key() }) {
			return access{}, refused(wideScope, w.spelled)
		}
	}
	return pick(list, resource, false)
}
