package authoritytest

import (
	"net/http"
	"slices"
	"strings"
)

// An endpoint is one thing that the server answers.
type endpoint struct {
	name    string
	methods []string
	json    bool // a POST's body is JSON, not a form
	raw     bool // every method, and a body that is no form; parameters are not read
	page    bool // it is for people: refusals are pages
	cors    bool // pages of other origins may use it, see allowOrigin
	public  bool // what it says is the same for everybody
	handle  func(*call) *reply
}

func (e *endpoint) allows(method string) bool { return e.raw || slices.Contains(e.methods, method) }

// A route is an endpoint as a path names it.
type route struct {
	endpoint *endpoint
	shape    string
	tenant   string // as the path has it, in the shapes that have tenants
	policy   string // B2C shape: as the path has it, in lower case
	base     string // CIAM shape: the tenant's own host, as URL
	label    string // CIAM shape: the first label of that host
}

var (
	readable = []string{http.MethodGet, http.MethodHead, http.MethodOptions}
	postOnly = []string{http.MethodPost, http.MethodOptions}
	getPost  = []string{http.MethodGet, http.MethodPost}
)

var (
	endpointNone       = &endpoint{name: EndpointNone, methods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodPut, http.MethodPatch, http.MethodDelete}, handle: (*call).notFound}
	endpointDiscovery  = &endpoint{name: EndpointDiscovery, methods: readable, cors: true, public: true, handle: preflight((*call).discovery)}
	endpointInstance   = &endpoint{name: EndpointInstance, methods: readable, cors: true, public: true, handle: preflight((*call).instance)}
	endpointJWKS       = &endpoint{name: EndpointJWKS, methods: readable, cors: true, public: true, handle: preflight((*call).jwks)}
	endpointAuthorize  = &endpoint{name: EndpointAuthorize, methods: getPost, page: true, handle: (*call).authorize}
	endpointToken      = &endpoint{name: EndpointToken, methods: postOnly, cors: true, handle: preflight((*call).token)}
	endpointDeviceCode = &endpoint{name: EndpointDeviceCode, methods: postOnly, cors: true, handle: preflight((*call).deviceCode)}
	endpointUserinfo   = &endpoint{name: EndpointUserinfo, methods: []string{http.MethodGet, http.MethodPost, http.MethodOptions}, cors: true, handle: preflight((*call).userinfo)}
	endpointLogout     = &endpoint{name: EndpointLogout, methods: getPost, page: true, handle: (*call).logout}
	endpointSignIn     = &endpoint{name: EndpointSignIn, methods: getPost, page: true, handle: (*call).signIn}
	endpointDevice     = &endpoint{name: EndpointDevice, methods: getPost, page: true, handle: (*call).devicePage}
	endpointControl    = &endpoint{name: EndpointControl, methods: []string{http.MethodGet, http.MethodPost, http.MethodDelete}, json: true, handle: (*call).controlRequest}
)

var (
	endpointRevocation    = &endpoint{name: EndpointRevocation, methods: postOnly, cors: true, handle: preflight((*call).revoke)}
	endpointIntrospection = &endpoint{name: EndpointIntrospection, methods: postOnly, handle: preflight((*call).introspect)}
)

// fixedRoutes are the paths without a tenant.
var fixedRoutes = map[string]route{
	oidcIssuerPath + discoverySuffix: {endpoint: endpointDiscovery, shape: ShapeOIDC},
	oauthMetadata + oidcIssuerPath:   {endpoint: endpointDiscovery, shape: ShapeOIDC},
	oidcAuthorize:                    {endpoint: endpointAuthorize, shape: ShapeOIDC},
	oidcToken:                        {endpoint: endpointToken, shape: ShapeOIDC},
	oidcDeviceCode:                   {endpoint: endpointDeviceCode, shape: ShapeOIDC},
	oidcJWKS:                         {endpoint: endpointJWKS, shape: ShapeOIDC},
	oidcRevocation:                   {endpoint: endpointRevocation, shape: ShapeOIDC},
	oidcIntrospection:                {endpoint: endpointIntrospection, shape: ShapeOIDC},
	oidcUserinfo:                     {endpoint: endpointUserinfo, shape: ShapeOIDC},
	oidcLogout:                       {endpoint: endpointLogout, shape: ShapeOIDC},
	oidcDevicePage:                   {endpoint: endpointDevice, shape: ShapeOIDC},
	instancePath:                     {endpoint: endpointInstance, shape: ShapeEntra},
	entraUserinfo:                    {endpoint: endpointUserinfo, shape: ShapeEntra},
	entraDevicePage:                  {endpoint: endpointDevice, shape: ShapeEntra},
	adfsPath + discoverySuffix:       {endpoint: endpointDiscovery, shape: ShapeADFS},
	adfsAuthorize:                    {endpoint: endpointAuthorize, shape: ShapeADFS},
	adfsToken:                        {endpoint: endpointToken, shape: ShapeADFS},
	adfsDeviceCode:                   {endpoint: endpointDeviceCode, shape: ShapeADFS},
	adfsDevicePage:                   {endpoint: endpointDevice, shape: ShapeADFS},
	adfsLogout:                       {endpoint: endpointLogout, shape: ShapeADFS},
	adfsKeys:                         {endpoint: endpointJWKS, shape: ShapeADFS},
	adfsUserinfo:                     {endpoint: endpointUserinfo, shape: ShapeADFS},
}

