package authority

import "strings"

// B2C is the profile of Azure AD B2C. It is [Entra] but for this: the URL is
// https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signin, or the same on a
// domain of one's own, with tfp as first segment or not. Each policy is an authority of
// its own, with accounts and tokens of its own, and issues its tokens itself: see
// [Metadata.CheckPolicy]. There are no other tenants, and no aliases of the host. An
// answer to a request for OpenID Connect's own scopes has no access token. A sign-out
// shows the ID token, which B2C demands before it sends the user back to the program.
func B2C() Profile {
	return Profile{
		Name:                "b2c",
		DefaultScopes:       []string{"openid", "profile", "offline_access"},
		OfflineAccess:       OfflineAlways,
		RefreshScope:        RefreshAnyResource,
		ScopesOptional:      true,
		ClientAuth:          secretPost,
		AssertionAudience:   AudienceTokenEndpoint,
		TokenPath:           entraToken,
		Issuer:              IssuerB2C,
		DiscoveryPath:       versionPath + wellKnown,
		PolicyPath:          true,
		AccountID:           AccountPolicy,
		ClientInfo:          true,
		IDTokenHint:         true,
		AccessTokenOptional: true,
		LoopbackHost:        "localhost",
	}
}

// CIAM is the profile of Microsoft Entra External ID. It is [Entra] but for this: the
// URL is https://contoso.ciamlogin.com alone, or with the tenant's id or domain, or a
// domain of one's own with the id. One host serves one tenant, so that there are no
// common, organizations and consumers, and no aliases.
func CIAM() Profile {
	p := Entra()
	p.Name = "ciam"
	p.Issuer = IssuerCIAM
	p.InstanceDiscovery = false
	p.TenantHost = "ciamlogin.com"
	p.TenantDomain = ".onmicrosoft.com"
	return p
}

// ADFS is the profile of Active Directory Federation Services, 2019 and later. The URL
// is https://sts.contoso.com/adfs, and the issuer is the same. There are no tenants. An
// API is named by the parameter resource, or by scopes that begin with its identifier;
// a refresh may ask for any. The client authenticates by client_secret_post; its
// assertions are for the token endpoint, used once, signed RS256, and name the
// certificate by SHA-1. An account is the sub, which no other client knows. A sign-out
// shows the ID token. On this computer the user returns to localhost.
func ADFS() Profile {
	return Profile{
		Name:                      "adfs",
		DefaultScopes:             []string{"openid", "profile", "offline_access"},
		OfflineAccess:             OfflineAlways,
		RefreshScope:              RefreshAnyResource,
		ScopesOptional:            true,
		ResourceParameter:         "resource",
		ClientAuth:                secretPost,
		AssertionAudience:         AudienceTokenEndpoint,
		AssertionLegacyThumbprint: true,
		TokenPath:                 "/oauth2/token/",
		Issuer:                    IssuerADFS,
		DiscoveryPath:             wellKnown,
		FixedPath:                 adfsPath,
		IDTokenHint:               true,
		LoopbackHost:              "localhost",
		CorrelationHeader:         "client-request-id",
	}
}

const adfsPath = "/adfs"

// tenantHosts are the hosts below which each tenant has one, and their profiles.
var tenantHosts = [...]struct {
	suffix  string
	profile func() Profile
}{
	{".b2clogin.com", B2C},
	{".b2clogin.cn", B2C},
	{".ciamlogin.com", CIAM},
}

// ProfileFor returns the profile that a URL shows: [Entra] on a built-in Microsoft host,
// [B2C] below b2clogin.com, [CIAM] below ciamlogin.com, [ADFS] for the path /adfs on
// another host, else [OIDC]. Name the profile of a B2C or CIAM domain of your own.
func ProfileFor(rawURL string) Profile {
	u, err := parseURL(rawURL)
	if err != nil {
		return OIDC()
	}
	host := hostPort(u)
	if cloudOf(host) != nil {
		return Entra()
	}
	for i := range tenantHosts {
		if strings.HasSuffix(host, tenantHosts[i].suffix) {
			return tenantHosts[i].profile()
		}
	}
	if strings.EqualFold(strings.TrimRight(u.Path, "/"), adfsPath) {
		return ADFS()
	}
	return OIDC()
}

// NamesObject reports whether a uid of client_info is that of the user with an object
// id, by the profile's [AccountID].
func (p Profile) NamesObject(uid, oid string) bool {
	if p.AccountID == AccountPolicy && strings.HasPrefix(uid, oid) {
		return len(uid) == len(oid) || uid[len(oid)] == '-'
	}
	return uid == oid
}
