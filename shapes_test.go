//go:build !js

package latchkey_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/clientkey"
)

// products are the shapes of Microsoft's other products. Each runs the flows that the
// product has.
var products = []shape{
	{
		name: "b2c", profile: authority.B2C(), lacks: []string{"password", "device_code"}, account: policyAccount,
		authority: func(s *authoritytest.Server) string { return s.B2CAuthority("B2C_1_signin") },
	},
	{
		name: "b2c-tfp", profile: authority.B2C(), lacks: []string{"password", "device_code"},
		authority: func(s *authoritytest.Server) string {
			return strings.Replace(s.B2CAuthority("B2C_1A_Custom"), "/contoso.test", "/tfp/contoso.test", 1)
		},
	},
	{
		name: "ciam", profile: authority.CIAM(), lacks: []string{"password"}, account: entraAccount, tls: true,
		authority: func(s *authoritytest.Server) string { return s.CIAMAuthority("contoso.onmicrosoft.com") },
	},
	{
		name: "adfs", profile: authority.ADFS(), authority: (*authoritytest.Server).ADFSAuthority,
		account: func(_ *world, r *latchkey.Result) (string, string) { return r.Claims().Text("sub"), "" },
	},
}

// eachProvider runs a test in every shape that has the grant.
func eachProvider(t *testing.T, grant string, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, s := range append(slices.Clone(shapes), products...) {
		if slices.Contains(s.lacks, grant) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, s))
		})
	}
}

func entraAccount(w *world, _ *latchkey.Result) (homeID, name string) {
	return w.user.ObjectID + "." + w.user.Tenant, w.user.Name
}

func policyAccount(w *world, _ *latchkey.Result) (homeID, name string) {
	return w.user.ObjectID + "-b2c_1_signin." + w.user.Tenant, w.user.Name
}

// profile is the shape's, with the hosts that this authority has in place of Microsoft's.
func (w *world) profile() authority.Profile {
	p := w.shape.profile
	if p.TenantHost != "" {
		p.TenantHost = w.srv.CIAMHost()
	}
	return p
}

// origin is where the authority's endpoints are.
func (w *world) origin() string {
	u, err := url.Parse(w.shape.authority(w.srv))
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host
}

// signInByCode signs the user in at the authority's pages.
func (w *world) signInByCode(c *latchkey.PublicClient, scopes ...string) *latchkey.Result {
	w.t.Helper()
	return w.signInFor(c, latchkey.AuthCodeRequest{Scopes: scopes})
}

func (w *world) signInFor(c *latchkey.PublicClient, r latchkey.AuthCodeRequest) *latchkey.Result {
	w.t.Helper()
	r.RedirectURI = w.redirectURI()
	flow, err := c.AuthCodeURL(w.ctx, r)
	if err != nil {
		w.t.Fatal(err)
	}
	result, err := c.AcquireTokenByCode(w.ctx, flow, w.browse(flow.URL()))
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

func productWorld(t *testing.T, name string) *world {
	t.Helper()
	i := slices.IndexFunc(products, func(s shape) bool { return s.name == name })
	return newWorld(t, products[i])
}

// R8: two policies of one tenant share users, an issuer, a client and a store, but no
// account and no token.
func TestR8_PoliciesShareNothing(t *testing.T) {
	w := productWorld(t, "b2c")
	store := cache.NewMemory()
	client := func(policy string) *latchkey.PublicClient {
		cfg := w.config("native")
		cfg.Authority, cfg.Cache = w.srv.B2CAuthority(policy), store
		return w.publicFrom(cfg)
	}
	signin, profile := client("B2C_1_signin"), client("B2C_1_profile")
	first := w.signInByCode(signin, w.scope)
	w.checkUser(first)
	if all, err := profile.Accounts(w.ctx); err != nil || len(all) != 0 {
		t.Errorf("the other policy knows %+v, %v", all, err)
	}
	before := w.tokenRequests("")
	if _, err := profile.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()}); !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("the other policy serves the account: %v", err)
	}
	if w.tokenRequests("") != before {
		t.Error("a refresh token went to another policy")
	}
	second := w.signInByCode(profile, w.scope)
	if second.Account.HomeAccountID == first.Account.HomeAccountID || second.Claims().Text("iss") != first.Claims().Text("iss") {
		t.Errorf("accounts %+v and %+v", first.Account, second.Account)
	}
	if _, err := profile.SignOut(w.ctx, latchkey.SignOutRequest{Account: second.Account}); err != nil {
		t.Fatal(err)
	}
	r, err := signin.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: w.scopes()})
	w.check(r, err, latchkey.FromCache, "valid")

	// Spelled otherwise it is the same policy.
	cfg := w.config("native")
	cfg.Authority, cfg.Cache = w.srv.URL()+"/tfp/"+w.user.Tenant+"/b2c_1_SIGNIN/", store
	r, err = w.publicFrom(cfg).AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: w.scopes()})
	w.check(r, err, latchkey.FromCache, "valid")
}

