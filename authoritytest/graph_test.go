package authoritytest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

const readUser = graphIDURI + "/User.Read"

// manyGroups returns the ids of n groups.
func manyGroups(n int) []string {
	var list []string
	for i := range n {
		list = append(list, namedGUID("group", fmt.Sprint(i)))
	}
	return list
}

// graphDirectory is two tenants; Avery has groups in both.
func graphDirectory(groups int) Directory {
	d := twoTenants()
	d.Users[0].Groups = manyGroups(groups)
	d.Users[0].Roles = []string{"Admin", "User.Read.All"} // a user's role is no app's permission
	d.Users[0].GuestOf = []Guest{{Tenant: "fabrikam.test", ObjectID: averyFabrikam, Groups: []string{namedGUID("fabrikam's")}}}
	return d
}

func TestGraphMe(t *testing.T) {
	s := start(t, &Server{Directory: graphDirectory(2), TLS: true})
	for _, a := range []*api{entra(t, s), ciam(t, s, "contoso.onmicrosoft.com")} {
		token := a.access(readUser)["access_token"]
		status, body, h := a.call("GET", s.GraphURL()+"/me", token)
		want := s.Directory.User(avery)
		if status != 200 || body["id"] != want.ObjectID || body["userPrincipalName"] != avery || body["displayName"] != want.Name || body["surname"] != want.FamilyName ||
			body["mail"] != avery || body["mobilePhone"] != nil || body["@odata.context"] != s.GraphURL()+"/$metadata#users/$entity" || h.Get("Request-Id") == "" {
			t.Errorf("%s: %d, %v", a.shape, status, body)
		}
		status, body, _ = a.call("GET", s.GraphURL()+"/me?$select=id,mail", token)
		if status != 200 || len(body) != 3 || body["id"] != want.ObjectID {
			t.Errorf("$select: %d, %v", status, body)
		}
		for _, name := range []string{want.ObjectID, strings.ToUpper(want.ObjectID), avery} {
			if status, body, _ := a.call("GET", s.GraphURL()+"/users/"+name, token); status != 200 || body["id"] != want.ObjectID {
				t.Errorf("%s: %d, %v", name, status, body)
			}
		}
		list := s.Requests()
		if last := list[len(list)-1]; last.Endpoint != EndpointGraph || last.User != avery || last.Shape != a.shape {
			t.Errorf("log: %+v", last)
		}
	}
	guest := open(t, s, ShapeEntra, s.Issuer(fabrikamID))
	token := guest.access(readUser)["access_token"]
	status, body, _ := guest.call("GET", s.GraphURL()+"/me", token)
	principal := "avery_contoso.test#EXT#@fabrikam.test"
	if status != 200 || body["id"] != averyFabrikam || body["userPrincipalName"] != principal {
		t.Errorf("a guest: %d, %v", status, body)
	}
	if status, body, _ := guest.call("GET", s.GraphURL()+"/users/"+url.PathEscape(principal)+"/memberOf", token); status != 200 || len(body["value"].([]any)) != 1 {
		t.Errorf("a guest's groups: %d, %v", status, body)
	}
}

func TestGraphGroups(t *testing.T) {
	s := start(t, &Server{Directory: graphDirectory(250)})
	a := entra(t, s)
	token := a.access(readUser)["access_token"]
	groups := s.Directory.User(avery).Groups
	for _, top := range []string{"", "?$top=99"} {
		var found []string
		for u, pages := s.GraphURL()+"/me/memberOf"+top, 0; u != ""; pages++ {
			status, body, _ := a.call("GET", u, token)
			if status != 200 || pages > 3 {
				t.Fatalf("%d, %v", status, body)
			}
			for _, member := range body["value"].([]any) {
				found = append(found, member.(map[string]any)["id"].(string))
			}
			u, _ = body["@odata.nextLink"].(string)
		}
		if !slices.Equal(found, groups) {
			t.Errorf("%q: %d groups, want %d in their order", top, len(found), len(groups))
		}
	}
	for _, path := range []string{"/me/getMemberObjects", "/me/getMemberGroups", "/users/" + avery + "/getMemberObjects"} {
		status, body, _ := a.call("POST", s.GraphURL()+path, token, `{"securityEnabledOnly":true}`)
		if status != 200 || len(body["value"].([]any)) != 250 {
			t.Errorf("%s: %d, %v", path, status, body["error"])
		}
	}
}

// graphCode returns the code of Graph's error.
func graphCode(body map[string]any) any {
	e, _ := body["error"].(map[string]any)
	return e["code"]
}

