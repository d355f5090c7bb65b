package authority

import (
	"strings"

	"github.com/latchkey-auth/latchkey/internal/resource"
)

// tenantTemplate stands for the GUID in the issuer of an authority of many tenants.
const tenantTemplate = "{tenantid}"

// CheckIssuer checks the iss of an ID token, with its tid ("" if the token has none),
// by the profile's rule. Under [IssuerB2C] tid says nothing: a policy can pass on that
// of the provider which the user came from. The error is an [*Error] that prints both
// issuers.
func (m *Metadata) CheckIssuer(iss, tid string) error {
	switch {
	case iss == "" || m.Issuer == "":
		return m.mismatch("the ID token", iss, "a token without an issuer is never accepted")
	case m.rule != IssuerEntra:
		if iss != m.Issuer {
			return m.mismatch("the ID token", iss, "configure the issuer exactly as the authority writes it")
		}
		if m.rule == IssuerCIAM && !strings.EqualFold(tid, m.TenantID) {
			return m.mismatch("the ID token", iss, "its tid, "+quoted(tid)+", is not the tenant's id")
		}
	case !IsGUID(tid):
		return m.mismatch("the ID token", iss, "its tid, "+quoted(tid)+", is no tenant id")
	case m.issuerTenant(iss) != tid:
		return m.mismatch("the ID token", iss, "it must be a host of this cloud with the token's tid, "+quoted(tid))
	case !m.admits(tid):
		return m.mismatch("the ID token", iss, "the user's tenant is not the configured one")
	}
	return nil
}

// CheckResponseIssuer checks the iss parameter of an authorization response (RFC 9207
// section 2.4); "" means that it was absent, which is refused if the authority says
// that it sends one. Issuers are compared byte for byte; of an authority of many
// tenants any tenant's issuer will do.
func (m *Metadata) CheckResponseIssuer(iss string) error {
	const from = "the authorization response"
	switch {
	case iss == "":
		if m.IssParameter {
			return m.mismatch(from, iss, "the authority always sends iss, so that this answer is not its own")
		}
	case m.rule == IssuerEntra && m.TenantID == "":
		if tid := m.issuerTenant(iss); !IsGUID(tid) || !m.admits(tid) {
			return m.mismatch(from, iss, "it must be a host of this cloud with a tenant id")
		}
	case iss != m.Issuer:
		return m.mismatch(from, iss, "another authority answered; start the sign-in again")
	}
	return nil
}

// mismatch is the error about an issuer that is not the authority's.
func (m *Metadata) mismatch(where, iss, hint string) error {
	return &Error{
		Authority: m.Issuer,
		Problem:   where + " names the issuer " + quoted(iss) + ", not " + quoted(m.Issuer) + "; " + hint,
	}
}

// adoptIssuer checks the issuer that a discovery document claims, and fills TenantID.
// It returns what is wrong and what to do; empty if nothing is.
func (m *Metadata) adoptIssuer(a Authority) (problem string) {
	named := "the discovery document names the issuer " + quoted(m.Issuer)
	switch m.rule {
	case IssuerB2C:
		return m.adoptPolicyIssuer(a, named)
	case IssuerCIAM:
		return m.adoptTenantIssuer(a, named)
	case IssuerExact, IssuerADFS:
		if m.Issuer != a.url {
			return named + ", but the configured one is " + quoted(a.url) +
				"; configure the document's if that is your authority, byte for byte, down to the last slash"
		}
		return ""
	}
	expected := issuerOf(a.scheme, a.host, "")
	tenant := m.issuerTenant(m.Issuer)
	if tenant == "" {
		return named + ", but " + quoted(expected) + " or an alias of it is expected" + m.elsewhere()
	}
	id, known := knownTenantID(a.tenant)
	switch {
	case !known && !IsGUID(tenant):
		return named + ", so that the tenant " + quoted(a.tenant) + " has no id; configure the tenant's GUID"
	case !known:
		id = strings.ToLower(tenant)
	case id == "" && tenant != tenantTemplate:
		return named + ", but the tenant " + quoted(a.tenant) + " stands for many, so that " + quoted(expected) + " is expected"
	case id != "" && tenant != tenantTemplate && !strings.EqualFold(id, tenant):
		return named + ", but the configured tenant is " + quoted(id) + "; configure the tenant that you mean by its GUID"
	}
	if id != "" && tenant == tenantTemplate {
		m.Issuer = strings.Replace(m.Issuer, tenantTemplate, id, 1)
	}
	m.TenantID = id
	return ""
}

// elsewhere is the hint for an issuer in another built-in cloud. A tenant of a national
// cloud answers so when it is looked up in the public one.
func (m *Metadata) elsewhere() string {
	if u, err := resource.Parse(m.Issuer); err == nil {
		if c := cloudOf(hostPort(u)); c != nil {
			return "; if your tenant is in that cloud, configure https://" + c.network + "/" + m.tenant
		}
	}
	return "; check the URL, or use the profile of your provider"
}

// issuerTenant returns the part of an issuer that names the tenant, as it is; empty if
// the issuer is not one of this cloud's.
func (m *Metadata) issuerTenant(iss string) string {
	for _, host := range m.Aliases {
		rest, ok := strings.CutPrefix(iss, m.scheme+"://"+host+"/")
		if !ok {
			continue
		}
		tenant, ok := strings.CutSuffix(rest, versionPath)
		if ok && (IsGUID(tenant) || tenant == tenantTemplate) {
			return tenant
		}
	}
	return ""
}

// admits reports whether the authority signs in users of the tenant.
func (m *Metadata) admits(tid string) bool {
	if m.TenantID != "" {
		return strings.EqualFold(tid, m.TenantID)
	}
	return m.tenant == "common" || m.tenant == "organizations" && !strings.EqualFold(tid, consumersTenant)
}

// issuerOf returns the issuer of a tenant, or the template if tenantID is empty.
func issuerOf(scheme, host, tenantID string) string {
	if tenantID == "" {
		tenantID = tenantTemplate
	}
	return scheme + "://" + host + "/" + tenantID + versionPath
}
