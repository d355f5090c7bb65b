//go:build !js

package latchkey_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

// R9: whatever the authority is called, tokens are kept under the user's tenant, and
// silent renewal asks there.
func TestR9_EntraTenants(t *testing.T) {
	for _, tenant := range []string{"", "contoso.test", "common", "organizations"} {
		t.Run("tenant "+tenant, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, shapes[0])
			cfg := w.config("native")
			cfg.Authority = w.srv.Authority(tenant)
			c := w.publicFrom(cfg)
			flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: w.redirectURI(), Scopes: w.scopes()})
			if err != nil {
				t.Fatal(err)
			}
			r, err := c.AcquireTokenByCode(w.ctx, flow, w.browse(flow.URL()))
			w.check(r, err, latchkey.FromAuthority, "sign-in")
			w.checkUser(r)
			if r.Account.TenantID != w.user.Tenant {
				t.Errorf("the account's tenant is %q, want the GUID", r.Account.TenantID)
			}
			w.afterwards(c, r)
			requests := w.srv.Requests()
			if last := requests[len(requests)-1]; strings.HasPrefix(last.Path, "/common/") || strings.HasPrefix(last.Path, "/organizations/") {
				t.Errorf("the renewal asked %s, not the user's tenant", last.Path)
			}
		})
	}
}

// Personal accounts live in a tenant of their own, which "consumers" stands for.
func TestEntraConsumers(t *testing.T) {
	const personal = "9188040d-6c67-4c5b-b112-36a304b66dad"
	d := authoritytest.DefaultDirectory()
	d.Tenants = append(d.Tenants, authoritytest.Tenant{ID: personal, Domain: "live.test"})
	user := d.Users[0]
	user.Tenant, user.Username, user.ObjectID = personal, "drew@live.test", "00000000-0000-0000-9b2d-3f6a1c8e7d50"
	d.Users = append(d.Users, user)
	srv := &authoritytest.Server{Directory: d}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	w := &world{t: t, shape: shapes[0], srv: srv, user: user, scope: srv.Directory.App("api").Scope("Tasks.Read"), ctx: t.Context()}
	cfg := w.config("native")
	cfg.Authority = srv.Authority("consumers")
	c := w.publicFrom(cfg)
	flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: w.redirectURI(), Scopes: w.scopes()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.AcquireTokenByCode(w.ctx, flow, w.browse(flow.URL()))
	w.check(r, err, latchkey.FromAuthority, "sign-in")
	if r.Account.TenantID != personal {
		t.Errorf("the account's tenant is %s", r.Account.TenantID)
	}
	w.afterwards(c, r)
}

// A service's own token comes from one tenant, which a request can name.
func TestClientCredentialTenant(t *testing.T) {
	w := newWorld(t, shapes[0])
	cfg := w.config("daemon")
	cfg.Authority = w.srv.Authority("organizations")
	c := w.confidentialFrom("daemon", cfg)
	request := w.appRequest()
	var wrong *latchkey.ArgumentError
	if _, err := c.AcquireTokenByClientCredential(w.ctx, request); !errors.As(err, &wrong) {
		t.Errorf("without a tenant: %v", err)
	}
	request.Tenant = "contoso.test"
	byDomain, err := c.AcquireTokenByClientCredential(w.ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	request.Tenant = w.user.Tenant
	byID, err := c.AcquireTokenByClientCredential(w.ctx, request)
	if err != nil || byID.AccessToken() != byDomain.AccessToken() {
		t.Errorf("the domain and the id of one tenant do not share a token: %v", err)
	}
	request.Tenant = "../evil"
	if _, err := c.AcquireTokenByClientCredential(w.ctx, request); err == nil {
		t.Error("R11 a tenant with a path was accepted")
	}
}

// R5: .default stands alone.
func TestR5_DefaultScopeEndToEnd(t *testing.T) {
	w := newWorld(t, shapes[0])
	c := w.public()
	r := w.signIn(c)
	api := w.srv.Directory.App("api").IDURI
	before := w.tokenRequests("")
	all, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: r.Account, Scopes: []string{api + "/.default"}})
	if err != nil || all.Source.From != latchkey.FromAuthority || w.tokenRequests("") != before+1 {
		t.Errorf("a token for a scope answered a request for .default: %v, %v", all, err)
	}
	again, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: r.Account, Scopes: []string{api + "/.default"}})
	if err != nil || again.Source.From != latchkey.FromCache {
		t.Errorf("the second time: %v, %v", again, err)
	}
	var wrong *latchkey.ArgumentError
	if _, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: r.Account, Scopes: []string{api + "/.default", w.scope}}); !errors.As(err, &wrong) {
		t.Errorf("both at once: %v", err)
	}
}

// Over TLS with a private CA, which comes in with the transport.
func TestPrivateCA(t *testing.T) {
	srv := &authoritytest.Server{TLS: true, DeviceInterval: time.Second}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	w := &world{t: t, shape: shapes[1], srv: srv, user: srv.Directory.User("avery@contoso.test"), scope: srv.Directory.App("api").Scope("Tasks.Read"), ctx: t.Context()}
	c := w.public()
	w.afterwards(c, w.signIn(c))

	cfg := w.config("native")
	cfg.Transport = transport.Default() // does not know the CA
	_, err := w.publicFrom(cfg).AcquireTokenByUsernamePassword(w.ctx, "u", "p", latchkey.UsernamePasswordRequest{})
	var refused *transport.Error
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without the CA: %v", err)
	}
}
