package authoritytest

import (
	"net/http"
	"net/url"
	"strings"
)

const (
	apisPath  = "/apis/"
	graphPath = "/v1.0"
)

// anyMethod is what resources know; a browser's preflight request is told of these.
var anyMethod = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

var (
	endpointAPI   = &endpoint{name: EndpointAPI, methods: anyMethod, raw: true, cors: true, handle: preflight((*call).apiCall)}
	endpointGraph = &endpoint{name: EndpointGraph, methods: anyMethod, raw: true, cors: true, handle: preflight((*call).graphCall)}
)

// API returns the URL under which the server plays one of the directory's APIs, by its
// name or client id: /apis/ and the name, or [Server.GraphURL] for Microsoft Graph. It
// is "" if there is no app of [KindAPI] like that.
//
// Every method and every path below the URL is answered, once the bearer token was
// checked as the API itself would: who signed and issued it, for whom, for how long, in
// which tenant, whether it was revoked, and that it has a scope or a role of the API, or
// what the API's Routes demand. The answer is JSON that says who called; a refusal is
// that of RFC 6750, section 3. Tokens of every shape are taken.
func (s *Server) API(nameOrID string) string {
	a := s.directoryNow().App(nameOrID)
	switch {
	case a.Kind != KindAPI:
		return ""
	case a.isGraph():
		return s.GraphURL()
	}
	return s.base + apisPath + url.PathEscape(a.Name)
}

// GraphURL returns the URL of a small Microsoft Graph, version 1.0, about the users of
// the directory: me and users/{id}, and below each memberOf, getMemberObjects and
// getMemberGroups. It takes tokens of the Entra and the CIAM shape.
func (s *Server) GraphURL() string { return s.base + graphPath }

// directoryNow returns the directory as it is, or as it will be at the start.
func (s *Server) directoryNow() *Directory {
	if s.state == nil {
		return &s.Directory
	}
	return &s.state.live.Load().directory
}

func (a *App) isGraph() bool { return a.ClientID == graphClientID || a.IDURI == graphIDURI }

// resourceRoute returns the route of a resource's path.
func resourceRoute(path string) (r route, ok bool) {
	switch {
	case strings.HasPrefix(path, apisPath):
		return route{endpoint: endpointAPI}, true
	case path == graphPath || strings.HasPrefix(path, graphPath+"/"):
		return route{endpoint: endpointGraph}, true
	}
	return route{}, false
}

// apiAt returns the API of a path, and the path below the API's URL, still escaped.
func (st *state) apiAt(path string) (api *App, rest string) {
	name, rest, below := strings.Cut(strings.TrimPrefix(path, apisPath), "/")
	if below {
		rest = "/" + rest
	}
	name, err := url.PathUnescape(name)
	if err != nil || name == "" {
		return nil, ""
	}
	for _, a := range st.roster().apps {
		if a.Kind == KindAPI && a.Name == name && !a.isGraph() {
			return a, rest
		}
	}
	return nil, ""
}

// An apiAnswer is what an API says about a call that it lets in.
type apiAnswer struct {
	API      string   `json:"api"` // name
	Method   string   `json:"method"`
	Path     string   `json:"path"`           // below the API's URL, escaped
	User     string   `json:"user,omitempty"` // username; none: the client called for itself
	Subject  string   `json:"sub,omitempty"`
	Client   string   `json:"client"` // name
	ClientID string   `json:"client_id"`
	Tenant   string   `json:"tenant"`            // id
	Shape    string   `json:"shape"`             // whose token it is
	Scopes   []string `json:"scopes"`            // of this API, without its prefix
	Roles    []string `json:"roles"`             // of this API
	ACRs     []string `json:"acrs,omitempty"`    // of the token's acrs or acr
	TokenID  string   `json:"token_id"`          // hash of the token's id: the same for the same token
	CAE      bool     `json:"cae,omitempty"`     // the client says that it handles claims challenges
	Expires  int64    `json:"expires,omitempty"` // Unix seconds
}

// apiCall answers for a declared API.
func (c *call) apiCall() *reply {
	api, rest := c.s.state.apiAt(c.r.URL.EscapedPath())
	if api == nil {
		return c.notFound()
	}
	refuse := func(k *refusal) *reply { return c.apiRefusal(api, k) }
	if oddPath(rest) {
		return refuse(refused(oddResourcePath))
	}
	b, k := c.caller(api)
	if k != nil {
		return refuse(k)
	}
	if k := c.s.demands(c, api, b, rest); k != nil {
		return refuse(k)
	}
	answer := apiAnswer{
		API: api.Name, Method: c.r.Method, Path: rest, Subject: b.text("sub"), Client: b.grant.app.Name, ClientID: b.grant.app.ClientID,
		Tenant: b.tenant.ID, Shape: b.grant.shape, Scopes: listOf(b.scopes), Roles: listOf(b.roles), ACRs: b.contexts(),
		TokenID: atHash(b.id), CAE: b.capable(), Expires: int64(b.number("exp")),
	}
	if b.grant.user != nil {
		answer.User = b.grant.user.Username
	}
	return jsonReply(http.StatusOK, answer)
}

// oddPath reports whether a path has segments that mean another path to who follows
// them, so that a demand on the other could be missed.
func oddPath(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		text, err := url.PathUnescape(segment)
		if err != nil || text == "." || text == ".." || strings.ContainsAny(text, `/\`) {
			return true
		}
	}
	return false
}

// listOf returns the list, never nil, for JSON.
func listOf(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// apiRefusal is a refusal of RFC 6750, section 3, with its challenge in the body too.
func (c *call) apiRefusal(api *App, k *refusal) *reply {
	c.entry.Error = k.code
	rep := jsonReply(k.statusIn(ShapeOIDC), errorBody{Error: k.code, Description: k.description})
	if k.code == noToken.code {
		rep = jsonReply(k.status, errorBody{Error: invalidToken.code, Description: k.description})
		c.entry.Error = invalidToken.code
	}
	rep.header.Set("WWW-Authenticate", c.challenge(printable(api.Name), k))
	return rep
}
