package authoritytest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// claimsIn returns the claims of a challenge, which must be Microsoft's.
func claimsIn(t testing.TB, status int, body map[string]any, h http.Header) string {
	t.Helper()
	challenge := h.Get("WWW-Authenticate")
	_, encoded, ok := strings.Cut(challenge, `, error="insufficient_claims", claims="`)
	if status != 401 || !ok || !strings.HasPrefix(challenge, `Bearer realm="", authorization_uri="http`) || !strings.HasSuffix(encoded, `"`) {
		t.Errorf("no claims challenge: %d, %v, %q", status, body, challenge)
		return ""
	}
	claims, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(encoded, `"`))
	if err != nil {
		t.Error(err)
	}
	return string(claims)
}

// revoke ends the grant of a refresh token as an authority does who noticed a theft: the
// token is used twice.
func (a *api) revoke(tokens map[string]any) time.Time {
	a.t.Helper()
	for range 2 {
		a.token(a.app("native"), "grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string))
	}
	return a.s.Clock.Now()
}

func TestRevocationIsSeenByWhoHandlesChallenges(t *testing.T) {
	s := start(t, &Server{TLS: true})
	for _, a := range []*api{entra(t, s), ciam(t, s, "contoso.onmicrosoft.com")} {
		for _, resource := range []struct{ scope, url string }{{tasksRead, s.API("api")}, {graphIDURI + "/User.Read", s.GraphURL() + "/me"}} {
			able, unable := a.access(resource.scope, "claims", cp1), a.access(resource.scope)
			for _, tokens := range []map[string]any{able, unable} {
				if status, body, _ := a.call("GET", resource.url, tokens["access_token"]); status != 200 {
					t.Fatalf("%d, %v", status, body)
				}
			}
			at := a.revoke(able)
			s.Clock.Advance(time.Minute)
			a.revoke(unable)
			status, body, h := a.call("GET", resource.url, able["access_token"])
			if got, want := claimsIn(t, status, body, h), fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, at.Unix()); got != want {
				t.Errorf("%s: claims %s, want %s", a.shape, got, want)
			}
			if status, body, _ := a.call("GET", resource.url, unable["access_token"]); status != 200 {
				t.Errorf("%s: a token of a client that handles no challenges: %d, %v", a.shape, status, body)
			}
			list := s.Requests()
			if last := list[len(list)-2]; last.Error != "insufficient_claims" || last.Status != 401 {
				t.Errorf("log: %+v", last)
			}
		}
	}
}

