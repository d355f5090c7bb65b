package authoritytest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// raw sends a token request exactly as given.
func (a *api) raw(form, authorization, contentType string) (int, map[string]any, http.Header) {
	a.t.Helper()
	req, err := http.NewRequest("POST", a.endpoint("token_endpoint"), strings.NewReader(form))
	if err != nil {
		a.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	return a.do(req)
}

const formType = "application/x-www-form-urlencoded;charset=utf-8"

func basic(id, secret string) string {
	req := &http.Request{Header: http.Header{}}
	req.SetBasicAuth(id, secret)
	return req.Header.Get("Authorization")
}

func TestClientAuthentication(t *testing.T) {
	d := DefaultDirectory()
	for i := range d.Apps {
		if d.Apps[i].Name == "daemon" {
			d.Apps[i].Secrets = append(d.Apps[i].Secrets, "s+cret: /%&=\u00e9")
		}
		if d.Apps[i].Name == "web" {
			d.Apps[i].AuthMethod = methodPost
		}
	}
	s := start(t, &Server{Directory: d})
	odd := string(s.Directory.App("daemon").Secrets[1])
	web := string(s.Directory.App("web").Secrets[0])
	scope := "api://" + defaultAPI + "/.default"
	cc := func(list ...string) string {
		return pairs(append([]string{"grant_type", "client_credentials"}, list...)...).Encode()
	}
	for _, tt := range []struct {
		name, form, authorization string
		entra, oidc               string // "" = success
	}{
		{"post", cc("client_id", defaultDaemon, "client_secret", odd), "", "", "invalid_client"},
		{"basic", cc(), basic(url.QueryEscape(defaultDaemon), url.QueryEscape(odd)), "", ""},
		{"basic, not form-encoded", cc(), basic(defaultDaemon, odd), "invalid_request", "invalid_request"},
		{"basic and the same client_id", cc("client_id", defaultDaemon), basic(defaultDaemon, url.QueryEscape(odd)), "", ""},
		{"basic and another client_id", cc("client_id", defaultWeb), basic(defaultDaemon, url.QueryEscape(odd)), "invalid_request", "invalid_request"},
		{"basic and post", cc("client_secret", odd), basic(defaultDaemon, url.QueryEscape(odd)), "invalid_request", "invalid_request"},
		{"post, registered so", cc("client_id", defaultWeb, "client_secret", web), "", "", ""},
		{"basic, registered for post", cc(), basic(defaultWeb, web), "invalid_client", "invalid_client"},
		{"wrong secret", cc("client_id", defaultWeb, "client_secret", web+"x"), "", "invalid_client", "invalid_client"},
		{"another's secret", cc("client_id", defaultWeb, "client_secret", odd), "", "invalid_client", "invalid_client"},
		{"empty secret", cc("client_id", defaultWeb, "client_secret", ""), "", "invalid_client", "invalid_client"},
		{"no secret", cc("client_id", defaultWeb), "", "invalid_client", "invalid_client"},
		{"assertion without its type", cc("client_id", defaultWeb, "client_assertion", "a.b.c"), "", "invalid_request", "invalid_request"},
		{"unknown client", cc("client_id", "5d1e7b6d-0a2c-4b8e-9d6f-7c9e1a3b4f56", "client_secret", "x"), "", "unauthorized_client", "invalid_client"},
		{"no client", cc(), "", "invalid_request", "invalid_request"},
		{"another scheme", cc(), "Bearer x", "invalid_request", "invalid_request"},
		{"public client", cc("client_id", defaultNative), "", "invalid_client", "unauthorized_client"},
		{"public client with a secret", cc("client_id", defaultNative, "client_secret", "x"), "", "invalid_client", "invalid_client"},
		{"public client with an empty secret", cc("client_id", defaultNative, "client_secret", ""), "", "invalid_client", "invalid_client"},
		{"page with a secret", cc("client_id", defaultSPA, "client_secret", "x"), "", "invalid_client", "invalid_client"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, a := range []*api{entra(t, s), oidc(t, s)} {
				form, want := tt.form, tt.oidc
				if a.shape == ShapeEntra {
					form, want = form+"&scope="+url.QueryEscape(scope), tt.entra
				}
				status, body, header := a.raw(form, tt.authorization, formType)
				code, _ := body["error"].(string)
				if code != want || (want == "") != (status == 200) {
					t.Errorf("%s: status %d, error %q (%v), want %q", a.shape, status, code, body["error_description"], want)
				}
				if status == 401 && header.Get("WWW-Authenticate") == "" {
					t.Errorf("%s: 401 without WWW-Authenticate", a.shape)
				}
				if header.Get("Cache-Control") != "no-store" || header.Get("Pragma") != "no-cache" {
					t.Errorf("%s: the answer may be stored", a.shape)
				}
			}
		})
	}
}

