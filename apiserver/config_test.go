package apiserver_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authority"
)

// Every config that would check less than its reader thinks is refused, and says what to do.
func TestConfigRefused(t *testing.T) {
	tests := []struct {
		name   string
		entra  string // the authority; empty: a plain issuer
		change func(c *apiserver.Config)
		says   string
	}{
		{"no authority", "", func(c *apiserver.Config) { c.Authority = "" }, "the authority's URL is empty"},
		{"http", "", func(c *apiserver.Config) { c.Authority = "http://op.example" }, "use https"},
		{"no tenant", "", func(c *apiserver.Config) { c.Authority = "https://login.microsoftonline.com" }, "the tenant is missing"},
		{"no audiences", "", func(c *apiserver.Config) { c.Audiences = nil }, "Config.Audiences: is empty"},
		{"an empty audience", "", func(c *apiserver.Config) { c.Audiences = []string{apiURI, ""} }, "Config.Audiences"},
		{"no algorithms", "", func(c *apiserver.Config) { c.Algorithms = nil }, "Config.Algorithms: is empty"},
		{"R16 none", "", func(c *apiserver.Config) { c.Algorithms = []string{"RS256", "none"} }, `"none", which published keys cannot check`},
		{"R16 HS256", "", func(c *apiserver.Config) { c.Algorithms = []string{"HS256"} }, `"HS256", which published keys cannot check`},
		{"an empty algorithm", "", func(c *apiserver.Config) { c.Algorithms = []string{""} }, "Config.Algorithms"},
		{"a hostile algorithm", "", func(c *apiserver.Config) { c.Algorithms = []string{"\x1b[2J"} }, `\x1b[2J`},
		{"leeway below zero", "", func(c *apiserver.Config) { c.Leeway = -1 }, "Config.Leeway"},
		{"too much leeway", "", func(c *apiserver.Config) { c.Leeway = 5*time.Minute + 1 }, "Config.Leeway"},
		{"an unknown shape", "", func(c *apiserver.Config) { c.Shape = 9 }, "Config.Shape"},
		{"a realm with a quote", "", func(c *apiserver.Config) { c.Realm = `a"` }, "Config.Realm"},
		{"a realm with a line break", "", func(c *apiserver.Config) { c.Realm = "a\r\nX: y" }, "Config.Realm"},
		{"a realm beyond ASCII", "", func(c *apiserver.Config) { c.Realm = "Ä" }, "Config.Realm"},
		{"an empty issuer", "", func(c *apiserver.Config) { c.Issuers = []string{""} }, "Config.Issuers"},
		{"a template without tenants", "", func(c *apiserver.Config) { c.Issuers = []string{"https://a/{tenantid}"} }, "Config.Issuers"},
		{"tenants of a plain issuer", "", func(c *apiserver.Config) { c.Tenants = []string{tenant} }, "Config.Tenants"},
		{"R43 common without tenants", "common", func(*apiserver.Config) {}, "Config.Tenants: is empty"},
		{"R43 organizations without tenants", "organizations", func(*apiserver.Config) {}, "Config.Tenants: is empty"},
		{"R43 consumers without tenants", "consumers", func(*apiserver.Config) {}, "Config.Tenants: is empty"},
		{"R43 tenants beside AnyTenant", "common", func(c *apiserver.Config) { c.Tenants = []string{tenant, apiserver.AnyTenant} }, "AnyTenant alone"},
		{"R43 a domain", "common", func(c *apiserver.Config) { c.Tenants = []string{"contoso.test"} }, "no tenant id"},
		{"R43 an empty tenant", "common", func(c *apiserver.Config) { c.Tenants = []string{""} }, "no tenant id"},
		{"R43 tenants of one tenant", tenant, func(c *apiserver.Config) { c.Tenants = []string{tenant} }, "leave it empty here"},
		{"R43 AnyTenant of one tenant", tenant, func(c *apiserver.Config) { c.Tenants = []string{apiserver.AnyTenant} }, "leave it empty here"},
		{"R43 an issuer without tenant", tenant, func(c *apiserver.Config) { c.Issuers = []string{"https://sts.windows.net/" + tenant + "/"} }, "{tenantid}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire()
			c := w.config()
			if tt.entra != "" {
				c = w.entra(tt.entra)
			}
			tt.change(&c)
			v, err := apiserver.NewVerifier(c)
			argument, authorities := (*apiserver.ArgumentError)(nil), (*authority.Error)(nil)
			if v != nil || !errors.As(err, &argument) && !errors.As(err, &authorities) {
				t.Fatalf("NewVerifier: %v, %v", v, err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v\ndoes not say %q", err, tt.says)
			}
			if _, err := apiserver.NewVerifier(w.config(), c); err == nil {
				t.Error("accepted as the second config")
			}
		})
	}
	w := newWire()
	if _, err := apiserver.NewVerifier(w.config(), w.config()); err == nil {
		t.Error("the same authority twice is accepted")
	}
}

func TestConfigDefaults(t *testing.T) {
	if _, err := apiserver.NewVerifier(apiserver.Config{
		Authority: opURL, Audiences: []string{apiURI}, Algorithms: []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"},
	}); err != nil {
		t.Error(err)
	}
	// The least leeway there is.
	w := newWire()
	c := w.config()
	c.Leeway = time.Nanosecond
	w.run(t, c, atJWT, oidcClaims(), []tokenCase{
		{"a second left", nil, object{"exp": begin.Unix() + 1}, ""},
		{"a second late", nil, object{"exp": begin.Unix() - 1}, "exp"},
		{"a second early", nil, object{"nbf": begin.Unix() + 1}, "nbf"},
		{"on time", nil, object{"nbf": begin.Unix()}, ""},
	})
}
