package authoritytest

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
)

// The grants that the token endpoint knows.
const (
	grantCode        = "authorization_code"
	grantRefresh     = "refresh_token"
	grantClient      = "client_credentials"
	grantPassword    = "password"
	grantDevice      = "urn:ietf:params:oauth:grant-type:device_code"
	grantDeviceShort = "device_code" // as MSAL writes it
	grantJWTBearer   = "urn:ietf:params:oauth:grant-type:jwt-bearer"
)

// token is the token endpoint (RFC 6749, section 3.2).
func (c *call) token() *reply {
	if name := c.repeated(); name != "" {
		return c.refuse(repeatedParam, name)
	}
	grantType := c.params.Get("grant_type")
	if grantType == "" {
		return c.refuse(missingParam, "grant_type")
	}
	redeem := c.redeemer(grantType)
	app, k := c.client()
	if k != nil {
		return c.refusal(k)
	}
	if redeem == nil {
		return c.refuse(unsupportedGrant, grantType)
	}
	if !app.mayUse(grantType) {
		return c.refuse(grantNotAllowed, grantType)
	}
	if k := c.checkOrigin(app, grantType); k != nil {
		return c.refusal(k)
	}
	if c.claims, k = c.claimsParam(); k != nil {
		return c.refusal(k)
	}
	if k := c.checkNotBefore(c.claims); k != nil {
		return c.refusal(k)
	}
	resp, k := redeem(c, app)
	if k != nil {
		return c.refusal(k)
	}
	return jsonReply(http.StatusOK, resp)
}

func (c *call) redeemer(grantType string) func(*call, *App) (*tokenResponse, *refusal) {
	if !slices.Contains(c.dialect().grants, grantType) {
		return nil
	}
	switch grantType {
	case grantCode:
		return (*call).redeemCode
	case grantRefresh:
		return (*call).redeemRefresh
	case grantClient:
		return (*call).redeemClient
	case grantPassword:
		return (*call).redeemPassword
	case grantJWTBearer:
		return (*call).redeemOnBehalfOf
	}
	return (*call).redeemDevice
}

// mayUse reports whether the app is registered for a grant.
func (a *App) mayUse(grantType string) bool {
	switch grantType {
	case grantClient:
		return a.confidential()
	case grantDevice, grantDeviceShort:
		return a.AllowPublicFlows
	case grantPassword:
		return a.AllowPublicFlows || a.confidential()
	}
	return true
}

// redeemCode is the authorization code grant (RFC 6749, section 4.1.3; RFC 7636,
// section 4.6). An attempt by the right client uses the code up, successful or not.
func (c *call) redeemCode(app *App) (*tokenResponse, *refusal) {
	for _, name := range []string{"code", "redirect_uri", "code_verifier"} {
		if c.params.Get(name) == "" && !(name == "code_verifier" && app.WithoutPKCE) {
			return nil, refused(missingParam, name)
		}
	}
	code, k := c.s.state.spendCode(c.params.Get("code"), app, c.route, c.now)
	if code != nil {
		c.entry.User = code.grant.user.Username
	}
	switch {
	case k != nil:
		return nil, k
	case code.redirectURI != c.params.Get("redirect_uri"):
		return nil, refused(redirectMismatch)
	case code.challenge == "" && c.params.Get("code_verifier") == "": // as the app is registered to; empty is omitted (RFC 6749, section 3.2)
	case !verifierMatches(c.params.Get("code_verifier"), code.challenge):
		return nil, refused(wrongVerifier) // also if there was no challenge (RFC 9700, section 2.1.1)
	}
	g, k := c.usable(code.grant)
	if k != nil {
		return nil, k
	}
	a, k := c.codeAccess(g)
	if k != nil {
		return nil, k
	}
	return c.issue(g, g.tenant, a, g.nonce)
}

// codeAccess returns what the redemption of a code gives: what was granted, narrowed to
// the resource asked for (RFC 8707, section 2.2), or in Microsoft's shapes to the scope.
func (c *call) codeAccess(g *grant) (access, *refusal) {
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
	return pick(g.wanted, resource, false)
}

// entraAccess returns what the scope parameter asks for, if the user consented to it.
func (c *call) entraAccess(g *grant) (access, *refusal) {
	list, k := c.scopesOf(g.app)
	if k != nil {
		return access{}, k
	}
	a, k := pick(list, c.namedResource(nil), false)
	if k != nil {
		return access{}, k
	}
	if lacking := c.s.state.lacking(g.app, g.user, a.wanted); len(lacking) > 0 {
		return access{}, refused(missingConsent, strings.Join(lacking, " "))
	}
	return a, nil
}

// wholeAccess returns what was granted, for a request without scopes.
func (c *call) wholeAccess(g *grant) (access, *refusal) {
	if _, k := c.scopes(); k != nil { // it checks the resource too
		return access{}, k
	}
	return pick(g.wanted, c.namedResource(g), true)
}

// namedResource returns the resource that a request of a Microsoft shape names, else the
// only one that the grant names.
func (c *call) namedResource(g *grant) *App {
	if name := c.params.Get("resource"); name != "" {
		return c.s.state.api(name)
	}
	if g != nil && len(g.resources) == 1 {
		return g.resources[0]
	}
	return nil
}

// oneResource returns the resource of a plain OIDC token request, which must be one of
// the grant's. Without the parameter it is the grant's only one, if it has just one.
func (c *call) oneResource(g *grant) (*App, *refusal) {
	names := c.params["resource"]
	if len(names) > 1 {
		return nil, refused(manyResources)
	}
	if len(names) == 0 {
		if len(g.resources) == 1 {
			return g.resources[0], nil
		}
		return nil, nil
	}
	api := c.s.state.api(names[0])
	for _, w := range g.wanted {
		if api != nil && w.api == api {
			return api, nil
		}
	}
	for _, granted := range g.resources {
		if api != nil && granted == api {
			return api, nil
		}
	}
	return nil, refused(unknownResource, names[0])
}

// usable returns the grant with everything in it as it is now, unless its user was
// disabled or removed since, or had everything revoked.
func (c *call) usable(g *grant) (*grant, *refusal) {
	now, ok := c.s.state.grantNow(g)
	if g.user == nil && ok {
		return now, nil
	}
	if !ok {
		return nil, refused(removedUser)
	}
	c.entry.User = now.user.Username
	if g.epoch != c.s.state.epoch(g.user.ObjectID) {
		return nil, refused(revokedSessions)
	}
	return now, standing(now.user)
}

// standing refuses a user whose account is disabled or locked.
func standing(user *User) *refusal {
	switch {
	case user.Disabled:
		return refused(disabledUser)
	case user.Locked:
		return refused(lockedUser)
	}
	return nil
}

// verifierMatches checks a code_verifier of the form of RFC 7636, section 4.1, with S256.
func verifierMatches(verifier, challenge string) bool {
	if len(verifier) < 43 || len(verifier) > 128 || !isUnreserved(verifier) {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(b64(sum[:])), []byte(challenge)) == 1
}

// isUnreserved reports whether s consists of RFC 3986's unreserved characters.
func isUnreserved(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("-._~", r)
	})
}