func TestGraphRefuses(t *testing.T) {
	s := start(t, &Server{Directory: graphDirectory(2)})
	a := entra(t, s)
	token := a.access(readUser)["access_token"]
	mail := a.access(graphIDURI + "/Mail.Read")["access_token"]
	app := a.mustToken(a.app("daemon"), "grant_type", "client_credentials", "scope", graphIDURI+"/.default")["access_token"]
	idle := a.mustToken(a.app("web"), "grant_type", "client_credentials", "scope", graphIDURI+"/.default")["access_token"]
	for _, tt := range []struct {
		method, path string
		token        any
		body         string
		status       int
		code         string
	}{
		{"GET", "/me", nil, "", 401, "InvalidAuthenticationToken"},
		{"GET", "/me", "x", "", 401, "InvalidAuthenticationToken"},
		{"GET", "/me", a.access(tasksRead)["access_token"], "", 401, "InvalidAuthenticationToken"},
		{"GET", "/me", oidc(t, s).access(readUser)["access_token"], "", 401, "InvalidAuthenticationToken"},
		{"GET", "/me", mail, "", 403, "Authorization_RequestDenied"},
		{"GET", "/me", app, "", 400, "BadRequest"},
		{"GET", "/users/" + blake, token, "", 403, "Authorization_RequestDenied"},
		{"GET", "/users/" + blake, idle, "", 403, "Authorization_RequestDenied"},
		{"GET", "/users/nobody", token, "", 403, "Authorization_RequestDenied"},
		{"GET", "/users/nobody", app, "", 404, "Request_ResourceNotFound"},
		{"GET", "/users/" + emery, app, "", 404, "Request_ResourceNotFound"},
		{"GET", "/users/" + url.PathEscape("emery_fabrikam.test#EXT#@contoso.test"), app, "", 404, "Request_ResourceNotFound"},
		{"GET", "/users/" + blake, app, "", 200, ""},
		{"GET", "/users", token, "", 400, "BadRequest"},
		{"GET", "", token, "", 400, "BadRequest"},
		{"GET", "/me/photo", token, "", 400, "BadRequest"},
		{"DELETE", "/me", token, "", 405, "BadRequest"},
		{"GET", "/me/getMemberObjects", token, "", 405, "BadRequest"},
		{"POST", "/me/getMemberObjects", token, "{}", 400, "Request_BadRequest"},
		{"POST", "/me/getMemberObjects", token, "", 400, "Request_BadRequest"},
		{"GET", "/me/memberOf?$top=0", token, "", 400, "Request_UnsupportedQuery"},
		{"GET", "/me/memberOf?$top=1000", token, "", 400, "Request_UnsupportedQuery"},
		{"GET", "/me/memberOf?$skiptoken=-1", token, "", 400, "Request_UnsupportedQuery"},
		{"GET", "/me?$select=password", token, "", 400, "Request_UnsupportedQuery"},
		{"GET", "/me?%", token, "", 400, "Request_UnsupportedQuery"},
	} {
		status, body, h := a.call(tt.method, s.GraphURL()+tt.path, tt.token, tt.body)
		if status != tt.status || tt.code != "" && graphCode(body) != tt.code {
			t.Errorf("%s %s: %d, %v, want %d %s", tt.method, tt.path, status, body, tt.status, tt.code)
		}
		if status == http.StatusUnauthorized && !strings.Contains(h.Get("WWW-Authenticate"), `client_id="`+graphClientID+`"`) {
			t.Errorf("%s %s: %q", tt.method, tt.path, h.Get("WWW-Authenticate"))
		}
	}
}

func TestGroupsOverage(t *testing.T) {
	for groups, over := range map[int]bool{maxGroups: false, maxGroups + 1: true} {
		d := graphDirectory(groups)
		for i := range d.Apps {
			d.Apps[i].OptionalClaims = OptionalClaims{IDToken: []string{"groups"}, AccessToken: []string{"groups"}}
		}
		s := start(t, &Server{Directory: d})
		a := entra(t, s)
		tokens := a.access(readUser)
		for _, name := range []string{"id_token", "access_token"} {
			claims := claimsOf(t, tokens[name])
			list, _ := claims["groups"].([]any)
			sources, _ := claims["_claim_sources"].(map[string]any)
			if claims["hasgroups"] != nil || over != (len(list) == 0) || over != (sources != nil) || over != (claims["_claim_names"] != nil) {
				t.Fatalf("%d groups, %s: %d listed, sources %v", groups, name, len(list), sources)
			}
			if !over {
				continue
			}
			source := claims["_claim_names"].(map[string]any)["groups"].(string)
			endpoint := sources[source].(map[string]any)["endpoint"].(string)
			status, body, _ := a.call("POST", endpoint, tokens["access_token"], `{"securityEnabledOnly":false}`)
			if status != 200 || len(body["value"].([]any)) != groups {
				t.Errorf("%s: %d, %v", endpoint, status, body)
			}
		}
		guest := claimsOf(t, open(t, s, ShapeEntra, s.Issuer(fabrikamID)).access(readUser)["id_token"])
		if list, _ := guest["groups"].([]any); len(list) != 1 || list[0] != namedGUID("fabrikam's") {
			t.Errorf("a guest has the home tenant's groups: %v", guest["groups"])
		}
		if list, _ := claimsOf(t, oidc(t, s).access(tasksRead)["id_token"])["groups"].([]any); len(list) != groups {
			t.Errorf("plain OIDC lists %d groups", len(list))
		}
	}
}
