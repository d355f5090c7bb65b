package authoritytest

import (
	"strings"
	"testing"
)

func TestWithoutPKCE(t *testing.T) {
	d := DefaultDirectory()
	for i := range d.Apps {
		d.Apps[i].WithoutPKCE = d.Apps[i].Name == "web" || d.Apps[i].Name == "native"
	}
	s := start(t, &Server{Directory: d, TLS: true})
	none := []string{"code_challenge", "-", "code_challenge_method", "-"}
	for _, a := range []*api{entra(t, s), oidc(t, s), b2c(t, s, ""), adfs(t, s), ciam(t, s, "contoso.onmicrosoft.com")} {
		web, browser := a.app("web"), s.NewBrowser()
		code := func(list ...string) string { return a.callback(browser, web, list...).Get("code") }
		redeem := func(code, verifier string) (int, map[string]any) {
			return a.token(web, "grant_type", "authorization_code", "code", code, "redirect_uri", "http://127.0.0.1:1234/callback", "code_verifier", verifier)
		}
		if status, body := redeem(code(none...), "-"); status != 200 {
			t.Errorf("%s: without PKCE: %v", a.shape, body)
		}
		if status, body := redeem(code(none...), ""); status != 200 { // as MSAL for Go sends it
			t.Errorf("%s: without PKCE, the verifier is empty: %v", a.shape, body)
		}
		status, body := redeem(code(none...), testVerifier)
		wantError(t, status, body, 400, "invalid_grant") // a verifier without a challenge is a downgrade
		for _, verifier := range []string{"-", ""} {
			status, body = redeem(code(), verifier)
			wantError(t, status, body, 400, "invalid_grant") // a challenge binds
		}
		status, body = redeem(code(), strings.ToUpper(testVerifier))
		wantError(t, status, body, 400, "invalid_grant")
		if status, body := redeem(code(), testVerifier); status != 200 {
			t.Errorf("%s: with PKCE: %v", a.shape, body)
		}
		if p := a.callback(browser, web, "code_challenge", "-"); p.Get("error") != "invalid_request" {
			t.Errorf("%s: a method without a challenge: %v", a.shape, p)
		}
		if p := a.callback(browser, web, "code_challenge", ""); p.Get("error") != "invalid_request" {
			t.Errorf("%s: an empty challenge: %v", a.shape, p)
		}
		if p := a.callback(browser, web, "code_challenge_method", "plain"); p.Get("error") != "invalid_request" {
			t.Errorf("%s: plain: %v", a.shape, p)
		}
		native := a.callback(browser, a.app("native"), append([]string{"redirect_uri", "http://localhost"}, none...)...).Get("code")
		a.mustToken(a.app("native"), "grant_type", "authorization_code", "code", native, "redirect_uri", "http://localhost")
		if p := a.callback(browser, a.app("spa"), append([]string{"redirect_uri", "http://localhost/redirect"}, none...)...); p.Get("error") != "invalid_request" {
			t.Errorf("%s: an app that is not registered for it: %v", a.shape, p)
		}
	}
	for i := range d.Apps {
		d.Apps[i].WithoutPKCE = d.Apps[i].Kind == KindSPA
	}
	if err := d.check(); err == nil || !strings.Contains(err.Error(), "without PKCE") {
		t.Errorf("a single-page app without PKCE: %v", err)
	}
}
