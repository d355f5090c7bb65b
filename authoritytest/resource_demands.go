package authoritytest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Route is what a declared API demands of the calls to one of its paths. The first of
// an app's routes that fits a call decides; where none fits, a token needs any scope or
// role of the API.
type Route struct {
	Method string   `json:"method,omitempty"`  // "" = every method
	Path   string   `json:"path,omitempty"`    // below the API's URL, such as /tasks; with /* at the end, everything below; "" = every path
	Scopes []string `json:"scopes,omitempty"`  // names: a user's token needs one of them
	Roles  []string `json:"roles,omitempty"`   // values: an app's own token needs one of them, and a user's too if there are no Scopes
	ACRs   []string `json:"acrs,omitempty"`    // one of them is needed: authentication contexts in the Entra shapes (acrs), else acr values (RFC 9470). No app's own token has any
	MaxAge int64    `json:"max_age,omitempty"` // plain OIDC: seconds since the user signed in, at most (RFC 9470); 0 = any
}

// fits reports whether a call is one of the route's. The path is escaped.
func (r Route) fits(method, path string) bool {
	if r.Method != "" && r.Method != method {
		return false
	}
	if above, ok := strings.CutSuffix(r.Path, "/*"); ok {
		return strings.HasPrefix(path, above+"/")
	}
	return r.Path == "" || r.Path == path
}

// routes checks an app's routes.
func (k *check) routes(where string, a App) {
	if len(a.Routes) > 0 && a.Kind != KindAPI {
		k.fail("%s: routes are for apps of the kind api", where)
	}
	for i, r := range a.Routes {
		at := fmt.Sprintf("%s.routes[%d]", where, i)
		if r.Path != "" && !strings.HasPrefix(r.Path, "/") {
			k.fail("%s: path must begin with a slash, not %q", at, r.Path)
		}
		if r.MaxAge < 0 {
			k.fail("%s: max_age is negative", at)
		}
		for _, name := range r.Scopes {
			if !a.hasScope(name) {
				k.fail("%s: the API has no scope %q", at, name)
			}
		}
		for _, value := range r.Roles {
			if len(a.rolesOf([]string{value})) == 0 {
				k.fail("%s: the API has no role %q", at, value)
			}
		}
		for _, acr := range r.ACRs {
			if !isScopeToken(acr) {
				k.fail("%s: %q cannot be an acr", at, acr)
			}
		}
	}
}

// demands checks what an API wants of a call beyond a good token, and sends a
// challenge that waits for it.
func (s *Server) demands(c *call, api *App, b *bearer, path string) *refusal {
	if claims, ok := s.challenges.take(api, b); ok {
		return claimsRefusal(claims, "the resource asks for more")
	}
	i := slices.IndexFunc(api.Routes, func(r Route) bool { return r.fits(c.r.Method, path) })
	if i < 0 {
		return b.anyPermission()
	}
	r := api.Routes[i]
	if k := b.permission(r); k != nil {
		return k
	}
	return c.signedInAs(r, b)
}

// anyPermission demands any scope or role of the API. AD FS grants an app a whole
// resource, so its tokens need none.
func (b *bearer) anyPermission() *refusal {
	if len(b.scopes)+len(b.roles) == 0 && b.grant.shape != ShapeADFS {
		return refused(lackingScope, "any scope or role of the resource")
	}
	return nil
}

// permission demands the scopes or the roles of a route.
func (b *bearer) permission(r Route) *refusal {
	has := func(list, want []string) bool {
		return slices.ContainsFunc(want, func(s string) bool { return slices.Contains(list, s) })
	}
	switch user := b.grant.user != nil; {
	case len(r.Scopes)+len(r.Roles) == 0:
		return b.anyPermission()
	case user && has(b.scopes, r.Scopes), (!user || len(r.Scopes) == 0) && has(b.roles, r.Roles):
		return nil
	}
	k := refused(lackingScope, strings.Join(append(slices.Clone(r.Scopes), r.Roles...), " or "))
	if len(r.Scopes) > 0 {
		k.parameters = append(k.parameters, [2]string{"scope", strings.Join(r.Scopes, " ")})
	}
	return k
}

// signedInAs demands how and when the user signed in.
func (c *call) signedInAs(r Route, b *bearer) *refusal {
	old := r.MaxAge > 0 && c.route.shape == ShapeOIDC && c.now.Sub(unix(int64(b.number("auth_time")))) > time.Duration(r.MaxAge)*time.Second
	known := len(r.ACRs) == 0 || slices.ContainsFunc(b.contexts(), func(s string) bool { return slices.Contains(r.ACRs, s) })
	switch {
	case known && !old:
		return nil
	case b.grant.user == nil:
		return refused(lackingScope, "a user, who signed in")
	case c.dialect().entra:
		return claimsRefusal(contextClaims(r.ACRs), "the user signed in without the authentication context")
	}
	return signInRefusal(r)
}

// contextClaims asks for one of several authentication contexts.
func contextClaims(ids []string) string {
	spec := map[string]any{"essential": true, "values": ids}
	if len(ids) == 1 {
		spec = map[string]any{"essential": true, "value": ids[0]}
	}
	text, _ := json.Marshal(map[string]any{"access_token": map[string]any{"acrs": spec}}) // strings always marshal
	return string(text)
}
