package authoritytest

import (
	"slices"
	"strings"
)

// The scopes of OpenID Connect Core, sections 5.4 and 11.
const (
	scopeOpenID  = "openid"
	scopeProfile = "profile"
	scopeEmail   = "email"
	scopeOffline = "offline_access"
	scopeDefault = ".default" // Entra: every scope that the app has in Permissions
)

var oidcScopes = []string{scopeOpenID, scopeProfile, scopeEmail, scopeOffline}

func isOIDCScope(s string) bool { return slices.Contains(oidcScopes, s) }

// isScopeToken reports whether s has the form of a scope (RFC 6749, section 3.3).
func isScopeToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}

// A wanted is one scope that a client asks for.
type wanted struct {
	api     *App   // nil for OpenID Connect's own scopes
	name    string // the API's name for it, or .default
	spelled string // as the client wrote it
}

// key is the scope as consents record it.
func (w wanted) key() string {
	if w.api == nil {
		return w.name
	}
	return w.api.Scope(w.name)
}

// An access is what one access token gives: OpenID Connect's own scopes, and the scopes
// of one API.
type access struct {
	wanted []wanted
	api    *App // nil: userinfo only
}

func (a access) has(scope string) bool {
	return slices.ContainsFunc(a.wanted, func(w wanted) bool { return w.api == nil && w.name == scope })
}

// names returns the API's names of the scopes, without .default.
func (a access) names() []string {
	var names []string
	for _, w := range a.wanted {
		if w.api != nil && w.name != scopeDefault {
			names = append(names, w.name)
		}
	}
	return names
}

// spelled returns the scope of the token response.
func (a access) spelled(shape string) string {
	var list []string
	for _, w := range a.wanted {
		if dialects[shape].microsoft && w.key() == scopeOffline || shape == ShapeB2C && w.api == nil {
			continue // granted without saying so
		}
		list = append(list, w.spelled)
	}
	return strings.Join(list, " ")
}

// scopes reads the scope and resource parameters of a request.
func (c *call) scopes() ([]wanted, *refusal) {
	resources := c.params["resource"]
	switch d := c.dialect(); {
	case len(resources) > 0 && !d.resource:
		return nil, refused(resourceParam)
	case len(resources) > 1 && d.microsoft:
		return nil, refused(repeatedParam, "resource")
	}
	var apis []*App
	for _, name := range resources {
		api := c.s.state.api(name)
		if api == nil {
			return nil, refused(unknownResource, name)
		}
		apis = append(apis, api)
	}
	var list []wanted
	for token := range strings.FieldsFuncSeq(c.params.Get("scope"), func(r rune) bool { return r == ' ' }) {
		if !isScopeToken(token) {
			return nil, refused(invalidScope, token, "it has a character that scopes cannot have")
		}
		w, k := c.scope(token, apis)
		if k != nil {
			return nil, k
		}
		if !slices.ContainsFunc(list, func(o wanted) bool { return o.key() == w.key() }) {
			list = append(list, w)
		}
	}
	return list, checkDefault(list)
}

// checkDefault refuses .default beside other scopes of the same API.
func checkDefault(list []wanted) *refusal {
	for _, w := range list {
		if w.name == scopeDefault && slices.ContainsFunc(list, func(o wanted) bool { return o.api == w.api && o.name != scopeDefault }) {
			return refused(invalidScope, w.spelled, ".default can't be combined with other scopes of the same resource")
		}
	}
	return nil
}

// scope resolves one scope. A name alone belongs to the resources asked for; without
// them, to Graph in the Entra shape, to the one API that has it in plain OIDC, and to
// nothing in the others.
func (c *call) scope(token string, resources []*App) (wanted, *refusal) {
	if isOIDCScope(token) {
		return wanted{name: token, spelled: token}, nil
	}
	d := c.dialect()
	if i := strings.LastIndexByte(token, '/'); i > 0 {
		api, name := c.s.state.api(strings.TrimSuffix(token[:i], "/")), token[i+1:]
		if api == nil {
			return wanted{}, refused(unknownResource, token[:i])
		}
		if len(resources) > 0 && !slices.Contains(resources, api) {
			return wanted{}, refused(invalidScope, token, "it is not of the resource asked for")
		}
		if api.hasScope(name) || d.defaults && name == scopeDefault {
			return wanted{api: api, name: name, spelled: token}, nil
		}
		return wanted{}, refused(invalidScope, token, "the resource has no such scope")
	}
	candidates := resources
	if d.entra {
		candidates = []*App{c.s.state.roster().graph}
	} else if len(candidates) == 0 && !d.microsoft {
		for _, a := range c.s.state.roster().apps {
			candidates = append(candidates, a)
		}
	}
	var found []wanted
	for _, api := range candidates {
		if api.hasScope(token) || d.entra && token == scopeDefault {
			found = append(found, wanted{api: api, name: token, spelled: token})
		}
	}
	switch len(found) {
	case 0:
		return wanted{}, refused(invalidScope, token, "no resource has it")
	case 1:
		return found[0], nil
	}
	return wanted{}, refused(invalidScope, token, "several resources have it; send the resource parameter")
}

func (a *App) hasScope(name string) bool {
	return slices.ContainsFunc(a.Scopes, func(s Scope) bool { return s.Name == name })
}

// scope returns the API's scope of a name, or the zero Scope.
func (a *App) scope(name string) Scope {
	if i := slices.IndexFunc(a.Scopes, func(s Scope) bool { return s.Name == name }); i >= 0 {
		return a.Scopes[i]
	}
	return Scope{}
}

// scopesOf reads the scopes that an app asks for, with those that .default stands for.
func (c *call) scopesOf(app *App) ([]wanted, *refusal) {
	list, k := c.scopes()
	if k != nil {
		return nil, k
	}
	for _, w := range list {
		if w.api != nil && app.StaticPermissions && !slices.ContainsFunc(app.Permissions, func(p string) bool { return strings.HasPrefix(p, w.api.IDURI+"/") }) {
			return nil, refused(undeclared, w.api.IDURI)
		}
	}
	return expand(app, list), nil
}

// expand replaces .default by what the app has in Permissions, keeping .default itself.
func expand(app *App, list []wanted) []wanted {
	var out []wanted
	for _, w := range list {
		if w.api != nil && w.name == scopeDefault {
			for _, p := range app.Permissions {
				if name, ok := strings.CutPrefix(p, w.api.IDURI+"/"); ok {
					out = append(out, wanted{api: w.api, name: name, spelled: p})
				}
			}
		}
		out = append(out, w)
	}
	return out
}

// lacking returns those of the scopes that nobody consented to, as their keys.
func (st *state) lacking(app *App, user *User, list []wanted) []string {
	var keys []string
	for _, w := range list {
		if w.name != scopeDefault && !st.consented(app, user, w.key()) {
			keys = append(keys, w.key())
		}
	}
	return keys
}

// pick narrows a grant's scopes to one access token: to the resource if one is named,
// else to the only one there is. With first, several resources give the first one.
func pick(list []wanted, resource *App, first bool) (access, *refusal) {
	out := access{api: resource}
	for _, w := range list {
		if w.api != nil && out.api == nil {
			out.api = w.api
		}
		if w.api != nil && w.api != out.api {
			if resource == nil && !first {
				return access{}, refused(manyResources)
			}
			continue
		}
		out.wanted = append(out.wanted, w)
	}
	return out, nil
}
