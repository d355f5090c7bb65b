package authoritytest

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	tasksRead = "api://" + defaultAPI + "/Tasks.Read"
	localhost = "http://localhost:4321"
)

func b2c(t testing.TB, s *Server, policy string) *api {
	return open(t, s, ShapeB2C, s.B2CAuthority(policy)+"/v2.0")
}
func adfs(t testing.TB, s *Server) *api { return open(t, s, ShapeADFS, s.ADFSAuthority()) }
func ciam(t testing.TB, s *Server, tenant string) *api {
	return open(t, s, ShapeCIAM, s.CIAMAuthority(tenant)+"/v2.0")
}

// code signs a user of the native app in and returns the code.
func (a *api) code(list ...string) string {
	a.t.Helper()
	p := a.callback(a.s.NewBrowser(), a.app("native"), append([]string{"redirect_uri", localhost}, list...)...)
	if p.Get("code") == "" {
		a.t.Fatalf("no code: %v", p)
	}
	return p.Get("code")
}

// native redeems such a code.
func (a *api) native(code string, list ...string) (int, map[string]any) {
	a.t.Helper()
	return a.token(a.app("native"), append(append(codeGrant(code), "redirect_uri", localhost, "client_info", "1"), list...)...)
}

func TestB2CDiscovery(t *testing.T) {
	s := NewServer(t)
	base, shared := s.URL()+"/", s.URL()+"/"+defaultTenant+"/v2.0/"
	for _, tt := range []struct{ authority, issuer, at string }{
		{s.B2CAuthority(""), shared, "contoso.test/b2c_1_signin"},
		{s.B2CAuthority("b2c_1_SIGNIN"), shared, "contoso.test/b2c_1_signin"},
		{s.B2CAuthority("B2C_1_profile"), shared, "contoso.test/b2c_1_profile"},
		{s.B2CAuthority("B2C_1A_Custom"), base + "tfp/" + defaultTenant + "/b2c_1a_custom/v2.0/", "contoso.test/b2c_1a_custom"},
		{base + "tfp/" + defaultTenant + "/B2C_1_signin", shared, defaultTenant + "/b2c_1_signin"},
	} {
		a := open(t, s, ShapeB2C, tt.authority+"/v2.0")
		if a.meta["issuer"] != tt.issuer {
			t.Errorf("%s: issuer %v, want %s", tt.authority, a.meta["issuer"], tt.issuer)
		}
		for name, end := range map[string]string{
			"authorization_endpoint": "/oauth2/v2.0/authorize", "token_endpoint": "/oauth2/v2.0/token",
			"jwks_uri": "/discovery/v2.0/keys", "end_session_endpoint": "/oauth2/v2.0/logout",
		} {
			if want := base + tt.at + end; a.endpoint(name) != want {
				t.Errorf("%s is %s, want %s", name, a.endpoint(name), want)
			}
		}
		if a.meta["device_authorization_endpoint"] != nil || a.meta["userinfo_endpoint"] != nil {
			t.Error("B2C has no device flow and no userinfo")
		}
		_, keys, _ := a.get(a.endpoint("jwks_uri"))
		for _, key := range keys["keys"].([]any) {
			if key.(map[string]any)["issuer"] != nil {
				t.Error("a key of B2C names no issuer")
			}
		}
	}
	a := b2c(t, s, "")
	for path, want := range map[string]int{
		"contoso.test/B2C_1_gone/v2.0":        400,
		"fabrikam.test/B2C_1_signin/v2.0":     400,
		"common/B2C_1_signin/v2.0":            400,
		"contoso.test/signin/v2.0":            404,
		"contoso.test/B2C_1_/x/v2.0":          404,
		"contoso.test/B2C_1_signin":           404,
		"x/tfp/contoso.test/B2C_1_signin":     404,
		"contoso.test/tfp/B2C_1_signin/v2.0":  404,
		"contoso.test/B2C_1_signin%2f../v2.0": 404,
	} {
		if status, _, _ := a.get(base + path + discoverySuffix); status != want {
			t.Errorf("%s: status %d, want %d", path, status, want)
		}
	}
}

