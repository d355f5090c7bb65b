package authoritytest

import (
	"strings"
	"sync"
	"testing"
	"time"
)

func (a *api) refresh(token any, list ...string) (int, map[string]any) {
	a.t.Helper()
	return a.token(a.app("web"), append([]string{"grant_type", "refresh_token", "refresh_token", token.(string)}, list...)...)
}

func TestRefreshReuseRevokesTheGrant(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		first := a.signIn()["refresh_token"]
		_, second := a.refresh(first)
		if second["refresh_token"] == nil || second["refresh_token"] == first {
			t.Fatalf("not rotated: %v", second["error"])
		}
		status, body := a.refresh(first)
		wantError(t, status, body, 400, "invalid_grant")
		status, body = a.refresh(second["refresh_token"])
		wantError(t, status, body, 400, "invalid_grant")
		if status := a.userinfoStatus(second["access_token"]); status != 401 {
			t.Errorf("userinfo with a revoked grant's token: status %d", status)
		}
		if other := a.signIn(); other["refresh_token"] == nil {
			t.Error("another grant must not suffer")
		}
	})
}

func TestRefreshReuseInterval(t *testing.T) {
	s := start(t, &Server{RefreshReuseInterval: time.Minute})
	for _, a := range []*api{entra(t, s), oidc(t, s)} {
		first := a.signIn()["refresh_token"]
		_, second := a.refresh(first)
		s.Clock.Advance(50 * time.Second)
		status, again := a.refresh(first)
		if status != 200 || again["refresh_token"] == second["refresh_token"] {
			t.Fatalf("within the interval: status %d, %v", status, again["error"])
		}
		s.Clock.Advance(50 * time.Second) // counts from the first use, not from the last
		status, body := a.refresh(first)
		wantError(t, status, body, 400, "invalid_grant")
		status, body = a.refresh(again["refresh_token"])
		wantError(t, status, body, 400, "invalid_grant")
	}
}

// TestRefreshRace lets many requests use one refresh token: one may win.
func TestRefreshRace(t *testing.T) {
	a := oidc(t, NewServer(t))
	token := a.signIn()["refresh_token"]
	var mu sync.Mutex
	won := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if status, _ := a.refresh(token); status == 200 {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d requests won, want 1", won)
	}
}

func TestRefreshRules(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		token := a.signIn()["refresh_token"]
		for _, tt := range []struct {
			name, app, token string
			status           int
			want             string
		}{
			{"none", "web", "-", 400, "invalid_request"},
			{"unknown", "web", "x", 400, "invalid_grant"},
			{"another client", "daemon", token.(string), 400, "invalid_grant"},
			{"a public client", "native", token.(string), 400, "invalid_grant"},
		} {
			status, body := a.token(a.app(tt.app), "grant_type", "refresh_token", "refresh_token", tt.token)
			if status != tt.status || body["error"] != tt.want {
				t.Errorf("%s: status %d, %v", tt.name, status, body["error"])
			}
		}
		// A request that is refused for its scope or claims does not cost the token.
		status, body := a.refresh(token, "scope", "openid Nothing.Read")
		wantError(t, status, body, 400, "invalid_scope")
		status, body = a.refresh(token, "claims", "{")
		wantError(t, status, body, 400, "invalid_request")
		status, next := a.refresh(token)
		if status != 200 {
			t.Fatalf("status %d, %v", status, next["error"])
		}
		if claims := claimsOf(t, next["id_token"]); claims["nonce"] != nil {
			t.Error("a refreshed ID token has no nonce")
		}
		a.s.Clock.Advance(91 * 24 * time.Hour)
		status, body = a.refresh(next["refresh_token"])
		wantError(t, status, body, 400, "invalid_grant")
	})
}

func TestNoRefreshTokenWithoutOfflineAccess(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		tokens := a.signIn("scope", "openid profile")
		if tokens["refresh_token"] != nil {
			t.Error("a refresh token came without offline_access")
		}
		if tokens["id_token"] == nil {
			t.Error("no ID token with openid")
		}
		tokens = a.signIn("scope", "offline_access api://"+defaultAPI+"/Tasks.Read")
		if tokens["id_token"] != nil || tokens["refresh_token"] == nil {
			t.Error("an ID token needs openid, a refresh token offline_access")
		}
	})
}

