package authority

import "strings"

// adoptPolicyIssuer checks the issuer of a document under [IssuerB2C], and fills
// TenantID and Environment. named begins what it returns if something is wrong.
func (m *Metadata) adoptPolicyIssuer(a Authority, named string) (problem string) {
	base := a.scheme + "://" + a.host + "/"
	tenant, policy := policyIssuer(strings.TrimPrefix(m.Issuer, base))
	switch {
	case !strings.HasPrefix(m.Issuer, base) || tenant == "":
		return named + ", but " + quoted(base+"{tenant id}/v2.0/") + " or " + quoted(base+"tfp/{tenant id}/"+a.policy+"/v2.0/") +
			" is expected; configure the host that the policy's tokens are issued by"
	case IsGUID(a.tenant) && !strings.EqualFold(tenant, a.tenant):
		return named + ", but the configured tenant is " + quoted(a.tenant) + "; configure the tenant that you mean"
	case policy != "" && !strings.EqualFold(policy, a.policy):
		return named + ", but the configured policy is " + quoted(a.policy) + "; configure the policy that you mean"
	}
	m.TenantID = strings.ToLower(tenant)
	m.Environment = base + m.TenantID + "/" + a.policy
	return ""
}

// policyIssuer returns the tenant's GUID and the policy in the path of an issuer, which
// has no policy if that is how it is set up. tenant is empty if it is no such path.
func policyIssuer(path string) (tenant, policy string) {
	path, ok := strings.CutSuffix(path, versionPath+"/")
	if !ok {
		return "", ""
	}
	if rest, named := strings.CutPrefix(path, "tfp/"); named {
		path, policy, ok = strings.Cut(rest, "/")
		ok = ok && validPolicy(policy)
	}
	if !ok || !IsGUID(path) {
		return "", ""
	}
	return path, policy
}

// adoptTenantIssuer is adoptPolicyIssuer under [IssuerCIAM]. The environment is of the
// configured host, not of the issuer's: a document must not choose whose tokens its
// endpoints are sent.
func (m *Metadata) adoptTenantIssuer(a Authority, named string) (problem string) {
	id := ""
	if path, ok := strings.CutSuffix(m.Issuer, versionPath); ok {
		id = path[strings.LastIndexByte(path, '/')+1:]
	}
	onHost := issuerOf(a.scheme, a.host, id)
	ofTenant := issuerOf(a.scheme, id+"."+a.profile.TenantHost, id)
	switch {
	case !IsGUID(id) || m.Issuer != onHost && (a.profile.TenantHost == "" || m.Issuer != ofTenant):
		return named + ", but " + quoted(issuerOf(a.scheme, a.host, "")) + " or the same on the host " +
			quoted(tenantTemplate+"."+a.profile.TenantHost) + " is expected; check the URL, or use the profile of your provider"
	case IsGUID(a.tenant) && !strings.EqualFold(id, a.tenant):
		return named + ", but the configured tenant is " + quoted(a.tenant) + "; configure the tenant that you mean by its id"
	}
	m.TenantID = strings.ToLower(id)
	m.Environment = a.scheme + "://" + a.host + "/" + m.TenantID
	return ""
}

// CheckPolicy checks the policy that an ID token names, in tfp or in acr, under a
// profile with policies: the policies of a tenant may share an issuer, and one may ask
// users for less than another. A token that names none is accepted, for that is how a
// policy may be set up. "" means that the token lacks the claim.
func (m *Metadata) CheckPolicy(tfp, acr string) error {
	if tfp == "" {
		tfp = acr
	}
	if m.policy == "" || tfp == "" || strings.EqualFold(tfp, m.policy) {
		return nil
	}
	return &Error{
		Authority: m.Issuer,
		Problem:   "the ID token is of the policy " + quoted(tfp) + ", not of " + quoted(m.policy) + "; each policy is an authority of its own",
	}
}

// CheckKeyIssuer checks the issuer that a published key names, which Microsoft's keys
// do, for a token's iss and tid that passed CheckIssuer. The error is an [*Error].
func (m *Metadata) CheckKeyIssuer(keyIssuer, iss, tid string) error {
	keyIssuer = strings.ReplaceAll(keyIssuer, tenantTemplate, tid)
	// External ID has hosts of its own, and its keys may name another one: what counts is the tenant.
	ofTenant := m.rule == IssuerCIAM && strings.HasSuffix(keyIssuer, "/"+m.TenantID+versionPath)
	if keyIssuer == "" || keyIssuer == iss || ofTenant {
		return nil
	}
	return &Error{Authority: m.Issuer, Problem: "the key belongs to the issuer " + quoted(keyIssuer) + ", not to " + quoted(iss)}
}
