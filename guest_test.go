//go:build !js

package latchkey_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

// R9: an account that signed in under "common" gets tokens of its own tenant, and of a
// tenant where it is a guest if that is asked for by name; each tenant has its own
// tokens, and its own profile of the account.
func TestR9_GuestTenants(t *testing.T) {
	const guestTenant = "5b1d9c3e-7a2f-4e6b-8d4c-0f9a7b5c3d1e"
	d := authoritytest.DefaultDirectory()
	d.Tenants = append(d.Tenants, authoritytest.Tenant{ID: guestTenant, Domain: "fabrikam.test", Name: "Fabrikam"})
	d.Users[0].GuestOf = []authoritytest.Guest{{Tenant: guestTenant, ObjectID: "7c3e1a9f-2b4d-4f6e-8a5c-9d0b1e2f3a4c"}}
	srv := &authoritytest.Server{Directory: d}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	w := &world{t: t, shape: shapes[0], srv: srv, user: srv.Directory.Users[0], scope: srv.Directory.App("api").Scope("Tasks.Read"), ctx: t.Context()}
	for _, tenant := range []string{"common", "organizations"} {
		t.Run(tenant, func(t *testing.T) {
			cfg := w.config("native")
			cfg.Authority = srv.Authority(tenant)
			c := w.publicFrom(cfg)
			flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: w.redirectURI(), Scopes: w.scopes()})
			if err != nil {
				t.Fatal(err)
			}
			home, err := c.AcquireTokenByCode(w.ctx, flow, w.browse(flow.URL()))
			w.check(home, err, latchkey.FromAuthority, "sign-in")

			request := latchkey.SilentRequest{Account: home.Account, Scopes: w.scopes(), Tenant: guestTenant}
			guest, err := c.AcquireTokenSilent(w.ctx, request)
			w.check(guest, err, latchkey.FromAuthority, "no token")
			if guest.Account.HomeAccountID != home.Account.HomeAccountID || guest.Account.TenantID != guestTenant ||
				guest.Account.LocalAccountID != w.user.GuestOf[0].ObjectID || guest.Claims().Text("tid") != guestTenant {
				t.Errorf("the guest is %+v", guest.Account)
			}
			again, err := c.AcquireTokenSilent(w.ctx, request)
			w.check(again, err, latchkey.FromCache, "valid")
			if again.AccessToken() != guest.AccessToken() || again.Account != guest.Account {
				t.Error("the guest tenant's hit was not its own token")
			}
			request.Tenant = ""
			own, err := c.AcquireTokenSilent(w.ctx, request)
			w.check(own, err, latchkey.FromCache, "valid")
			if own.AccessToken() != home.AccessToken() || own.Account.TenantID != w.user.Tenant {
				t.Error("R9 without a tenant it was not the home tenant's token")
			}

			accounts, err := c.Accounts(w.ctx)
			if err != nil || len(accounts) != 1 || accounts[0].TenantID != w.user.Tenant {
				t.Errorf("one user in two tenants is %v, %v", accounts, err)
			}
			profiles, err := c.TenantProfiles(w.ctx, home.Account)
			if err != nil || len(profiles) != 2 || profiles[0].TenantID == profiles[1].TenantID {
				t.Errorf("the profiles are %v, %v", profiles, err)
			}
			if err := c.RemoveAccount(w.ctx, guest.Account); err != nil {
				t.Fatal(err)
			}
			if _, err := c.TenantProfiles(w.ctx, home.Account); !errors.Is(err, latchkey.ErrInteractionRequired) {
				t.Errorf("after RemoveAccount: %v", err)
			}
			request.Tenant = "../" + guestTenant
			if _, err := c.AcquireTokenSilent(w.ctx, request); err == nil {
				t.Error("R11 a tenant with a path was accepted")
			}
		})
	}
}

// A stuckAgent's user never comes back.
type stuckAgent struct{}

func (stuckAgent) Authorize(ctx context.Context, host string, begin func(context.Context, string, []string) (string, error)) (string, error) {
	if _, err := begin(ctx, "http://"+host+":4321", nil); err != nil {
		return "", err
	}
	<-ctx.Done()
	return "", ctx.Err()
}

// A sign-in that nobody finishes ends with its flow, and the next one works.
func TestInteractionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := latchkey.NewPublic(latchkey.Config{
			Authority: "https://issuer.example", ClientID: "c1",
			Transport: func(context.Context, *transport.Request) (*transport.Response, error) {
				return &transport.Response{Status: 200, Body: `{"issuer":"https://issuer.example","authorization_endpoint":"https://issuer.example/a",
					"token_endpoint":"https://issuer.example/t","jwks_uri":"https://issuer.example/k","response_types_supported":["code"]}`}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		for range 2 {
			_, err = c.AcquireTokenInteractive(context.Background(), stuckAgent{}, latchkey.InteractiveRequest{})
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, latchkey.ErrInteractionRequired) {
				t.Errorf("got %v", err)
			}
		}
		if waited := time.Since(started); waited != 20*time.Minute {
			t.Errorf("two sign-ins that nobody finished took %v, want 10 minutes each", waited)
		}
	})
}
