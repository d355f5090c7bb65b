package authoritytest

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestEntraTokens(t *testing.T) {
	a := entra(t, NewServer(t))
	code := a.callback(a.s.NewBrowser(), a.app("web"), "scope", "openid profile email offline_access api://"+defaultAPI+"/Tasks.Read").Get("code")
	tokens := a.redeem(code, "client_info", "1")
	oid := a.s.Directory.User(avery).ObjectID
	for name, want := range map[string]any{
		"token_type": "Bearer", "expires_in": 3600.0, "ext_expires_in": 3600.0, "refresh_in": nil,
		"scope": "openid profile email api://" + defaultAPI + "/Tasks.Read",
	} {
		if tokens[name] != want {
			t.Errorf("%s is %v, want %v", name, tokens[name], want)
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(tokens["client_info"].(string))
	if err != nil || string(raw) != `{"uid":"`+oid+`","utid":"`+defaultTenant+`"}` {
		t.Errorf("client_info is %s, %v", raw, err)
	}
	id := claimsOf(t, tokens["id_token"])
	for name, want := range map[string]any{
		"iss": a.s.Issuer(""), "aud": defaultWeb, "ver": "2.0", "tid": defaultTenant, "oid": oid, "name": "Avery Howard",
		"preferred_username": avery, "email": avery, "nonce": "the nonce", "azp": nil, "auth_time": nil, "groups": nil,
	} {
		if id[name] != want {
			t.Errorf("ID token: %s is %v, want %v", name, id[name], want)
		}
	}
	if id["exp"].(float64)-id["iat"].(float64) != 3600 || id["uti"] == nil || id["rh"] == nil || id["nbf"] != id["iat"] {
		t.Errorf("ID token: %v", id)
	}
	access := claimsOf(t, tokens["access_token"])
	for name, want := range map[string]any{
		"iss": a.s.Issuer(""), "aud": defaultAPI, "ver": "2.0", "tid": defaultTenant, "oid": oid, "azp": defaultWeb, "azpacr": "1", "scp": "Tasks.Read", "idtyp": nil,
	} {
		if access[name] != want {
			t.Errorf("access token: %s is %v, want %v", name, access[name], want)
		}
	}
	if access["roles"].([]any)[0] != "Admin" {
		t.Errorf("access token: roles are %v", access["roles"])
	}
	if access["sub"] == id["sub"] || id["sub"] == oid {
		t.Error("sub must be pairwise")
	}
	if h := headerOf(t, tokens["id_token"]); h["alg"] != "RS256" || h["typ"] != "JWT" || h["kid"] == nil {
		t.Errorf("header: %v", h)
	}
	if got := a.signIn("scope", "openid"); claimsOf(t, got["id_token"])["oid"] != nil || got["client_info"] != nil || claimsOf(t, got["access_token"])["aud"] != graphClientID {
		t.Error("oid needs profile, client_info is sent when asked for, a token without resource is Graph's")
	}
}

func TestPlainTokens(t *testing.T) {
	a := oidc(t, NewServer(t))
	tokens := a.signIn("scope", "openid profile email offline_access Tasks.Read")
	for _, name := range []string{"client_info", "ext_expires_in", "refresh_in"} {
		if tokens[name] != nil {
			t.Errorf("plain OIDC has no %s", name)
		}
	}
	id, access := claimsOf(t, tokens["id_token"]), claimsOf(t, tokens["access_token"])
	for name, want := range map[string]any{"iss": a.s.OIDCIssuer(), "aud": defaultWeb, "given_name": "Avery", "email": avery, "email_verified": true, "tid": nil, "oid": nil, "ver": nil} {
		if id[name] != want {
			t.Errorf("ID token: %s is %v, want %v", name, id[name], want)
		}
	}
	for name, want := range map[string]any{"iss": a.s.OIDCIssuer(), "aud": "api://" + defaultAPI, "client_id": defaultWeb, "sub": id["sub"], "scope": "openid profile email offline_access Tasks.Read", "scp": nil} {
		if access[name] != want {
			t.Errorf("access token: %s is %v, want %v", name, access[name], want)
		}
	}
	if headerOf(t, tokens["access_token"])["typ"] != "at+jwt" || access["jti"] == nil {
		t.Error("RFC 9068 wants typ at+jwt and a jti")
	}
	if got := claimsOf(t, a.signIn("scope", "openid")["access_token"])["aud"]; got != a.s.OIDCIssuer() {
		t.Errorf("aud of a token for userinfo is %v", got)
	}
}

func TestLifetimes(t *testing.T) {
	a := entra(t, start(t, &Server{AccessTokenLifetime: 2 * time.Minute, IDTokenLifetime: time.Minute, RefreshIn: 30 * time.Second, ExtExpiresIn: time.Hour}))
	tokens := a.signIn()
	if tokens["expires_in"] != 120.0 || tokens["ext_expires_in"] != 3600.0 || tokens["refresh_in"] != 30.0 {
		t.Errorf("got %v, %v, %v", tokens["expires_in"], tokens["ext_expires_in"], tokens["refresh_in"])
	}
	id, access := claimsOf(t, tokens["id_token"]), claimsOf(t, tokens["access_token"])
	if id["exp"].(float64)-id["iat"].(float64) != 60 || access["exp"].(float64)-access["iat"].(float64) != 120 {
		t.Errorf("exp of the ID token %v, of the access token %v", id["exp"], access["exp"])
	}
	none := entra(t, start(t, &Server{ExtExpiresIn: -1}))
	if got := none.signIn()["ext_expires_in"]; got != nil {
		t.Errorf("ext_expires_in is %v, want none", got)
	}
}

func TestES256(t *testing.T) {
	d := DefaultDirectory()
	for i := range d.Apps {
		d.Apps[i].SigningAlg = algES256
	}
	s := start(t, &Server{Directory: d})
	for _, a := range []*api{entra(t, s), oidc(t, s)} {
		tokens := a.signIn()
		if h := headerOf(t, tokens["id_token"]); h["alg"] != "ES256" {
			t.Errorf("header: %v", h)
		}
		claimsOf(t, tokens["id_token"])
		if h := headerOf(t, tokens["access_token"]); h["alg"] != "RS256" {
			t.Errorf("access token's header: %v", h)
		}
	}
}

func TestVerifyRejects(t *testing.T) {
	token, err := signingKeys()[algES256].sign("JWT", map[string]any{"sub": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := verify(token); !ok {
		t.Fatal("a good token was refused")
	}
	parts := strings.Split(token, ".")
	none := b64([]byte(`{"alg":"none"}`))
	for _, bad := range []string{
		"", "x", parts[0] + "." + parts[1], parts[0] + "." + parts[1] + ".", none + "." + parts[1] + ".", parts[0] + "." + b64([]byte(`{"sub":"y"}`)) + "." + parts[2], token + ".x",
		parts[0] + "." + parts[1] + "." + b64([]byte("short")),
	} {
		if _, _, ok := verify(bad); ok {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestClaimsParameterAndOptionalClaims(t *testing.T) {
	d := DefaultDirectory()
	d.Users[0].Claims = map[string]any{"department": "Keys", "iss": "https://evil.example", "roles": []any{"x"}}
	for i := range d.Apps {
		switch d.Apps[i].Name {
		case "web":
			d.Apps[i].OptionalClaims.IDToken = []string{"groups", "acct"}
		case "api":
			d.Apps[i].OptionalClaims.AccessToken = []string{"groups", "idtyp"}
		}
	}
	s := start(t, &Server{Directory: d})
	for _, a := range []*api{entra(t, s), oidc(t, s)} {
		for name, request := range map[string]string{
			"claims":   `{"id_token":{"auth_time":{"essential":true},"department":null,"upn":null,"iss":null,"roles":null},"userinfo":{"department":null},"access_token":{"xms_cc":{"values":["cp1"]},"department":null}}`,
			"manifest": `{"optionalClaims":{"idToken":[{"name":"auth_time","essential":true},{"name":"department"},{"name":"upn"}],"accessToken":[{"name":"department"}]},"access_token":{"xms_cc":{"values":["cp1"]}}}`,
		} {
			if name == "manifest" && a.shape == ShapeOIDC {
				continue // it is not OpenID Connect's: see TestManifestInTheClaimsParameter
			}
			tokens := a.signIn("claims", request, "scope", "openid offline_access api://"+defaultAPI+"/Tasks.Read")
			id, access := claimsOf(t, tokens["id_token"]), claimsOf(t, tokens["access_token"])
			if id["department"] != "Keys" || id["upn"] != avery || id["auth_time"] == nil || id["iss"] == "https://evil.example" || len(id["groups"].([]any)) != 1 || id["acct"] != 0.0 || id["roles"] != nil {
				t.Errorf("%s %s: ID token %v", a.shape, name, id)
			}
			if access["department"] != "Keys" || access["xms_cc"].([]any)[0] != "cp1" || access["groups"] == nil || access["idtyp"] != "user" {
				t.Errorf("%s %s: access token %v", a.shape, name, access)
			}
			_, next := a.refresh(tokens["refresh_token"])
			if claims := claimsOf(t, next["id_token"]); claims["department"] != "Keys" {
				t.Errorf("%s %s: the refreshed ID token lacks what was asked for", a.shape, name)
			}
			_, next = a.refresh(next["refresh_token"], "claims", `{"id_token":{"family_name":null}}`)
			if claims := claimsOf(t, next["id_token"]); claims["family_name"] != "Howard" {
				t.Errorf("%s %s: claims on refresh are ignored", a.shape, name)
			}
		}
	}
	o := oidc(t, s)
	tokens := o.signIn("claims", `{"userinfo":{"department":null}}`, "scope", "openid")
	if _, body, _ := o.userinfo(tokens["access_token"]); body["department"] != "Keys" {
		t.Errorf("userinfo: %v", body)
	}
}

// TestManifestInTheClaimsParameter sends what Microsoft's documents tell applications to
// send as claimsRequest.
func TestManifestInTheClaimsParameter(t *testing.T) {
	s := start(t, &Server{TLS: true})
	for _, a := range every(t, s) {
		for manifest, bad := range map[string]bool{
			`{"optionalClaims":{"idToken":[{"name":"acct","essential":true}]}}`: false, `{"optionalClaims":{"idToken":"acct"}}`: true,
		} {
			p := a.callback(s.NewBrowser(), a.app("web"), "claims", manifest)
			if knows := dialects[a.shape].entra; knows && bad {
				if p.Get("error") != "invalid_request" {
					t.Errorf("%s: %v", a.shape, p)
				}
			} else if claims := claimsOf(t, a.redeem(p.Get("code"))["id_token"]); knows != (claims["acct"] != nil) {
				t.Errorf("%s: %v", a.shape, claims)
			}
		}
	}
}

func TestMaxAgeGivesAuthTime(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		begin := a.s.Clock.Now().Unix()
		b := a.s.NewBrowser()
		a.callback(b, a.app("web"))
		a.s.Clock.Advance(100 * time.Second)
		claims := claimsOf(t, a.redeem(a.callback(b, a.app("web"), "max_age", "1000").Get("code"))["id_token"])
		if at, _ := claims["auth_time"].(float64); int64(at) < begin || int64(at) > begin+50 {
			t.Errorf("auth_time is %v, want about %d", claims["auth_time"], begin)
		}
	})
}

func FuzzParseClaims(f *testing.F) {
	f.Add(`{"id_token":{"sub":{"value":"x"},"acr":{"values":["a"]}},"optionalClaims":{"idToken":[{"name":"a"}]}}`, true)
	f.Add(`{"access_token":{"xms_cc":{"values":["cp1",null,5]}}}`, false)
	f.Fuzz(func(t *testing.T, text string, manifests bool) {
		r, err := parseClaims(text, manifests)
		if err == nil && !json.Valid([]byte(text)) {
			t.Error("invalid JSON was accepted")
		}
		r.capabilities()
		r.allows("sub", "x")
	})
}