func TestB2CSignIn(t *testing.T) {
	s := NewServer(t)
	a := b2c(t, s, "")
	user := s.Directory.User(avery)
	_, only := a.native(a.code())
	for _, name := range []string{"access_token", "expires_in", "expires_on", "resource", "scope"} {
		if only[name] != nil {
			t.Errorf("asked for openid only, the answer has %s: %v", name, only[name])
		}
	}
	claims := claimsOf(t, only["id_token"])
	if claims["iss"] != a.meta["issuer"] || claims["tfp"] != "B2C_1_signin" || claims["sub"] != user.ObjectID || claims["oid"] != user.ObjectID ||
		claims["nonce"] != "the nonce" || claims["ver"] != "1.0" {
		t.Errorf("ID token: %v", claims)
	}
	for _, name := range []string{"tid", "preferred_username", "upn", "email", "acr", "at_hash"} {
		if claims[name] != nil {
			t.Errorf("the ID token has %s: %v", name, claims[name])
		}
	}
	if emails, _ := claims["emails"].([]any); len(emails) != 1 || emails[0] != avery {
		t.Errorf("emails: %v", claims["emails"])
	}
	info, err := base64.RawURLEncoding.DecodeString(only["client_info"].(string))
	if want := `{"uid":"` + user.ObjectID + `-b2c_1_signin","utid":"` + defaultTenant + `"}`; err != nil || string(info) != want {
		t.Errorf("client_info %s, want %s", info, want)
	}

	next := a.mustToken(a.app("native"), "grant_type", "refresh_token", "refresh_token", only["refresh_token"].(string), "scope", "openid offline_access "+tasksRead)
	access := claimsOf(t, next["access_token"])
	if next["scope"] != tasksRead || next["expires_in"] == nil || next["not_before"] == nil || next["resource"] != defaultAPI {
		t.Errorf("answer: %v", next)
	}
	if access["aud"] != defaultAPI || access["scp"] != "Tasks.Read" || access["azp"] != defaultNative || access["iss"] != a.meta["issuer"] || headerOf(t, next["access_token"])["typ"] != "JWT" {
		t.Errorf("access token: %v", access)
	}
	custom := b2c(t, s, "B2C_1A_Custom")
	_, answer := custom.native(custom.code("scope", "openid "+tasksRead), "scope", "openid "+tasksRead)
	for _, token := range []string{"id_token", "access_token"} {
		claims := claimsOf(t, answer[token])
		if claims["acr"] != "b2c_1a_custom" || claims["tfp"] != nil || claims["iss"] != custom.meta["issuer"] {
			t.Errorf("%s of a custom policy: %v", token, claims)
		}
	}
}

// What one policy gave is worth nothing at another.
func TestB2CPoliciesAreApart(t *testing.T) {
	s := NewServer(t)
	signin, profile := b2c(t, s, "B2C_1_signin"), b2c(t, s, "B2C_1_profile")
	code := signin.code()
	status, body := profile.native(code)
	wantError(t, status, body, 400, "invalid_grant")
	if text := body["error_description"].(string); !strings.HasPrefix(text, "AADB2C90088: ") || !strings.Contains(text, "b2c_1_profile\r\nCorrelation ID: ") || body["error_codes"] != nil {
		t.Errorf("error: %v", body)
	}
	status, answer := signin.native(code)
	if status != 200 {
		t.Fatalf("the attempt spent the code: %v", answer)
	}
	status, body = profile.token(profile.app("native"), "grant_type", "refresh_token", "refresh_token", answer["refresh_token"].(string))
	wantError(t, status, body, 400, "invalid_grant")
	signin.mustToken(signin.app("native"), "grant_type", "refresh_token", "refresh_token", answer["refresh_token"].(string))
	entraAPI := entra(t, s)
	status, body = entraAPI.token(entraAPI.app("native"), "grant_type", "refresh_token", "refresh_token", answer["refresh_token"].(string))
	wantError(t, status, body, 400, "invalid_grant")
}

