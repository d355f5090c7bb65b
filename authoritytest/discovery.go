package authoritytest

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// metadata is an issuer's metadata (OpenID Connect Discovery, section 3; RFC 8414).
type metadata struct {
	Issuer              string   `json:"issuer"`
	Authorization       string   `json:"authorization_endpoint"`
	Token               string   `json:"token_endpoint"`
	DeviceAuthorization string   `json:"device_authorization_endpoint,omitempty"`
	Userinfo            string   `json:"userinfo_endpoint,omitempty"`
	EndSession          string   `json:"end_session_endpoint"`
	JWKS                string   `json:"jwks_uri"`
	ResponseTypes       []string `json:"response_types_supported"`
	ResponseModes       []string `json:"response_modes_supported"`
	GrantTypes          []string `json:"grant_types_supported"`
	SubjectTypes        []string `json:"subject_types_supported"`
	IDTokenAlgs         []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods         []string `json:"token_endpoint_auth_methods_supported"`
	AuthAlgs            []string `json:"token_endpoint_auth_signing_alg_values_supported,omitempty"`
	ChallengeMethods    []string `json:"code_challenge_methods_supported"`
	Prompts             []string `json:"prompt_values_supported"`
	Scopes              []string `json:"scopes_supported"`
	Claims              []string `json:"claims_supported"`
	ClaimsParameter     bool     `json:"claims_parameter_supported"`
	RequestParameter    bool     `json:"request_parameter_supported"`
	RequestURIParameter bool     `json:"request_uri_parameter_supported"`
	ACRValues           []string `json:"acr_values_supported,omitempty"`
	IssParameter        bool     `json:"authorization_response_iss_parameter_supported,omitempty"`
	HTTPLogout          *bool    `json:"http_logout_supported,omitempty"`
	FrontChannel        *bool    `json:"frontchannel_logout_supported,omitempty"`
	AccessTokenIssuer   string   `json:"access_token_issuer,omitempty"`
	MultiRefresh        bool     `json:"microsoft_multi_refresh_token,omitempty"`
	CloudInstanceName   string   `json:"cloud_instance_name,omitempty"`
	CloudGraphHostName  string   `json:"cloud_graph_host_name,omitempty"`
	GraphHost           string   `json:"msgraph_host,omitempty"`

	FrontChannelSession  bool     `json:"frontchannel_logout_session_supported,omitempty"`
	BackChannel          bool     `json:"backchannel_logout_supported,omitempty"`
	BackChannelSession   bool     `json:"backchannel_logout_session_supported,omitempty"`
	Revocation           string   `json:"revocation_endpoint,omitempty"`
	RevocationMethods    []string `json:"revocation_endpoint_auth_methods_supported,omitempty"`
	RevocationAlgs       []string `json:"revocation_endpoint_auth_signing_alg_values_supported,omitempty"`
	Introspection        string   `json:"introspection_endpoint,omitempty"`
	IntrospectionMethods []string `json:"introspection_endpoint_auth_methods_supported,omitempty"`
	IntrospectionAlgs    []string `json:"introspection_endpoint_auth_signing_alg_values_supported,omitempty"`
	UserinfoAlgs         []string `json:"userinfo_signing_alg_values_supported,omitempty"`
}

// discovery answers with the metadata of the path's issuer.
func (c *call) discovery() *reply {
	m := metadata{
		ResponseTypes: []string{"code"}, ResponseModes: []string{modeQuery, modeFragment, modeFormPost},
		GrantTypes:  c.dialect().grants,
		IDTokenAlgs: []string{algRS256, algES256}, ChallengeMethods: []string{"S256"},
		Prompts: prompts, Scopes: oidcScopes, ClaimsParameter: true,
	}
	switch c.route.shape {
	case ShapeEntra, ShapeCIAM:
		return c.entraMetadata(m)
	case ShapeB2C:
		return c.policyMetadata(m)
	case ShapeADFS:
		return c.adfsMetadata(m)
	}
	issuer := c.s.OIDCIssuer()
	m.Issuer, m.JWKS = issuer, c.s.base+oidcJWKS
	m.Authorization = c.s.base + oidcAuthorize + "?" + oidcFrontDoor
	m.Token = c.s.base + oidcToken + "?" + oidcBackDoor
	m.DeviceAuthorization, m.Userinfo = c.s.base+oidcDeviceCode, c.s.base+oidcUserinfo
	m.EndSession = c.s.base + oidcLogout
	m.SubjectTypes, m.AuthMethods = []string{"public"}, []string{methodBasic, methodPost, methodKey, "none"}
	m.AuthAlgs = assertionAlgorithms
	m.Revocation, m.RevocationMethods, m.RevocationAlgs = c.s.base+oidcRevocation, m.AuthMethods, m.AuthAlgs
	m.Introspection, m.IntrospectionMethods, m.IntrospectionAlgs = c.s.base+oidcIntrospection, []string{methodBasic, methodPost, methodKey}, m.AuthAlgs
	yes := true
	m.FrontChannel, m.FrontChannelSession, m.BackChannel, m.BackChannelSession = &yes, true, true, true
	m.UserinfoAlgs = m.IDTokenAlgs
	m.IssParameter = true
	m.ACRValues = acrValues
	m.Scopes = append(append([]string(nil), oidcScopes...), c.s.state.scopeNames()...)
	m.Claims = append([]string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "email", "email_verified"}, profileClaims...)
	return jsonReply(http.StatusOK, m)
}