func TestMalformedTokenRequests(t *testing.T) {
	for _, tt := range []struct {
		name, form, contentType, query string
		want                           string
	}{
		{"empty", "", formType, "", "invalid_request"},
		{"JSON", `{"grant_type":"password"}`, "application/json", "", "invalid_request"},
		{"no content type", "grant_type=password", "", "", "invalid_request"},
		{"bad escape", "grant_type=%zz", formType, "", "invalid_request"},
		{"semicolon", "grant_type=password;a=b", formType, "", "invalid_request"},
		{"no grant", "client_id=" + defaultNative, formType, "", "invalid_request"},
		{"unknown grant", "grant_type=magic&client_id=" + defaultNative, formType, "", "unsupported_grant_type"},
		{"grant twice", "grant_type=password&grant_type=password&client_id=" + defaultNative, formType, "", "invalid_request"},
		{"secret in the URL", "grant_type=refresh_token&refresh_token=x&client_id=" + defaultNative, formType, "client_secret=x", "invalid_request"},
		{"refresh token in the URL", "grant_type=refresh_token&refresh_token=x&client_id=" + defaultNative, formType, "refresh_token=x", "invalid_request"},
		{"client id in the URL", "grant_type=password&username=u&password=p", formType, "client_id=" + defaultNative, "invalid_request"},
		{"claims not JSON", "grant_type=password&username=u&password=p&claims=x&client_id=" + defaultNative, formType, "", "invalid_request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shapes(t, func(t *testing.T, a *api) {
				separator := "?"
				if strings.Contains(a.endpoint("token_endpoint"), "?") {
					separator = "&"
				}
				a.meta["token_endpoint"] = a.endpoint("token_endpoint") + separator + tt.query
				status, body, _ := a.raw(tt.form, "", tt.contentType)
				wantError(t, status, body, 400, tt.want)
			})
		})
	}
}

func TestEntraErrorShape(t *testing.T) {
	a := entra(t, NewServer(t))
	status, body := a.token(a.app("native"), "grant_type", "refresh_token", "refresh_token", "x")
	wantError(t, status, body, 400, "invalid_grant")
	description := body["error_description"].(string)
	for _, want := range []string{"AADSTS70000: ", "Trace ID: " + body["trace_id"].(string), "Correlation ID: " + body["correlation_id"].(string), "Timestamp: " + body["timestamp"].(string)} {
		if !strings.Contains(description, want) {
			t.Errorf("%q lacks %q", description, want)
		}
	}
	if body["error_codes"].([]any)[0] != 70000.0 || body["suberror"] != "bad_token" || !isGUID(body["trace_id"].(string)) {
		t.Errorf("got %v", body)
	}
	if _, err := time.Parse("2006-01-02 15:04:05Z", body["timestamp"].(string)); err != nil {
		t.Error(err)
	}
	o := oidc(t, a.s)
	_, body = o.token(o.app("native"), "grant_type", "refresh_token", "refresh_token", "x")
	if len(body) != 2 || strings.Contains(body["error_description"].(string), "AADSTS") {
		t.Errorf("plain OIDC errors have a code and a description: %v", body)
	}
}

