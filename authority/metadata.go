package authority

import "slices"

// Metadata is what an authority publishes (OpenID Connect Discovery 3, RFC 8414
// section 2). It is shared: nobody may change it. An endpoint that the authority does
// not have is empty.
type Metadata struct {
	// Issuer is the authority's issuer. For an authority of many tenants it is a
	// template with "{tenantid}": compare issuers by [Metadata.CheckIssuer].
	Issuer string
	// AuthorizationEndpoint is where users sign in (RFC 6749 section 3.1).
	AuthorizationEndpoint string
	// TokenEndpoint is where grants are redeemed (RFC 6749 section 3.2). It is never empty.
	TokenEndpoint string
	// DeviceAuthorizationEndpoint starts the device flow (RFC 8628 section 3.1).
	DeviceAuthorizationEndpoint string
	// UserinfoEndpoint tells about a user (OpenID Connect Core 5.3).
	UserinfoEndpoint string
	// EndSessionEndpoint signs users out (OpenID Connect RP-Initiated Logout 1.0).
	EndSessionEndpoint string
	// JWKSURI is where the keys are that verify ID tokens (RFC 7517 section 5).
	JWKSURI string

	// ScopesSupported is as published; nil if the authority publishes no list, as in
	// the next ones.
	ScopesSupported []string
	// ResponseModesSupported is as published: see [Metadata.SupportsResponseMode].
	ResponseModesSupported []string
	// TokenEndpointAuthMethods is as published: see [Profile.ClientAuthFor].
	TokenEndpointAuthMethods []string
	// CodeChallengeMethods are the PKCE methods (RFC 7636), as published.
	CodeChallengeMethods []string
	// IDTokenSigningAlgs are the JWS algorithms of ID tokens, as published.
	IDTokenSigningAlgs []string
	// IssParameter means that authorization responses carry iss (RFC 9207).
	IssParameter bool

	// AssertionAudience is the one audience of client assertions (RFC 7523 section 3).
	// It is made from configuration only.
	AssertionAudience string
	// Environment is what the cache calls this cloud: the preferred alias of the host,
	// or the whole issuer URL if the profile has no aliases. For [IssuerB2C] and
	// [IssuerCIAM] it is the authority's URL with the tenant's id.
	Environment string
	// Aliases are the hosts of this cloud, with the configured one; nil if the profile
	// has no aliases.
	Aliases []string
	// TenantID is the GUID of the authority's tenant; empty for an authority of many
	// tenants or of none.
	TenantID string

	rule   IssuerRule
	scheme string // of the issuers under IssuerEntra
	tenant string // as configured
	policy string // as configured, in lower case
}

// OffersScope reports whether scopes_supported lists the scope.
func (m *Metadata) OffersScope(scope string) bool {
	return slices.Contains(m.ScopesSupported, scope)
}

// SupportsResponseMode reports whether the authority takes the response_mode. An
// authority that publishes no list takes "query" and "fragment" (OpenID Connect
// Discovery 3), so form_post is used only where it is advertised.
func (m *Metadata) SupportsResponseMode(mode string) bool {
	if m.ResponseModesSupported == nil {
		return mode == "query" || mode == "fragment"
	}
	return slices.Contains(m.ResponseModesSupported, mode)
}

// adopt fills what comes from the configuration. c is the authority's cloud; nil if the
// profile has no aliases.
func (m *Metadata) adopt(a Authority, c *cloud) {
	p := a.profile
	m.rule, m.scheme, m.tenant, m.policy = p.Issuer, a.scheme, a.tenant, a.policy
	base := a.url
	switch {
	case c != nil:
		m.Environment = c.cache
		m.Aliases = slices.Clone(c.hosts)
		if a.tenant != "" {
			base = a.scheme + "://" + c.network + "/" + a.tenant
		}
	case p.Issuer == IssuerEntra:
		m.Environment = a.host
		m.Aliases = []string{a.host}
	default:
		m.Environment = a.url
	}
	m.AssertionAudience = a.url
	if p.AssertionAudience == AudienceTokenEndpoint {
		m.AssertionAudience = base + p.TokenPath
	}
}
