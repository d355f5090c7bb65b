package apiserver

import (
	"slices"
	"strings"

	"github.com/latchkey-auth/latchkey/authority"
)

// versionOne are the issuers of Microsoft's version 1 tokens, by a host of the cloud. The
// keys are those of version 2.
var versionOne = map[string]string{
	"login.microsoftonline.com":        "https://sts.windows.net/{tenantid}/",
	"login.microsoftonline.us":         "https://sts.windows.net/{tenantid}/",
	"login.partner.microsoftonline.cn": "https://sts.chinacloudapi.cn/{tenantid}/",
}

// canIssue reports whether the issuer may be the authority's, as far as configuration
// alone can say. It spares an authority requests for tokens that others issued.
func (s *source) canIssue(iss string) bool {
	return iss != "" && (s.Profile.Issuer != authority.IssuerExact || iss == s.Authority || slices.Contains(s.Issuers, iss))
}

// admits checks that the authority issues the tokens of an issuer, and that those of the
// tenant are wanted (rule R43). Nothing here is looked up: iss and tid can only be equal
// to what is known, or not.
func (s *source) admits(m *authority.Metadata, iss, tid string) *Error {
	if m.CheckIssuer(iss, tid) != nil && !s.alsoIssues(m, iss, tid) {
		return invalid("iss", "the token is from "+quoted(iss)+" and the tenant "+quoted(tid)+", not from "+quoted(m.Issuer)+
			"; configure its authority, byte for byte, if that is yours", nil)
	}
	if len(s.Tenants) > 0 && s.Tenants[0] != AnyTenant && !slices.Contains(s.Tenants, strings.ToLower(tid)) {
		return invalid("tid", "the tenant "+quoted(tid)+" is not among Config.Tenants", nil)
	}
	return nil
}

// alsoIssues reports whether iss is one of the authority's further issuers. With tenants
// the token's tenant must be one that the authority serves, as for its own issuer.
func (s *source) alsoIssues(m *authority.Metadata, iss, tid string) bool {
	if !s.Profile.TenantPath {
		return slices.Contains(s.Issuers, iss)
	}
	if m.CheckIssuer(ofTenant(m.Issuer, tid), tid) != nil {
		return false
	}
	return slices.ContainsFunc(s.furtherIssuers(m), func(template string) bool { return iss == ofTenant(template, tid) })
}

func (s *source) furtherIssuers(m *authority.Metadata) []string {
	if s.Issuers != nil {
		return s.Issuers
	}
	for _, host := range m.Aliases {
		if iss, ok := versionOne[host]; ok {
			return []string{iss}
		}
	}
	return nil
}
