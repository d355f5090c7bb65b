package authority

import "slices"

// A Profile holds every difference between providers. It is plain data: take [OIDC],
// [Entra], [B2C], [CIAM], [ADFS] or [ProfileFor] and change the fields that your
// provider needs. The zero Profile is an OpenID Connect provider to whose requests
// nothing is added. docs/profiles.md says what each of the five has in each field, in
// words.
type Profile struct {
	// Name is what documents and errors call the profile, such as "oidc".
	Name string

	// DefaultScopes are added to what a user is asked for; nil adds none. They are
	// never added to client credentials.
	DefaultScopes []string
	// OfflineAccess says when offline_access is asked for (OpenID Connect Core 11).
	OfflineAccess OfflineAccess
	// RefreshScope says what a refresh token may be redeemed for.
	RefreshScope RefreshScope
	// ScopesOptional allows client credentials without any scope.
	ScopesOptional bool
	// ResourceParameter is the request parameter that names an API: "resource"
	// (RFC 8707) or "audience". If empty, naming one is an error.
	ResourceParameter string
	// AuthorizeParameters are added to each authorization request, in order, such as
	// Google's access_type=offline.
	AuthorizeParameters []Parameter
	// ResponseMode is the response_mode of authorization requests. If empty, the
	// metadata decides: see [Metadata.SupportsResponseMode].
	ResponseMode string

	// ClientAuth is how a secret is sent: "client_secret_basic" or
	// "client_secret_post". If empty, the metadata decides: see [Profile.ClientAuthFor].
	ClientAuth string
	// AssertionAudience says for whom client assertions are (RFC 7523 section 3).
	AssertionAudience AssertionAudience
	// AssertionReuse lets a client assertion serve for several requests until it ends.
	// Otherwise each request has a new one (OpenID Connect Core 9).
	AssertionReuse bool
	// AssertionLegacyThumbprint means that client assertions name their certificate by
	// its SHA-1 thumbprint (x5t) and that RSA keys sign RS256, as AD FS wants it. If
	// false, they name it by SHA-256 (x5t#S256), and RSA keys with a certificate sign
	// PS256.
	AssertionLegacyThumbprint bool
	// TokenPath follows the authority's URL to make the token endpoint that client
	// assertions are for. It is required by [AudienceTokenEndpoint], else not used.
	TokenPath string

	// Issuer says which issuers are the authority's.
	Issuer IssuerRule
	// DiscoveryPath follows the authority's URL to make its discovery document's.
	// If empty, it is "/.well-known/openid-configuration".
	DiscoveryPath string
	// InstanceDiscovery means that a host has other names, found in the built-in table
	// or by asking the host. Without it an authority is known by its own URL only.
	InstanceDiscovery bool
	// TenantPath means that the URL is a host and a tenant, the only path segment,
	// which a request may replace: see [Authority.WithTenant].
	TenantPath bool
	// TenantHost ends hosts that are one tenant's, with the port if that is not 443:
	// in contoso.ciamlogin.com it is "ciamlogin.com". See [IssuerCIAM].
	TenantHost string
	// TenantDomain makes the tenant of a URL that is such a host alone: it follows the
	// host's first label, as ".onmicrosoft.com" does. If empty, the URL needs a tenant.
	TenantDomain string
	// PolicyPath means that the URL is a host, a tenant and the name of a policy, with
	// tfp before both or not. Each policy is an authority of its own.
	PolicyPath bool
	// FixedPath is the one path that the URL can have, such as "/adfs".
	FixedPath string

	// AccountID says what identifies a user.
	AccountID AccountID
	// ClientInfo means that client_info=1 is sent and client_info is read from the
	// token response.
	ClientInfo bool
	// IDTokenHint means that a sign-out carries the ID token as id_token_hint (OpenID
	// Connect RP-Initiated Logout 2).
	IDTokenHint bool
	// AccessTokenOptional means that the answer to a request for OpenID Connect's own
	// scopes only (openid, profile, email, offline_access) may lack an access token.
	AccessTokenOptional bool
	// LoopbackHost is the host of redirect URIs on this computer: "127.0.0.1"
	// (RFC 8252 section 7.3) or "localhost".
	LoopbackHost string
	// CorrelationHeader is the request header that carries the correlation id. If
	// empty, none is sent.
	CorrelationHeader string
}

// A Parameter is a request parameter.
type Parameter struct {
	// Name and Value are the parameter's, not escaped.
	Name, Value string
}

// OfflineAccess says when offline_access is asked for, which asks for a refresh token.
type OfflineAccess uint8

const (
	// OfflineIfSupported asks if scopes_supported lists it or the caller wants it.
	OfflineIfSupported OfflineAccess = iota
	// OfflineAlways asks in every request for a user.
	OfflineAlways
)

// RefreshScope says what a refresh token may be redeemed for.
type RefreshScope uint8

const (
	// RefreshGranted allows a subset of the original grant (RFC 6749 section 6).
	RefreshGranted RefreshScope = iota
	// RefreshAnyResource allows the scopes of any API.
	RefreshAnyResource
)

// AssertionAudience says for whom a client's assertions are. The audience is one
// string and comes from configuration, never from an endpoint that a document names
// (CVE-2025-27370, CVE-2025-27371).
type AssertionAudience uint8

const (
	// AudienceIssuer is the configured issuer.
	AudienceIssuer AssertionAudience = iota
	// AudienceTokenEndpoint is the configured tenant's token endpoint.
	AudienceTokenEndpoint
)

// IssuerRule says which issuers are an authority's. Issuers are compared as they are,
// without normalisation.
type IssuerRule uint8