func TestRevokedSessionsAtResources(t *testing.T) {
	s := NewServer(t)
	a, o := entra(t, s), oidc(t, s)
	able, unable, plain := a.access(tasksRead, "claims", cp1)["access_token"], a.access(tasksRead)["access_token"], o.access(tasksRead)["access_token"]
	before := s.Clock.Now()
	if err := s.RevokeSessions(avery); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(time.Minute)
	status, body, h := a.call("GET", s.API("api"), able)
	claims := claimsIn(t, status, body, h)
	var asked struct {
		Access struct {
			NBF struct {
				Value int64 `json:",string"`
			}
		} `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(claims), &asked); err != nil || asked.Access.NBF.Value < before.Unix() || asked.Access.NBF.Value >= s.Clock.Now().Unix() {
		t.Errorf("claims %s: %v", claims, err)
	}
	if status, _, _ := a.call("GET", s.API("api"), unable); status != 200 {
		t.Errorf("a client that handles no challenges: status %d", status)
	}
	if status, _, _ := o.call("GET", s.API("api"), plain); status != 401 {
		t.Errorf("plain OIDC: status %d", status)
	}
	next := a.access(tasksRead, "claims", claims)["access_token"]
	if status, body, _ := a.call("GET", s.API("api"), next); status != 200 {
		t.Errorf("after the challenge was answered: %d, %v", status, body)
	}
}

func TestRevocationInOtherShapes(t *testing.T) {
	s := NewServer(t)
	for _, a := range []*api{oidc(t, s), b2c(t, s, "")} {
		tokens := a.access(tasksRead)
		a.revoke(tokens)
		status, body, h := a.call("GET", s.API("api"), tokens["access_token"])
		if a.shape == ShapeOIDC && (status != 401 || !strings.Contains(h.Get("WWW-Authenticate"), `error="invalid_token"`)) || a.shape == ShapeB2C && status != 200 {
			t.Errorf("%s: %d, %v", a.shape, status, body)
		}
	}
}

func TestChallengeOnce(t *testing.T) {
	s := NewServer(t)
	a := entra(t, s)
	tokens := a.access(tasksRead)["access_token"]
	claims := `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	for _, tt := range []struct{ who, api, claims, want string }{
		{"nobody", "api", claims, `no user and no app "nobody"`}, {avery, "web", claims, `no API "web"`}, {avery, "api", "[]", "JSON object"},
		{avery, "api", "null", "JSON object"}, {avery, "api", `{"x":"` + strings.Repeat("x", maxChallenge) + `"}`, "4 KB"},
	} {
		if err := s.Challenge(tt.who, tt.api, tt.claims); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	for _, who := range []string{blake, "daemon", "Avery@contoso.test"} {
		if err := s.Challenge(who, "api", claims); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Challenge(avery, "graph", claims); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := a.call("GET", s.API("api"), "x"); status != 401 {
		t.Errorf("status %d", status) // a bad token does not use the challenge up
	}
	status, body, h := a.call("GET", s.API("api"), tokens)
	if got := claimsIn(t, status, body, h); got != claims {
		t.Errorf("claims %s", got)
	}
	if status, body, _ := a.call("GET", s.API("api"), tokens); status != 200 {
		t.Errorf("the second call: %d, %v", status, body)
	}
	daemon := a.mustToken(a.app("daemon"), "grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default")["access_token"]
	for _, want := range []int{401, 200} {
		if status, body, _ := a.call("GET", s.API("api"), daemon); status != want {
			t.Errorf("an app: %d, %v", status, body)
		}
	}
	graph := a.access(graphIDURI + "/User.Read")["access_token"]
	status, body, h = a.call("GET", s.GraphURL()+"/me", graph)
	claimsIn(t, status, body, h)
	if err := s.Challenge("", "api", claims); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{401, 200} {
		if status, _, _ := a.call("GET", s.API("api"), tokens); status != want {
			t.Errorf("anybody: status %d, want %d", status, want)
		}
	}
	var err error
	for range maxChallenges + 1 {
		err = s.Challenge(blake, "api", claims)
	}
	if err == nil {
		t.Error("challenges without end")
	}
}

// withRoutes is the default directory whose api has routes; its first user has an
// authentication context, told to who asks.
func withRoutes(routes ...Route) Directory {
	d := DefaultDirectory()
	d.Users[0].Claims = map[string]any{"acrs": []string{"c1"}}
	for i := range d.Apps {
		if d.Apps[i].Name == "api" {
			d.Apps[i].Routes = routes
		}
		if d.Apps[i].Name == "native" {
			d.Apps[i].Permissions = append(append([]string(nil), d.Apps[i].Permissions...), "api://"+defaultAPI+"/Tasks.Write")
		}
	}
	d.Consents = append(d.Consents, Consent{Client: "native", Scopes: []string{"api://" + defaultAPI + "/Tasks.Write"}})
	return d
}

func TestRoutes(t *testing.T) {
	s := start(t, &Server{Directory: withRoutes(
		Route{Method: "GET", Path: "/admin/*", Roles: []string{"Admin"}},
		Route{Path: "/admin/*", Scopes: []string{"Tasks.Purge"}},
		Route{Method: "POST", Path: "/tasks", Scopes: []string{"Tasks.Write", "Tasks.Purge"}, Roles: []string{"Tasks.Read.All"}},
		Route{Path: "/apps", Roles: []string{"Tasks.Read.All"}},
		Route{Path: "/purge", Scopes: []string{"Tasks.Purge"}, Roles: []string{"Admin"}},
		Route{Path: "/read", Scopes: []string{"Tasks.Read"}},
	)})
	for _, a := range []*api{entra(t, s), oidc(t, s)} {
		read := a.access(tasksRead)["access_token"]
		write := a.access("api://" + defaultAPI + "/Tasks.Write")["access_token"]
		app := a.mustToken(a.app("daemon"), "grant_type", "client_credentials", "scope", daemonScope(a.shape), daemonResource(a.shape), "api://"+defaultAPI)["access_token"]
		for _, tt := range []struct {
			method, path string
			token        any
			status       int
		}{
			{"GET", "/admin/x", read, 200}, {"GET", "/admin/x", app, 403}, {"PUT", "/admin/x", read, 403}, {"PUT", "/admin", read, 200},
			{"GET", "/admin", read, 200}, {"GET", "/adminx", read, 200}, {"POST", "/tasks", read, 403}, {"POST", "/tasks", write, 200},
			{"POST", "/tasks", app, 200}, {"POST", "/tasks/", read, 200}, {"GET", "/tasks", read, 200}, {"GET", "/apps", read, 403}, {"GET", "/apps", app, 200},
			{"GET", "/purge", read, 403}, {"GET", "/read", read, 200}, {"GET", "/read", app, 403},
		} {
			status, body, h := a.call(tt.method, s.API("api")+tt.path, tt.token)
			if status != tt.status || status == 403 && !strings.HasPrefix(h.Get("WWW-Authenticate"), `Bearer realm="api", error="insufficient_scope"`) {
				t.Errorf("%s: %s %s: %d, want %d: %v, %q", a.shape, tt.method, tt.path, status, tt.status, body, h.Get("WWW-Authenticate"))
			}
		}
		if a.shape == ShapeOIDC { // where an app can have a scope for itself
			scoped := a.mustToken(a.app("daemon"), "grant_type", "client_credentials", "scope", tasksRead)["access_token"]
			for path, want := range map[string]int{"/read": 403, "/": 200} {
				if status, body, _ := a.call("GET", s.API("api")+path, scoped); status != want {
					t.Errorf("an app's scope at %s: %d, %v", path, status, body)
				}
			}
		}
		_, _, h := a.call("POST", s.API("api")+"/tasks", read)
		if !strings.HasSuffix(h.Get("WWW-Authenticate"), `, scope="Tasks.Write Tasks.Purge"`) {
			t.Errorf("%s: %q", a.shape, h.Get("WWW-Authenticate"))
		}
	}
}

func TestStepUp(t *testing.T) {
	s := start(t, &Server{Directory: withRoutes(
		Route{Path: "/one", ACRs: []string{"c1"}}, Route{Path: "/two", ACRs: []string{"c2", "c3"}},
		Route{Path: "/strong", ACRs: []string{"pwd", "mfa"}, MaxAge: 60}, Route{Path: "/fresh", MaxAge: 60},
	)})
	a := entra(t, s)
	plain := a.access(tasksRead)["access_token"]
	status, body, h := a.call("GET", s.API("api")+"/one", plain)
	claims := claimsIn(t, status, body, h)
	if claims != `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}` {
		t.Errorf("claims %s", claims)
	}
	better := a.access(tasksRead, "claims", claims)["access_token"]
	if status, body, _ := a.call("GET", s.API("api")+"/one", better); status != 200 {
		t.Errorf("after the step-up: %d, %v", status, body)
	}
	status, body, h = a.call("GET", s.API("api")+"/two", better)
	if got := claimsIn(t, status, body, h); got != `{"access_token":{"acrs":{"essential":true,"values":["c2","c3"]}}}` {
		t.Errorf("claims %s", got)
	}
	daemon := a.mustToken(a.app("daemon"), "grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default")["access_token"]
	if status, body, _ := a.call("GET", s.API("api")+"/one", daemon); status != 403 {
		t.Errorf("an app: %d, %v", status, body)
	}

	o := oidc(t, s)
	good := o.access(tasksRead, "claims", `{"access_token":{"acr":null}}`)["access_token"]
	weak := o.access(tasksRead)["access_token"]
	want := func(path string, token any, parameters string) {
		t.Helper()
		status, body, h := o.call("GET", s.API("api")+path, token)
		challenge := h.Get("WWW-Authenticate")
		switch {
		case parameters == "":
			if status != 200 {
				t.Errorf("%s: %d, %v, %q", path, status, body, challenge)
			}
		case status != 401 || !strings.HasPrefix(challenge, `Bearer realm="api", error="insufficient_user_authentication", `) || !strings.HasSuffix(challenge, parameters):
			t.Errorf("%s: %d, %v, %q", path, status, body, challenge)
		}
	}
	both := `, acr_values="pwd mfa", max_age="60"`
	want("/strong", good, "")
	want("/strong", weak, both)
	want("/fresh", weak, "")
	s.Clock.Advance(2 * time.Minute)
	want("/strong", good, both)
	want("/fresh", weak, `, max_age="60"`)
	if status, _, _ := a.call("GET", s.API("api")+"/fresh", plain); status != 200 {
		t.Errorf("max_age is plain OIDC's: %d", status)
	}
}

func TestChallengeNamesItsAuthority(t *testing.T) {
	s := start(t, &Server{TLS: true})
	for shape, want := range map[string]string{
		ShapeOIDC: "authorization_endpoint", ShapeADFS: "authorization_endpoint", ShapeCIAM: "authorization_endpoint", ShapeEntra: "",
	} {
		for _, a := range every(t, s) {
			if a.shape != shape {
				continue
			}
			if err := s.Challenge(avery, "api", "{}"); err != nil {
				t.Fatal(err)
			}
			status, body, h := a.call("GET", s.API("api"), a.access(tasksRead)["access_token"])
			claimsIn(t, status, body, h)
			uri := s.URL() + "/common/oauth2/v2.0/authorize"
			if want != "" {
				uri = a.endpoint(want)
			}
			if _, err := url.Parse(uri); err != nil || !strings.Contains(h.Get("WWW-Authenticate"), `authorization_uri="`+uri+`"`) {
				t.Errorf("%s: %q, want %s", shape, h.Get("WWW-Authenticate"), uri)
			}
		}
	}
}
