//go:build !js

package latchkey

import (
	"context"
	"errors"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

func (w *wire) daemon(edit ...func(*Config)) *ConfidentialClient {
	return &ConfidentialClient{w.confidential(Secret("hush"), edit...)}
}

// TestR24_ClientCredentialRequest is TestR24_SilentRequest for an application's own tokens.
func TestR24_ClientCredentialRequest(t *testing.T) {
	ctx := context.Background()
	w := newEntraWire(t, homeID)
	w.profile.ResourceParameter = "resource"
	c := w.daemon()
	// Without names, so that this does not compile when a field is added: give it a row below.
	base := ClientCredentialRequest{[]string{"a/.default"}, "", "", ClaimsRequest{}, "", nil, false, "", false, ""}
	tests := []struct {
		field      string
		change     func(*ClientCredentialRequest)
		sameFlight bool
		sameToken  bool
	}{
		{"nothing", func(*ClientCredentialRequest) {}, true, true},
		{"Scopes", func(r *ClientCredentialRequest) { r.Scopes = []string{"b/.default"} }, false, false},
		{"Scopes, case", func(r *ClientCredentialRequest) { r.Scopes = []string{"A/.default"} }, true, true},
		{"Resource", func(r *ClientCredentialRequest) { r.Resource = "https://api.example" }, false, false},
		{"Tenant", func(r *ClientCredentialRequest) { r.Tenant = guestID }, false, false},
		{"Tenant, the client's", func(r *ClientCredentialRequest) { r.Tenant = homeID }, true, true},
		{"Claims, access token", func(r *ClientCredentialRequest) { r.Claims = parseClaims(t, `{"access_token":{"x":null}}`) }, false, false},
		{"Claims, something else", func(r *ClientCredentialRequest) { r.Claims = parseClaims(t, `{"x":null}`) }, false, false},
		{"ClaimsChallenge", func(r *ClientCredentialRequest) { r.ClaimsChallenge = `{"access_token":{"x":null}}` }, false, false},
		{"Extra", func(r *ClientCredentialRequest) { r.Extra = map[string]string{"x": "y"} }, false, false},
		{"ForceRefresh", func(r *ClientCredentialRequest) { r.ForceRefresh = true }, false, false},
		{"Rejected", func(r *ClientCredentialRequest) { r.Rejected = "hash of another token" }, false, true},
		{"AllowExtendedExpiry", func(r *ClientCredentialRequest) { r.AllowExtendedExpiry = true }, true, true},
		{"CorrelationID", func(r *ClientCredentialRequest) { r.CorrelationID = "mine" }, true, true},
	}
	key := func(r ClientCredentialRequest) string {
		a, err := c.clientCredentialAcquisition(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		return a.flightKey()
	}
	for _, tt := range tests {
		changed := base
		tt.change(&changed)
		if same := key(changed) == key(base); same != tt.sameFlight {
			t.Errorf("R24 %s: same flight key: %v", tt.field, same)
		}
		before, err := c.AcquireTokenByClientCredential(ctx, base)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.AcquireTokenByClientCredential(ctx, changed)
		if err != nil {
			t.Fatalf("R24 %s: %v", tt.field, err)
		}
		if same := got.AccessToken() == before.AccessToken(); same != tt.sameToken {
			t.Errorf("R24 %s: same token: %v", tt.field, same)
		}
	}
}

func TestR2_ClientCredentialScopes(t *testing.T) {
	ctx := context.Background()
	o := newWire(t)
	if _, err := o.daemon().AcquireTokenByClientCredential(ctx, ClientCredentialRequest{}); err != nil || o.last().Has("scope") {
		t.Errorf("R2 OIDC without scopes: %v, scope %q", err, o.last().Get("scope"))
	}
	if _, err := o.daemon().AcquireTokenByClientCredential(ctx, ClientCredentialRequest{Scopes: []string{"a"}}); err != nil || o.last().Get("scope") != "a" {
		t.Errorf("R2 OIDC: %v, scope %q", err, o.last().Get("scope"))
	}
	e := newEntraWire(t, homeID)
	r, err := e.daemon().AcquireTokenByClientCredential(ctx, ClientCredentialRequest{Scopes: []string{"a/.default"}})
	if err != nil || e.last().Get("scope") != "a/.default" || e.last().Has("client_info") {
		t.Errorf("R2 Entra: %v, %v", err, e.last().Values)
	}
	if r.Account != (Account{}) || r.IDToken() != "" {
		t.Errorf("an application's token is of %+v", r.Account)
	}
	_, err = e.daemon().AcquireTokenByClientCredential(ctx, ClientCredentialRequest{})
	wantArgument(t, err, "ClientCredentialRequest.Scopes")
	_, err = newEntraWire(t, "organizations").daemon().AcquireTokenByClientCredential(ctx, ClientCredentialRequest{Scopes: []string{"a/.default"}})
	wantArgument(t, err, "ClientCredentialRequest.Tenant")
}

// R30: an application's token may be got without the store; what cannot be saved is said.
func TestR30_ClientCredentialWithoutStore(t *testing.T) {
	ctx := context.Background()
	ask := ClientCredentialRequest{Scopes: []string{"a"}}
	for _, broken := range []string{"Load", "Save", "Lock", "Load Save Lock"} {
		t.Run("R30 "+broken, func(t *testing.T) {
			w := newWire(t)
			store := &troubledStore{Store: cache.NewMemory()}
			c := w.daemon(func(cfg *Config) { cfg.Cache = store })
			store.fail(broken)
			r, err := c.AcquireTokenByClientCredential(ctx, ask)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, r, "at-1", FromAuthority, reasonNoToken)
			if unsaved := broken != "Lock"; (r.CacheError != nil) != unsaved || unsaved && !errors.Is(r.CacheError, errStore) {
				t.Errorf("CacheError %v", r.CacheError)
			}
			again, err := c.AcquireTokenByClientCredential(ctx, ask)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, again, "at-1", FromCache, reasonValid)
			store.fail("")
			if err := c.Close(ctx); err != nil {
				t.Fatal(err)
			}
			other, err := w.daemon(func(cfg *Config) { cfg.Cache = store }).AcquireTokenByClientCredential(ctx, ask)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, other, "at-1", FromCache, reasonValid)
		})
	}
}
