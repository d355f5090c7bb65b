package latchkey

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
)

const policyHost = "https://contoso.b2clogin.com/"

// newPolicyWire returns a policy of Azure AD B2C whose tokens have the claims.
func newPolicyWire(t testing.TB, extra members) *wire {
	w := newWire(t)
	w.profile, w.url = authority.B2C(), policyHost+homeID+"/b2c_1_signin"
	w.document["issuer"] = policyHost + homeID + "/v2.0/"
	w.token = func(q asked) answer {
		claims := w.claims(q).with("iss", policyHost+homeID+"/v2.0/").with("oid", "user-1").with("emails", []string{"user-1@contoso.example"})
		claims.without("preferred_username")
		for name, value := range extra {
			claims[name] = value
		}
		return w.grant(q).with("id_token", jwt(claims)).with("client_info", clientInfo("user-1-b2c_1_signin", homeID)).answer()
	}
	return w
}

// Two policies share an issuer: what tells their tokens apart is tfp, or acr.
func TestR8_PolicyOfTheIDToken(t *testing.T) {
	tests := []struct {
		name   string
		claims members
		ok     bool
	}{
		{"R8 tfp", members{"tfp": "B2C_1_SignIn"}, true},
		{"R8 acr", members{"acr": "b2c_1_signin"}, true},
		{"R8 neither", nil, true},
		{"R8 tfp of another policy", members{"tfp": "B2C_1_weak"}, false},
		{"R8 acr of another policy", members{"acr": "b2c_1_weak"}, false},
		{"R8 tfp is no string", members{"tfp": 1, "acr": "b2c_1_weak"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newPolicyWire(t, tt.claims)
			c := w.public()
			_, err := w.trySignIn(c.client, "a")
			all, listErr := c.Accounts(context.Background())
			switch {
			case !tt.ok:
				wantCheck(t, err, "tfp")
				if listErr != nil || len(all) != 0 {
					t.Errorf("kept %+v, %v", all, listErr)
				}
			case err != nil:
				t.Error(err)
			}
		})
	}
	t.Run("R8 elsewhere they mean nothing", func(t *testing.T) {
		w := newWire(t)
		w.token = func(q asked) answer {
			return w.grant(q).with("id_token", jwt(w.claims(q).with("acr", "b2c_1_weak").with("tfp", "x"))).answer()
		}
		if _, err := w.trySignIn(w.public().client, "a"); err != nil {
			t.Error(err)
		}
	})
}

// A policy can pass on the tid of the provider that a user came from. The realm is the
// authority's tenant all the same.
func TestR9_RealmOfAPolicy(t *testing.T) {
	w := newPolicyWire(t, members{"tid": guestID})
	c := w.public()
	r := w.signIn(c.client, "a")
	if r.Account.TenantID != homeID || r.Account.HomeAccountID != "user-1-b2c_1_signin."+homeID || r.Account.Username != "user-1@contoso.example" {
		t.Errorf("account %+v", r.Account)
	}
	if want := policyHost + homeID + "/b2c_1_signin"; r.Account.Environment != want {
		t.Errorf("environment %s, want %s", r.Account.Environment, want)
	}
	expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonValid)
	expect(t, w.silent(c.client, r.Account, "b"), "at-2", FromAuthority, reasonNoToken)
}

func TestR10_ClientInfoOfPolicies(t *testing.T) {
	claims := func(m members) Claims {
		c, err := idTokenClaims(jwt(m))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	profile := authority.B2C()
	tests := []struct {
		name, uid, utid string
		claims          Claims
		ok              bool
	}{
		{"R10 the user's", "u-b2c_1_signin", homeID, claims(members{"oid": "u"}), true},
		{"R10 without a policy", "u", homeID, claims(members{"oid": "u", "tid": homeID}), true},
		{"R10 another user", "v-b2c_1_signin", homeID, claims(members{"oid": "u"}), false},
		{"R10 another user whose id begins alike", "u2-b2c_1_signin", homeID, claims(members{"oid": "u", "tid": homeID}), false},
		{"R10 no oid", "v-b2c_1_signin", homeID, claims(members{}), true},
		{"R10 a tid of another provider", "v-b2c_1_signin", homeID, claims(members{"oid": "u", "tid": guestID}), true},
		{"R10 another tenant", "v-b2c_1_signin", guestID, claims(members{"oid": "u"}), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := readClientInfo(clientInfo(tt.uid, tt.utid), tt.claims, &profile, homeID)
			if !tt.ok {
				wantCheck(t, err, "client_info")
			} else if err != nil || id != tt.uid+"."+tt.utid {
				t.Errorf("%q, %v", id, err)
			}
		})
	}
}

// An access token may be missing only if none was asked for.
func TestR12_AccessTokenAskedFor(t *testing.T) {
	for _, tt := range []struct {
		scopes []string
		ok     bool
	}{
		{nil, true}, {[]string{"openid", "email", "offline_access"}, true}, {[]string{"a"}, false}, {[]string{"email", "a"}, false},
	} {
		w := newPolicyWire(t, nil)
		whole := w.token
		w.token = func(q asked) answer {
			a := whole(q)
			object := members{}
			if err := json.Unmarshal([]byte(a.body), &object); err != nil {
				t.Fatal(err)
			}
			return object.without("access_token", "expires_in", "scope").answer()
		}
		r, err := w.trySignIn(w.public().client, tt.scopes...)
		if !tt.ok {
			wantCheck(t, err, "access_token")
		} else if err != nil || r.AccessToken() != "" || r.IDToken() == "" {
			t.Errorf("%q: %v, %v", tt.scopes, r, err)
		}
	}
}

func TestR12_TokenTypeIsSpelledAsResourcesKnowIt(t *testing.T) {
	w := newWire(t)
	w.token = func(q asked) answer { return w.grant(q).with("token_type", "bearer").answer() }
	c := w.public()
	r := w.signIn(c.client, "a")
	if r.TokenType() != "Bearer" || r.Header() != "Bearer at-1" {
		t.Errorf("%q", r.Header())
	}
	again, err := c.AcquireTokenSilent(context.Background(), SilentRequest{Account: r.Account, Scopes: []string{"a"}})
	if err != nil || again.Header() != "Bearer at-1" {
		t.Errorf("%q, %v", again.Header(), err)
	}
}