func TestCodeRules(t *testing.T) {
	web := func(a *api, list ...string) string {
		return a.callback(a.s.NewBrowser(), a.app("web"), list...).Get("code")
	}
	for _, tt := range []struct {
		name   string
		list   []string
		client string
		want   string
	}{
		{"no code", []string{"code", "-"}, "web", "invalid_request"},
		{"no redirect URI", []string{"redirect_uri", "-"}, "web", "invalid_request"},
		{"no verifier", []string{"code_verifier", "-"}, "web", "invalid_request"},
		{"unknown code", []string{"code", "x"}, "web", "invalid_grant"},
		{"another redirect URI", []string{"redirect_uri", "http://127.0.0.1:1234/callback/"}, "web", "invalid_grant"},
		{"another port", []string{"redirect_uri", "http://127.0.0.1:1235/callback"}, "web", "invalid_grant"},
		{"another verifier", []string{"code_verifier", testVerifier + "x"}, "web", "invalid_grant"},
		{"the challenge as verifier", []string{"code_verifier", challengeOf(testVerifier)}, "web", "invalid_grant"},
		{"another client", nil, "daemon", "invalid_grant"},
		{"a public client", nil, "native", "invalid_grant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shapes(t, func(t *testing.T, a *api) {
				code := web(a)
				status, body := a.token(a.app(tt.client), append(codeGrant(code), tt.list...)...)
				wantError(t, status, body, 400, tt.want)
				if tt.client != "web" {
					a.redeem(code) // another client's attempt must not cost the right one its code
				}
			})
		})
	}
	t.Run("expired", func(t *testing.T) {
		shapes(t, func(t *testing.T, a *api) {
			code := web(a)
			a.s.Clock.Advance(10*time.Minute - time.Second)
			a.redeem(code)
			code = web(a)
			a.s.Clock.Advance(10 * time.Minute)
			status, body := a.token(a.app("web"), codeGrant(code)...)
			wantError(t, status, body, 400, "invalid_grant")
		})
	})
	t.Run("a failed attempt uses it up", func(t *testing.T) {
		shapes(t, func(t *testing.T, a *api) {
			code := web(a)
			a.token(a.app("web"), append(codeGrant(code), "code_verifier", testVerifier+"x")...)
			status, body := a.token(a.app("web"), codeGrant(code)...)
			wantError(t, status, body, 400, "invalid_grant")
		})
	})
	t.Run("the other shape's", func(t *testing.T) {
		s := NewServer(t)
		o, e := oidc(t, s), entra(t, s)
		status, body := e.token(e.app("web"), codeGrant(web(o))...)
		wantError(t, status, body, 400, "invalid_grant")
	})
	t.Run("second use revokes", func(t *testing.T) {
		shapes(t, func(t *testing.T, a *api) {
			code := web(a)
			tokens := a.redeem(code)
			if status := a.userinfoStatus(tokens["access_token"]); status != 200 {
				t.Fatalf("userinfo before: status %d", status)
			}
			status, body := a.token(a.app("web"), codeGrant(code)...)
			wantError(t, status, body, 400, "invalid_grant")
			status, body = a.token(a.app("web"), "grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string))
			wantError(t, status, body, 400, "invalid_grant")
			if status := a.userinfoStatus(tokens["access_token"]); status != 401 {
				t.Errorf("userinfo after: status %d, want 401", status)
			}
		})
	})
}

func TestVerifierForm(t *testing.T) {
	for verifier, want := range map[string]bool{
		strings.Repeat("a", 42): false, strings.Repeat("a", 43): true, strings.Repeat("a", 128): true, strings.Repeat("a", 129): false,
		strings.Repeat("a", 42) + "+": false, strings.Repeat("-._~", 11): true, strings.Repeat("é", 30): false,
	} {
		if got := verifierMatches(verifier, challengeOf(verifier)); got != want {
			t.Errorf("%q: %v, want %v", verifier, got, want)
		}
	}
}