// TestR3_RefreshScope: any consented resource in the Entra shape, a part of the
// original grant in plain OIDC.
func TestR3_RefreshScope(t *testing.T) {
	const read, write = "api://" + defaultAPI + "/Tasks.Read", "api://" + defaultAPI + "/Tasks.Write"
	t.Run("entra", func(t *testing.T) {
		a := entra(t, NewServer(t))
		token := a.signIn("scope", "openid offline_access User.Read")["refresh_token"]
		status, body := a.refresh(token, "scope", write)
		wantError(t, status, body, 400, "invalid_grant")
		if body["suberror"] != "consent_required" || body["error_codes"].([]any)[0] != 65001.0 {
			t.Errorf("got %v %v", body["suberror"], body["error_codes"])
		}
		status, body = a.refresh(token, "scope", read+" User.Read")
		wantError(t, status, body, 400, "invalid_scope")
		status, body = a.refresh(token, "scope", read)
		if claims := claimsOf(t, body["access_token"]); status != 200 || claims["aud"] != defaultAPI || claims["scp"] != "Tasks.Read" || body["scope"] != read {
			t.Errorf("status %d, scope %v, %v", status, body["scope"], claims)
		}
		if body["id_token"] != nil || body["refresh_token"] == nil {
			t.Error("no openid, no ID token; but always the next refresh token")
		}
		status, body = a.refresh(body["refresh_token"], "scope", "openid offline_access api://"+defaultAPI+"/.default")
		if scope, _ := body["scope"].(string); status != 200 || !strings.Contains(scope, "/.default") || !strings.Contains(scope, read) || strings.Contains(scope, "offline_access") {
			t.Errorf(".default: status %d, scope %v", status, body["scope"])
		}
	})
	t.Run("oidc", func(t *testing.T) {
		a := oidc(t, NewServer(t))
		token := a.signIn("scope", "openid offline_access "+read)["refresh_token"]
		status, body := a.refresh(token, "scope", "openid profile")
		wantError(t, status, body, 400, "invalid_scope")
		status, body = a.refresh(token, "scope", "User.Read")
		wantError(t, status, body, 400, "invalid_scope")
		status, body = a.refresh(token, "scope", "Tasks.Read")
		if status != 200 || body["scope"] != "Tasks.Read" || body["id_token"] != nil {
			t.Errorf("narrowed: status %d, scope %v", status, body["scope"])
		}
		status, body = a.refresh(body["refresh_token"])
		if status != 200 || body["scope"] != "openid offline_access "+read || body["id_token"] == nil {
			t.Errorf("the next one has the original scope again: status %d, %v", status, body["scope"])
		}
	})
}

// TestR4_Resource: RFC 8707 in plain OIDC, refused in the Entra shape.
func TestR4_Resource(t *testing.T) {
	s := NewServer(t)
	e, o := entra(t, s), oidc(t, s)
	api := s.Directory.App("api")
	status, body := e.token(e.app("native"), "grant_type", "password", "username", avery, "password", string(s.Directory.User(avery).Password), "scope", "openid", "resource", api.IDURI)
	wantError(t, status, body, 400, "invalid_request")
	if body["error_codes"].([]any)[0] != 901002.0 {
		t.Errorf("got %v", body["error_codes"])
	}
	tokens := o.signIn("scope", "openid offline_access Tasks.Read", "resource", api.IDURI)
	if claims := claimsOf(t, tokens["access_token"]); claims["aud"] != api.IDURI || claims["scope"] != "openid offline_access Tasks.Read" {
		t.Errorf("claims: %v", claims)
	}
	status, body = o.refresh(tokens["refresh_token"], "resource", graphIDURI)
	wantError(t, status, body, 400, "invalid_target")
	// Two resources: each token request names one.
	both := "openid offline_access " + api.Scope("Tasks.Read") + " " + graphIDURI + "/User.Read"
	code := o.callback(s.NewBrowser(), o.app("web"), "scope", both).Get("code")
	status, body = o.token(o.app("web"), codeGrant(code)...)
	wantError(t, status, body, 400, "invalid_target")
	code = o.callback(s.NewBrowser(), o.app("web"), "scope", both).Get("code")
	tokens = o.redeem(code, "resource", graphIDURI)
	if claims := claimsOf(t, tokens["access_token"]); claims["aud"] != graphIDURI {
		t.Errorf("aud is %v", claims["aud"])
	}
	if _, body = o.refresh(tokens["refresh_token"], "resource", api.IDURI); claimsOf(t, body["access_token"])["aud"] != api.IDURI {
		t.Errorf("aud is %v", claimsOf(t, body["access_token"])["aud"])
	}
}
