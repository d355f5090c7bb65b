package authoritytest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestEntraDiscovery(t *testing.T) {
	s := NewServer(t)
	for _, tt := range []struct{ tenant, issuer, at string }{
		{defaultTenant, s.URL() + "/" + defaultTenant + "/v2.0", defaultTenant},
		{strings.ToUpper(defaultTenant), s.URL() + "/" + defaultTenant + "/v2.0", defaultTenant},
		{"contoso.test", s.URL() + "/" + defaultTenant + "/v2.0", defaultTenant},
		{"common", s.URL() + "/{tenantid}/v2.0", "common"},
		{"organizations", s.URL() + "/{tenantid}/v2.0", "organizations"},
		{"consumers", s.URL() + "/" + consumersTenant + "/v2.0", consumersTenant},
	} {
		t.Run(tt.tenant, func(t *testing.T) {
			a := open(t, s, ShapeEntra, s.Authority(tt.tenant)+"/v2.0")
			if a.meta["issuer"] != tt.issuer {
				t.Errorf("issuer is %v, want %s", a.meta["issuer"], tt.issuer)
			}
			for name, end := range map[string]string{
				"authorization_endpoint": "/oauth2/v2.0/authorize", "token_endpoint": "/oauth2/v2.0/token", "jwks_uri": "/discovery/v2.0/keys",
				"device_authorization_endpoint": "/oauth2/v2.0/devicecode", "end_session_endpoint": "/oauth2/v2.0/logout",
			} {
				if want := s.URL() + "/" + tt.at + end; a.endpoint(name) != want {
					t.Errorf("%s is %s, want %s", name, a.endpoint(name), want)
				}
			}
			_, keys, _ := a.get(a.endpoint("jwks_uri"))
			for _, key := range keys["keys"].([]any) {
				if key.(map[string]any)["issuer"] != tt.issuer {
					t.Errorf("a key's issuer is %v", key.(map[string]any)["issuer"])
				}
			}
		})
	}
	a := &api{t: t, s: s}
	status, body, _ := a.get(s.URL() + "/fabrikam.test/v2.0/.well-known/openid-configuration")
	wantError(t, status, body, 400, "invalid_tenant")
	if codes := body["error_codes"].([]any); codes[0] != 90002.0 {
		t.Errorf("got %v, want AADSTS90002", codes)
	}
}

func TestOIDCDiscovery(t *testing.T) {
	s := NewServer(t)
	a := oidc(t, s)
	if a.meta["issuer"] != s.OIDCIssuer() || a.meta["authorization_response_iss_parameter_supported"] != true {
		t.Errorf("got %v", a.meta)
	}
	if slices.Contains(a.meta["code_challenge_methods_supported"].([]any), any("plain")) {
		t.Error("PKCE plain is advertised")
	}
	status, body, _ := a.get(s.URL() + "/.well-known/oauth-authorization-server" + strings.TrimPrefix(s.OIDCIssuer(), s.URL()))
	if status != 200 || body["issuer"] != s.OIDCIssuer() {
		t.Errorf("RFC 8414's place: status %d, %v", status, body)
	}
	// An endpoint's own query is part of its URL (RFC 6749, section 3.1).
	bare, _, _ := strings.Cut(a.endpoint("authorization_endpoint"), "?")
	if status, _, _ := a.get(bare); status != 404 {
		t.Errorf("the authorization endpoint without its query: status %d, want 404", status)
	}
	_, keys, _ := a.get(a.endpoint("jwks_uri"))
	if _, ok := keys["keys"].([]any)[0].(map[string]any)["issuer"]; ok {
		t.Error("plain OIDC keys have no issuer member")
	}
}

func TestJWKSHoldsPublicKeysOnly(t *testing.T) {
	a := oidc(t, NewServer(t))
	_, body, _ := a.get(a.endpoint("jwks_uri"))
	keys := body["keys"].([]any)
	if len(keys) != 2 {
		t.Fatalf("%d keys, want RS256 and ES256", len(keys))
	}
	for _, key := range keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if _, ok := key.(map[string]any)[private]; ok {
				t.Errorf("the JWKS has the private member %s", private)
			}
		}
	}
}

func TestInstanceDiscovery(t *testing.T) {
	s := NewServer(t)
	a := &api{t: t, s: s}
	ask := func(endpoint string) (int, map[string]any) {
		status, body, _ := a.get(s.URL() + instancePath + "?" + url.Values{"api-version": {"1.1"}, "authorization_endpoint": {endpoint}}.Encode())
		return status, body
	}
	status, body := ask(s.Authority("contoso.test") + "/oauth2/v2.0/authorize")
	if status != 200 || body["tenant_discovery_endpoint"] != s.Authority("contoso.test")+"/v2.0/.well-known/openid-configuration" {
		t.Errorf("status %d, %v", status, body)
	}
	own := strings.TrimPrefix(s.URL(), "http://")
	entry := body["metadata"].([]any)[0].(map[string]any)
	if entry["preferred_network"] != own || !slices.Contains(entry["aliases"].([]any), any(own)) {
		t.Errorf("metadata is %v", entry)
	}
	for _, foreign := range []string{"https://login.example.com/contoso/oauth2/v2.0/authorize", "http://127.0.0.1:1/contoso/", "nonsense"} {
		status, body = ask(foreign)
		wantError(t, status, body, 400, "invalid_instance")
	}
	status, body, _ = a.get(s.URL() + instancePath)
	wantError(t, status, body, 400, "invalid_request")
}

func TestCORS(t *testing.T) {
	a := entra(t, NewServer(t))
	send := func(method, u, origin, body string) http.Header {
		req, err := http.NewRequest(method, u, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", origin)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Access-Control-Request-Headers", "content-type, x-b@d")
		_, _, header := a.do(req)
		return header
	}
	const page, foreign = "http://localhost:5173", "https://evil.example"
	const allow = "Access-Control-Allow-Origin"
	if got := send("GET", a.endpoint("jwks_uri"), foreign, "").Get(allow); got != "*" {
		t.Errorf("JWKS: %q, want *", got)
	}
	token := a.endpoint("token_endpoint")
	if got := send("OPTIONS", token, page, ""); got.Get(allow) != page || got.Get("Access-Control-Allow-Headers") != "content-type" {
		t.Errorf("preflight: %v", got)
	}
	if got := send("OPTIONS", token, foreign, "").Get(allow); got != "" {
		t.Errorf("preflight of a foreign page: %q", got)
	}
	for _, tt := range []struct{ client, origin, want string }{
		{defaultSPA, page, page}, {defaultSPA, foreign, ""}, {defaultWeb, page, ""}, {defaultNative, page, ""}, {defaultSPA, "null", ""}, {defaultSPA, "https://localhost:5173", ""},
	} {
		got := send("POST", token, tt.origin, "client_id="+tt.client)
		if got.Get(allow) != tt.want || got.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s from %s: %q, want %q", tt.client, tt.origin, got.Get(allow), tt.want)
		}
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	s := NewServer(t)
	a := &api{t: t, s: s}
	for _, path := range []string{"/", "/x", "/op", "/common/oauth2/token", "/" + defaultTenant + "/oauth2/v2.0/token/x", "//" + defaultTenant} {
		if status, _, _ := a.get(s.URL() + path); status != 404 {
			t.Errorf("%s: status %d, want 404", path, status)
		}
	}
	status, body, header := a.get(entra(t, s).endpoint("token_endpoint"))
	wantError(t, status, body, 405, "invalid_request")
	if header.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("Allow is %q", header.Get("Allow"))
	}
}
