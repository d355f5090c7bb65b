package authoritytest

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
)

// redeemPassword is the resource owner password grant (RFC 6749, section 4.3).
func (c *call) redeemPassword(app *App) (*tokenResponse, *refusal) {
	for _, name := range []string{"username", "password"} {
		if c.params.Get(name) == "" {
			return nil, refused(missingParam, name)
		}
	}
	tenant, k := c.tenant()
	if k != nil {
		return nil, k
	}
	if word := strings.ToLower(c.route.tenant); c.dialect().words && (word == tenantCommon || word == tenantConsumers) {
		return nil, refused(grantOffTenant)
	}
	user, tenant, k := c.authenticate(tenant, c.organizationsOnly(), c.params.Get("username"), c.params.Get("password"))
	if k != nil {
		return nil, k
	}
	list, k := c.scopesOf(app)
	if k != nil {
		return nil, k
	}
	if lacking := c.s.state.lacking(app, user, list); len(lacking) > 0 {
		return nil, refused(missingConsent, strings.Join(lacking, " "))
	}
	g := &grant{shape: c.route.shape, policy: c.route.policy, app: app, user: user, tenant: tenant, wanted: list, claims: c.claims, authTime: c.now, sid: randomGUID(),
		since: c.now, epoch: c.s.state.epoch(user.ObjectID)}
	for _, name := range c.params["resource"] {
		g.resources = append(g.resources, c.s.state.api(name)) // scopes has checked the names
	}
	var resource *App
	if len(g.resources) == 1 {
		resource = g.resources[0]
	}
	a, k := pick(list, resource, false)
	if k != nil {
		return nil, k
	}
	return c.issue(g, tenant, a, "")
}

// authenticate returns the user with a username and password, and the tenant where the
// user signs in: the given one, or the user's own if that is nil. With organizations,
// it must not be a personal account.
func (c *call) authenticate(tenant *Tenant, organizations bool, username, password string) (*User, *Tenant, *refusal) {
	user := c.s.state.user(username)
	if user == nil {
		return nil, nil, refused(unknownUser)
	}
	c.entry.User = user.Username
	if tenant == nil {
		tenant = c.s.state.tenant(user.Tenant)
	}
	got, want := sha256.Sum256([]byte(password)), sha256.Sum256([]byte(user.Password))
	_, member := user.objectIn(tenant.ID)
	switch {
	case subtle.ConstantTimeCompare(got[:], want[:]) != 1:
		return nil, nil, refused(wrongPassword)
	case organizations && user.Tenant == consumersTenant:
		return nil, nil, refused(wrongAccountType)
	case !member && tenant.ID == consumersTenant:
		return nil, nil, refused(unknownUser)
	case !member:
		return nil, nil, refused(uninvitedUser, user.Username, tenant.Domain)
	}
	return user, tenant, standing(user)
}
