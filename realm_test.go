package latchkey

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/b64"
)

func TestR9_HomeTenant(t *testing.T) {
	ctx := context.Background()
	for _, word := range []string{"common", "organizations"} {
		t.Run("R9 "+word, func(t *testing.T) {
			w := newEntraWire(t, word)
			c := w.public()
			r := w.signIn(c.client, "a")
			if got := w.last().url; got != wireCloud+word+"/oauth2/v2.0/token" {
				t.Errorf("the sign-in asked %s", got)
			}
			if r.Account.TenantID != homeID || r.Account.HomeAccountID != "user-1."+homeID || r.Account.Environment != "login.windows.net" {
				t.Errorf("account %+v", r.Account)
			}
			expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonValid)
			expect(t, w.silent(c.client, r.Account, "b"), "at-2", FromAuthority, reasonNoToken)
			if got := w.last().url; got != wireCloud+homeID+"/oauth2/v2.0/token" {
				t.Errorf("the refresh asked %s, not the home tenant", got)
			}

			guest, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}, Tenant: guestID})
			if err != nil {
				t.Fatal(err)
			}
			expect(t, guest, "at-3", FromAuthority, reasonNoToken)
			if got := w.last().url; got != wireCloud+guestID+"/oauth2/v2.0/token" {
				t.Errorf("a guest's refresh asked %s", got)
			}
			if guest.Account.TenantID != guestID || guest.Account.HomeAccountID != r.Account.HomeAccountID {
				t.Errorf("a guest's account: %+v", guest.Account)
			}
			expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonValid)
			again, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}, Tenant: guestID})
			if err != nil {
				t.Fatal(err)
			}
			expect(t, again, "at-3", FromCache, reasonValid)
			if all, err := c.Accounts(ctx); err != nil || len(all) != 1 || all[0].TenantID != homeID {
				t.Errorf("accounts %+v, %v", all, err)
			}
		})
	}
}

// Without an ID token the tenant that was asked is the realm, never the user's home tenant.
func TestR9_GuestWithoutIDToken(t *testing.T) {
	w := newEntraWire(t, "common")
	c := w.public()
	r := w.signIn(c.client, "a")
	w.token = func(q asked) answer { return w.grant(q).without("id_token").answer() }
	guest, err := c.AcquireTokenSilent(context.Background(), SilentRequest{Account: r.Account, Scopes: []string{"b"}, Tenant: guestID})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, guest, "at-2", FromAuthority, reasonNoToken)
	if guest.Account.TenantID != guestID {
		t.Errorf("the guest's account: %+v", guest.Account)
	}
	expect(t, w.silent(c.client, r.Account, "b"), "at-3", FromAuthority, reasonNoToken)
}

