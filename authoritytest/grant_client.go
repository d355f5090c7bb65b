package authoritytest

import "slices"

// redeemClient is the client credentials grant (RFC 6749, section 4.4). It gives no
// refresh token and no ID token.
func (c *call) redeemClient(app *App) (*tokenResponse, *refusal) {
	tenant, k := c.tenant()
	if k != nil {
		return nil, k
	}
	if tenant == nil {
		return nil, refused(noTenant, c.route.tenant)
	}
	a, k := c.clientAccess()
	if k != nil {
		return nil, k
	}
	g := &grant{shape: c.route.shape, policy: c.route.policy, app: app, tenant: tenant, wanted: a.wanted, claims: c.claims}
	return c.issueApp(g, a)
}

func (c *call) clientAccess() (access, *refusal) {
	list, k := c.scopes()
	if k != nil {
		return access{}, k
	}
	if c.dialect().defaults {
		// MSAL Go asks for OpenID Connect's scopes here too; Entra ignores them.
		list = slices.DeleteFunc(list, func(w wanted) bool { return w.api == nil })
		switch {
		case c.params.Get("scope") == "":
			return access{}, refused(missingScope)
		case len(list) != 1 || list[0].name != scopeDefault:
			return access{}, refused(appScope)
		}
		return pick(list, nil, false)
	}
	for _, w := range list {
		if w.api == nil {
			return access{}, refused(invalidScope, w.spelled, "there is no user")
		}
	}
	names := c.params["resource"]
	if len(names) > 1 {
		return access{}, refused(manyResources)
	}
	var resource *App
	if len(names) == 1 {
		resource = c.s.state.api(names[0])
	}
	return pick(list, resource, false)
}
