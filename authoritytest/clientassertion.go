package authoritytest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// methodKey is a client's proof by a signed assertion (OpenID Connect Core, section 9).
const methodKey = "private_key_jwt"

// assertionType is what client_assertion_type must be (RFC 7523, section 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

const (
	assertionLeeway   = 5 * time.Minute // Entra shape: how far clocks may differ; none in plain OIDC
	assertionLifetime = time.Hour       // plain OIDC: how far in the future exp may be
	maxAssertions     = 1 << 16
)

// What is wrong with a client assertion.
var (
	malformedAssertion  = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 50027, entraCode: "invalid_request", entraStatus: http.StatusBadRequest, text: "The client assertion is no valid JWT: %s."}
	unregisteredKey     = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 700027, text: "The key or certificate that signed the client assertion is not registered on the application: %s."}
	assertionSignature  = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 700027, text: "The client assertion's signature is invalid for the registered key or certificate: %s."}
	assertionClient     = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 700021, text: "The client assertion's iss and sub must both be the client_id."}
	assertionAudience   = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 700023, text: "The client assertion's aud must be one string: '%s'."}
	assertionTime       = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 700024, text: "The client assertion is not within its valid time range: %s."}
	assertionReplayed   = condition{code: "invalid_client", status: http.StatusUnauthorized, text: "The client assertion was used before; each is good for one request."}
	unfederatedIssuer   = condition{code: "invalid_request", number: 700211, text: "No matching federated identity record found for presented assertion issuer '%s'."}
	unfederatedAudience = condition{code: "invalid_request", number: 700212, text: "No matching federated identity record found for presented assertion audience; it must be '%s'."}
	unfederatedSubject  = condition{code: "invalid_request", number: 700213, text: "No matching federated identity record found for presented assertion subject '%s'."}
)

// assertedClient checks the client assertion of an app (RFC 7521, section 4.2; RFC 7523,
// section 3).
func (c *call) assertedClient(app *App, cred credentials) *refusal {
	text := c.params.Get("client_assertion")
	proofs := c.s.state.roster().proofs[strings.ToLower(app.ClientID)]
	switch {
	case cred.sent:
		return refused(twoAuthMethods)
	case !app.confidential():
		return refused(publicWithSecret)
	case text == "":
		return refused(missingParam, "client_assertion")
	case c.params.Get("client_assertion_type") == "":
		return refused(missingParam, "client_assertion_type")
	case c.params.Get("client_assertion_type") != assertionType:
		return refused(invalidParam, "client_assertion_type", "it must be "+assertionType)
	case app.AuthMethod != "" && app.AuthMethod != methodKey:
		return refused(wrongAuthMethod, app.AuthMethod)
	case len(proofs.keys) == 0 && len(proofs.federated) == 0:
		return refused(assertionAuth)
	}
	a, ok := readAssertion(text)
	if !ok {
		return refused(malformedAssertion, "it must have three base64url parts, JSON in the first two, and no crit")
	}
	if typ := a.head("typ"); typ != "" && !strings.EqualFold(typ, "JWT") && !strings.EqualFold(typ, "client-authentication+jwt") {
		return refused(malformedAssertion, "its typ must be JWT")
	}
	if k := c.checkAssertion(app, proofs, a); k != nil {
		return k
	}
	c.s.secrets.add(text)
	return nil
}

func (c *call) checkAssertion(app *App, p proofs, a *assertion) *refusal {
	if c.dialect().entra && len(p.federated) > 0 && !strings.EqualFold(a.claim("iss"), app.ClientID) {
		return c.checkFederated(p, a)
	}
	if c.route.shape == ShapeADFS && (a.head("alg") != algRS256 || a.head("x5t") == "") {
		return refused(assertionSignature, "it must be signed RS256 and name the certificate by x5t")
	}
	if k := c.checkSignature(p.keys, a); k != nil {
		return k
	}
	audiences := c.assertionAudiences()
	switch {
	case !strings.EqualFold(a.claim("iss"), app.ClientID) || a.claim("iss") != a.claim("sub"):
		return refused(assertionClient)
	case !slices.Contains(audiences, a.claim("aud")):
		return refused(assertionAudience, audiences[0])
	}
	if k := c.checkAssertionTimes(a); k != nil || c.dialect().entra {
		return k // Microsoft Entra accepts an assertion until it ends
	}
	return c.s.state.useAssertion(app, a.claim("jti"), c.now)
}

