package authoritytest

import (
	"net"
	"strings"
)

// The plain OIDC shape's paths. They are unlike any provider's, and two endpoints have
// a query of their own (RFC 6749, section 3.1), so that only a client that reads the
// metadata, and keeps what it reads, gets through.
const (
	oidcIssuerPath = "/op/Main~1"
	oidcAuthorize  = "/op/Main~1/come-in"
	oidcToken      = "/op/Main~1/swap"
	oidcDeviceCode = "/op/Main~1/no-keyboard"
	oidcJWKS       = "/op/Main~1/locks.json"
	oidcUserinfo   = "/op/Main~1/who-is-it"
	oidcLogout     = "/op/Main~1/way-out"
	oidcDevicePage = "/op/Main~1/enter-code"

	oidcRevocation    = "/op/Main~1/take-back"
	oidcIntrospection = "/op/Main~1/what-is-it"

	oidcFrontDoor = "door=front" // the authorization endpoint's own query
	oidcBackDoor  = "door=back"  // the token endpoint's own query

	discoverySuffix  = "/.well-known/openid-configuration"
	oauthMetadata    = "/.well-known/oauth-authorization-server" // RFC 8414, section 3.1: before the issuer's path
	instancePath     = "/common/discovery/instance"
	entraUserinfo    = "/oidc/userinfo"
	entraDevicePage  = "/devicelogin"
	controlPath      = "/control"
	signInPath       = "/sign-in/"
	entraAuthorize   = "/oauth2/v2.0/authorize"
	entraToken       = "/oauth2/v2.0/token"
	entraDeviceCode  = "/oauth2/v2.0/devicecode"
	entraLogout      = "/oauth2/v2.0/logout"
	entraKeys        = "/discovery/v2.0/keys"
	entraIssuerEnd   = "/v2.0"
	tenantCommon     = "common"
	tenantOrgs       = "organizations"
	tenantConsumers  = "consumers"
	tenantIDTemplate = "{tenantid}"
)

// URL returns the server's base URL: scheme, host and port, without a final slash.
func (s *Server) URL() string { return s.base }

// Authority returns the authority in the Entra shape, as an MSAL client takes it: the
// base URL and the tenant, which is an id, a domain, common, organizations or
// consumers. "" is the directory's first tenant, by id.
func (s *Server) Authority(tenant string) string {
	if tenant == "" {
		tenant = s.Directory.Tenants[0].ID
	}
	return s.base + "/" + tenant
}

// Issuer returns the issuer of the Entra shape for a tenant's id; "" is the
// directory's first tenant.
func (s *Server) Issuer(tenantID string) string { return s.Authority(tenantID) + entraIssuerEnd }

// OIDCIssuer returns the issuer of the plain OIDC shape.
func (s *Server) OIDCIssuer() string { return s.base + oidcIssuerPath }

// ControlURL returns the URL of the control endpoint.
func (s *Server) ControlURL() string { return s.base + controlPath }

func (s *Server) baseURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		host = addr.String()
	}
	if s.Host != "" {
		host = s.Host
	} else if configured, _, err := net.SplitHostPort(s.Addr); err == nil && configured != "" {
		host = configured
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http://"
	if s.TLS {
		scheme = "https://"
	}
	return scheme + strings.ToLower(net.JoinHostPort(host, port))
}