// tenantRoutes are the Entra shape's paths after the tenant.
var tenantRoutes = map[string]*endpoint{
	entraIssuerEnd + discoverySuffix: endpointDiscovery,
	entraAuthorize:                   endpointAuthorize,
	entraToken:                       endpointToken,
	entraDeviceCode:                  endpointDeviceCode,
	entraLogout:                      endpointLogout,
	entraKeys:                        endpointJWKS,
}

func (s *Server) route(r *http.Request) route {
	path := r.URL.EscapedPath()
	if label, ok := s.ciamLabel(r); ok {
		return s.ciamRoute(label, path)
	}
	if found, ok := fixedRoutes[path]; ok {
		if door := doors[path]; door != "" && r.URL.Query().Get("door") != door {
			return route{endpoint: endpointNone}
		}
		return found
	}
	if path == controlPath || strings.HasPrefix(path, controlPath+"/") {
		return route{endpoint: endpointControl}
	}
	if strings.HasPrefix(path, signInPath) {
		return route{endpoint: endpointSignIn}
	}
	if found, ok := resourceRoute(path); ok {
		return found
	}
	if tenant, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/"); ok {
		if e := tenantRoutes["/"+rest]; e != nil {
			return route{endpoint: e, shape: ShapeEntra, tenant: tenant}
		}
	}
	if found, ok := policyRoute(path); ok {
		return found
	}
	return route{endpoint: endpointNone}
}

// doors are the queries that belong to endpoints' own URLs.
var doors = map[string]string{oidcAuthorize: "front", oidcToken: "back"}

func (c *call) notFound() *reply {
	return textReply(http.StatusNotFound, "not found: read the metadata for the endpoints' URLs")
}

// preflight lets h answer all but a browser's preflight request, whose answer is in
// the headers that finish adds.
func preflight(h func(*call) *reply) func(*call) *reply {
	return func(c *call) *reply {
		if c.r.Method == http.MethodOptions {
			return &reply{status: http.StatusNoContent, header: http.Header{}}
		}
		return h(c)
	}
}

// allowOrigin lets pages of other origins read what is public, and lets a page of a
// registered single-page app use the endpoints that its protocol needs. Requests never
// carry cookies: credentials are not allowed.
func (c *call) allowOrigin(h http.Header) {
	origin := c.r.Header.Get("Origin")
	if origin == "" || !c.route.endpoint.cors {
		return
	}
	switch {
	case c.route.endpoint.public:
		h.Set("Access-Control-Allow-Origin", "*")
	case c.s.state.spaOrigin(origin, c.entry.ClientID), c.route.endpoint.raw && c.s.state.spaOrigin(origin, ""):
		h.Set("Access-Control-Allow-Origin", origin)
		h.Add("Vary", "Origin")
	default:
		return
	}
	h.Set("Access-Control-Expose-Headers", "Client-Request-Id, X-Ms-Request-Id, Retry-After, WWW-Authenticate")
	if c.r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", strings.Join(c.route.endpoint.methods, ", "))
		h.Set("Access-Control-Allow-Headers", allowedHeaders(c.r.Header.Get("Access-Control-Request-Headers")))
		h.Set("Access-Control-Max-Age", "600")
	}
}

// allowedHeaders returns those of a preflight's header names that have the form of one.
func allowedHeaders(asked string) string {
	var names []string
	for name := range strings.SplitSeq(asked, ",") {
		name = strings.TrimSpace(name)
		if name != "" && len(name) <= 64 && len(names) < 32 && !strings.ContainsFunc(name, func(r rune) bool {
			return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
