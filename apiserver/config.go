package apiserver

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

// AnyTenant, as the only one of [Config].Tenants, accepts the users and apps of every
// organization that the authority serves: with Microsoft Entra, the whole world. Keep
// their data apart by [Claims].Tenant.
const AnyTenant = "*"

// tenantTemplate stands for the token's tid in an issuer.
const tenantTemplate = "{tenantid}"

const (
	defaultLeeway = time.Minute
	maxLeeway     = 5 * time.Minute
	defaultRealm  = "api"
)

// A Config says whose tokens an API accepts, and which. Authority, Audiences and
// Algorithms are required; the zero value of every other field is a good default.
type Config struct {
	// Authority is the authority's URL: an issuer, compared exactly, or for Microsoft
	// Entra https://login.microsoftonline.com/ and the tenant (id, domain, "common",
	// "organizations" or "consumers"). https only, except on loopback.
	Authority string

	// Profile says by which provider's rules the authority goes. Zero: Microsoft
	// Entra for Microsoft's hosts, plain OpenID Connect for all others.
	Profile authority.Profile

	// Audiences are the API's names. A token must be for one of them: its aud has it,
	// character by character.
	Audiences []string

	// Algorithms are those that a token may be signed with: RS256, PS256, ES256 and
	// their longer kin. Name what the authority uses, usually RS256 alone. Those that
	// need a shared secret (HS256) are never accepted.
	Algorithms []string

	// Tenants are the ids of the tenants whose tokens are accepted, or [AnyTenant]
	// alone. It is required if Authority is common, organizations or consumers, and
	// an error if Authority names the tenant or its provider has none.
	Tenants []string

	// Issuers are further issuers of the tokens that the authority signs with its
	// keys, compared exactly; under a profile with tenants "{tenantid}" stands for the
	// token's tenant and must be there. Nil: none, and for Microsoft's clouds the
	// issuer of version 1 tokens. AD FS needs one: http://{host}/adfs/services/trust.
	Issuers []string

	// Shape says how the authority's access tokens look. Zero: Microsoft Entra's under
	// a profile of Microsoft's, else RFC 9068's.
	Shape Shape

	// Leeway is how far the authority's clock may differ. Zero: one minute. At most
	// five; for next to none use [time.Nanosecond].
	Leeway time.Duration

	// Transport sends the requests for metadata and keys. Nil: [transport.Default].
	Transport transport.Func

	// Clock tells the time. Nil: [time.Now].
	Clock func() time.Time

	// Realm names the API in challenges (RFC 9110 section 11.5). Empty: "api".
	Realm string

	// Refused is told by [Verifier.Handler] why it refused a request: an [*Error],
	// whose text is safe to log. It must be safe for concurrent use. Nil: nobody is.
	Refused func(r *http.Request, err error)
}

// A Shape says how access tokens look, and how they are told from ID tokens.
type Shape uint8

const (
	// ShapeOfProfile is ShapeRFC9068 under a profile with the rule
	// [authority.IssuerExact], such as OpenID Connect's, and ShapeEntra under the others,
	// which are Microsoft's.
	ShapeOfProfile Shape = iota
	// ShapeRFC9068 tokens have the type at+jwt and name the client (RFC 9068 section 2).
	ShapeRFC9068
	// ShapeEntra tokens have the type JWT, as Microsoft's ID tokens have. They name the
	// client (azp, appid), and have scp or are an app's own.
	ShapeEntra
	// ShapeUntyped tokens have the type JWT or none, as Keycloak's do, and scope, scp
	// or client_id. That tells them from ID tokens by custom only: use it if the
	// authority has nothing better, and never with the id of a client as audience.
	ShapeUntyped
)

// signatureAlgorithms are those that a published key can check (rule R16).
var signatureAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}

// checked returns the config with its defaults, lists of its own, and its authority.
func (c Config) checked() (Config, authority.Authority, error) {
	if c.Profile.Name == "" {
		c.Profile = authority.ProfileFor(c.Authority)
	}
	a, err := authority.Parse(c.Authority, c.Profile)
	if err != nil {
		return c, a, err
	}
	if c.Shape == ShapeOfProfile {
		c.Shape = ShapeEntra
		if c.Profile.Issuer == authority.IssuerExact {
			c.Shape = ShapeRFC9068
		}
	}
	if c.Leeway == 0 {
		c.Leeway = defaultLeeway
	}
	if c.Realm == "" {
		c.Realm = defaultRealm
	}
	if c.Transport == nil {
		c.Transport = transport.Default()
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	c.Audiences, c.Algorithms, c.Issuers = slices.Clone(c.Audiences), slices.Clone(c.Algorithms), slices.Clone(c.Issuers)
	c.Tenants = slices.Clone(c.Tenants)
	for i := range c.Tenants {
		c.Tenants[i] = strings.ToLower(c.Tenants[i])
	}
	return c, a, c.problem(a)
}

// problem returns what is wrong with a config that has its defaults.
func (c Config) problem(a authority.Authority) error {
	switch {
	case len(c.Audiences) == 0, slices.Contains(c.Audiences, ""):
		return &ArgumentError{"Config.Audiences", "is empty or has an empty name: a token for anybody else's API would do; name this API as its tokens' aud does"}
	case len(c.Algorithms) == 0:
		return &ArgumentError{"Config.Algorithms", "is empty: name the algorithms that the authority signs with, such as RS256"}
	case c.Shape > ShapeUntyped:
		return &ArgumentError{"Config.Shape", "is unknown: use a constant of this package"}
	case c.Leeway < 0, c.Leeway > maxLeeway:
		return &ArgumentError{"Config.Leeway", "is negative or longer than five minutes: set the clock right instead"}
	case !headerSafe(c.Realm):
		return &ArgumentError{"Config.Realm", `must be printable ASCII without " and \: it stands in a header`}
	}
	for _, alg := range c.Algorithms {
		if !slices.Contains(signatureAlgorithms, alg) {
			return &ArgumentError{"Config.Algorithms", "has " + quoted(alg) + ", which published keys cannot check; possible are " + strings.Join(signatureAlgorithms, ", ")}
		}
	}
	if err := c.tenantsProblem(a); err != nil {
		return err
	}
	return c.issuersProblem()
}

func (c Config) tenantsProblem(a authority.Authority) error {
	switch {
	case a.MultiTenant() && len(c.Tenants) == 0:
		return &ArgumentError{"Config.Tenants", "is empty, but the authority serves many tenants: name those that may call, or say AnyTenant"}
	case !a.MultiTenant() && len(c.Tenants) > 0:
		return &ArgumentError{"Config.Tenants", "is for authorities of many tenants; leave it empty here"}
	case len(c.Tenants) == 1 && c.Tenants[0] == AnyTenant:
		return nil
	}
	for _, t := range c.Tenants {
		if !authority.IsGUID(t) {
			return &ArgumentError{"Config.Tenants", "has " + quoted(t) + ", which is no tenant id; give the ids, or AnyTenant alone"}
		}
	}
	return nil
}

func (c Config) issuersProblem() error {
	for _, iss := range c.Issuers {
		switch {
		case iss == "":
			return &ArgumentError{"Config.Issuers", "has an empty issuer"}
		case strings.Contains(iss, tenantTemplate) != c.Profile.TenantPath:
			return &ArgumentError{"Config.Issuers", "has " + quoted(iss) + ": {tenantid} must stand where the tenant does, and only with a provider that has tenants"}
		}
	}
	return nil
}
