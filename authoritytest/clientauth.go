package authoritytest

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/url"
	"strings"
)

// The ways in which a client sends its secret (OpenID Connect Core, section 9).
const (
	methodBasic = "client_secret_basic"
	methodPost  = "client_secret_post"
)

// credentials are what a request says about its client.
type credentials struct {
	clientID, secret, method string
	sent                     bool // a secret was sent, even an empty one
}

// confidential reports whether the app must authenticate.
func (a *App) confidential() bool { return a.Kind == KindConfidential || a.Kind == KindAPI }

// client returns the client of a request to the token or the device endpoint, once it
// has authenticated as it is registered to.
func (c *call) client() (*App, *refusal) {
	cred, k := c.credentials()
	if k != nil {
		return nil, k
	}
	c.entry.ClientID = cred.clientID
	app, k := c.knownClient(cred.clientID)
	if k != nil {
		return nil, k
	}
	if c.params.Has("client_assertion") || c.params.Has("client_assertion_type") {
		if k := c.assertedClient(app, cred); k != nil {
			return nil, k
		}
		return app, nil
	}
	switch {
	case !app.confidential() && cred.sent:
		return nil, refused(publicWithSecret)
	case !app.confidential():
		return app, nil
	case !cred.sent:
		return nil, refused(missingSecret)
	}
	if want := app.authMethod(c.route.shape); want != "" && want != cred.method {
		return nil, refused(wrongAuthMethod, want)
	}
	return app, c.checkSecret(app, cred)
}

// knownClient returns the app with a client id, if it can be used at the call's tenant.
func (c *call) knownClient(clientID string) (*App, *refusal) {
	if clientID == "" {
		return nil, refused(missingParam, "client_id")
	}
	app := c.s.state.app(clientID)
	tenant, k := c.tenant()
	switch {
	case k != nil:
		return nil, k
	case app == nil:
		return nil, refused(unknownClient, clientID)
	case app.OrganizationsOnly && tenant != nil && tenant.ID == consumersTenant:
		return nil, refused(organizationsOnly, clientID)
	case app.MultiTenant:
		return app, nil
	case tenant == nil:
		return nil, refused(foreignClient, clientID)
	case app.Tenant != tenant.ID:
		return nil, refused(unknownClient, clientID)
	}
	return app, nil
}

// tenant returns the tenant that the call is for: the directory's first one in plain
// OIDC, nil for common and organizations.
func (c *call) tenant() (*Tenant, *refusal) {
	if !c.dialect().tenants {
		return c.s.state.roster().first, nil
	}
	segment := strings.ToLower(c.route.tenant)
	switch {
	case c.route.shape == ShapeB2C:
		return c.policyTenant()
	case (segment == tenantCommon || segment == tenantOrgs) && c.dialect().words:
		return nil, nil
	}
	t := c.s.state.tenant(segment)
	if c.route.shape == ShapeCIAM {
		t = c.s.state.ciamTenant(c.route.label, segment)
	}
	if t == nil {
		return nil, refused(unknownTenant, c.route.tenant)
	}
	return t, nil
}

// organizationsOnly reports whether the path says that personal accounts can't sign in.
func (c *call) organizationsOnly() bool {
	return c.dialect().words && strings.EqualFold(c.route.tenant, tenantOrgs)
}

// authMethod returns how the app must send its secret; "" is any way.
func (a *App) authMethod(shape string) string {
	if a.AuthMethod == "" && !dialects[shape].microsoft {
		return methodBasic
	}
	return a.AuthMethod
}

// checkSecret compares in constant time with each of the app's secrets.
func (c *call) checkSecret(app *App, cred credentials) *refusal {
	got, match, expired := sha256.Sum256([]byte(cred.secret)), 0, 0
	for i, s := range app.Secrets {
		want := sha256.Sum256([]byte(s))
		same := subtle.ConstantTimeCompare(got[:], want[:])
		if i < len(app.SecretExpiry) && !app.SecretExpiry[i].IsZero() && !c.now.Before(app.SecretExpiry[i]) {
			expired |= same
		} else {
			match |= same
		}
	}
	switch {
	case match == 1:
		return nil
	case expired == 1:
		return refused(expiredSecret, cred.clientID)
	}
	return refused(wrongSecret, cred.clientID)
}

func (c *call) credentials() (credentials, *refusal) {
	post := credentials{
		clientID: c.params.Get("client_id"), secret: c.params.Get("client_secret"),
		method: methodPost, sent: c.params.Has("client_secret"),
	}
	if c.r.Header.Get("Authorization") == "" {
		// The assertion names the client too (RFC 7521, section 4.2).
		if a, ok := readAssertion(c.params.Get("client_assertion")); ok && post.clientID == "" && !c.dialect().entra {
			post.clientID = a.claim("sub")
		}
		return post, nil
	}
	user, password, ok := c.r.BasicAuth()
	if !ok {
		return credentials{}, refused(invalidParam, "Authorization", "only the Basic scheme is known")
	}
	// RFC 6749, section 2.3.1: both are form-encoded first.
	id, err1 := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(password)
	switch {
	case err1 != nil || err2 != nil:
		return credentials{}, refused(invalidParam, "Authorization", "client id and secret must be form-encoded")
	case post.sent || c.params.Has("client_assertion"):
		return credentials{}, refused(twoAuthMethods)
	case post.clientID != "" && !strings.EqualFold(post.clientID, id):
		return credentials{}, refused(invalidParam, "client_id", "it is not the one in the Authorization header")
	}
	return credentials{clientID: id, secret: secret, method: methodBasic, sent: true}, nil
}
