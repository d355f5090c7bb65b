package authoritytest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// What Graph refuses, with its codes in place of RFC 6750's.
var (
	graphNotFound  = condition{code: "Request_ResourceNotFound", status: http.StatusNotFound, text: "Resource '%s' does not exist in the tenant."}
	graphDenied    = condition{code: "Authorization_RequestDenied", status: http.StatusForbidden, text: "Insufficient privileges: %s is needed."}
	graphSegment   = condition{code: "BadRequest", text: "Resource not found for the segment '%s'."}
	graphNeedsUser = condition{code: "BadRequest", text: "/me is for tokens of users; this one is an app's own."}
	graphMethod    = condition{code: "BadRequest", status: http.StatusMethodNotAllowed, text: "The method '%s' is not allowed here."}
	graphBody      = condition{code: "Request_BadRequest", text: "The body must be a JSON object with securityEnabledOnly, true or false."}
	graphQuery     = condition{code: "Request_UnsupportedQuery", text: "The query option '%s' is not right."}
)

// A graphRequest is a call to Graph that may be answered.
type graphRequest struct {
	*bearer
	user  *User
	query url.Values
}

// A graphResource is what Graph can say about a user.
type graphResource struct {
	method string
	answer func(*call, *graphRequest) *reply
}

// graphResources are the paths below a user.
var graphResources = map[string]graphResource{
	"":                  {http.MethodGet, (*call).graphUser},
	"/memberOf":         {http.MethodGet, (*call).graphMemberOf},
	"/getMemberObjects": {http.MethodPost, (*call).graphMemberObjects},
	"/getMemberGroups":  {http.MethodPost, (*call).graphMemberObjects},
}

// graphCall answers for Microsoft Graph.
func (c *call) graphCall() *reply {
	graph := c.s.state.roster().graph
	b, k := c.caller(graph)
	if k == nil && !c.dialect().entra {
		k = refused(badToken, "Microsoft Graph takes tokens of Microsoft Entra only")
	}
	if k == nil {
		if claims, ok := c.s.challenges.take(graph, b); ok {
			k = claimsRefusal(claims, "the resource asks for more")
		}
	}
	if k != nil {
		return c.graphRefusal(k)
	}
	user, resource, k := c.graphTarget(b)
	if k != nil {
		return c.graphRefusal(k)
	}
	if c.r.Method != resource.method && !(c.r.Method == http.MethodHead && resource.method == http.MethodGet) {
		rep := c.graphRefusal(refused(graphMethod, c.r.Method))
		rep.header.Set("Allow", resource.method)
		return rep
	}
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return c.graphRefusal(refused(graphQuery, "?"))
	}
	return resource.answer(c, &graphRequest{b, user, query})
}

// graphTarget returns the user that a path is about and what is asked, if the token may
// ask it.
func (c *call) graphTarget(b *bearer) (*User, graphResource, *refusal) {
	path := strings.TrimPrefix(c.r.URL.Path, graphPath)
	segment, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	user, name := b.grant.user, ""
	switch {
	case segment == "users" && rest != "":
		name, rest, _ = strings.Cut(rest, "/")
		user = c.s.state.userWhere(func(u *User) bool {
			id, ok := u.objectIn(b.tenant.ID)
			return ok && (strings.EqualFold(id, name) || sameName(name, graphName(u, b.tenant, c.s.state.tenant(u.Tenant))))
		})
	case segment != "me":
		return nil, graphResource{}, refused(graphSegment, segment)
	case user == nil:
		return nil, graphResource{}, refused(graphNeedsUser)
	}
	if rest != "" {
		rest = "/" + rest
	}
	resource, ok := graphResources[rest]
	if !ok {
		return nil, graphResource{}, refused(graphSegment, strings.TrimPrefix(rest, "/"))
	}
	if k := b.graphPermission(user); k != nil {
		return nil, graphResource{}, k
	}
	if user == nil {
		return nil, graphResource{}, refused(graphNotFound, name)
	}
	return user, resource, nil
}

// graphPermission demands what lets a token read about a user: less about oneself.
func (b *bearer) graphPermission(about *User) *refusal {
	all := []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	has := func(list, want []string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return slices.Contains(want, s) })
	}
	self := b.grant.user != nil && about != nil && b.grant.user.ObjectID == about.ObjectID
	switch {
	case b.grant.user == nil && has(b.roles, all), b.grant.user != nil && has(b.scopes, all),
		self && has(b.scopes, []string{"User.Read", "User.ReadWrite", "User.ReadBasic.All"}):
		return nil
	case self:
		return refused(graphDenied, "User.Read")
	}
	return refused(graphDenied, all[0])
}

