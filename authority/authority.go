package authority

import (
	"strings"

	"github.com/latchkey-auth/latchkey/internal/resource"
)

// An Authority is a validated authority URL under a profile. Two authorities are the
// same if their [Authority.String] and profile are. The zero Authority is refused
// everywhere.
type Authority struct {
	url      string // as String returns it
	key      string // url, and what of the profile changes the metadata
	scheme   string
	loopback bool   // the host is this computer
	host     string // with the port if it is not the default one
	tenant   string // empty without TenantPath and PolicyPath
	policy   string // empty without PolicyPath
	profile  *Profile
}

// Parse checks an authority URL. It must be https (http on a loopback host only), with
// no user info, query or fragment. Under a profile with tenants it is a host and one
// tenant, a GUID, domain or word, and under one with policies the name of a policy too;
// a trailing slash and /v2.0 are dropped. Else it is the issuer, and kept as it is,
// because it will be compared byte for byte. The error is an [*Error] that says what to
// write instead, and shows at most the URL's origin.
func Parse(rawURL string, p Profile) (Authority, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return Authority{}, err
	}
	refuse := func(problem string) (Authority, error) {
		return Authority{}, &Error{Authority: u.Origin(), Problem: problem}
	}
	if problem := p.problem(); problem != "" {
		return refuse(problem)
	}
	if strings.HasSuffix(strings.TrimRight(u.Path, "/"), wellKnown) {
		return refuse("this is a discovery document; configure the authority itself, the URL before " + wellKnown)
	}
	a := Authority{scheme: u.Scheme, loopback: u.Loopback(), host: hostPort(u), profile: p.clone()}
	a, problem := a.located(rawURL, u)
	if problem != "" {
		return refuse(problem)
	}
	return a, nil
}

// String returns the URL: the issuer as configured or, with tenants, scheme, host and
// tenant, and the policy if there are policies.
func (a Authority) String() string { return a.url }

// Host returns the host, with the port if it is not the default one.
func (a Authority) Host() string { return a.host }

// Tenant returns the tenant in lower case; empty if the profile has none.
func (a Authority) Tenant() string { return a.tenant }

// Policy returns the policy in lower case; empty if the profile has none.
func (a Authority) Policy() string { return a.policy }

// Profile returns the profile. Its slices are shared: do not change them.
func (a Authority) Profile() Profile {
	if a.profile == nil {
		return Profile{}
	}
	return *a.profile
}

// WithTenant returns the authority for another tenant of the same host. It is an error
// if the profile has no tenants or t is not one path segment of letters, digits, dots
// and hyphens.
func (a Authority) WithTenant(t string) (Authority, error) {
	if a.profile == nil {
		return Authority{}, errZero()
	}
	if !a.profile.TenantPath {
		return Authority{}, &Error{Authority: a.url, Problem: "this provider has no tenants to choose from; leave the tenant empty"}
	}
	if !validTenant(t) {
		return Authority{}, &Error{Authority: a.url, Problem: "the tenant is malformed; give its id or domain, letters, digits, dots and hyphens only"}
	}
	if problem := a.wordProblem(t); problem != "" {
		return Authority{}, &Error{Authority: a.url, Problem: problem}
	}
	return a.in(t), nil
}

// MultiTenant reports whether the authority signs in users of tenants that it does not
// name: common, organizations or consumers.
func (a Authority) MultiTenant() bool {
	return a.profile != nil && a.profile.TenantPath && wordTenant(a.tenant)
}

// in returns a with its URL for the tenant, which is valid.
func (a Authority) in(tenant string) Authority {
	a.tenant = strings.ToLower(tenant)
	a.url = a.scheme + "://" + a.host + "/" + a.tenant
	return a.keyed()
}

// keyed returns a with its key: metadata is a function of the URL and these fields.
func (a Authority) keyed() Authority {
	p := a.profile
	flags := []byte{'0' + byte(p.Issuer), '0' + byte(p.AssertionAudience), '0', '0', ' '}
	if p.TenantPath {
		flags[2] = '1'
	}
	if p.InstanceDiscovery {
		flags[3] = '1'
	}
	a.key = string(flags) + p.DiscoveryPath + " " + p.TokenPath + " " + p.TenantHost + " " + a.url
	return a
}

// parseURL checks what must hold of an authority's URL under every profile.
func parseURL(raw string) (resource.URL, error) {
	if raw == "" {
		return resource.URL{}, &Error{Problem: "the authority's URL is empty; configure one, such as https://login.example.com"}
	}
	u, err := resource.Parse(raw)
	if err != nil {
		return u, &Error{Problem: "the authority's URL is malformed; write https://host/path, without user info or fragment", Err: err}
	}
	if strings.IndexByte(raw, '?') >= 0 {
		return u, &Error{Authority: u.Origin(), Problem: "the authority's URL has a query; remove it"}
	}
	if u.Scheme != "https" && !u.Loopback() {
		return u, &Error{Authority: u.Origin(), Problem: "plain http is for loopback hosts only; use https"}
	}
	return u, nil
}

func errZero() error {
	return &Error{Problem: "there is no authority; make one with authority.Parse"}
}

// hostPort returns the host and, if it is not the scheme's default, the port.
func hostPort(u resource.URL) string {
	return strings.TrimPrefix(u.Origin(), u.Scheme+"://")
}
