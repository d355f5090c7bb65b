package authoritytest

import (
	"crypto/sha256"
	"strings"
)

// idToken makes an ID token (OpenID Connect Core, section 2): in the Entra shape as
// Entra's v2 tokens are.
func (c *call) idToken(g *grant, tenant *Tenant, a access, asked claimsRequest, nonce, accessToken string) string {
	claims := map[string]any{
		"aud": g.app.ClientID, "iat": c.now.Unix(), "exp": c.now.Add(c.s.idLifetime()).Unix(),
	}
	if accessToken != "" {
		claims["at_hash"] = atHash(accessToken)
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	switch {
	case c.route.shape == ShapeB2C:
		c.policyUserClaims(claims, tenant, g.user)
		claims["auth_time"] = g.authTime.Unix()
	case c.route.shape == ShapeADFS:
		c.adfsUserClaims(claims, g, tenant)
	case c.dialect().entra:
		claims["iss"], claims["tid"], claims["ver"] = c.issuer(tenant), tenant.ID, "2.0"
		claims["sub"], claims["nbf"] = pairwise(tenant, g.app, g.user), c.now.Unix()
		claims["uti"], claims["rh"] = randomText(16), "1."+randomText(18)+"."
		if a.has(scopeProfile) {
			claims["oid"], _ = g.user.objectIn(tenant.ID)
			claims["name"], claims["preferred_username"] = g.user.Name, g.user.Username
		}
		if roles := g.app.rolesOf(g.user.Roles); len(roles) > 0 {
			claims["roles"] = roles
		}
	default:
		claims["iss"], claims["sub"], claims["sid"] = c.s.OIDCIssuer(), publicSubject(g.user), g.sid
		if a.has(scopeProfile) {
			c.addClaims(claims, g, tenant, profileClaims)
		}
	}
	if a.has(scopeEmail) && c.route.shape != ShapeB2C {
		c.addClaims(claims, g, tenant, []string{"email", "email_verified"})
	}
	if g.askedAge {
		claims["auth_time"] = g.authTime.Unix()
	}
	c.addClaims(claims, g, tenant, g.app.OptionalClaims.IDToken)
	c.addClaims(claims, g, tenant, asked.idNames())
	alg := g.app.SigningAlg
	if alg == "" || c.route.shape == ShapeB2C || c.route.shape == ShapeADFS {
		alg = algRS256
	}
	return c.sign(kindID, alg, "JWT", claims)
}

// profileClaims are what the scope profile stands for (OpenID Connect Core, section
// 5.4), as far as a directory has them.
var profileClaims = []string{"name", "given_name", "family_name", "preferred_username"}

// atHash binds an ID token to an access token (OpenID Connect Core, section 3.1.3.6).
// Both signing algorithms hash with SHA-256.
func atHash(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return b64(sum[:len(sum)/2])
}

// pairwise is the Entra shape's sub: another one for each app (OpenID Connect Core,
// section 8.1).
func pairwise(tenant *Tenant, app *App, user *User) string {
	sum := sha256.Sum256([]byte("sub\x00" + tenant.ID + "\x00" + app.ClientID + "\x00" + user.ObjectID))
	return b64(sum[:])
}

// publicSubject is plain OIDC's sub: the same for every client. It has characters that
// no client may take for a path or a separator.
func publicSubject(user *User) string {
	return "user|../" + strings.ReplaceAll(user.ObjectID, "-", ".")
}

// addClaims adds the user's claims of the given names, as far as there are any, without
// replacing one.
func (c *call) addClaims(claims map[string]any, g *grant, tenant *Tenant, names []string) {
	for _, name := range names {
		if _, taken := claims[name]; taken {
			continue
		}
		if name == "groups" {
			c.addGroups(claims, g.user, tenant)
		} else if v, ok := userClaim(name, g, tenant); ok {
			claims[name] = v
		}
	}
}

// userClaim returns a claim that a token has only if it is asked for.
func userClaim(name string, g *grant, tenant *Tenant) (v any, ok bool) {
	u := g.user
	text := ""
	switch name {
	case "name":
		text = u.Name
	case "given_name":
		text = u.GivenName
	case "family_name":
		text = u.FamilyName
	case "preferred_username", "upn":
		text = u.Username
	case "email", "verified_primary_email":
		text = u.Email
	case "email_verified":
		return true, u.Email != ""
	case "oid":
		text, _ = u.objectIn(tenant.ID)
	case "tid":
		text = tenant.ID
	case "sid":
		text = g.sid
	case "login_hint":
		text = loginHint(u)
	case "auth_time":
		return g.authTime.Unix(), !g.authTime.IsZero()
	case "acct":
		if u.Tenant == tenant.ID {
			return 0, true // a member; a guest is 1
		}
		return 1, true
	case "idtyp":
		text = "user"
	case "amr":
		return g.acts.methods(), true
	case "acr":
		text = g.acts.class()
	default:
		v, ok = u.Claims[name]
		return v, ok && !protectedClaims[name]
	}
	return text, text != ""
}

// protectedClaims are what a user's own claims cannot be: they are what makes a token
// this token.
var protectedClaims = map[string]bool{
	"iss": true, "sub": true, "aud": true, "exp": true, "iat": true, "nbf": true, "nonce": true, "azp": true, "at_hash": true,
	"jti": true, "uti": true, "ver": true, "scp": true, "scope": true, "roles": true, "client_id": true, "cnf": true,
}

// loginHint is the opaque value of the claim login_hint, which the authorization
// endpoint takes back.
func loginHint(u *User) string { return "O." + b64([]byte(u.ObjectID)) }