func (c *call) entraMetadata(m metadata) *reply {
	tenant, k := c.tenant()
	if k != nil {
		return c.refuse(unknownIssuer, c.route.tenant)
	}
	segment, issuer := tenantIDTemplate, c.s.base+"/"+tenantIDTemplate+entraIssuerEnd
	if tenant != nil {
		segment, issuer = tenant.ID, c.issuer(tenant)
	} else {
		segment = strings.ToLower(c.route.tenant)
	}
	at := c.base() + "/" + segment
	m.Issuer, m.JWKS, m.Userinfo = issuer, at+entraKeys, c.base()+entraUserinfo
	m.Authorization, m.Token, m.DeviceAuthorization, m.EndSession = at+entraAuthorize, at+entraToken, at+entraDeviceCode, at+entraLogout
	m.SubjectTypes, m.AuthMethods = []string{"pairwise"}, []string{methodPost, methodKey, methodBasic}
	m.Claims = []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "email"}
	yes := true
	m.HTTPLogout, m.FrontChannel = &yes, &yes
	host := strings.TrimPrefix(strings.TrimPrefix(c.s.base, "https://"), "http://")
	m.CloudInstanceName, m.CloudGraphHostName, m.GraphHost = host, host, host
	return jsonReply(http.StatusOK, m)
}

// scopeNames returns the full names of every API's scopes.
func (st *state) scopeNames() []string {
	var names []string
	for _, a := range st.roster().apps {
		for _, s := range a.Scopes {
			names = append(names, a.Scope(s.Name))
		}
	}
	return names
}

// instance is Entra's instance discovery: it says which hosts are the same authority.
// This server has its own names only, and any other host is unknown to it.
func (c *call) instance() *reply {
	endpoint, err := url.Parse(c.params.Get("authorization_endpoint"))
	if err != nil || c.params.Get("authorization_endpoint") == "" {
		return c.refuse(missingParam, "authorization_endpoint")
	}
	if c.params.Get("api-version") == "" {
		return c.refuse(missingParam, "api-version")
	}
	if !c.s.ownHost(strings.ToLower(endpoint.Host)) {
		return c.refuse(unknownInstance)
	}
	own, _ := url.Parse(c.s.base) // made by this package
	aliases := []string{own.Host}
	for _, name := range []string{"localhost", "127.0.0.1"} {
		if host := net.JoinHostPort(name, own.Port()); host != own.Host {
			aliases = append(aliases, host)
		}
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(endpoint.Path, "/"), "/")
	return jsonReply(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": c.s.base + "/" + url.PathEscape(tenant) + entraIssuerEnd + discoverySuffix,
		"api-version":               "1.1",
		"metadata": []map[string]any{{
			"preferred_network": own.Host, "preferred_cache": own.Host, "aliases": aliases,
		}},
	})
}

// ownHost reports whether a host, with port, is a name of this server.
func (s *Server) ownHost(host string) bool {
	u, err := url.Parse(s.base)
	if err != nil {
		return false
	}
	given, err := url.Parse(u.Scheme + "://" + host)
	if err != nil || given.Port() != u.Port() {
		return false
	}
	name := strings.ToLower(given.Hostname())
	return name == u.Hostname() || loopbackHost(name) || strings.HasSuffix(name, "."+testDomain)
}

// jwks answers with the public keys (RFC 7517, section 5). The Entra shape says for
// which issuer each is.
func (c *call) jwks() *reply {
	issuer := ""
	tenant, k := c.tenant()
	if k != nil {
		return c.refusal(k)
	}
	if c.dialect().entra {
		issuer = c.s.base + "/" + tenantIDTemplate + entraIssuerEnd
		if tenant != nil {
			issuer = c.issuer(tenant)
		}
	}
	keys := c.s.keys.public()
	for i := range keys {
		keys[i].Issuer = issuer
	}
	return jsonReply(http.StatusOK, map[string]any{"keys": keys})
}
