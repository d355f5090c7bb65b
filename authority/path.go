package authority

import (
	"strings"

	"github.com/latchkey-auth/latchkey/internal/resource"
)

// located returns a with what the path of its URL says, by the profile's rule. u is
// the parsed rawURL. problem says what is wrong and what to write; empty if nothing is.
func (a Authority) located(rawURL string, u resource.URL) (located Authority, problem string) {
	switch p := a.profile; {
	case p.PolicyPath:
		return a.atPolicy(u.Path)
	case p.TenantPath:
		return a.atTenant(u.Path)
	case p.FixedPath != "":
		return a.atFixed(rawURL, u.Path)
	}
	for _, s := range u.Segments() {
		if s == "." || s == ".." {
			return a, "the path has a dot segment; write the issuer as its discovery document does"
		}
	}
	a.url = rawURL
	return a.keyed(), ""
}

func (a Authority) atTenant(path string) (Authority, string) {
	tenant := strings.TrimPrefix(withoutVersion(path), "/")
	if tenant == "" {
		tenant = a.tenantOfHost()
	}
	switch {
	case tenant == "" && a.profile.Issuer == IssuerCIAM:
		return a, "the tenant is missing; append /{tenant id}"
	case tenant == "":
		return a, "the tenant is missing; append /{tenant id or domain}, or /organizations, /consumers or /common"
	case !validTenant(tenant):
		return a, "the path must be one tenant, an id, domain or word of letters, digits, dots and hyphens, such as /contoso.example"
	}
	if problem := a.wordProblem(tenant); problem != "" {
		return a, problem
	}
	return a.in(tenant), ""
}

// tenantOfHost returns the tenant that a host of one tenant stands for; empty if the
// host is not such a one.
func (a Authority) tenantOfHost() string {
	p := a.profile
	label, ok := strings.CutSuffix(a.host, "."+p.TenantHost)
	switch {
	case !ok || p.TenantHost == "" || p.TenantDomain == "" || strings.IndexByte(label, '.') >= 0:
		return ""
	case IsGUID(label):
		return label
	}
	return label + p.TenantDomain
}

// wordProblem refuses a word for many tenants where a host serves only one.
func (a Authority) wordProblem(tenant string) string {
	if a.profile.Issuer == IssuerCIAM && wordTenant(strings.ToLower(tenant)) {
		return "this host serves one tenant, and " + strings.ToLower(tenant) + " stands for many; name the tenant by its id or domain"
	}
	return ""
}

func (a Authority) atPolicy(path string) (Authority, string) {
	segments := strings.Split(strings.TrimPrefix(withoutVersion(path), "/"), "/")
	prefix := "/"
	if len(segments) == 3 && strings.EqualFold(segments[0], "tfp") {
		prefix, segments = "/tfp/", segments[1:]
	}
	if len(segments) != 2 || !validTenant(segments[0]) || strings.EqualFold(segments[0], "tfp") || !validPolicy(segments[1]) {
		return a, "the path must be a tenant and a policy, such as /contoso.onmicrosoft.com/B2C_1_signin"
	}
	a.tenant, a.policy = strings.ToLower(segments[0]), strings.ToLower(segments[1])
	a.url = a.scheme + "://" + a.host + prefix + a.tenant + "/" + a.policy
	return a.keyed(), ""
}

// atFixed keeps the host as it is written, because the issuer is compared byte for byte.
func (a Authority) atFixed(rawURL, path string) (Authority, string) {
	fixed := a.profile.FixedPath
	if !strings.EqualFold(strings.TrimRight(path, "/"), fixed) {
		return a, "the path must be " + fixed + ", without anything behind it"
	}
	trimmed := strings.TrimRight(rawURL, "/")
	a.url = trimmed[:len(trimmed)-len(fixed)] + fixed
	return a.keyed(), ""
}

// withoutVersion drops what may follow the path of a Microsoft authority.
func withoutVersion(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(path, "/"), versionPath)
}

// validPolicy reports whether s is the name of a B2C user flow or custom policy, which
// all begin alike.
func validPolicy(s string) bool {
	const prefix = "b2c_1"
	if len(s) > 255 || len(s) <= len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}
