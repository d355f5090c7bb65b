package authoritytest

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestUserinfo(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		tokens := a.signIn("scope", "openid profile email")
		status, body, _ := a.userinfo(tokens["access_token"])
		id := claimsOf(t, tokens["id_token"])
		if status != 200 || body["sub"] != id["sub"] || body["given_name"] != "Avery" || body["email"] != avery {
			t.Errorf("status %d, %v", status, body)
		}
		status, body, _ = a.userinfo(a.signIn("scope", "openid")["access_token"])
		if status != 200 || len(body) != 1 {
			t.Errorf("openid alone gives sub alone: %v", body)
		}
		form := func(body, authorization string) int {
			req, err := http.NewRequest("POST", a.endpoint("userinfo_endpoint"), strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", formType)
			req.Header.Set("Authorization", authorization)
			status, _, _ := a.do(req)
			return status
		}
		access := tokens["access_token"].(string)
		if got := form("access_token="+access, ""); got != 200 {
			t.Errorf("token in the body: status %d", got)
		}
		if got := form("access_token="+access, "Bearer "+access); got != 400 {
			t.Errorf("token twice: status %d", got)
		}
		if status, _, _ := a.get(a.endpoint("userinfo_endpoint") + "?access_token=" + access); status != 401 {
			t.Errorf("token in the URL: status %d", status)
		}
	})
}

func TestUserinfoRefuses(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		tokens := a.signIn("scope", "openid profile")
		access := tokens["access_token"].(string)
		other := NewServer(t)
		foreign := oidc(t, other).signIn()["access_token"]
		if a.shape == ShapeEntra {
			foreign = entra(t, other).signIn()["access_token"]
		}
		api := a.signIn("scope", "api://"+defaultAPI+"/Tasks.Read")["access_token"]
		want := 403
		if a.shape == ShapeEntra {
			want = 401 // it is not Graph's
		}
		for name, tt := range map[string]struct {
			token  any
			status int
		}{
			"none": {nil, 401}, "not a token": {"x", 401}, "an ID token": {tokens["id_token"], 401}, "damaged": {access[:len(access)-8] + "AAAAAAAA", 401},
			"of another server": {foreign, 401}, "without openid": {api, want},
		} {
			status, body, header := a.userinfo(tt.token)
			if status != tt.status || !strings.HasPrefix(header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s: status %d, %v, %q", name, status, body["error"], header.Get("WWW-Authenticate"))
			}
		}
		a.s.Clock.Advance(time.Hour)
		if status := a.userinfoStatus(access); status != 401 {
			t.Errorf("expired: status %d", status)
		}
	})
	// An app's own token is nobody's.
	a := entra(t, NewServer(t))
	token := a.mustToken(a.app("daemon"), "grant_type", "client_credentials", "scope", graphIDURI+"/.default")["access_token"]
	if status := a.userinfoStatus(token); status != 401 {
		t.Errorf("an app token: status %d", status)
	}
}
