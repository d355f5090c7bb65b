package authoritytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// every returns all shapes of a server, which needs TLS.
func every(t testing.TB, s *Server) []*api {
	return []*api{entra(t, s), oidc(t, s), b2c(t, s, ""), b2c(t, s, "B2C_1A_Custom"), adfs(t, s), ciam(t, s, "contoso.onmicrosoft.com")}
}

// access signs avery in to the native app and returns the token response for a scope.
func (a *api) access(scope string, list ...string) map[string]any {
	a.t.Helper()
	list = append([]string{"redirect_uri", "http://127.0.0.1:4321", "scope", "openid offline_access " + scope}, list...)
	_, body := a.native(a.code(list...), list...)
	if body["access_token"] == nil {
		a.t.Fatalf("%s: no access token: %v", a.shape, body)
	}
	return body
}

// call calls a resource with a token.
func (a *api) call(method, u string, token any, body ...string) (int, map[string]any, http.Header) {
	a.t.Helper()
	req, err := http.NewRequest(method, u, strings.NewReader(strings.Join(body, "")))
	if err != nil {
		a.t.Fatal(err)
	}
	if text, _ := token.(string); text != "" {
		req.Header.Set("Authorization", "Bearer "+text)
	}
	return a.do(req)
}

// forge signs claims with the server's own key.
func forge(t testing.TB, typ string, claims map[string]any, list ...any) string {
	t.Helper()
	claims = maps.Clone(claims)
	for i := 0; i < len(list); i += 2 {
		if claims[list[i].(string)] = list[i+1]; list[i+1] == nil {
			delete(claims, list[i].(string))
		}
	}
	token, err := signingKeys()[algRS256].sign(typ, claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestAPITakesTokensOfEveryShape(t *testing.T) {
	s := start(t, &Server{TLS: true})
	for _, a := range every(t, s) {
		tokens := a.access(tasksRead)
		status, body, h := a.call("PATCH", s.API("api")+"/tasks/1%20a?access_token=x", tokens["access_token"], "not a form")
		if status != 200 || body["user"] != avery || body["client"] != "native" || body["client_id"] != defaultNative || body["method"] != "PATCH" ||
			body["path"] != "/tasks/1%20a" || body["shape"] != a.shape || body["tenant"] != defaultTenant || body["api"] != "api" {
			t.Errorf("%s: status %d, %v, %q", a.shape, status, body, h.Get("WWW-Authenticate"))
		}
		if scopes, _ := body["scopes"].([]any); !slices.Contains(scopes, any("Tasks.Read")) {
			t.Errorf("%s: scopes %v", a.shape, body["scopes"])
		}
		if roles, _ := body["roles"].([]any); !slices.Contains(roles, any("Admin")) {
			t.Errorf("%s: roles %v", a.shape, body["roles"])
		}
		for _, secret := range s.Secrets() {
			for name, v := range body {
				if v == secret {
					t.Errorf("%s: %s is a secret", a.shape, name)
				}
			}
		}
		list := s.Requests()
		if last := list[len(list)-1]; last.Endpoint != EndpointAPI || last.Shape != a.shape || last.User != avery || last.ClientID != defaultNative || last.Status != 200 {
			t.Errorf("%s: log %+v", a.shape, last)
		}
		if a.shape == ShapeOIDC || a.shape == ShapeB2C || a.shape == ShapeEntra || a.shape == ShapeCIAM {
			daemon := a.mustToken(a.app("daemon"), "grant_type", "client_credentials", "scope", daemonScope(a.shape), daemonResource(a.shape), "api://"+defaultAPI)
			status, body, _ := a.call("GET", s.API(defaultAPI), daemon["access_token"])
			if status != 200 || body["user"] != nil || body["client"] != "daemon" || !slices.Equal(body["roles"].([]any), []any{"Tasks.Read.All"}) {
				t.Errorf("%s: an app: status %d, %v", a.shape, status, body)
			}
		}
	}
}

func daemonScope(shape string) string {
	if shape == ShapeOIDC {
		return "-"
	}
	return "api://" + defaultAPI + "/.default"
}

func daemonResource(shape string) string {
	if shape == ShapeOIDC {
		return "resource"
	}
	return "x-unknown"
}

func TestAPIRefuses(t *testing.T) {
	s := start(t, &Server{TLS: true, Directory: twoTenants()})
	foreignKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	foreign := newSigningKey(algES256, foreignKey, jwk{}, "x")
	foreign.id = signingKeys()[algES256].id
	for _, a := range every(t, s) {
		tokens := a.access(tasksRead)
		good := tokens["access_token"].(string)
		claims, typ := claimsOf(t, good), headerOf(t, good)["typ"].(string)
		id := "jti"
		if claims["jti"] == nil {
			id = "uti"
		}
		strange, err := foreign.sign(typ, claims)
		if err != nil {
			t.Fatal(err)
		}
		now := s.Clock.Now().Unix()
		unsigned := b64([]byte(`{"alg":"none","typ":"`+typ+`"}`)) + "." + strings.Split(good, ".")[1] + "."
		for name, tt := range map[string]struct{ token, why string }{
			"a changed token":       {good[:len(good)-8] + "AAAAAAAA", "no JWT that this server signed"},
			"an unsigned token":     {unsigned, "no JWT that this server signed"},
			"a foreign key":         {strange, "no JWT that this server signed"},
			"opaque":                {"abc", "no JWT that this server signed"},
			"too long":              {strings.Repeat("a", maxResourceToken+1), "longer than 16 KB"},
			"odd characters":        {good + "\"", "a character that tokens cannot have"},
			"an unknown id":         {forge(t, typ, claims, id, "x"), "unknown or was revoked"},
			"no id":                 {forge(t, typ, claims, id, nil), "unknown or was revoked"},
			"another type":          {forge(t, "userinfo+jwt", claims), "not an access token"},
			"another issuer":        {forge(t, typ, claims, "iss", s.URL()), "its issuer"},
			"a v1 issuer":           {forge(t, typ, claims, "iss", s.V1Issuer("")), "its issuer"},
			"no issuer":             {forge(t, typ, claims, "iss", nil), "its issuer"},
			"another audience":      {forge(t, typ, claims, "aud", defaultNative), "for another resource"},
			"no audience":           {forge(t, typ, claims, "aud", nil), "for another resource"},
			"an empty audience":     {forge(t, typ, claims, "aud", ""), "for another resource"},
			"expired":               {forge(t, typ, claims, "exp", now-1), "it has expired"},
			"without end":           {forge(t, typ, claims, "exp", nil), "it has expired"},
			"not valid yet":         {forge(t, typ, claims, "nbf", now+60), "not valid yet"},
			"without permission":    {forge(t, typ, claims, "scp", "x", "scope", "x", "roles", nil), "any scope or role"},
			"another's permissions": {forge(t, typ, claims, "scp", "x", "scope", "api://other/Tasks.Read", "roles", []string{"x"}), "any scope or role"},
		} {
			want := map[bool]int{false: 401, true: 403}[strings.Contains(tt.why, "any scope")]
			if a.shape == ShapeADFS && want == 403 {
				want = 200 // AD FS grants the whole resource
			}
			status, body, h := a.call("GET", s.API("api"), tt.token)
			text, _ := body["error_description"].(string)
			challenge := h.Get("WWW-Authenticate")
			if status != want || want != 200 && (!strings.Contains(text, tt.why) || !strings.HasPrefix(challenge, `Bearer realm="api", error="`+body["error"].(string)+`"`)) {
				t.Errorf("%s: %s: status %d, %v, %q", a.shape, name, status, body, challenge)
			}
		}
		if dialects[a.shape].entra {
			for name, token := range map[string]string{
				"no tenant": forge(t, typ, claims, "tid", nil), "an unknown tenant": forge(t, typ, claims, "tid", consumersTenant),
			} {
				if status, body, _ := a.call("GET", s.API("api"), token); status != 401 || !strings.Contains(body["error_description"].(string), "its tenant") {
					t.Errorf("%s: %s: %d, %v", a.shape, name, status, body)
				}
			}
			if status, body, _ := a.call("GET", s.API("api"), forge(t, typ, claims, "tid", fabrikamID)); status != 401 || !strings.Contains(body["error_description"].(string), "its issuer") {
				t.Errorf("%s: another tenant of the user's: %d, %v", a.shape, status, body)
			}
		}
		if status, body, _ := a.call("GET", s.API("api"), tokens["id_token"]); status != 401 {
			t.Errorf("%s: an ID token: %d, %v", a.shape, status, body)
		}
		if a.shape != ShapeB2C { // there it is for nobody but the API
			graph := a.access(graphIDURI + "/User.Read")["access_token"]
			if status, body, _ := a.call("GET", s.API("api"), graph); status != 401 || !strings.Contains(body["error_description"].(string), "another resource") {
				t.Errorf("%s: a token for Graph: %d, %v", a.shape, status, body)
			}
		}
		s.Clock.Advance(2 * time.Hour)
		if status, _, _ := a.call("GET", s.API("api"), good); status != 401 {
			t.Errorf("%s: after two hours: status %d", a.shape, status)
		}
	}
}

func TestEmptyAudience(t *testing.T) {
	for _, a := range []App{{}, {ClientID: "x"}, {IDURI: "x"}} {
		if a.audience("") {
			t.Errorf("%+v: no audience is its own", a)
		}
	}
}

func TestAPIOfOneTenant(t *testing.T) {
	d := twoTenants()
	for i := range d.Apps {
		d.Apps[i].MultiTenant = d.Apps[i].Name != "api"
	}
	s := start(t, &Server{Directory: d})
	home, guest := entra(t, s), open(t, s, ShapeEntra, s.Issuer(fabrikamID))
	if status, body, _ := home.call("GET", s.API("api"), home.access(tasksRead)["access_token"]); status != 200 {
		t.Errorf("%d, %v", status, body)
	}
	status, body, _ := guest.call("GET", s.API("api"), guest.access(tasksRead)["access_token"])
	if status != 401 || !strings.Contains(body["error_description"].(string), "of another tenant") {
		t.Errorf("a guest of another tenant: %d, %v", status, body)
	}
}

func TestAPIWithoutToken(t *testing.T) {
	a := entra(t, NewServer(t))
	u := a.s.API("api")
	for _, authorization := range []string{"", "Basic YTpi", "Bearer", "Bearer "} {
		req, err := http.NewRequest("GET", u, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", authorization)
		status, body, h := a.do(req)
		if status != 401 || h.Get("WWW-Authenticate") != `Bearer realm="api"` || body["error"] != "invalid_token" {
			t.Errorf("%q: %d, %v, %q", authorization, status, body, h.Get("WWW-Authenticate"))
		}
	}
	req, err := http.NewRequest("GET", u, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header["Authorization"] = []string{"Bearer a", "Bearer b"}
	if status, body, _ := a.do(req); status != 400 || body["error"] != "invalid_request" {
		t.Errorf("two headers: %d, %v", status, body)
	}
	token := a.access(tasksRead)["access_token"]
	for _, path := range []string{"/a/../b", "/%2e%2e/b", "/a%2Fb", "/a%5cb", "/."} {
		if status, body, _ := a.call("GET", u+path, token); status != 400 {
			t.Errorf("%s: %d, %v", path, status, body)
		}
	}
	for _, path := range []string{"/apis/", "/apis/web", "/apis/graph", "/apis/none/x"} {
		if status, _, _ := a.call("GET", a.s.URL()+path, token); status != 404 {
			t.Errorf("%s: status %d", path, status)
		}
	}
	if status, _, _ := a.call("PUT", u, token, strings.Repeat("x", maxBody+1)); status != 413 {
		t.Errorf("a large body: status %d", status)
	}
	for name, want := range map[string]string{"graph": a.s.GraphURL(), "web": "", "none": "", "api": a.s.URL() + "/apis/api"} {
		if got := a.s.API(name); got != want {
			t.Errorf("API(%s) is %q, want %q", name, got, want)
		}
	}
}

func TestAPIWithOddName(t *testing.T) {
	d := DefaultDirectory()
	for i := range d.Apps {
		if d.Apps[i].Name == "api" {
			d.Apps[i].Name = "a/b \"ü\"\r\n?"
		}
	}
	for i := range d.Consents {
		if d.Consents[i].Client == "api" {
			d.Consents[i].Client = defaultAPI
		}
	}
	a := entra(t, start(t, &Server{Directory: d}))
	u := a.s.API(defaultAPI)
	if status, body, _ := a.call("GET", u+"/x", a.access(tasksRead)["access_token"]); status != 200 || body["path"] != "/x" {
		t.Errorf("%s: %d, %v", u, status, body)
	}
	if _, _, h := a.call("GET", u, nil); h.Get("WWW-Authenticate") != `Bearer realm="a/b ??????"` {
		t.Errorf("challenge %q", h.Get("WWW-Authenticate"))
	}
}

func TestAPILetsPagesIn(t *testing.T) {
	a := entra(t, NewServer(t))
	for origin, want := range map[string]string{"http://localhost:3000": "http://localhost:3000", "https://evil.test": ""} {
		for _, method := range []string{"OPTIONS", "GET"} {
			for _, u := range []string{a.s.API("api") + "/x", a.s.GraphURL() + "/me"} {
				req, err := http.NewRequest(method, u, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Origin", origin)
				req.Header.Set("Access-Control-Request-Method", "DELETE")
				req.Header.Set("Access-Control-Request-Headers", "authorization, content-type")
				status, _, h := a.do(req)
				if h.Get("Access-Control-Allow-Origin") != want || method == "OPTIONS" && status != 204 {
					t.Errorf("%s %s from %s: %d, %v", method, u, origin, status, h)
				}
				if want != "" && !strings.Contains(h.Get("Access-Control-Expose-Headers"), "WWW-Authenticate") {
					t.Errorf("pages can't read the challenge: %v", h)
				}
				if want != "" && method == "OPTIONS" && (!strings.Contains(h.Get("Access-Control-Allow-Methods"), "DELETE") || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "authorization")) {
					t.Errorf("preflight: %v", h)
				}
			}
		}
	}
}

func TestVersionOneTokens(t *testing.T) {
	d := twoTenants()
	for i := range d.Apps {
		if d.Apps[i].Kind == KindAPI {
			d.Apps[i].TokenVersion = 1
		}
	}
	s := start(t, &Server{Directory: d})
	a, guest := entra(t, s), open(t, s, ShapeEntra, s.Issuer(fabrikamID))
	token := a.access(tasksRead)["access_token"].(string)
	claims := claimsOf(t, token)
	if claims["iss"] != s.URL()+"/sts/"+defaultTenant+"/" || claims["ver"] != "1.0" || claims["aud"] != "api://"+defaultAPI || claims["appid"] != defaultNative ||
		claims["appidacr"] != "0" || claims["upn"] != avery || claims["unique_name"] != avery || claims["azp"] != nil || claims["preferred_username"] != nil || claims["idp"] != nil {
		t.Errorf("claims: %v", claims)
	}
	if status, body, _ := a.call("GET", s.API("api"), token); status != 200 {
		t.Errorf("%d, %v", status, body)
	}
	if status, body, _ := a.call("GET", s.API("api"), forge(t, "JWT", claims, "iss", s.Issuer(""))); status != 401 {
		t.Errorf("a v2 issuer: %d, %v", status, body)
	}
	claims = claimsOf(t, guest.access(tasksRead)["access_token"])
	if claims["iss"] != s.V1Issuer(fabrikamID) || claims["idp"] != s.V1Issuer("") || claims["upn"] != nil || claims["oid"] != averyFabrikam {
		t.Errorf("a guest: %v", claims)
	}
	daemon := a.mustToken(a.app("daemon"), "grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default")["access_token"]
	claims = claimsOf(t, daemon)
	if claims["appidacr"] != "1" || claims["idp"] != claims["iss"] || claims["unique_name"] != nil || claims["azp"] != nil {
		t.Errorf("an app: %v", claims)
	}
	if status, body, _ := a.call("GET", s.API("api"), daemon); status != 200 || body["client"] != "daemon" {
		t.Errorf("an app: %d, %v", status, body)
	}
	onBehalf := a.mustToken(a.app("api"), "grant_type", grantJWTBearer, "requested_token_use", "on_behalf_of", "scope", graphIDURI+"/User.Read", "assertion", token)
	if status, body, _ := a.call("GET", s.GraphURL()+"/me", onBehalf["access_token"]); status != 200 {
		t.Errorf("on behalf of the user: %d, %v", status, body)
	}
	if claims := claimsOf(t, onBehalf["access_token"]); claims["aud"] != graphClientID || claims["ver"] != "1.0" {
		t.Errorf("Graph's version 1: %v", claims)
	}
	graph := a.access(graphIDURI + "/User.Read")["access_token"]
	if status := a.userinfoStatus(graph); status != 200 {
		t.Errorf("userinfo: %d", status)
	}
	if claims := claimsOf(t, oidc(t, s).access(tasksRead)["access_token"]); claims["ver"] != nil || claims["iss"] != s.OIDCIssuer() {
		t.Errorf("plain OIDC has versions: %v", claims)
	}
}

func TestDirectoryRoutes(t *testing.T) {
	for name, change := range map[string]func(api, web *App){
		"no scope \"x\"": func(api, _ *App) { api.Routes = []Route{{Scopes: []string{"x"}}} },
		"no role \"x\"":  func(api, _ *App) { api.Routes = []Route{{Roles: []string{"x"}}} },
		"a slash":        func(api, _ *App) { api.Routes = []Route{{Path: "x"}} },
		"an acr":         func(api, _ *App) { api.Routes = []Route{{ACRs: []string{"a b"}}} },
		"negative":       func(api, _ *App) { api.Routes = []Route{{MaxAge: -1}} },
		"kind api":       func(_, web *App) { web.Routes = []Route{{}} },
		"token_version":  func(api, _ *App) { api.TokenVersion = 3 },
		"userinfo_sign":  func(_, web *App) { web.UserinfoSigningAlg = "none" },
		"must be https":  func(_, web *App) { web.BackChannelLogoutURI = "http://rp.contoso.test/x" },
		"no fragment":    func(_, web *App) { web.FrontChannelLogoutURI = "https://rp.contoso.test/#x" },
		"must be http":   func(_, web *App) { web.FrontChannelLogoutURI = "javascript:x" },
	} {
		d := DefaultDirectory()
		var api, web *App
		for i := range d.Apps {
			switch d.Apps[i].Name {
			case "api":
				api = &d.Apps[i]
			case "web":
				web = &d.Apps[i]
			}
		}
		change(api, web)
		if err := d.check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzBearerHeader(f *testing.F) {
	for _, text := range []string{"", "Bearer", "Bearer ", "bearer a.b.c", "Bearer  a", "Basic a", "Bearer a b", "Bearer a==", "Bearer \x00", "Bearer ü"} {
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, twice bool) {
		values := []string{text}
		if twice {
			values = append(values, text)
		}
		token, k := bearerHeader(values)
		switch {
		case k != nil && token != "", twice && k == nil:
			t.Errorf("%q: token %q", text, token)
		case token != "" && (strings.ContainsAny(token, " \t\r\n\"\\,;") || !strings.HasSuffix(strings.TrimRight(text, " "), token)):
			t.Errorf("%q: token %q", text, token)
		}
	})
}

func FuzzResources(f *testing.F) {
	s := NewServer(f)
	a := entra(f, s)
	api, graph := a.access(tasksRead)["access_token"].(string), a.access(graphIDURI + "/User.Read")["access_token"].(string)
	f.Add("GET", "/apis/api/tasks", "a=b", "Bearer "+api, "")
	f.Add("OPTIONS", "/apis/a%2Fb", "", "", "")
	f.Add("GET", "/v1.0/me/memberOf", "$top=1&$skiptoken=9", "Bearer "+graph, "")
	f.Add("POST", "/v1.0/users/"+avery+"/getMemberObjects", "", "Bearer "+graph, `{"securityEnabledOnly":true}`)
	f.Add("GET", "/v1.0/me", "$select=id,mail", "Bearer "+graph, "")
	f.Add("TRACE", "/v1.0//", "%", "Bearer x", "x")
	f.Fuzz(func(t *testing.T, method, path, query, authorization, body string) {
		u, err := url.Parse(s.URL() + path)
		if err != nil || !strings.HasPrefix(path, "/") {
			return
		}
		u.RawQuery = query
		req, err := http.NewRequest(method, u.String(), strings.NewReader(body))
		if err != nil {
			return
		}
		req.Header.Set("Authorization", authorization)
		text, err := io.ReadAll(fuzzed(t, s, req).Body)
		if err != nil || strings.Contains(string(text), api) || strings.Contains(string(text), graph) {
			t.Errorf("the answer has the token, or none came: %v", err)
		}
	})
}