// R12: who asks B2C for a sign-in only gets an ID token only, and an API's token later.
func TestR12_SignInWithoutAccessToken(t *testing.T) {
	w := productWorld(t, "b2c")
	c := w.public()
	r := w.signInByCode(c)
	w.checkUser(r)
	if r.AccessToken() != "" || r.Header() != "" || !r.ExpiresOn.IsZero() || r.CacheError != nil {
		t.Errorf("a token from nowhere: %v, header %q", r, r.Header())
	}
	again, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{})
	if err != nil || again.AccessToken() != "" || again.IDToken() == "" || again.Source.From != latchkey.FromAuthority {
		t.Errorf("silently: %v, %v", again, err)
	}
	r, err = c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: r.Account, Scopes: []string{w.scope}})
	w.check(r, err, latchkey.FromAuthority, "no token")
	r, err = c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: r.Account, Scopes: []string{w.scope}})
	w.check(r, err, latchkey.FromCache, "valid")
}

// R4, R13: AD FS is told the API by resource, and gives one refresh token for good.
func TestR4_ResourceOfADFS(t *testing.T) {
	w := productWorld(t, "adfs")
	api := w.srv.Directory.App("api").IDURI
	cfg := w.config("native")
	cfg.Profile = authority.Profile{} // the path says whose it is
	c := w.publicFrom(cfg)
	first := w.signInFor(c, latchkey.AuthCodeRequest{Scopes: []string{"Tasks.Read"}, Resource: api})
	w.checkUser(first)
	for range 3 {
		r, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: []string{"Tasks.Read"}, Resource: api})
		if err != nil || r.Source.From != latchkey.FromCache {
			t.Fatalf("%v, %v", r, err)
		}
		w.srv.Clock.Advance(2 * time.Hour)
		r, err = c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: []string{"Tasks.Read"}, Resource: api})
		if err != nil || r.Source.Reason != "expired" || r.Header() != "Bearer "+r.AccessToken() {
			t.Fatalf("%v, %v", r, err)
		}
	}
	other, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: []string{"User.Read"}, Resource: w.srv.Directory.App("graph").IDURI})
	if err != nil || other.Source.Reason != "no token" {
		t.Errorf("a token for another API: %v, %v", other, err)
	}
}

// R7: client assertions for AD FS are signed RS256 and name the certificate by SHA-1,
// and each serves once; an authority that looks closely accepts them. So does that of
// each other product.
func TestR7_AssertionsOfProducts(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range products {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t, s)
			now := w.srv.Clock.Now()
			template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "orders"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
			der, err := x509.CreateCertificate(rand.Reader, template, template, rsaKey.Public(), rsaKey)
			if err != nil {
				t.Fatal(err)
			}
			certificate, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			d := authoritytest.DefaultDirectory()
			for i := range d.Apps {
				if d.Apps[i].Name == "daemon" {
					d.Apps[i].Keys = []authoritytest.AppKey{{Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}}
				}
			}
			w.srv = &authoritytest.Server{Directory: d, TLS: s.tls, Clock: w.srv.Clock}
			if err := w.srv.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(w.srv.Close)
			key := clientkey.Key{Signer: rsaKey, Certificates: []*x509.Certificate{certificate}}
			credential, err := clientkey.New(key)
			if err != nil {
				t.Fatal(err)
			}
			c, err := latchkey.NewConfidential(w.config("daemon"), credential)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				request := w.appRequest()
				request.ForceRefresh = true
				if r, err := c.AcquireTokenByClientCredential(w.ctx, request); err != nil || r.AccessToken() == "" {
					t.Fatalf("%v, %v", r, err)
				}
			}
		})
	}
}

// D14: however the tenant of an External ID host is named, its issuer is on the host of
// its id, and the cache is the same.
func TestR8_NamesOfATenantsHost(t *testing.T) {
	w := productWorld(t, "ciam")
	store := cache.NewMemory()
	var first *latchkey.Result
	for _, tenant := range []string{"", "contoso.onmicrosoft.com", "contoso.test", w.user.Tenant} {
		cfg := w.config("native")
		cfg.Authority, cfg.Cache = w.srv.CIAMAuthority(tenant), store
		c := w.publicFrom(cfg)
		if first == nil {
			first = w.signInByCode(c, w.scopes()...)
			w.checkUser(first)
			if want := "https://" + w.user.Tenant + "." + w.srv.CIAMHost() + "/" + w.user.Tenant + "/v2.0"; first.Claims().Text("iss") != want {
				t.Fatalf("issuer %s, want %s", first.Claims().Text("iss"), want)
			}
			continue
		}
		r, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()})
		w.check(r, err, latchkey.FromCache, "valid")
	}
	cfg := w.config("native")
	cfg.Authority, cfg.Profile = w.srv.CIAMAuthority(""), authority.CIAM() // whose hosts are below ciamlogin.com
	if _, err := latchkey.NewPublic(cfg); err == nil {
		t.Error("a host without a tenant is accepted")
	}
	cfg.Authority = w.srv.CIAMAuthority(w.user.Tenant)
	_, err := w.publicFrom(cfg).AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: w.redirectURI()})
	var refused *authority.Error
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "issuer") {
		t.Errorf("R8 an issuer on a host that is not below ciamlogin.com: %v", err)
	}
}
