package authoritytest

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

const cp1 = `{"access_token":{"xms_cc":{"values":["cp1"]}}}`

// TestContinuousAccessEvaluation: long tokens need an API and a client that can handle
// revocation; RevokeSessions ends them.
func TestContinuousAccessEvaluation(t *testing.T) {
	p := newProbe(t)
	lifetime := func(body map[string]any) time.Duration {
		claims := claimsOf(t, body["access_token"])
		d := time.Duration(claims["exp"].(float64)-claims["iat"].(float64)) * time.Second
		if body["expires_in"] != d.Seconds() {
			t.Errorf("expires_in is %v, the token lasts %v", body["expires_in"], d)
		}
		return d
	}
	tokens := p.a.redeem(p.code(), "claims", cp1)
	if got := lifetime(tokens); got != time.Hour {
		t.Errorf("without CAE at the API: %v", got)
	}
	p.editApp("graph", func(a *App) { a.CAE = true })
	if got := lifetime(p.a.redeem(p.code())); got != time.Hour {
		t.Errorf("without the capability: %v", got)
	}
	if got := lifetime(p.a.redeem(p.a.callback(p.b, p.a.app("web"), "scope", "openid "+tasksRead).Get("code"), "claims", cp1)); got != time.Hour {
		t.Errorf("for another API: %v", got)
	}
	tokens = p.a.redeem(p.code(), "claims", cp1)
	if got := lifetime(tokens); got != 28*time.Hour || tokens["refresh_in"] != (14*time.Hour).Seconds() || tokens["ext_expires_in"] != got.Seconds() {
		t.Errorf("lasts %v, refresh_in %v, ext_expires_in %v", got, tokens["refresh_in"], tokens["ext_expires_in"])
	}
	if list, _ := claimsOf(t, tokens["access_token"])["xms_cc"].([]any); len(list) != 1 || list[0] != "cp1" {
		t.Errorf("xms_cc is %v", list)
	}
	p.s.Clock.Advance(27 * time.Hour)
	if status := p.a.userinfoStatus(tokens["access_token"]); status != 200 {
		t.Errorf("after 27 hours: %d", status)
	}
	if err := p.s.RevokeSessions(avery); err != nil {
		t.Fatal(err)
	}
	if status := p.a.userinfoStatus(tokens["access_token"]); status != 401 {
		t.Errorf("revoked: %d", status)
	}
	daemon := p.a.mustToken(p.a.app("daemon"), "grant_type", "client_credentials", "scope", graphIDURI+"/.default", "claims", cp1)
	if got := lifetime(daemon); got != 28*time.Hour {
		t.Errorf("an app's token: %v", got)
	}
}

// TestNotBeforeChallenge: the claims that an API sends after a revocation are accepted
// where the new token is from after it.
func TestNotBeforeChallenge(t *testing.T) {
	p := newProbe(t)
	tokens := p.a.redeem(p.code())
	p.s.Clock.Advance(time.Minute)
	challenge := func(d time.Duration) string {
		return fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, p.s.Clock.Now().Add(d).Unix())
	}
	status, body := p.a.refresh(tokens["refresh_token"], "claims", challenge(-time.Second))
	if status != 200 {
		t.Fatalf("status %d, %v", status, body)
	}
	if got := p.a.callback(p.b, p.a.app("web"), "claims", challenge(-time.Second), "prompt", "none"); got.Get("code") == "" {
		t.Errorf("authorize: %v", got)
	}
	if got := p.token(p.a.refresh(body["refresh_token"], "claims", challenge(time.Hour))); got.error != "invalid_request" {
		t.Errorf("in the future: %+v", got)
	}
	if got := p.token(p.a.refresh(body["refresh_token"], "claims", `{"access_token":{"nbf":{"essential":true,"value":"soon"}}}`)); got.error != "invalid_request" {
		t.Errorf("no number: %+v", got)
	}
	if err := p.s.RevokeSessions(avery); err != nil {
		t.Fatal(err)
	}
	if got := p.token(p.a.refresh(body["refresh_token"], "claims", challenge(0))); got.number != 50173 {
		t.Errorf("revoked: %+v", got)
	}
	if p.a.callback(p.b, p.a.app("web"), "claims", challenge(0)).Get("code") == "" {
		t.Error("a new sign-in does not satisfy the challenge")
	}
}

// TestSinglePageApp: 24 hours from the sign-in, whatever is refreshed between; then the
// hidden frame helps while the session lasts. Other apps and other shapes have no such end.
func TestSinglePageApp(t *testing.T) {
	p := newProbe(t)
	token := p.from(spaOrigin, p.a.app("spa"), spaGrant(p.spa())...).contents
	for range 4 {
		p.s.Clock.Advance(5 * time.Hour)
		got := p.from(spaOrigin, p.a.app("spa"), "grant_type", "refresh_token", "refresh_token", token)
		if got.status != 200 {
			t.Fatalf("got %+v", got)
		}
		token = got.contents
	}
	p.s.Clock.Advance(4*time.Hour + time.Second)
	got := p.from(spaOrigin, p.a.app("spa"), "grant_type", "refresh_token", "refresh_token", token)
	if got.number != 700084 || got.error != "invalid_grant" {
		t.Errorf("got %+v", got)
	}
	code := p.a.callback(p.b, p.a.app("spa"), "redirect_uri", spaOrigin+"/redirect", "prompt", "none").Get("code")
	if got := p.from(spaOrigin, p.a.app("spa"), spaGrant(code)...); got.status != 200 {
		t.Errorf("the hidden frame does not help: %+v", got)
	}
	plain := oidc(t, p.s)
	tokens := plain.mustToken(plain.app("spa"), spaGrant(plain.callback(p.b, plain.app("spa"), "redirect_uri", spaOrigin+"/redirect").Get("code"))...)
	p.s.Clock.Advance(48 * time.Hour)
	if status, body := plain.token(plain.app("spa"), "grant_type", "refresh_token", "refresh_token", text(tokens["refresh_token"])); status != 200 {
		t.Errorf("plain OIDC: %v", body)
	}
}

// TestCrossOrigin: only single-page apps have pages that may use the token endpoint.
func TestCrossOrigin(t *testing.T) {
	p := newProbe(t)
	for origin, want := range map[string]string{spaOrigin: spaOrigin, "https://web.contoso.test": ""} {
		req, err := http.NewRequest("OPTIONS", p.a.endpoint("token_endpoint"), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", origin)
		if _, _, h := p.a.do(req); h.Get("Access-Control-Allow-Origin") != want {
			t.Errorf("a page of %s is allowed %q", origin, h.Get("Access-Control-Allow-Origin"))
		}
	}
	own := p.from(p.s.URL(), p.a.app("web"), codeGrant(p.code())...)
	if own.status != 200 {
		t.Errorf("the authority's own origin is no other origin: %+v", own)
	}
}