// checkFederated checks a token of an issuer that the app trusts.
func (c *call) checkFederated(p proofs, a *assertion) *refusal {
	same := func(f federated) bool { return f.Issuer == a.claim("iss") }
	if !slices.ContainsFunc(p.federated, same) {
		return refused(unfederatedIssuer, a.claim("iss"))
	}
	i := slices.IndexFunc(p.federated, func(f federated) bool { return same(f) && f.Subject == a.claim("sub") })
	if i < 0 {
		return refused(unfederatedSubject, a.claim("sub"))
	}
	f := p.federated[i]
	if a.claim("aud") != f.Audience {
		return refused(unfederatedAudience, f.Audience)
	}
	if k := c.checkSignature(f.keys, a); k != nil {
		return k
	}
	return c.checkAssertionTimes(a)
}

// assertionAudiences returns whom an assertion may be for. In plain OIDC it is the
// issuer alone (CVE-2025-27370); in the Entra shape a tenant's token endpoint, however
// the tenant is named, or its issuer.
func (c *call) assertionAudiences() []string {
	switch c.route.shape {
	case ShapeOIDC:
		return []string{c.s.OIDCIssuer()}
	case ShapeADFS:
		return []string{c.s.base + adfsToken, strings.TrimSuffix(c.s.base+adfsToken, "/")}
	}
	names := []string{c.route.tenant, strings.ToLower(c.route.tenant)}
	if c.route.shape == ShapeCIAM {
		names = append(names, c.route.label+".onmicrosoft.com")
	}
	tenant, _ := c.tenant()
	if tenant != nil {
		names = append(names, tenant.ID, tenant.Domain)
	}
	var list []string
	for _, name := range names {
		if c.route.shape == ShapeB2C {
			name += "/" + c.route.policy
			list = append(list, c.base()+"/tfp/"+name+entraToken)
		}
		list = append(list, c.base()+"/"+name+entraToken)
	}
	if tenant != nil {
		list = append(list, c.issuer(tenant))
	}
	return list
}

// checkAssertionTimes checks exp, nbf and iat.
func (c *call) checkAssertionTimes(a *assertion) *refusal {
	leeway := assertionLeeway
	if !c.dialect().microsoft {
		leeway = 0
	}
	expires, ok := a.claims["exp"].(float64)
	switch {
	case !ok:
		return refused(assertionTime, "it has no exp")
	case c.now.Add(-leeway).Unix() >= int64(expires):
		return refused(assertionTime, "it has expired; the time is "+c.timestamp())
	case !c.dialect().entra && int64(expires) > c.now.Add(assertionLifetime).Unix():
		return refused(assertionTime, "exp is more than an hour away; the time is "+c.timestamp())
	}
	for _, name := range []string{"nbf", "iat"} {
		if at, ok := a.claims[name].(float64); ok && int64(at) > c.now.Add(leeway).Unix() {
			return refused(assertionTime, "its "+name+" is in the future; the time is "+c.timestamp())
		}
	}
	return nil
}

// useAssertion remembers an assertion's id until no assertion with it is accepted, and
// refuses one that was used before.
func (st *state) useAssertion(app *App, id string, now time.Time) *refusal {
	if id == "" {
		return refused(malformedAssertion, "it has no jti")
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	key := app.ClientID + " " + id
	if until := st.assertions.get(key); now.Before(until) {
		return refused(assertionReplayed)
	}
	st.assertions.put(key, now.Add(assertionLifetime))
	return nil
}