func TestB2CRefusals(t *testing.T) {
	s := NewServer(t)
	a := b2c(t, s, "")
	daemon := a.app("daemon")
	for _, tt := range []struct {
		code, number string
		app          App
		list         []string
	}{
		{"unsupported_grant_type", "AADB2C90086", a.app("native"), []string{"grant_type", "password", "username", avery, "password", "x"}},
		{"unsupported_grant_type", "AADB2C90086", a.app("native"), []string{"grant_type", grantDevice, "device_code", "x"}},
		{"unsupported_grant_type", "AADB2C90086", a.app("api"), []string{"grant_type", grantJWTBearer, "assertion", "x"}},
		{"invalid_client", "AADB2C90081", daemon, []string{"grant_type", "client_credentials", "client_secret", "wrong", "scope", "api://" + defaultAPI + "/.default"}},
		{"invalid_request", "", daemon, []string{"grant_type", "client_credentials", "resource", "api://" + defaultAPI}},
		{"invalid_scope", "AADB2C90117", a.app("native"), []string{"grant_type", "authorization_code", "code", a.code(), "redirect_uri", localhost, "code_verifier", testVerifier, "scope", "Tasks.Read"}},
		{"invalid_grant", "AADB2C90205", a.app("native"), []string{"grant_type", "authorization_code", "code", a.code(), "redirect_uri", localhost, "code_verifier", testVerifier, "scope", "api://" + defaultAPI + "/Tasks.Write"}},
	} {
		status, body := a.token(tt.app, tt.list...)
		wantError(t, status, body, 400, tt.code)
		if text, _ := body["error_description"].(string); !strings.HasPrefix(text, tt.number) {
			t.Errorf("%s: %q, want %s", tt.code, text, tt.number)
		}
	}
	answer := a.mustToken(daemon, "grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default")
	if claims := claimsOf(t, answer["access_token"]); claims["tfp"] != "B2C_1_signin" || claims["iss"] != a.meta["issuer"] {
		t.Errorf("an app's token: %v", claims)
	}
	p := a.callback(s.NewBrowser(), a.app("native"), "redirect_uri", localhost, "scope", "openid api://"+defaultAPI+"/Tasks.Write")
	if p.Get("error") != "access_denied" {
		t.Errorf("users of B2C are not asked for consent: %v", p)
	}
	page, body, _ := a.get(a.authorizeURL(a.app("native"), "redirect_uri", "https://evil.test/"))
	if page != 400 || !strings.Contains(body["text"].(string), "redirect_uri_mismatch") {
		t.Errorf("an unregistered redirect URI: status %d", page)
	}
}

func TestADFSDiscovery(t *testing.T) {
	s := NewServer(t)
	a := adfs(t, s)
	at := s.URL() + "/adfs"
	for name, want := range map[string]string{
		"issuer": at, "access_token_issuer": strings.Replace(at, "https:", "http:", 1) + "/services/trust", "authorization_endpoint": at + "/oauth2/authorize/",
		"token_endpoint": at + "/oauth2/token/", "device_authorization_endpoint": at + "/oauth2/devicecode", "userinfo_endpoint": at + "/userinfo",
		"jwks_uri": at + "/discovery/keys", "end_session_endpoint": at + "/oauth2/logout",
	} {
		if a.meta[name] != want {
			t.Errorf("%s is %v, want %s", name, a.meta[name], want)
		}
	}
	scopes, _ := a.meta["scopes_supported"].([]any)
	if slices.Contains(scopes, any("offline_access")) {
		t.Errorf("scopes_supported: %v", scopes)
	}
	for _, path := range []string{"/adfs", "/adfs/" + discoverySuffix, "/ADFS" + discoverySuffix, "/contoso.test/adfs" + discoverySuffix} {
		if status, _, _ := a.get(s.URL() + path); status != 404 {
			t.Errorf("%s: status %d", path, status)
		}
	}
}

