package authoritytest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// The AD FS shape's paths. Two endpoints end in a slash.
const (
	adfsPath       = "/adfs"
	adfsAuthorize  = "/adfs/oauth2/authorize/"
	adfsToken      = "/adfs/oauth2/token/"
	adfsDeviceCode = "/adfs/oauth2/devicecode"
	adfsDevicePage = "/adfs/oauth2/deviceauth"
	adfsLogout     = "/adfs/oauth2/logout"
	adfsKeys       = "/adfs/discovery/keys"
	adfsUserinfo   = "/adfs/userinfo"

	userinfoAudience = "urn:microsoft:userinfo"
)

// ADFSAuthority returns the authority in the shape of Active Directory Federation
// Services, which is the issuer of its ID tokens too. It has the users of the
// directory's first tenant.
func (s *Server) ADFSAuthority() string { return s.base + adfsPath }

// adfsTrust is the issuer of AD FS's access tokens.
func (s *Server) adfsTrust() string {
	_, host, _ := strings.Cut(s.base, "://")
	return "http://" + host + adfsPath + "/services/trust"
}

// adfsSubject is AD FS's sub: another one for each client, in padded base64.
func adfsSubject(tenant *Tenant, app *App, user *User) string {
	sum := sha256.Sum256([]byte("adfs\x00" + tenant.ID + "\x00" + app.ClientID + "\x00" + user.ObjectID))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (c *call) adfsMetadata(m metadata) *reply {
	base := c.s.base
	m.Issuer, m.AccessTokenIssuer, m.JWKS = c.s.ADFSAuthority(), c.s.adfsTrust(), base+adfsKeys
	m.Authorization, m.Token, m.DeviceAuthorization = base+adfsAuthorize, base+adfsToken, base+adfsDeviceCode
	m.EndSession, m.Userinfo = base+adfsLogout, base+adfsUserinfo
	m.SubjectTypes = []string{"pairwise"}
	m.AuthMethods = []string{methodPost, methodBasic, methodKey, "windows_client_authentication"}
	m.AuthAlgs, m.IDTokenAlgs = []string{algRS256}, []string{algRS256}
	m.Scopes = []string{"user_impersonation", "allatclaims", scopeOpenID, scopeProfile, scopeEmail} // not offline_access
	m.ClaimsParameter, m.MultiRefresh = false, true
	yes := true
	m.HTTPLogout, m.FrontChannel = &yes, &yes
	m.Claims = []string{"aud", "iss", "iat", "exp", "auth_time", "nonce", "at_hash", "c_hash", "sub", "upn", "unique_name", "pwd_url", "pwd_exp", "mfa_auth_time", "sid", "nbf"}
	return jsonReply(http.StatusOK, m)
}

// adfsUserClaims adds what the ID tokens of a user have: neither tid nor oid.
func (c *call) adfsUserClaims(claims map[string]any, g *grant, tenant *Tenant) {
	claims["iss"], claims["sub"] = c.issuer(tenant), adfsSubject(tenant, g.app, g.user)
	claims["upn"], claims["unique_name"] = g.user.Username, windowsName(g.user)
	claims["auth_time"], claims["nbf"] = g.authTime.Unix(), c.now.Unix()
	claims["ver"], claims["appid"] = "1.0", g.app.ClientID
}

// windowsName is the user's name in the domain: CONTOSO\avery.
func windowsName(u *User) string {
	name, domain, _ := strings.Cut(u.Username, "@")
	domain, _, _ = strings.Cut(domain, ".")
	return strings.ToUpper(domain) + `\` + name
}

// adfsAccessClaims adds what access tokens have, whosever they are.
func (c *call) adfsAccessClaims(claims map[string]any, g *grant, a access, id string) {
	claims["iss"], claims["aud"], claims["jti"] = c.s.adfsTrust(), userinfoAudience, id
	if a.api != nil {
		claims["aud"] = a.api.IDURI
	}
	claims["appid"], claims["apptype"], claims["ver"], claims["nbf"] = g.app.ClientID, "Public", "1.0", c.now.Unix()
	if g.app.confidential() {
		claims["apptype"] = "Confidential"
	}
}

// adfsScp returns the scp claim.
func adfsScp(a access) string {
	names := a.names()
	for _, s := range []string{scopeOpenID, scopeProfile, scopeEmail} {
		if a.has(s) {
			names = append(names, s)
		}
	}
	return strings.Join(names, " ")
}

// adfsResponse makes a token response what AD FS's is.
func (c *call) adfsResponse(resp *tokenResponse, a access) {
	resp.TokenType, resp.Resource, resp.RefreshIn = "bearer", userinfoAudience, 0
	if a.api != nil {
		resp.Resource = a.api.IDURI
	}
	if resp.RefreshToken != "" {
		resp.RefreshExpiresIn = seconds(c.s.refreshLifetime())
	}
}
