package azurecredential_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/azurecredential"
)

// A pipeline of the SDK calls a service, in both shapes and for both kinds of token.
func TestPipeline(t *testing.T) {
	for name, make := range map[string]func(*testing.T) *world{"Entra": newWorld, "OpenID Connect": newPlainWorld} {
		t.Run(name, func(t *testing.T) {
			w := make(t)
			for _, test := range []struct {
				name       string
				credential *azurecredential.Credential
				scopes     []string
				user       bool
			}{{"user", w.forUser(), w.scopes, true}, {"service", w.forService(), w.appScopes, false}} {
				s := newService(t)
				p := s.pipeline(test.credential, test.scopes)
				for range 3 {
					if status, err := s.call(t.Context(), p); status != 200 || err != nil {
						t.Fatalf("%s: status %d, %v", test.name, status, err)
					}
				}
				seen := s.seen()
				if len(seen) != 3 || seen[0] == "" || seen[1] != seen[0] || seen[2] != seen[0] {
					t.Fatalf("%s: %d requests, or several tokens", test.name, len(seen))
				}
				c := claimsOf(t, seen[0])
				if user := c["scp"] != nil || c["scope"] != nil; user != test.user || !c.cae() {
					t.Errorf("%s: claims %v", test.name, c)
				}
				if n := len(w.asked()); n != 1 {
					t.Errorf("%s: %d token requests", test.name, n)
				}
			}
		})
	}
}

func TestGetToken(t *testing.T) {
	w := newWorld(t)
	for name, credential := range map[string]*azurecredential.Credential{"user": w.forUser(), "service": w.forService()} {
		options := policy.TokenRequestOptions{Scopes: w.appScopes}
		token, err := credential.GetToken(t.Context(), options)
		if err != nil {
			t.Fatal(name, err)
		}
		left := token.ExpiresOn.Sub(w.srv.Clock.Now())
		if left < 59*time.Minute || left > time.Hour || token.ExpiresOn.Location() != time.UTC || !token.RefreshOn.IsZero() {
			t.Errorf("%s: it ends in %v, %v", name, left, token.ExpiresOn.Location())
		}
		w.srv.Clock.Advance(2 * time.Hour)
		again, err := credential.GetToken(t.Context(), options)
		if err != nil || again.Token == token.Token || !again.ExpiresOn.After(w.srv.Clock.Now()) {
			t.Errorf("%s, when it had ended: %v", name, err)
		}
	}
}

// Who does not answer challenges gets no token that can be revoked, and the other way round.
func TestCAETokensAreKeptApart(t *testing.T) {
	w := newWorld(t)
	for name, credential := range map[string]*azurecredential.Credential{"user": w.forUser(), "service": w.forService()} {
		w.asked()
		var tokens [4]string
		for i := range tokens {
			token, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: w.appScopes, EnableCAE: i%2 == 1})
			if err != nil {
				t.Fatal(name, err)
			}
			tokens[i] = token.Token
			if got := claimsOf(t, token.Token).cae(); got != (i%2 == 1) {
				t.Errorf("%s: token %d: CAE %t", name, i, got)
			}
		}
		if tokens[0] != tokens[2] || tokens[1] != tokens[3] {
			t.Errorf("%s: the cache was not asked", name)
		}
		if asked := w.asked(); len(asked) != 2 || asked[0] != "" || asked[1] != `{"access_token":{"xms_cc":{"values":["CP1"]}}}` {
			t.Errorf("%s: claims %q", name, asked)
		}
	}
}

// What the request asks for stays, and the map is the caller's.
func TestClaimsOfTheRequest(t *testing.T) {
	w := newWorld(t)
	r := latchkey.SilentRequest{Account: w.user, Claims: latchkey.ClaimsRequest{AccessToken: map[string]latchkey.ClaimRequest{"given_name": {Essential: true}}}}
	token, err := azurecredential.ForUser(w.app, r).GetToken(t.Context(), policy.TokenRequestOptions{Scopes: w.scopes, EnableCAE: true})
	if err != nil {
		t.Fatal(err)
	}
	if c := claimsOf(t, token.Token); !c.cae() || c["given_name"] != "Avery" {
		t.Errorf("claims %v", c)
	}
	if len(r.Claims.AccessToken) != 1 {
		t.Error("the caller's request was changed")
	}
}