// graphName is a user's principal name in a tenant, where guests have one of their own.
func graphName(u *User, tenant, home *Tenant) string {
	if u.Tenant == tenant.ID || home == nil {
		return u.Username
	}
	return strings.ReplaceAll(u.Username, "@", "_") + "#EXT#@" + tenant.Domain
}

// graphUser is a user.
func (c *call) graphUser(r *graphRequest) *reply {
	u := r.user
	id, _ := u.objectIn(r.tenant.ID)
	properties := map[string]any{
		"id": id, "userPrincipalName": graphName(u, r.tenant, c.s.state.tenant(u.Tenant)), "displayName": orNull(u.Name),
		"givenName": orNull(u.GivenName), "surname": orNull(u.FamilyName), "mail": orNull(u.Email), "businessPhones": []string{},
		"jobTitle": nil, "mobilePhone": nil, "officeLocation": nil, "preferredLanguage": nil,
	}
	context := "#users/$entity"
	if list := r.query.Get("$select"); list != "" {
		names := strings.Split(list, ",")
		for _, name := range names {
			if _, ok := properties[name]; !ok {
				return c.graphRefusal(refused(graphQuery, "$select"))
			}
		}
		for name := range properties {
			if !slices.Contains(names, name) {
				delete(properties, name)
			}
		}
		context = "#users(" + list + ")/$entity"
	}
	return c.graphReply(context, properties)
}

// orNull returns a text, or null if it is empty.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

const graphPage = 100 // members that a page has unless $top says otherwise

// graphMemberOf lists the user's groups, in pages.
func (c *call) graphMemberOf(r *graphRequest) *reply {
	top, ok1 := r.number("$top", graphPage)
	from, ok2 := r.number("$skiptoken", 0)
	if !ok1 || top < 1 || top > 999 {
		return c.graphRefusal(refused(graphQuery, "$top"))
	}
	if !ok2 {
		return c.graphRefusal(refused(graphQuery, "$skiptoken"))
	}
	groups := r.user.groupsIn(r.tenant.ID)
	from = min(from, len(groups))
	end := min(from+top, len(groups))
	members := []map[string]any{}
	for _, id := range groups[from:end] {
		// The name stays hidden from who may only read users.
		members = append(members, map[string]any{"@odata.type": "#microsoft.graph.group", "id": id, "displayName": nil})
	}
	body := map[string]any{"value": members}
	if end < len(groups) {
		next := url.Values{"$top": {strconv.Itoa(top)}, "$skiptoken": {strconv.Itoa(end)}}
		body["@odata.nextLink"] = c.s.base + c.r.URL.EscapedPath() + "?" + next.Encode()
	}
	return c.graphReply("#directoryObjects", body)
}

// number reads a query option.
func (r *graphRequest) number(name string, otherwise int) (n int, ok bool) {
	if !r.query.Has(name) {
		return otherwise, true
	}
	n, err := strconv.Atoi(r.query.Get(name))
	return n, err == nil && n >= 0
}

// graphMemberObjects lists the ids of the user's groups, all at once: it is what the
// claim for too many groups points to.
func (c *call) graphMemberObjects(r *graphRequest) *reply {
	var body struct {
		SecurityEnabledOnly *bool `json:"securityEnabledOnly"`
	}
	if json.Unmarshal(c.body, &body) != nil || body.SecurityEnabledOnly == nil {
		return c.graphRefusal(refused(graphBody))
	}
	return c.graphReply("#Collection(Edm.String)", map[string]any{"value": listOf(r.user.groupsIn(r.tenant.ID))})
}

func (c *call) graphReply(context string, body map[string]any) *reply {
	body["@odata.context"] = c.s.GraphURL() + "/$metadata" + context
	rep := jsonReply(http.StatusOK, body)
	rep.header.Set("Request-Id", c.trace)
	return rep
}

// graphRefusal is an error of Graph's shape.
func (c *call) graphRefusal(k *refusal) *reply {
	code := k.code
	status := k.statusIn(ShapeOIDC)
	if status == http.StatusUnauthorized {
		code = "InvalidAuthenticationToken"
	}
	c.entry.Error = k.code
	if k.code == noToken.code {
		c.entry.Error = invalidToken.code
	}
	rep := jsonReply(status, map[string]any{"error": map[string]any{
		"code": code, "message": k.description,
		"innerError": map[string]string{
			"date": c.now.UTC().Format("2006-01-02T15:04:05"), "request-id": c.trace, "client-request-id": c.entry.CorrelationID,
		},
	}})
	if status == http.StatusUnauthorized {
		challenge := c.challenge("", k)
		if k.claims == "" {
			challenge += `, authorization_uri="` + c.authorizeURI() + `", client_id="` + graphClientID + `"`
		}
		rep.header.Set("WWW-Authenticate", challenge)
	}
	rep.header.Set("Request-Id", c.trace)
	return rep
}
