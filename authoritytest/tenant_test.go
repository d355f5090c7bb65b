package authoritytest

import (
	"context"
	"strings"
	"testing"
)

const (
	fabrikamID    = "7f3a9d8e-2c4e-4daa-8f8b-9e1a3c5d6b78"
	averyFabrikam = "8a4b0e9f-3d5f-4ebb-9a9c-0f2b4d6e7c89"
	emery         = "emery@fabrikam.test"
)

// twoTenants is the default directory with a second tenant, where Avery is a guest.
func twoTenants() Directory {
	d := DefaultDirectory()
	d.Tenants = append(d.Tenants, Tenant{ID: fabrikamID, Domain: "fabrikam.test", Name: "Fabrikam"})
	d.Users[0].GuestOf = []Guest{{Tenant: "fabrikam.test", ObjectID: averyFabrikam}}
	d.Users = append(d.Users, User{Tenant: "fabrikam.test", ObjectID: "9b5c1f0a-4e6a-4fcc-8bad-1a3c5e7f8d90", Username: emery, Name: "Emery Stone"})
	for i := range d.Apps {
		d.Apps[i].MultiTenant = d.Apps[i].Name != "daemon"
	}
	return d
}

func TestGuestUser(t *testing.T) {
	s := start(t, &Server{Directory: twoTenants()})
	a := open(t, s, ShapeEntra, s.Authority("fabrikam.test")+"/v2.0")
	code := a.callback(s.NewBrowser(), a.app("web")).Get("code")
	tokens := a.redeem(code, "client_info", "1")
	claims := claimsOf(t, tokens["id_token"])
	if claims["tid"] != fabrikamID || claims["oid"] != averyFabrikam || claims["iss"] != s.Issuer(fabrikamID) {
		t.Errorf("claims: %v", claims)
	}
	if tokens["client_info"] != clientInfo(&User{ObjectID: s.Directory.User(avery).ObjectID, Tenant: defaultTenant}) {
		t.Error("client_info names the home account")
	}
	// A refresh in the home tenant gives home tokens.
	home := entra(t, s)
	_, body := home.refresh(tokens["refresh_token"])
	if claims := claimsOf(t, body["id_token"]); claims["tid"] != defaultTenant || claims["oid"] != s.Directory.User(avery).ObjectID {
		t.Errorf("home claims: %v", claims)
	}
	// Who is no guest can't.
	if _, err := s.Complete(context.Background(), a.authorizeURL(a.app("web")), blake); err == nil || !strings.Contains(err.Error(), "must be invited as a guest") {
		t.Errorf("got %v", err)
	}
	emeryTokens := a.mustToken(a.app("native"), "grant_type", "password", "username", emery, "password", string(s.Directory.User(emery).Password), "scope", "openid offline_access")
	status, body := home.token(home.app("native"), "grant_type", "refresh_token", "refresh_token", emeryTokens["refresh_token"].(string))
	wantError(t, status, body, 400, "invalid_grant")
}

func TestCommonIsTheHomeTenant(t *testing.T) {
	s := start(t, &Server{Directory: twoTenants()})
	for _, tenant := range []string{"common", "organizations"} {
		a := open(t, s, ShapeEntra, s.Authority(tenant)+"/v2.0")
		for user, tid := range map[string]string{avery: defaultTenant, emery: fabrikamID} {
			back, err := s.Complete(context.Background(), a.authorizeURL(a.app("web")), user)
			if err != nil {
				t.Fatal(err)
			}
			_, query, _ := strings.Cut(back, "code=")
			code, _, _ := strings.Cut(query, "&")
			tokens := a.redeem(code)
			if claims := claimsOf(t, tokens["id_token"]); claims["tid"] != tid || claims["iss"] != s.Issuer(tid) {
				t.Errorf("%s at %s: %v", user, tenant, claims)
			}
			if _, body := a.refresh(tokens["refresh_token"]); claimsOf(t, body["id_token"])["tid"] != tid {
				t.Errorf("%s at %s: refreshed in another tenant", user, tenant)
			}
		}
	}
	consumers := open(t, s, ShapeEntra, s.Authority("consumers")+"/v2.0")
	if _, err := s.Complete(context.Background(), consumers.authorizeURL(consumers.app("web")), avery); err == nil {
		t.Error("a work account signed in under consumers")
	}
}

func TestSingleTenantApp(t *testing.T) {
	s := start(t, &Server{Directory: twoTenants()})
	daemon := s.Directory.App("daemon")
	for tenant, want := range map[string]string{"fabrikam.test": "unauthorized_client", "common": "invalid_request", "consumers": "unauthorized_client"} {
		a := open(t, s, ShapeEntra, s.Authority(tenant)+"/v2.0")
		_, body := a.token(daemon, "grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default")
		if body["error"] != want {
			t.Errorf("%s: %v, want %s", tenant, body["error"], want)
		}
	}
	entra(t, s).mustToken(daemon, "grant_type", "client_credentials", "scope", "api://"+defaultAPI+"/.default")
}

func TestClientOfAnotherTenantKeepsSubjectsApart(t *testing.T) {
	s := start(t, &Server{Directory: twoTenants()})
	a := entra(t, s)
	web := claimsOf(t, a.signIn()["id_token"])["sub"]
	native := claimsOf(t, a.mustToken(a.app("native"), "grant_type", "password", "username", avery, "password", string(s.Directory.User(avery).Password), "scope", "openid")["id_token"])["sub"]
	if web == native {
		t.Error("two apps see the same pairwise sub")
	}
}
