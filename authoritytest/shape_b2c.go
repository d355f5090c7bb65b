package authoritytest

import (
	"net/http"
	"slices"
	"strings"
)

// A Policy is a user flow or a custom policy of Azure AD B2C.
type Policy struct {
	Name      string `json:"name"`                 // begins with B2C_1_ or B2C_1A_; compared case-insensitively
	TFPIssuer bool   `json:"tfp_issuer,omitempty"` // the issuer names the policy; else all policies of the tenant share one
	ACR       bool   `json:"acr,omitempty"`        // tokens name the policy in acr, not in tfp
}

// B2CAuthority returns the authority of a policy in the Azure AD B2C shape: the base
// URL, the domain of the directory's first tenant, and the policy. "" is that tenant's
// first policy. The same with /tfp before the tenant, or the tenant's id, will do.
func (s *Server) B2CAuthority(policy string) string {
	t := s.Directory.Tenants[0]
	if policy == "" && len(t.Policies) > 0 {
		policy = t.Policies[0].Name
	}
	return s.base + "/" + t.Domain + "/" + policy
}

// policy returns the tenant's policy of a name, or nil.
func (t *Tenant) policy(name string) *Policy {
	i := slices.IndexFunc(t.Policies, func(p Policy) bool { return strings.EqualFold(p.Name, name) })
	if i < 0 {
		return nil
	}
	return &t.Policies[i]
}

const b2cPrefix = "b2c_1"

func isPolicyName(s string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(s), b2cPrefix)
	return ok && rest != "" && !strings.ContainsFunc(rest, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
}

// policies checks a tenant's policies.
func (k *check) policies(where string, t Tenant) {
	for _, p := range t.Policies {
		if !isPolicyName(p.Name) {
			k.fail("%s: the name of a policy must be such as B2C_1_signin, not %q", where, p.Name)
		}
		k.unique(where, "policy of "+t.ID, p.Name)
	}
}

// policyRoutes are the B2C shape's paths after the policy.
var policyRoutes = map[string]*endpoint{
	entraIssuerEnd + discoverySuffix: endpointDiscovery,
	entraAuthorize:                   endpointAuthorize,
	entraToken:                       endpointToken,
	entraLogout:                      endpointLogout,
	entraKeys:                        endpointJWKS,
}

// policyRoute returns the route of a path below a policy.
func policyRoute(path string) (r route, ok bool) {
	path = strings.TrimPrefix(path, "/")
	if first, rest, _ := strings.Cut(path, "/"); strings.EqualFold(first, "tfp") {
		path = rest
	}
	tenant, path, _ := strings.Cut(path, "/")
	policy, rest, _ := strings.Cut(path, "/")
	e := policyRoutes["/"+rest]
	if e == nil || !isPolicyName(policy) {
		return route{}, false
	}
	return route{endpoint: e, shape: ShapeB2C, tenant: tenant, policy: strings.ToLower(policy)}, true
}

// policyTenant returns the tenant of the path, which must have the path's policy.
func (c *call) policyTenant() (*Tenant, *refusal) {
	t := c.s.state.tenant(c.route.tenant)
	switch {
	case t == nil:
		return nil, refused(unknownTenant, c.route.tenant)
	case t.policy(c.route.policy) == nil:
		return nil, refused(unknownPolicy, c.route.policy)
	}
	return t, nil
}

func (c *call) policyIssuer(tenant *Tenant) string {
	if p := tenant.policy(c.route.policy); p != nil && p.TFPIssuer {
		return c.s.base + "/tfp/" + tenant.ID + "/" + c.route.policy + entraIssuerEnd + "/"
	}
	return c.s.base + "/" + tenant.ID + entraIssuerEnd + "/"
}

func (c *call) policyMetadata(m metadata) *reply {
	tenant, k := c.policyTenant()
	if k != nil {
		return c.refuse(unknownIssuer, c.route.tenant)
	}
	at := c.s.base + "/" + strings.ToLower(c.route.tenant) + "/" + c.route.policy
	m.Issuer, m.JWKS = c.issuer(tenant), at+entraKeys
	m.Authorization, m.Token, m.EndSession = at+entraAuthorize, at+entraToken, at+entraLogout
	m.SubjectTypes, m.AuthMethods = []string{"pairwise"}, []string{methodPost, methodBasic}
	m.Scopes = []string{scopeOpenID} // although it knows offline_access
	m.IDTokenAlgs, m.ClaimsParameter = []string{algRS256}, false
	m.Claims = []string{"name", "emails", "sub", "tfp", "iss", "iat", "exp", "aud", "acr", "nonce", "auth_time"}
	return jsonReply(http.StatusOK, m)
}

// policyClaims adds what all tokens of a policy have.
func (c *call) policyClaims(claims map[string]any, tenant *Tenant) {
	claims["iss"], claims["ver"], claims["nbf"] = c.issuer(tenant), "1.0", c.now.Unix()
	policy := tenant.policy(c.route.policy)
	if policy.ACR {
		claims["acr"] = c.route.policy
	} else {
		claims["tfp"] = policy.Name
	}
}

// policyUserClaims adds what the tokens of a user have: no tid, and a list of addresses
// in place of a username.
func (c *call) policyUserClaims(claims map[string]any, tenant *Tenant, user *User) {
	c.policyClaims(claims, tenant)
	claims["sub"], claims["oid"], claims["name"] = user.ObjectID, user.ObjectID, user.Name
	claims["emails"] = []string{user.Username}
	if user.GivenName != "" {
		claims["given_name"], claims["family_name"] = user.GivenName, user.FamilyName
	}
}

// policyResponse makes a token response what B2C's is, with times of several kinds, but
// none of an access token that it lacks because no API's scope was asked for.
func (c *call) policyResponse(resp *tokenResponse, a access) {
	resp.NotBefore, resp.RefreshIn = c.now.Unix(), 0
	if a.api == nil {
		resp.ExpiresIn = 0
	} else {
		resp.ExpiresOn, resp.Resource = c.now.Add(c.s.accessLifetime()).Unix(), a.api.ClientID
	}
	if resp.IDToken != "" {
		resp.IDTokenExpiresIn = seconds(c.s.idLifetime())
	}
	if resp.RefreshToken != "" {
		resp.RefreshExpiresIn = seconds(c.s.refreshLifetime())
	}
}
