package authoritytest

import (
	"testing"
)

func TestCodeFlow(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		tokens := a.signIn("scope", "openid profile email offline_access api://"+defaultAPI+"/Tasks.Read")
		claims := claimsOf(t, tokens["id_token"])
		if claims["nonce"] != "the nonce" || claims["aud"] != defaultWeb || claims["name"] != "Avery Howard" || claims["email"] != avery {
			t.Errorf("ID token: %v", claims)
		}
		if claims["at_hash"] != atHash(tokens["access_token"].(string)) {
			t.Error("at_hash does not match")
		}
		next := a.mustToken(a.app("web"), "grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string))
		if next["refresh_token"] == tokens["refresh_token"] {
			t.Error("the refresh token was not rotated")
		}
	})
}