const (
	// IssuerExact is the configured URL, byte for byte (OpenID Connect Discovery 4.3).
	IssuerExact IssuerRule = iota
	// IssuerEntra is https://{alias}/{tenant GUID}/v2.0 for any alias of the host.
	IssuerEntra
	// IssuerB2C is https://{host}/{tenant GUID}/v2.0/ or, as the policy is set up,
	// https://{host}/tfp/{tenant GUID}/{policy}/v2.0/.
	IssuerB2C
	// IssuerCIAM is https://{host}/{tenant GUID}/v2.0 or, with the GUID as name of the
	// host too, https://{tenant GUID}.{TenantHost}/{tenant GUID}/v2.0.
	IssuerCIAM
	// IssuerADFS is the configured URL, byte for byte. Access tokens have another
	// issuer, http://{host}/adfs/services/trust.
	IssuerADFS
)

// AccountID says what identifies a user.
type AccountID uint8

const (
	// AccountSubject is the ID token's sub within the issuer.
	AccountSubject AccountID = iota
	// AccountClientInfo is uid.utid of client_info, where uid is the user's oid.
	AccountClientInfo
	// AccountPolicy is uid.utid of client_info, where uid is the user's oid, a hyphen
	// and the policy.
	AccountPolicy
)

const (
	wellKnown = "/.well-known/openid-configuration"

	secretBasic = "client_secret_basic"
	secretPost  = "client_secret_post"
)

// OIDC is the profile of any OpenID Connect provider. Users are asked for openid, and
// for offline_access only if the provider lists it or the caller wants it. A refresh
// asks for no more than was granted. An API is named by resource (RFC 8707). The client
// authenticates as the metadata says, else by client_secret_basic, and its assertions
// are for the issuer and used once. The issuer is the configured URL, byte for byte,
// and names the cloud in the cache; an account is the sub there. A sign-out shows the
// ID token. On this computer the user returns to 127.0.0.1.
func OIDC() Profile {
	return Profile{
		Name:              "oidc",
		DefaultScopes:     []string{"openid"},
		ScopesOptional:    true,
		ResourceParameter: "resource",
		DiscoveryPath:     wellKnown,
		LoopbackHost:      "127.0.0.1",
		IDTokenHint:       true,
	}
}

// Entra is the profile of Microsoft Entra ID, in the public cloud and in the national
// ones. Users are asked for openid, profile and offline_access. A refresh may ask for
// any API, which scopes name: there is no resource. The client authenticates by
// client_secret_post, and its assertions are for the tenant's token endpoint, where
// each may serve until it ends. The URL is a host and a tenant, which a request may
// replace; the issuer is the tenant's GUID on an alias of the host, pinned on first
// use; an account is the uid and utid of client_info. A sign-out shows no ID token. On
// this computer the user returns to localhost.
func Entra() Profile {
	return Profile{
		Name:              "entra",
		DefaultScopes:     []string{"openid", "profile", "offline_access"},
		OfflineAccess:     OfflineAlways,
		RefreshScope:      RefreshAnyResource,
		ClientAuth:        secretPost,
		AssertionAudience: AudienceTokenEndpoint,
		AssertionReuse:    true,
		TokenPath:         entraToken,
		Issuer:            IssuerEntra,
		DiscoveryPath:     versionPath + wellKnown,
		InstanceDiscovery: true,
		TenantPath:        true,
		AccountID:         AccountClientInfo,
		ClientInfo:        true,
		LoopbackHost:      "localhost",
		CorrelationHeader: "client-request-id",
	}
}

// ClientAuthFor returns how a secret is sent to the authority that m describes:
// "client_secret_basic" or "client_secret_post". It returns "" if the authority lists
// its methods and takes no secret. The answer is one method, never one to try first.
func (p Profile) ClientAuthFor(m *Metadata) string {
	switch {
	case p.ClientAuth != "":
		return p.ClientAuth
	case len(m.TokenEndpointAuthMethods) == 0, slices.Contains(m.TokenEndpointAuthMethods, secretBasic):
		return secretBasic // RFC 8414 section 2: the default of an absent list
	case slices.Contains(m.TokenEndpointAuthMethods, secretPost):
		return secretPost
	}
	return ""
}

// problem says what makes p unusable; empty if nothing does.
func (p Profile) problem() string {
	switch {
	case p.AssertionAudience > AudienceTokenEndpoint, p.Issuer > IssuerADFS, p.AccountID > AccountPolicy:
		return "the profile has an unknown rule; take a profile of this package and change its fields"
	case p.AssertionAudience == AudienceTokenEndpoint && p.TokenPath == "":
		return "the profile has no token path, so that client assertions would have no audience; set Profile.TokenPath"
	case noPath(p.TokenPath), noPath(p.DiscoveryPath), noPath(p.FixedPath):
		return "the profile's TokenPath, DiscoveryPath and FixedPath must begin with a slash"
	case p.TenantPath && p.PolicyPath, p.FixedPath != "" && (p.TenantPath || p.PolicyPath):
		return "the profile has several rules for the path of its URLs; set one of Profile.TenantPath, PolicyPath and FixedPath"
	case (p.Issuer == IssuerEntra || p.Issuer == IssuerCIAM) && !p.TenantPath:
		return "the profile's issuers name a tenant, but its URLs do not; set Profile.TenantPath"
	case p.Issuer == IssuerB2C && !p.PolicyPath:
		return "the profile's issuers are of policies, but its URLs name none; set Profile.PolicyPath"
	}
	return ""
}

// noPath reports whether s is neither empty nor a path.
func noPath(s string) bool { return s != "" && s[0] != '/' }

// clone returns p with slices of its own.
func (p Profile) clone() *Profile {
	p.DefaultScopes = slices.Clone(p.DefaultScopes)
	p.AuthorizeParameters = slices.Clone(p.AuthorizeParameters)
	return &p
}
