package authority

import "slices"

// A cloud is a set of hosts that are one authority.
type cloud struct {
	network string   // the host that requests go to
	cache   string   // the host that the cache uses as the name
	graph   string   // the host of userinfo; empty if not known
	hosts   []string // all of them
}

const (
	entraAuthorize = "/oauth2/v2.0/authorize"
	entraToken     = "/oauth2/v2.0/token"
)

// clouds are the Microsoft clouds, as their own instance discovery publishes them.
var clouds = [...]cloud{
	{"login.microsoftonline.com", "login.windows.net", "graph.microsoft.com",
		[]string{"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"}},
	{"login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn", "microsoftgraph.chinacloudapi.cn",
		[]string{"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}},
	{"login.microsoftonline.de", "login.microsoftonline.de", "graph.microsoft.de",
		[]string{"login.microsoftonline.de"}},
	{"login.microsoftonline.us", "login.microsoftonline.us", "graph.microsoft.us",
		[]string{"login.microsoftonline.us", "login.usgovcloudapi.net"}},
	{"login-us.microsoftonline.com", "login-us.microsoftonline.com", "",
		[]string{"login-us.microsoftonline.com"}},
	{"login.sovcloud-identity.fr", "login.sovcloud-identity.fr", "graph.svc.sovcloud.fr",
		[]string{"login.sovcloud-identity.fr"}},
	{"login.sovcloud-identity.de", "login.sovcloud-identity.de", "graph.svc.sovcloud.de",
		[]string{"login.sovcloud-identity.de"}},
	{"login.sovcloud-identity.sg", "login.sovcloud-identity.sg", "graph.svc.sovcloud.sg",
		[]string{"login.sovcloud-identity.sg"}},
}

// cloudOf returns the built-in cloud of a host, which has its port if that is not 443;
// nil if there is none.
func cloudOf(host string) *cloud {
	for i := range clouds {
		if slices.Contains(clouds[i].hosts, host) {
			return &clouds[i]
		}
	}
	return nil
}

// builtInCloud returns the built-in cloud of the authority; nil if there is none.
func builtInCloud(a Authority) *cloud {
	if !a.profile.InstanceDiscovery || !a.profile.TenantPath || a.profile.Issuer != IssuerEntra {
		return nil
	}
	return cloudOf(a.host)
}

// builtIn returns the metadata of a tenant of a built-in cloud. tenantID is the
// tenant's GUID, empty for an authority of many tenants.
func builtIn(a Authority, c *cloud, tenantID string) *Metadata {
	base := "https://" + c.network + "/" + a.tenant
	m := &Metadata{
		Issuer:                      issuerOf("https", c.network, tenantID),
		AuthorizationEndpoint:       base + entraAuthorize,
		TokenEndpoint:               base + entraToken,
		DeviceAuthorizationEndpoint: base + "/oauth2/v2.0/devicecode",
		EndSessionEndpoint:          base + "/oauth2/v2.0/logout",
		JWKSURI:                     base + "/discovery/v2.0/keys",
		ScopesSupported:             []string{"openid", "profile", "email", "offline_access"},
		ResponseModesSupported:      []string{"query", "fragment", "form_post"},
		TokenEndpointAuthMethods:    []string{secretPost, "private_key_jwt", secretBasic},
		IDTokenSigningAlgs:          []string{"RS256"},
		TenantID:                    tenantID,
	}
	if c.graph != "" {
		m.UserinfoEndpoint = "https://" + c.graph + "/oidc/userinfo"
	}
	m.adopt(a, c)
	return m
}

// knownTenantID returns the GUID that the configuration alone says the tenant has, and
// whether it says all there is to know. The GUID of a domain is not known.
func knownTenantID(tenant string) (id string, known bool) {
	switch {
	case IsGUID(tenant):
		return tenant, true
	case tenant == "consumers":
		return consumersTenant, true
	}
	return "", wordTenant(tenant)
}