func TestR9_Realm(t *testing.T) {
	w := newEntraWire(t, homeID)
	c := w.public().client
	where, m, err := c.resolve(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	claims := func(m members) Claims {
		c, err := idTokenClaims(jwt(m))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	tests := []struct {
		name   string
		answer tokenAnswer
		want   string
	}{
		{"R9 tid", tokenAnswer{claims: claims(members{"sub": "s", "tid": guestID, "oid": "o"}), clientInfo: clientInfo("u", homeID)}, guestID},
		{"R9 utid", tokenAnswer{clientInfo: clientInfo("u", guestID)}, guestID},
		{"R9 the issuer's", tokenAnswer{claims: claims(members{"sub": "s"})}, homeID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := c.identify(&tokenRequest{authority: where, metadata: m, user: true}, &tt.answer)
			if err != nil || a.Realm != tt.want {
				t.Errorf("%+v, %v; want realm %s", a, err, tt.want)
			}
		})
	}
}

func TestR10_ClientInfo(t *testing.T) {
	claims := func(oid, tid string) Claims {
		c, err := idTokenClaims(jwt(members{"oid": oid, "tid": tid}))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	none := Claims{}
	encode := func(text string) string { return b64.EncodeString(text) }
	tests := []struct {
		name, encoded string
		claims        Claims
		want          string // empty: an error
	}{
		{"R10 no ID token", clientInfo("u", homeID), none, "u." + homeID},
		{"R10 of this tenant", clientInfo("u", homeID), claims("u", homeID), "u." + homeID},
		{"R10 a guest", clientInfo("u", homeID), claims("other", guestID), "u." + homeID},
		{"R10 another user of the tenant", clientInfo("u", homeID), claims("v", homeID), ""},
		{"R10 the ID token has no oid", clientInfo("u", homeID), claims("", homeID), "u." + homeID},
		{"R10 padded", encode(`{"uid":"u","utid":"t"}`) + "==", none, "u.t"},
		{"R10 uid missing", encode(`{"utid":"t"}`), none, ""},
		{"R10 utid missing", encode(`{"uid":"u"}`), none, ""},
		{"R10 not base64url", "é", none, ""},
		{"R10 not JSON", encode("u.t"), none, ""},
		{"R10 a list", encode(`["u","t"]`), none, ""},
		{"R10 numbers", encode(`{"uid":1,"utid":2}`), none, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			profile := authority.Entra()
			got, err := readClientInfo(tt.encoded, tt.claims, &profile, homeID)
			if tt.want == "" {
				wantCheck(t, err, "client_info")
			} else if err != nil || got != tt.want {
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestR10_ClientInfoInFlows(t *testing.T) {
	t.Run("R10 refused, and nothing kept", func(t *testing.T) {
		w := newEntraWire(t, homeID)
		c := w.public()
		w.token = func(q asked) answer { return w.grant(q).with("client_info", clientInfo("user-2", homeID)).answer() }
		_, err := w.trySignIn(c.client, "a")
		wantCheck(t, err, "client_info")
		if all, err := c.Accounts(context.Background()); err != nil || len(all) != 0 {
			t.Errorf("accounts %+v, %v", all, err)
		}
	})
	t.Run("R10 asked for and read in the Entra profile only", func(t *testing.T) {
		w := newWire(t)
		w.token = func(q asked) answer { return w.grant(q).with("client_info", clientInfo("u", homeID)).answer() }
		r := w.signIn(w.public().client, "a")
		if r.Account.HomeAccountID != "user-1" || w.last().Has("client_info") {
			t.Errorf("OIDC: account %+v, client_info sent: %v", r.Account, w.last().Has("client_info"))
		}
		e := newEntraWire(t, homeID)
		e.signIn(e.public().client, "a")
		if e.last().Get("client_info") != "1" {
			t.Error("Entra: client_info was not asked for")
		}
	})
	t.Run("R10 not read from the callback", func(t *testing.T) {
		w := newEntraWire(t, homeID)
		c := w.public()
		flow := w.begin(c.client, AuthCodeRequest{Scopes: []string{"a"}})
		r, err := c.AcquireTokenByCode(context.Background(), flow, "code=c&client_info="+clientInfo("evil", homeID)+"&state="+flow.State())
		if err != nil || r.Account.HomeAccountID != "user-1."+homeID {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// Two issuers on one host, one client id, one store: nothing is shared.
func TestR10_RealmsOfOneHost(t *testing.T) {
	ctx := context.Background()
	store := cache.NewMemory()
	client := func(issuer string) (*wire, *PublicClient) {
		w := newWire(t)
		w.url = issuer
		w.document["issuer"] = issuer
		w.token = func(q asked) answer {
			return w.grant(q).with("id_token", jwt(w.claims(q).with("iss", issuer))).answer()
		}
		return w, w.public(func(cfg *Config) { cfg.Cache = store })
	}
	wa, a := client("https://op.example/realms/a")
	wb, b := client("https://op.example/realms/b")
	r := wa.signIn(a.client, "x")
	if r.Account.Environment != "https://op.example/realms/a" {
		t.Errorf("environment %q", r.Account.Environment)
	}
	if _, err := b.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"x"}}); !errors.Is(err, ErrInteractionRequired) {
		t.Errorf("the other realm: %v", err)
	}
	if all, err := b.Accounts(ctx); err != nil || len(all) != 0 {
		t.Errorf("the other realm lists %+v, %v", all, err)
	}
	wb.signIn(b.client, "x")
	got, err := b.AcquireTokenSilent(ctx, SilentRequest{Scopes: []string{"x"}})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, got, "at-1", FromCache, reasonValid)
	if err := b.RemoveAccount(ctx, got.Account); err != nil {
		t.Fatal(err)
	}
	if got := wa.silent(a.client, r.Account, "x"); got.Source.From != FromCache {
		t.Errorf("the first realm's token is from the %s", got.Source.From)
	}
}

func TestR14_NoIDToken(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	w.token = func(q asked) answer { return w.grant(q).without("id_token").answer() }
	c := w.public()
	first, second := w.signIn(c.client, "a"), w.signIn(c.client, "a")
	if !strings.HasPrefix(first.Account.HomeAccountID, "local-") || first.Account.HomeAccountID == second.Account.HomeAccountID {
		t.Errorf("accounts %q and %q", first.Account.HomeAccountID, second.Account.HomeAccountID)
	}
	if all, err := c.Accounts(ctx); err != nil || len(all) != 2 {
		t.Errorf("accounts %+v, %v", all, err)
	}
	expect(t, w.silent(c.client, first.Account, "a"), "at-1", FromCache, reasonValid)
	expect(t, w.silent(c.client, second.Account, "a"), "at-2", FromCache, reasonValid)
	r, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: second.Account, Scopes: []string{"a"}, ForceRefresh: true})
	if err != nil || w.last().Get("refresh_token") != "rt-2" || r.Account != second.Account {
		t.Errorf("renewal of the second: %v, %q, %+v", err, w.last().Get("refresh_token"), r.Account)
	}
}

func TestHomeTenant(t *testing.T) {
	for id, want := range map[string]string{
		"": "", "user": "", "u." + homeID: homeID, "a.b." + homeID: homeID, "u.contoso.example": "", "." + homeID: homeID,
	} {
		if got := homeTenant(id); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
	if authority.IsGUID(guestID) != true {
		t.Error("the tests' tenants are no tenants")
	}
}
