package authoritytest

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// about asks the revocation or the introspection endpoint as an app.
func (a *api) about(endpoint string, app App, list ...string) (int, map[string]any) {
	a.t.Helper()
	status, body, _ := a.post(a.endpoint(endpoint), app, pairs(list...))
	return status, body
}

func TestRevocationEndpoint(t *testing.T) {
	a := oidc(t, NewServer(t))
	native, web := a.app("native"), a.app("web")
	api := a.s.API("api")
	if methods, _ := a.meta["revocation_endpoint_auth_methods_supported"].([]any); !slices.Contains(methods, any("none")) || !slices.Contains(methods, any("client_secret_basic")) {
		t.Errorf("methods: %v", methods)
	}
	tokens := a.access(tasksRead)
	access, refresh := tokens["access_token"].(string), tokens["refresh_token"].(string)
	// Another client's attempt changes nothing.
	for _, token := range []string{access, refresh} {
		status, body := a.about("revocation_endpoint", web, "token", token)
		wantError(t, status, body, 400, "invalid_grant")
	}
	if status, body, _ := a.call("GET", api, access); status != 200 {
		t.Fatalf("%d, %v", status, body)
	}
	// An access token alone.
	if status, body := a.about("revocation_endpoint", native, "token", access, "token_type_hint", "refresh_token"); status != 200 || body["text"] != "" {
		t.Errorf("%d, %v", status, body)
	}
	if status, _, _ := a.call("GET", api, access); status != 401 {
		t.Errorf("a revoked access token: status %d", status)
	}
	next := a.mustToken(native, "grant_type", "refresh_token", "refresh_token", refresh)
	access, refresh = next["access_token"].(string), next["refresh_token"].(string)
	if status, _, _ := a.call("GET", api, access); status != 200 {
		t.Errorf("status %d", status)
	}
	// A refresh token with all that came from it.
	if status, _ := a.about("revocation_endpoint", native, "token", refresh, "token_type_hint", "nonsense"); status != 200 {
		t.Errorf("status %d", status)
	}
	status, body := a.token(native, "grant_type", "refresh_token", "refresh_token", refresh)
	wantError(t, status, body, 400, "invalid_grant")
	if status, _, _ := a.call("GET", api, access); status != 401 {
		t.Errorf("the access token of a revoked grant: status %d", status)
	}
	for _, token := range []string{refresh, access, "x", tokens["id_token"].(string)} {
		if status, _ := a.about("revocation_endpoint", native, "token", token); status != 200 {
			t.Errorf("what is no token any more: status %d", status)
		}
	}
	status, body = a.about("revocation_endpoint", native)
	wantError(t, status, body, 400, "invalid_request")
	wrong := web
	wrong.Secrets = []Secret{"wrong"}
	status, body = a.about("revocation_endpoint", wrong, "token", "x")
	wantError(t, status, body, 401, "invalid_client")
	status, body, _ = a.post(a.endpoint("revocation_endpoint")+"?token=x", native, pairs("token", "x"))
	wantError(t, status, body, 400, "invalid_request")
	if status, _, _ := a.get(a.endpoint("revocation_endpoint")); status != 405 {
		t.Errorf("GET: status %d", status)
	}
	entraTokens := entra(t, a.s).access(tasksRead)
	if status, _ := a.about("revocation_endpoint", native, "token", entraTokens["access_token"].(string)); status != 200 {
		t.Errorf("a token of another issuer: status %d", status)
	}
	status, body = a.about("revocation_endpoint", native, "token", entraTokens["refresh_token"].(string))
	wantError(t, status, body, 400, "invalid_grant")
	if status, _, _ := a.call("GET", api, entraTokens["access_token"]); status != 200 {
		t.Errorf("a token of another issuer was revoked: status %d", status)
	}
	list := a.s.Requests()
	if !slices.ContainsFunc(list, func(r Request) bool { return r.Endpoint == EndpointRevocation && r.ClientID == defaultNative }) {
		t.Error("the log has no revocation")
	}
}