func TestClientCredentials(t *testing.T) {
	s := NewServer(t)
	e, o := entra(t, s), oidc(t, s)
	daemon, api := s.Directory.App("daemon"), s.Directory.App("api")
	tokens := e.mustToken(daemon, "grant_type", "client_credentials", "scope", "openid offline_access profile "+api.IDURI+"/.default", "client_info", "1")
	for _, name := range []string{"refresh_token", "id_token", "scope", "client_info"} {
		if tokens[name] != nil {
			t.Errorf("Entra sends no %s", name)
		}
	}
	claims := claimsOf(t, tokens["access_token"])
	if claims["aud"] != defaultAPI || claims["idtyp"] != "app" || claims["oid"] != claims["sub"] || claims["azp"] != defaultDaemon || claims["azpacr"] != "1" || claims["scp"] != nil || claims["roles"].([]any)[0] != "Tasks.Read.All" {
		t.Errorf("claims: %v", claims)
	}
	for _, tt := range []struct{ name, tenant, scope, want string }{
		{"no scope", "", "-", "invalid_request"},
		{"single scope", "", api.IDURI + "/Tasks.Read", "invalid_scope"},
		{"two resources", "", api.IDURI + "/.default " + graphIDURI + "/.default", "invalid_scope"},
		{"unknown resource", "", "api://nobody/.default", "invalid_resource"},
		{"common", "common", api.IDURI + "/.default", "invalid_request"},
		{"organizations", "organizations", api.IDURI + "/.default", "invalid_request"},
		{"unknown tenant", "fabrikam.test", api.IDURI + "/.default", "invalid_request"},
	} {
		u := s.Authority(tt.tenant) + "/oauth2/v2.0/token"
		status, body, _ := e.post(u, daemon, pairs("grant_type", "client_credentials", "scope", tt.scope))
		if status != 400 || body["error"] != tt.want {
			t.Errorf("%s: status %d, %v, want %s", tt.name, status, body["error"], tt.want)
		}
	}
	tokens = o.mustToken(daemon, "grant_type", "client_credentials", "resource", api.IDURI)
	claims = claimsOf(t, tokens["access_token"])
	if headerOf(t, tokens["access_token"])["typ"] != "at+jwt" || claims["aud"] != api.IDURI || claims["sub"] != defaultDaemon || claims["client_id"] != defaultDaemon || claims["roles"].([]any)[0] != "Tasks.Read.All" {
		t.Errorf("RFC 9068 claims: %v", claims)
	}
	if tokens["ext_expires_in"] != nil {
		t.Error("plain OIDC has no ext_expires_in")
	}
	if got := o.mustToken(daemon, "grant_type", "client_credentials", "scope", "Tasks.Read"); claimsOf(t, got["access_token"])["scope"] != "Tasks.Read" || got["scope"] != "Tasks.Read" {
		t.Errorf("scope by name: %v", got["scope"])
	}
	status, body := o.token(daemon, "grant_type", "client_credentials", "scope", "openid")
	wantError(t, status, body, 400, "invalid_scope")
}

func TestPassword(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		password := string(a.s.Directory.User(avery).Password)
		grant := func(list ...string) []string {
			return append([]string{"grant_type", "password", "username", avery, "password", password, "scope", "openid offline_access"}, list...)
		}
		tokens := a.mustToken(a.app("native"), grant()...)
		if tokens["id_token"] == nil || tokens["refresh_token"] == nil {
			t.Errorf("got %v", tokens["scope"])
		}
		a.mustToken(a.app("web"), grant()...)
		for _, tt := range []struct {
			name   string
			app    string
			list   []string
			status int
			want   string
		}{
			{"wrong password", "native", []string{"password", "x"}, 400, "invalid_grant"},
			{"unknown user", "native", []string{"username", "x"}, 400, "invalid_grant"},
			{"no password", "native", []string{"password", "-"}, 400, "invalid_request"},
			{"no username", "native", []string{"username", "-"}, 400, "invalid_request"},
			{"no consent", "native", []string{"scope", "openid api://" + defaultAPI + "/Tasks.Write"}, 400, "invalid_grant"},
		} {
			status, body := a.token(a.app(tt.app), grant(tt.list...)...)
			if status != tt.status || body["error"] != tt.want {
				t.Errorf("%s: status %d, %v", tt.name, status, body["error"])
			}
			if tt.name == "no consent" && a.shape == ShapeEntra && body["suberror"] != "consent_required" {
				t.Errorf("suberror is %v", body["suberror"])
			}
		}
		status, body := a.token(a.app("spa"), grant()...)
		if body["error"] != grantNotAllowed.code && body["error"] != grantNotAllowed.entraCode {
			t.Errorf("a page may not use passwords: status %d, %v", status, body["error"])
		}
	})
}

