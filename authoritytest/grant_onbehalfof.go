package authoritytest

import (
	"net/http"
)

// Why an assertion gives nothing.
var (
	wrongTokenUse    = condition{code: "invalid_request", number: 900144, text: "The request must contain the following parameter: 'requested_token_use', with the value on_behalf_of."}
	wrongAssertion   = condition{code: "invalid_grant", number: 50013, text: "The assertion is not a token that this authority issued, or is malformed."}
	foreignAssertion = condition{code: "invalid_grant", number: 500131, text: "The assertion's audience is not the application that presents it."}
	expiredAssertion = condition{code: "invalid_grant", number: 500133, text: "The assertion is not within its valid time range."}
	assertionTenant  = condition{code: "invalid_grant", number: 50020, text: "The assertion's user is not in the tenant that was asked."}
	appAssertion     = condition{code: "invalid_grant", number: 50027, text: "The assertion is an application's own token; on-behalf-of needs a user's."}
	publicOnBehalf   = condition{code: "invalid_client", number: 7000218, status: http.StatusUnauthorized, text: "The request must contain the following parameter: 'client_secret' or 'client_assertion'."}
)

// redeemOnBehalfOf is Microsoft Entra's on-behalf-of flow (RFC 7523, section 2.1, with
// requested_token_use): an API exchanges the token that a user's request brought for
// one for another API.
func (c *call) redeemOnBehalfOf(app *App) (*tokenResponse, *refusal) {
	switch {
	case !app.confidential():
		return nil, refused(publicOnBehalf)
	case c.params.Get("assertion") == "":
		return nil, refused(missingParam, "assertion")
	case c.params.Get("requested_token_use") != "on_behalf_of":
		return nil, refused(wrongTokenUse)
	}
	parent, tenant, k := c.assertedGrant(app, c.params.Get("assertion"))
	if k != nil {
		return nil, k
	}
	if parent, k = c.usable(parent); k != nil {
		return nil, k
	}
	g := &grant{shape: c.route.shape, policy: c.route.policy, app: app, user: parent.user, tenant: tenant, claims: c.claims, authTime: parent.authTime, sid: parent.sid,
		since: c.now, acts: parent.acts, epoch: parent.epoch}
	a, k := c.entraAccess(g)
	if k != nil {
		return nil, k
	}
	g.wanted = a.wanted
	resp, k := c.issue(g, tenant, a, "")
	if k != nil {
		return nil, k.answering(k.behalfCode)
	}
	return resp, nil
}

// assertedGrant returns the grant behind an access token for the app, and its tenant.
func (c *call) assertedGrant(app *App, assertion string) (*grant, *Tenant, *refusal) {
	claims, typ, ok := verify(assertion)
	text := func(name string) string { s, _ := claims[name].(string); return s }
	expires, _ := claims["exp"].(float64)
	switch {
	case !ok || typ != c.accessType():
		return nil, nil, refused(wrongAssertion)
	case !app.audience(text("aud")):
		return nil, nil, refused(foreignAssertion)
	case !c.now.Before(unix(int64(expires))):
		return nil, nil, refused(expiredAssertion)
	}
	g := c.s.state.issuedGrant(text("uti"))
	if g == nil || !g.issuedAt(c.route) {
		return nil, nil, refused(wrongAssertion)
	}
	if g.user == nil {
		return nil, nil, refused(appAssertion)
	}
	asked, k := c.tenant()
	if k != nil {
		return nil, nil, k
	}
	tenant := c.s.state.tenant(text("tid"))
	if tenant == nil || asked != nil && asked != tenant {
		return nil, nil, refused(assertionTenant)
	}
	return g, tenant, nil
}
