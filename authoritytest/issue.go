package authoritytest

import (
	"encoding/json"
	"time"
)

// A tokenResponse is a successful answer of the token endpoint (RFC 6749, section 5.1).
type tokenResponse struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int64  `json:"expires_in,omitempty"`
	ExtExpiresIn int64  `json:"ext_expires_in,omitempty"`
	RefreshIn    int64  `json:"refresh_in,omitempty"`
	AccessToken  string `json:"access_token,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`

	Resource         string `json:"resource,omitempty"`                 // B2C, AD FS
	RefreshExpiresIn int64  `json:"refresh_token_expires_in,omitempty"` // B2C, AD FS
	IDTokenExpiresIn int64  `json:"id_token_expires_in,omitempty"`      // B2C
	NotBefore        int64  `json:"not_before,omitempty"`               // B2C
	ExpiresOn        int64  `json:"expires_on,omitempty"`               // B2C
}

// issue makes the response to a user's grant. A refresh token comes with it if
// offline_access was granted.
func (c *call) issue(g *grant, tenant *Tenant, a access, nonce string) (*tokenResponse, *refusal) {
	if k := c.demands(g, a); k != nil {
		return nil, k
	}
	return c.issueUser(g, tenant, a, nonce, a.has(scopeOffline))
}

// issueRotated makes the response to a refresh: with the next refresh token, where they
// rotate, and without the nonce, which belonged to the first ID token (OpenID Connect Core,
// section 12.2).
func (c *call) issueRotated(g *grant, tenant *Tenant, a access) (*tokenResponse, *refusal) {
	return c.issueUser(g, tenant, a, "", c.dialect().rotates)
}

func (c *call) issueUser(g *grant, tenant *Tenant, a access, nonce string, refresh bool) (*tokenResponse, *refusal) {
	claims := g.claims.merge(c.claims)
	resp := c.response(a, claims)
	if a.api != nil || c.route.shape != ShapeB2C {
		resp.AccessToken = c.userAccessToken(g, tenant, a, claims)
	}
	if a.has(scopeOpenID) {
		resp.IDToken = c.idToken(g, tenant, a, claims, nonce, resp.AccessToken)
	}
	if refresh {
		resp.RefreshToken = c.s.addRefresh(g, c.now)
	}
	if c.dialect().clientInfo && c.params.Get("client_info") == "1" {
		resp.ClientInfo = c.clientInfo(g.user)
	}
	c.shaped(resp, a)
	return resp, nil
}

// issueApp makes the response to a client that acts for itself.
func (c *call) issueApp(g *grant, a access) (*tokenResponse, *refusal) {
	resp := c.response(a, g.claims)
	if c.dialect().entra {
		resp.Scope = "" // Entra leaves it out
	}
	resp.AccessToken = c.appAccessToken(g, a)
	c.shaped(resp, a)
	return resp, nil
}

func (c *call) response(a access, asked claimsRequest) *tokenResponse {
	lifetime, refresh := c.lifetime(c.resource(a), asked), c.s.RefreshIn
	if refresh == 0 && c.evaluated(c.resource(a), asked) {
		refresh = lifetime / 2
	}
	resp := &tokenResponse{TokenType: "Bearer", Scope: a.spelled(c.route.shape), ExpiresIn: seconds(lifetime), RefreshIn: seconds(refresh)}
	if c.dialect().entra {
		resp.ExtExpiresIn = max(0, seconds(orDefault(c.s.ExtExpiresIn, lifetime)))
	}
	return resp
}

// shaped gives a response the members of its shape.
func (c *call) shaped(resp *tokenResponse, a access) {
	switch c.route.shape {
	case ShapeB2C:
		c.policyResponse(resp, a)
	case ShapeADFS:
		c.adfsResponse(resp, a)
	}
}

func (s *Server) accessLifetime() time.Duration { return orDefault(s.AccessTokenLifetime, time.Hour) }
func (s *Server) idLifetime() time.Duration     { return orDefault(s.IDTokenLifetime, time.Hour) }

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// clientInfo is the home account of a user, as Microsoft's shapes tell it to MSAL clients.
func (c *call) clientInfo(u *User) string {
	if c.route.shape == ShapeB2C {
		policy := *u
		policy.ObjectID += "-" + c.route.policy
		return clientInfo(&policy)
	}
	return clientInfo(u)
}

func clientInfo(u *User) string {
	text, _ := json.Marshal(map[string]string{"uid": u.ObjectID, "utid": u.Tenant}) // strings always marshal
	return b64(text)
}

// tokenKind says what is signed.
type tokenKind string

const (
	kindAccess tokenKind = "access"
	kindID     tokenKind = "id"

	kindLogout   tokenKind = "logout"   // OpenID Connect Back-Channel Logout
	kindUserinfo tokenKind = "userinfo" // userinfo as JWT
)

// sign signs every token that the server issues. What is to differ from what the
// endpoints want belongs here.
func (c *call) sign(kind tokenKind, alg, typ string, claims map[string]any) string {
	key := c.s.keys.signing(alg)
	token, err := "", error(nil)
	if t := c.meetToken(kind); t != nil {
		token, err = c.tampered(t, key, typ, claims)
	} else {
		token, err = key.sign(typ, claims)
	}
	if err != nil {
		panic(err) // claims of a directory that was checked
	}
	c.s.secrets.add(token)
	return token
}
