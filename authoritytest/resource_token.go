package authoritytest

import (
	"slices"
	"strings"
)

// Why a resource refuses a call.
var (
	noToken           = condition{code: "no_token", status: 401, text: "The request has no bearer token in its Authorization header."}
	manyTokens        = condition{code: "invalid_request", text: "The request has more than one Authorization header."}
	oddResourcePath   = condition{code: "invalid_request", text: "The path has dot segments or encoded slashes."}
	badToken          = condition{code: "invalid_token", status: 401, text: "The access token is not good for this resource: %s."}
	lackingScope      = condition{code: "insufficient_scope", status: 403, text: "The access token has none of what is needed here: %s."}
	lackingClaims     = condition{code: "insufficient_claims", status: 401, text: "The access token lacks claims: %s."}
	lackingSignIn     = condition{code: "insufficient_user_authentication", status: 401, text: "The user has to sign in %s."}
	maxResourceToken  = 16 << 10
	bearerPunctuation = "-._~+/"
)

// A bearer is an access token that was found good for a resource.
type bearer struct {
	grant         *grant
	tenant        *Tenant
	claims        map[string]any
	id            string
	scopes, roles []string // of the resource
}

// text and number return claims of a type.
func (b *bearer) text(name string) string    { s, _ := b.claims[name].(string); return s }
func (b *bearer) number(name string) float64 { n, _ := b.claims[name].(float64); return n }

// texts returns a claim that is a list of strings.
func (b *bearer) texts(name string) []string {
	var list []string
	items, _ := b.claims[name].([]any)
	for _, item := range items {
		if s, ok := item.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

// capable reports whether the client handles claims challenges (cp1).
func (b *bearer) capable() bool {
	return slices.ContainsFunc(b.texts("xms_cc"), func(s string) bool { return strings.EqualFold(s, "cp1") })
}

// contexts returns how the user signed in: authentication contexts in Entra's tokens,
// the acr in others.
func (b *bearer) contexts() []string {
	if dialects[b.grant.shape].entra {
		return b.texts("acrs")
	}
	if acr := b.text("acr"); acr != "" {
		return []string{acr}
	}
	return nil
}

// bearerHeader returns the token of Authorization headers (RFC 6750, section 2.1); "" if
// they bring none.
func bearerHeader(values []string) (string, *refusal) {
	switch len(values) {
	case 0:
		return "", nil
	case 1:
	default:
		return "", refused(manyTokens)
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", nil
	}
	token = strings.Trim(token, " ")
	switch {
	case token == "":
		return "", nil
	case len(token) > maxResourceToken:
		return "", refused(badToken, "it is longer than 16 KB")
	case strings.ContainsFunc(strings.TrimRight(token, "="), func(r rune) bool {
		return !strings.ContainsRune(bearerPunctuation, r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}):
		return "", refused(badToken, "it has a character that tokens cannot have")
	}
	return token, nil
}

// caller checks the call's token for a resource. What it learns is in the log, even if
// the token is refused.
func (c *call) caller(api *App) (*bearer, *refusal) {
	token, k := bearerHeader(c.r.Header.Values("Authorization"))
	switch {
	case k != nil:
		return nil, k
	case token == "":
		return nil, refused(noToken)
	}
	claims, typ, ok := verify(token)
	if !ok {
		return nil, refused(badToken, "it is no JWT that this server signed")
	}
	b := &bearer{claims: claims}
	b.id = b.text("jti")
	if b.id == "" {
		b.id = b.text("uti")
	}
	if b.grant = c.s.state.issuedFor(b.id); b.grant == nil {
		return nil, refused(badToken, "it is unknown or was revoked")
	}
	c.route.shape, c.route.policy, c.entry.Shape = b.grant.shape, b.grant.policy, b.grant.shape
	c.entry.ClientID = b.grant.app.ClientID
	if b.grant.user != nil {
		c.entry.User = b.grant.user.Username
	}
	if k := c.checkBearer(api, b, typ); k != nil {
		return nil, k
	}
	return b, nil
}

// checkBearer checks what a signed token says.
func (c *call) checkBearer(api *App, b *bearer, typ string) *refusal {
	if b.tenant = c.tenantOf(b); b.tenant == nil {
		return refused(badToken, "its tenant is not one of the user's")
	}
	switch {
	case typ != c.accessType():
		return refused(badToken, "it is not an access token")
	case b.text("iss") != c.accessIssuer(api, b.tenant):
		return refused(badToken, "its issuer is not the one of its kind")
	case !api.audience(b.text("aud")):
		return refused(badToken, "it is for another resource")
	case !c.now.Before(unix(int64(b.number("exp")))):
		return refused(badToken, "it has expired")
	case c.now.Before(unix(int64(b.number("nbf")))):
		return refused(badToken, "it is not valid yet")
	case !api.MultiTenant && !api.isGraph() && api.Tenant != b.tenant.ID:
		return refused(badToken, "the resource is of another tenant")
	}
	for word := range strings.FieldsSeq(b.text("scp") + " " + b.text("scope")) {
		if name := strings.TrimPrefix(word, api.IDURI+"/"); api.hasScope(name) {
			b.scopes = append(b.scopes, name)
		}
	}
	b.roles = api.rolesOf(b.texts("roles"))
	return c.checkRevoked(b)
}

// tenantOf returns the tenant of a token, if its user or app has a place there.
func (c *call) tenantOf(b *bearer) *Tenant {
	if !c.dialect().entra {
		return b.grant.tenant
	}
	tenant := c.s.state.tenant(b.text("tid"))
	if tenant == nil {
		return nil
	}
	member := tenant.ID == b.grant.tenant.ID
	if b.grant.user != nil {
		_, member = b.grant.user.objectIn(tenant.ID)
	}
	if !member {
		return nil
	}
	return tenant
}

// accessIssuer returns the iss of the shape's access tokens.
func (c *call) accessIssuer(api *App, tenant *Tenant) string {
	switch {
	case c.route.shape == ShapeADFS:
		return c.s.adfsTrust()
	case c.versionOne(api):
		return c.s.V1Issuer(tenant.ID)
	}
	return c.issuer(tenant)
}

// audience reports whether a token's aud means the API.
func (a *App) audience(aud string) bool { return aud != "" && (aud == a.ClientID || aud == a.IDURI) }