func TestTenants(t *testing.T) {
	w := newWorld(t)
	contoso := w.srv.Directory.Tenants[0].ID
	type change = func(*azurecredential.Credential)
	of := func(tenants ...string) change {
		return func(c *azurecredential.Credential) { c.Tenants = tenants }
	}
	user := func(tenant string) *azurecredential.Credential {
		return azurecredential.ForUser(w.app, latchkey.SilentRequest{Account: w.user, Tenant: tenant})
	}
	service := func(tenant string) *azurecredential.Credential {
		return azurecredential.ForService(w.svc, latchkey.ClientCredentialRequest{Tenant: tenant})
	}
	for _, test := range []struct {
		name       string
		credential *azurecredential.Credential
		change     change
		named      string // by the service
		want       string // tenant of the token; empty: refused
	}{
		{"user, none named", user(""), nil, "", contoso},
		{"user, the account's", user(""), nil, strings.ToUpper(contoso), contoso},
		{"user, another", user(""), nil, fabrikam, ""},
		{"user, another, permitted", user(""), of("x", strings.ToUpper(fabrikam)), fabrikam, fabrikam},
		{"user, the request's", user(fabrikam), nil, fabrikam, fabrikam},
		{"user, the request's, none named", user(fabrikam), nil, "", fabrikam},
		{"user, not the request's", user(fabrikam), nil, contoso, ""},
		{"user, any", user(""), of(azurecredential.AnyTenant), fabrikam, fabrikam},
		{"service, none named", service(""), nil, "", contoso},
		{"service, named", service(""), nil, contoso, ""},
		{"service, the request's", service(contoso), nil, contoso, contoso},
		{"service, permitted", service(""), of(fabrikam), fabrikam, fabrikam},
		{"any is no tenant of a list", service(""), of(contoso, azurecredential.AnyTenant), fabrikam, ""},
		{"any, no tenant at all", service(""), of(azurecredential.AnyTenant), "../../evil.example", ""},
		{"any, several", service(""), of(azurecredential.AnyTenant), "common", ""},
	} {
		t.Run("R11 "+test.name, func(t *testing.T) {
			if test.change != nil {
				test.change(test.credential)
			}
			w.asked()
			token, err := test.credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: w.appScopes, TenantID: test.named})
			if test.want == "" {
				var need *azurecredential.TokenError
				if !errors.As(err, &need) || need.Tenant != test.named || len(w.asked()) != 0 || errors.Is(err, latchkey.ErrInteractionRequired) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := claimsOf(t, token.Token)["tid"]; got != test.want {
				t.Errorf("a token of %v", got)
			}
		})
	}
}

// The caller's context is the one that counts.
func TestContext(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, credential := range map[string]*azurecredential.Credential{"user": w.forUser(), "service": w.forService()} {
		if _, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: w.appScopes}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// fixed is a client that always answers the same.
type fixed struct{ result *latchkey.Result }

func (f fixed) AcquireTokenSilent(context.Context, latchkey.SilentRequest) (*latchkey.Result, error) {
	return f.result, nil
}

func TestMisuse(t *testing.T) {
	w := newWorld(t)
	user := func(r latchkey.SilentRequest) *azurecredential.Credential { return azurecredential.ForUser(w.app, r) }
	service := func(r latchkey.ClientCredentialRequest) *azurecredential.Credential {
		return azurecredential.ForService(w.svc, r)
	}
	good := policy.TokenRequestOptions{Scopes: w.appScopes}
	for _, test := range []struct {
		name       string
		credential *azurecredential.Credential
		options    policy.TokenRequestOptions
		want       string
	}{
		{"nil", nil, good, "make it by ForUser or ForService"},
		{"zero", &azurecredential.Credential{}, good, "make it by ForUser or ForService"},
		{"no user client", azurecredential.ForUser(nil, latchkey.SilentRequest{}), good, "has no client"},
		{"no service", azurecredential.ForService(nil, latchkey.ClientCredentialRequest{}), good, "has no client"},
		{"user, scopes", user(latchkey.SilentRequest{Scopes: []string{}}), good, "leave them empty"},
		{"user, challenge", user(latchkey.SilentRequest{ClaimsChallenge: "{}"}), good, "leave them empty"},
		{"user, rejected", user(latchkey.SilentRequest{Rejected: "x"}), good, "leave them empty"},
		{"user, forced", user(latchkey.SilentRequest{ForceRefresh: true}), good, "leave them empty"},
		{"service, scopes", service(latchkey.ClientCredentialRequest{Scopes: []string{}}), good, "leave them empty"},
		{"service, challenge", service(latchkey.ClientCredentialRequest{ClaimsChallenge: "{}"}), good, "leave them empty"},
		{"service, rejected", service(latchkey.ClientCredentialRequest{Rejected: "x"}), good, "leave them empty"},
		{"service, forced", service(latchkey.ClientCredentialRequest{ForceRefresh: true}), good, "leave them empty"},
		{"no scopes", w.forUser(), policy.TokenRequestOptions{}, "azurecredential: no token: latchkey: SilentRequest.Scopes"},
		{"claims that are none", w.forUser(), policy.TokenRequestOptions{Scopes: w.scopes, Claims: "e30="}, "ClaimsChallenge"},
		{"claims of 100 KB", w.forService(), policy.TokenRequestOptions{Scopes: w.appScopes, Claims: `{"a":"` + strings.Repeat("x", 100<<10) + `"}`}, "ClaimsChallenge"},
		{"nothing", azurecredential.ForUser(fixed{}, latchkey.SilentRequest{}), good, "neither a token nor an error"},
		{"no access token", azurecredential.ForUser(fixed{&latchkey.Result{}}, latchkey.SilentRequest{}), good, "no access token"},
	} {
		token, err := test.credential.GetToken(t.Context(), test.options)
		var need *azurecredential.TokenError
		if token.Token != "" || !errors.As(err, &need) || !strings.Contains(err.Error(), test.want) || len(err.Error()) > 2000 {
			t.Errorf("%s: %.200v", test.name, err)
		}
	}
	if n := len(w.asked()); n != 0 {
		t.Errorf("%d token requests", n)
	}
}

// A credential can be printed, and so can what it returns when it fails.
func TestPrinting(t *testing.T) {
	w := newWorld(t)
	for _, credential := range []*azurecredential.Credential{w.forUser(), w.forService()} {
		if _, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: w.appScopes}); err != nil {
			t.Fatal(err)
		}
		_, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"api://nobody/.default", "evil\x1b[31m\r\n"}})
		if err == nil || strings.ContainsAny(err.Error(), "\x1b\r\n") {
			t.Errorf("R23 %q", err)
		}
		w.leaks(fmt.Sprintf("%v %+v %#v %v %+v %#v", credential, credential, credential, err, err, err))
	}
}