// TestUserDisabledLater disables a user who has tokens.
func TestUserDisabledLater(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		b := a.s.NewBrowser()
		token := a.redeem(a.callback(b, a.app("web")).Get("code"))["refresh_token"]
		code := a.callback(b, a.app("web")).Get("code")
		a.disable(avery)
		status, body := a.refresh(token)
		wantError(t, status, body, 400, "invalid_grant")
		status, body = a.token(a.app("web"), codeGrant(code)...)
		wantError(t, status, body, 400, "invalid_grant")
		if got := a.callback(b, a.app("web"), "prompt", "none").Get("error"); got != "login_required" {
			t.Errorf("single sign-on: %q", got)
		}
		if got := a.pageOf(b); got.name != pageSignIn || got.notice != "This account is disabled." {
			t.Errorf("page %q: %q", got.name, got.notice)
		}
	})
}

// TestAADSTSNumbers checks the numbers that applications branch on.
func TestAADSTSNumbers(t *testing.T) {
	a := entra(t, NewServer(t))
	password := string(a.s.Directory.User(avery).Password)
	for _, tt := range []struct {
		app    App
		list   []string
		number float64
	}{
		{App{ClientID: "5d1e7b6d-0a2c-4b8e-9d6f-7c9e1a3b4f56"}, []string{"grant_type", "client_credentials"}, 700016},
		{App{ClientID: defaultWeb}, []string{"grant_type", "client_credentials"}, 7000218},
		{App{ClientID: defaultWeb, Secrets: []Secret{"x"}}, []string{"grant_type", "client_credentials"}, 7000215},
		{App{ClientID: defaultNative, Secrets: []Secret{"x"}}, []string{"grant_type", "client_credentials"}, 700025},
		{a.app("native"), []string{"grant_type", "x"}, 70003},
		{a.app("native"), []string{"grant_type", "password", "username", avery, "password", "x"}, 50126},
		{a.app("native"), []string{"grant_type", "password", "username", "x", "password", "x"}, 50034},
		{a.app("native"), []string{"grant_type", "password", "username", avery, "password", password, "scope", "Mail.Read"}, 65001},
		{a.app("native"), []string{"grant_type", "password", "username", avery, "password", password, "scope", "X.Read"}, 70011},
		{a.app("native"), []string{"grant_type", grantDevice, "device_code", "x"}, 70018},
		{a.app("daemon"), []string{"grant_type", "client_credentials", "scope", "User.Read"}, 1002012},
		{a.app("daemon"), []string{"grant_type", "client_credentials", "scope", "api://nobody/.default"}, 500011},
	} {
		_, body := a.token(tt.app, tt.list...)
		if codes, _ := body["error_codes"].([]any); len(codes) != 1 || codes[0] != tt.number {
			t.Errorf("%v: %v, want %v", tt.list[:2], body["error_codes"], tt.number)
		}
	}
}

func TestDisabledUser(t *testing.T) {
	d := DefaultDirectory()
	d.Users[0].Disabled = true
	s := start(t, &Server{Directory: d})
	for _, a := range []*api{entra(t, s), oidc(t, s)} {
		status, body := a.token(a.app("native"), "grant_type", "password", "username", avery, "password", string(d.Users[0].Password), "scope", "openid")
		wantError(t, status, body, 400, "invalid_grant")
		if _, err := s.Complete(t.Context(), a.authorizeURL(a.app("web")), avery); err == nil || !strings.Contains(err.Error(), "disabled") {
			t.Errorf("got %v", err)
		}
	}
}