func TestADFSSignIn(t *testing.T) {
	s := NewServer(t)
	a := adfs(t, s)
	_, answer := a.native(a.code("scope", "openid offline_access", "resource", "api://"+defaultAPI), "resource", "api://"+defaultAPI)
	claims, access := claimsOf(t, answer["id_token"]), claimsOf(t, answer["access_token"])
	if answer["token_type"] != "bearer" || answer["resource"] != "api://"+defaultAPI || answer["client_info"] != nil || answer["refresh_token_expires_in"] == nil {
		t.Errorf("answer: %v", answer)
	}
	if claims["iss"] != s.ADFSAuthority() || claims["upn"] != avery || claims["unique_name"] != `CONTOSO\avery` || claims["nonce"] != "the nonce" {
		t.Errorf("ID token: %v", claims)
	}
	for _, name := range []string{"tid", "oid", "name", "preferred_username", "sid"} {
		if claims[name] != nil {
			t.Errorf("the ID token has %s", name)
		}
	}
	if access["iss"] != a.meta["access_token_issuer"] || access["aud"] != "api://"+defaultAPI || access["appid"] != defaultNative || access["apptype"] != "Public" {
		t.Errorf("access token: %v", access)
	}
	if a.userinfoStatus(answer["access_token"]) != 401 {
		t.Error("userinfo takes a token for an API")
	}
	old := answer["refresh_token"].(string)
	for range 2 {
		next := a.mustToken(a.app("native"), "grant_type", "refresh_token", "refresh_token", old, "scope", "openid")
		if next["refresh_token"] != nil || claimsOf(t, next["access_token"])["aud"] != userinfoAudience {
			t.Errorf("refresh: %v", next)
		}
		if claimsOf(t, next["id_token"])["sub"] != claims["sub"] {
			t.Error("the refresh is for another user")
		}
		status, body, _ := a.userinfo(next["access_token"])
		if status != 200 || body["sub"] != claims["sub"] || body["name"] != nil {
			t.Errorf("userinfo: %d, %v", status, body)
		}
	}
	next := a.mustToken(a.app("native"), "grant_type", "refresh_token", "refresh_token", old, "scope", "openid "+graphIDURI+"/User.Read")
	if next["resource"] != graphIDURI {
		t.Errorf("a refresh for another API: %v", next)
	}
	s.Clock.Advance(91 * 24 * time.Hour)
	status, body := a.token(a.app("native"), "grant_type", "refresh_token", "refresh_token", old)
	wantError(t, status, body, 400, "invalid_grant")
}

func TestADFSRefusals(t *testing.T) {
	s := NewServer(t)
	a := adfs(t, s)
	native, daemon := a.app("native"), a.app("daemon")
	password := []string{"grant_type", "password", "username", avery, "password", string(s.Directory.User(avery).Password)}
	for _, tt := range []struct {
		code, number string
		app          App
		list         []string
	}{
		{"invalid_grant", "MSIS9659", native, []string{"grant_type", "password", "username", avery, "password", "x"}},
		{"invalid_grant", "MSIS9612", native, []string{"grant_type", "authorization_code", "code", "x", "redirect_uri", localhost, "code_verifier", testVerifier}},
		{"invalid_client", "MSIS9622", daemon, []string{"grant_type", "client_credentials", "client_secret", "wrong"}},
		{"invalid_resource", "MSIS9602", native, append(slices.Clone(password), "resource", "api://unknown")},
		{"invalid_scope", "", native, append(slices.Clone(password), "scope", "Tasks.Read")},
		{"invalid_scope", "", native, append(slices.Clone(password), "scope", "api://"+defaultAPI+"/.default")},
		{"unsupported_grant_type", "", a.app("api"), []string{"grant_type", grantJWTBearer, "assertion", "x"}},
	} {
		status, body := a.token(tt.app, tt.list...)
		wantError(t, status, body, 400, tt.code)
		if text, _ := body["error_description"].(string); !strings.HasPrefix(text, tt.number) {
			t.Errorf("%s: %q, want %s", tt.code, text, tt.number)
		}
	}
	form := url.Values{"grant_type": {"client_credentials"}, "resource": {"api://" + defaultAPI, graphIDURI}}
	status, body, _ := a.post(a.endpoint("token_endpoint"), daemon, form)
	wantError(t, status, body, 400, "invalid_request")
	answer := a.mustToken(daemon, "grant_type", "client_credentials", "resource", "api://"+defaultAPI)
	claims := claimsOf(t, answer["access_token"])
	if claims["apptype"] != "Confidential" || claims["appid"] != daemon.ClientID || !slices.Equal(claims["roles"].([]any), []any{"Tasks.Read.All"}) {
		t.Errorf("an app's token: %v", claims)
	}
	withScope := a.mustToken(native, append(slices.Clone(password), "scope", "openid "+tasksRead)...)
	if claimsOf(t, withScope["access_token"])["scp"] != "Tasks.Read openid" {
		t.Errorf("a scope that names its resource: %v", claimsOf(t, withScope["access_token"]))
	}
}

