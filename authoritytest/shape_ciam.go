package authoritytest

import (
	"net/http"
	"strings"
)

// ciamDomain ends the hosts of the CIAM shape, one for each tenant.
const ciamDomain = "ciamlogin." + testDomain

// CIAMHost returns what ends the hosts of the CIAM shape, with the port: the TenantHost
// of a client's profile.
func (s *Server) CIAMHost() string {
	host := ciamDomain
	if i := strings.LastIndexByte(s.base, ':'); i > len("https:") {
		host += s.base[i:]
	}
	return host
}

// CIAMAuthority returns the authority in the shape of Microsoft Entra External ID: a
// host of the directory's first tenant, such as https://contoso.ciamlogin.test:8443, and
// the tenant as path: its id, its domain, contoso.onmicrosoft.com, or "" for none.
// [Server.Client] finds the host; clients demand TLS there.
func (s *Server) CIAMAuthority(tenant string) string {
	label, _, _ := strings.Cut(s.Directory.Tenants[0].Domain, ".")
	authority := s.scheme() + strings.ToLower(label) + "." + s.CIAMHost()
	if tenant != "" {
		authority += "/" + tenant
	}
	return authority
}

// scheme returns that of the server's URLs, with the slashes behind it.
func (s *Server) scheme() string {
	if s.TLS {
		return "https://"
	}
	return "http://"
}

// ciamLabel returns the first label of a request's host in the CIAM shape.
func (s *Server) ciamLabel(r *http.Request) (label string, ok bool) {
	label, ok = strings.CutSuffix(strings.ToLower(r.Host), "."+s.CIAMHost())
	return label, ok && label != "" && !strings.Contains(label, ".")
}

// ciamRoute is what the hosts of the CIAM shape answer.
func (s *Server) ciamRoute(label, path string) route {
	r := route{endpoint: endpointNone, base: s.scheme() + label + "." + s.CIAMHost(), label: label}
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch e := tenantRoutes["/"+rest]; {
	case strings.HasPrefix(path, signInPath):
		r.endpoint = endpointSignIn
	case path == entraDevicePage:
		r.endpoint, r.shape = endpointDevice, ShapeCIAM
	case path == entraUserinfo:
		r.endpoint, r.shape = endpointUserinfo, ShapeCIAM
	case e != nil:
		r.endpoint, r.shape, r.tenant = e, ShapeCIAM, tenant
	}
	return r
}

// ciamTenant returns the tenant of a host, if a path names it in one of its ways; nil if
// not.
func (st *state) ciamTenant(label, path string) *Tenant {
	t := st.tenant(label)
	for _, other := range st.roster().tenants {
		if first, _, _ := strings.Cut(other.Domain, "."); t == nil && strings.EqualFold(first, label) {
			t = other
		}
	}
	if t == nil || path != "" && !strings.EqualFold(path, t.ID) && !strings.EqualFold(path, t.Domain) && !strings.EqualFold(path, label+".onmicrosoft.com") {
		return nil
	}
	return t
}