func TestIntrospectionEndpoint(t *testing.T) {
	s := NewServer(t)
	a := oidc(t, s)
	native, web, api, daemon := a.app("native"), a.app("web"), a.app("api"), a.app("daemon")
	methods, _ := a.meta["introspection_endpoint_auth_methods_supported"].([]any)
	if !slices.Contains(methods, any("client_secret_basic")) || slices.Contains(methods, any("none")) {
		t.Errorf("methods: %v", methods)
	}
	status, tokens := 0, a.signIn("scope", "openid offline_access "+tasksRead)
	access, refresh := tokens["access_token"].(string), tokens["refresh_token"].(string)
	claims := claimsOf(t, access)
	for _, asking := range []App{web, api} {
		status, body := a.about("introspection_endpoint", asking, "token", access)
		if status != 200 || body["active"] != true || body["client_id"] != web.ClientID || body["username"] != avery || body["token_type"] != "Bearer" || body["sub"] != claims["sub"] ||
			body["aud"] != "api://"+defaultAPI || body["iss"] != s.OIDCIssuer() || body["exp"] != claims["exp"] || body["iat"] != claims["iat"] || body["jti"] != claims["jti"] || body["auth_time"] == nil ||
			!hasWord(body["scope"].(string), tasksRead) {
			t.Errorf("%s asks: %d, %v", asking.Name, status, body)
		}
	}
	status, body := a.about("introspection_endpoint", web, "token", refresh, "token_type_hint", "refresh_token")
	if status != 200 || body["active"] != true || body["username"] != avery || body["client_id"] != web.ClientID || body["token_type"] != nil || body["sub"] != claims["sub"] {
		t.Errorf("a refresh token: %d, %v", status, body)
	}
	inactive := func(why string, asking App, token any) {
		t.Helper()
		status, body := a.about("introspection_endpoint", asking, "token", token.(string))
		if status != 200 || body["active"] != false || len(body) != 1 {
			t.Errorf("%s: %d, %v", why, status, body)
		}
	}
	inactive("an app that it does not concern", daemon, access)
	inactive("the API asks for the client's refresh token", api, refresh)
	inactive("an ID token", web, tokens["id_token"])
	inactive("nonsense", web, "x")
	inactive("a changed token", web, access[:len(access)-8]+"AAAAAAAA")
	inactive("another issuer's token", web, entra(t, s).signIn("scope", "openid "+tasksRead)["access_token"])
	inactive("another issuer's refresh token", web, entra(t, s).signIn()["refresh_token"])
	inactive("a claimed issuer", web, forge(t, "at+jwt", claims, "iss", s.URL()))
	inactive("an unknown id", web, forge(t, "at+jwt", claims, "jti", "x"))
	next := a.mustToken(web, "grant_type", "refresh_token", "refresh_token", refresh)
	inactive("a rotated refresh token", web, refresh)
	app := a.mustToken(daemon, "grant_type", "client_credentials", "resource", "api://"+defaultAPI)["access_token"].(string)
	if _, body := a.about("introspection_endpoint", api, "token", app); body["active"] != true || body["username"] != nil || body["sub"] != daemon.ClientID {
		t.Errorf("an app's token: %v", body)
	}
	status, body = a.about("introspection_endpoint", native, "token", access)
	wantError(t, status, body, 401, "invalid_client")
	status, body = a.about("introspection_endpoint", web)
	wantError(t, status, body, 400, "invalid_request")
	wrong := api
	wrong.Secrets = []Secret{"wrong"}
	status, body = a.about("introspection_endpoint", wrong, "token", access)
	wantError(t, status, body, 401, "invalid_client")

	other := a.signIn("scope", "openid offline_access "+tasksRead)
	a.about("revocation_endpoint", web, "token", other["refresh_token"].(string))
	inactive("an access token of a revoked grant", web, other["access_token"])
	inactive("a revoked refresh token", web, other["refresh_token"])
	s.Clock.Advance(2 * time.Hour)
	inactive("an expired access token", web, access)
	s.Clock.Advance(91 * 24 * time.Hour)
	inactive("an expired refresh token", web, next["refresh_token"])
}

func TestSignedUserinfo(t *testing.T) {
	d := DefaultDirectory()
	for i := range d.Apps {
		d.Apps[i].UserinfoSigningAlg = map[string]string{"web": algES256}[d.Apps[i].Name]
	}
	s := start(t, &Server{Directory: d})
	a := oidc(t, s)
	tokens := a.signIn("scope", "openid profile")
	_, body, h := a.userinfo(tokens["access_token"])
	token, _ := body["text"].(string)
	claims := claimsOf(t, token)
	if h.Get("Content-Type") != "application/jwt" || headerOf(t, token)["alg"] != "ES256" || claims["iss"] != s.OIDCIssuer() || claims["aud"] != defaultWeb ||
		claims["sub"] != claimsOf(t, tokens["id_token"])["sub"] || claims["name"] != "Avery Howard" {
		t.Errorf("%v, %v", h, claims)
	}
	if p := a.logout(s.NewBrowser(), "id_token_hint", token); p.name != pageFailure {
		t.Error("userinfo passes for an ID token")
	}
	if status, body, _ := a.userinfo(a.access("profile")["access_token"]); status != 200 || body["name"] != "Avery Howard" {
		t.Errorf("another app's: %d, %v", status, body)
	}
	e := entra(t, s)
	if _, body, _ := e.userinfo(e.signIn("scope", "openid profile")["access_token"]); body["name"] != "Avery Howard" {
		t.Errorf("Entra signs userinfo: %v", body)
	}
}

func TestOnlyPlainOIDCRevokesAndIntrospects(t *testing.T) {
	s := start(t, &Server{TLS: true})
	for _, a := range every(t, s) {
		is := a.shape == ShapeOIDC
		for _, name := range []string{"revocation_endpoint", "introspection_endpoint", "backchannel_logout_supported", "backchannel_logout_session_supported", "frontchannel_logout_session_supported", "userinfo_signing_alg_values_supported"} {
			if (a.meta[name] != nil) != is {
				t.Errorf("%s: %s is %v", a.shape, name, a.meta[name])
			}
		}
		if (a.meta["frontchannel_logout_supported"] == true) == (a.shape == ShapeB2C) {
			t.Errorf("%s: front-channel logout: %v", a.shape, a.meta["frontchannel_logout_supported"])
		}
	}
}

func FuzzAboutToken(f *testing.F) {
	s := NewServer(f)
	a, web := oidc(f, s), s.Directory.App("web")
	tokens := a.signIn("scope", "openid offline_access "+tasksRead)
	authorization := basic(web.ClientID, string(web.Secrets[0]))
	for _, name := range []string{"access_token", "refresh_token", "id_token"} {
		f.Add(false, pairs("token", tokens[name].(string), "token_type_hint", "x").Encode(), authorization)
		f.Add(true, pairs("token", tokens[name].(string), "client_id", defaultNative).Encode(), "")
	}
	f.Add(false, "token=a.b.c&token=x", "Basic x")
	f.Add(true, "token=%", "")
	f.Fuzz(func(t *testing.T, revoke bool, form, authorization string) {
		u := s.URL() + oidcIntrospection
		if revoke {
			u = s.URL() + oidcRevocation
		}
		req, err := http.NewRequest("POST", u, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", formType)
		if authorization != "" {
			req.Header.Set("Authorization", authorization)
		}
		fuzzed(t, s, req)
	})
}