func TestADFSDeviceAndLogout(t *testing.T) {
	s := NewServer(t)
	a := adfs(t, s)
	_, device, _ := a.post(a.endpoint("device_authorization_endpoint"), a.app("native"), pairs("scope", "openid"))
	if device["verification_uri"] != s.URL()+"/adfs/oauth2/deviceauth" {
		t.Errorf("device: %v", device)
	}
	if err := s.ApproveDevice(context.Background(), device["user_code"].(string), avery); err != nil {
		t.Fatal(err)
	}
	answer := a.mustToken(a.app("native"), "grant_type", "device_code", "device_code", device["device_code"].(string))
	hint := url.Values{"id_token_hint": {answer["id_token"].(string)}}
	if status, _, _ := a.get(a.endpoint("end_session_endpoint") + "?" + hint.Encode()); status != 200 {
		t.Errorf("logout: status %d", status)
	}
	for _, foreign := range []*api{oidc(t, s), entra(t, s), b2c(t, s, "")} {
		if status, _, _ := foreign.get(foreign.endpoint("end_session_endpoint") + "?" + hint.Encode()); status != 400 {
			t.Errorf("%s takes the ID token of AD FS as hint: status %d", foreign.shape, status)
		}
	}
	back := url.Values{"post_logout_redirect_uri": {"https://web.contoso.test/signed-out"}}
	if status, _, _ := a.get(a.endpoint("end_session_endpoint") + "?" + back.Encode()); status != 400 {
		t.Errorf("logout to an address without a hint: status %d", status)
	}
}

func TestCIAMDiscovery(t *testing.T) {
	s := start(t, &Server{TLS: true})
	host := s.CIAMAuthority("")
	if want := "https://contoso." + s.CIAMHost(); host != want || !strings.HasPrefix(s.CIAMHost(), "ciamlogin.test:") {
		t.Fatalf("authority %s, want %s", host, want)
	}
	issuer := "https://" + defaultTenant + "." + s.CIAMHost() + "/" + defaultTenant + "/v2.0"
	for _, tenant := range []string{defaultTenant, strings.ToUpper(defaultTenant), "contoso.test", "contoso.onmicrosoft.com"} {
		a := ciam(t, s, tenant)
		if a.meta["issuer"] != issuer || a.endpoint("token_endpoint") != host+"/"+defaultTenant+"/oauth2/v2.0/token" {
			t.Errorf("%s: issuer %v, token endpoint %v", tenant, a.meta["issuer"], a.meta["token_endpoint"])
		}
	}
	a := open(t, s, ShapeCIAM, issuer) // the tenant's other host
	if a.meta["issuer"] != issuer {
		t.Errorf("issuer %v", a.meta["issuer"])
	}
	for path, want := range map[string]int{
		"/common/v2.0" + discoverySuffix:                    400,
		"/organizations/v2.0" + discoverySuffix:             400,
		"/consumers/v2.0" + discoverySuffix:                 400,
		"/fabrikam.onmicrosoft.com/v2.0" + discoverySuffix:  400,
		"/" + consumersTenant + "/v2.0" + discoverySuffix:   400,
		"/v2.0" + discoverySuffix:                           404,
		instancePath + "?api-version=1.1":                   404,
		oidcIssuerPath + discoverySuffix:                    404,
		adfsPath + discoverySuffix:                          404,
		"/contoso.test/B2C_1_signin/v2.0" + discoverySuffix: 404,
		"/contoso.onmicrosoft.com/discovery/v2.0/keys":      200,
		"/fabrikam.onmicrosoft.com/discovery/v2.0/keys":     400,
		"/contoso.onmicrosoft.com/../op" + discoverySuffix:  404,
		controlPath: 404,
		"/contoso.onmicrosoft.com/x/v2.0" + discoverySuffix:     404,
		"/contoso.onmicrosoft.com/v2.0" + discoverySuffix + "/": 404,
	} {
		if status, _, _ := a.get(host + path); status != want {
			t.Errorf("%s: status %d, want %d", path, status, want)
		}
	}
	unknown := strings.Replace(host, "contoso", "fabrikam", 1)
	if status, _, _ := a.get(unknown + "/" + defaultTenant + "/v2.0" + discoverySuffix); status != 400 {
		t.Errorf("another tenant's host serves this one: status %d", status)
	}
}

func TestCIAMSignIn(t *testing.T) {
	s := start(t, &Server{TLS: true, DeviceInterval: time.Second})
	a := ciam(t, s, "contoso.onmicrosoft.com")
	user := s.Directory.User(avery)
	_, answer := a.native(a.code("scope", "openid profile offline_access "+tasksRead), "scope", "openid profile offline_access "+tasksRead)
	claims, access := claimsOf(t, answer["id_token"]), claimsOf(t, answer["access_token"])
	if claims["iss"] != a.meta["issuer"] || access["iss"] != a.meta["issuer"] || claims["tid"] != defaultTenant || claims["oid"] != user.ObjectID {
		t.Errorf("ID token: %v", claims)
	}
	refreshed := a.mustToken(a.app("native"), "grant_type", "refresh_token", "refresh_token", answer["refresh_token"].(string), "scope", "openid")
	if refreshed["refresh_token"] == nil {
		t.Error("no new refresh token")
	}
	if status := a.userinfoStatus(refreshed["access_token"]); status != http.StatusOK {
		t.Errorf("userinfo: %d", status)
	}
	workforce := entra(t, s)
	foreign := workforce.mustToken(a.app("native"), "grant_type", "password", "username", avery, "password", string(user.Password), "scope", "openid")
	if workforce.userinfoStatus(foreign["access_token"]) != 200 || a.userinfoStatus(foreign["access_token"]) != 401 {
		t.Error("userinfo takes the token of another shape")
	}
	forAPI := workforce.mustToken(a.app("native"), "grant_type", "password", "username", avery, "password", string(user.Password), "scope", tasksRead)
	onBehalf := []string{"grant_type", grantJWTBearer, "requested_token_use", "on_behalf_of", "scope", graphIDURI + "/User.Read", "assertion"}
	workforce.mustToken(a.app("api"), append(onBehalf, forAPI["access_token"].(string))...)
	if status, body := a.token(a.app("api"), append(onBehalf, forAPI["access_token"].(string))...); status != 400 {
		t.Errorf("the token of another shape is exchanged: %v", body)
	}
	a.mustToken(a.app("api"), append(onBehalf, answer["access_token"].(string))...)
	status, body := a.token(a.app("native"), "grant_type", "password", "username", avery, "password", string(user.Password), "scope", "openid")
	wantError(t, status, body, 400, "unsupported_grant_type")
	_, device, _ := a.post(a.endpoint("device_authorization_endpoint"), a.app("native"), pairs("scope", "openid"))
	if device["verification_uri"] != s.CIAMAuthority("")+entraDevicePage {
		t.Errorf("device: %v", device)
	}
	if err := s.ApproveDevice(context.Background(), device["user_code"].(string), avery); err != nil {
		t.Fatal(err)
	}
	a.mustToken(a.app("native"), "grant_type", "device_code", "device_code", device["device_code"].(string))
	if status, body := entra(t, s).token(a.app("native"), "grant_type", "refresh_token", "refresh_token", refreshed["refresh_token"].(string), "scope", "openid"); status == 200 {
		t.Errorf("the Entra shape redeems it: %v", body)
	}
	if !slices.ContainsFunc(s.Requests(), func(r Request) bool { return r.Shape == ShapeCIAM && r.GrantType == "password" && r.Error != "" }) {
		t.Error("the log does not say what was asked in which shape")
	}
}

func TestDirectoryPolicies(t *testing.T) {
	for _, policies := range [][]Policy{
		{{Name: ""}}, {{Name: "signin"}}, {{Name: "B2C_1"}}, {{Name: "B2C_1_a/b"}}, {{Name: "B2C_1_a"}, {Name: "b2c_1_A"}},
	} {
		d := DefaultDirectory()
		d.Tenants[0].Policies = policies
		s := &Server{Directory: d}
		if err := s.Start(); err == nil {
			s.Close()
			t.Errorf("%v is accepted", policies)
		} else if !strings.Contains(err.Error(), "policy") {
			t.Error(err)
		}
	}
}
