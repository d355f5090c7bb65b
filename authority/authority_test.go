package authority_test

import (
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
)

func TestR11_ParseEntra(t *testing.T) {
	tests := []struct {
		raw, url, host, tenant string // url "" = refused
		says                   string
	}{
		{raw: "https://login.microsoftonline.com/common", url: "https://login.microsoftonline.com/common", host: "login.microsoftonline.com", tenant: "common"},
		{raw: "https://login.microsoftonline.com/common/", url: "https://login.microsoftonline.com/common", host: "login.microsoftonline.com", tenant: "common"},
		{raw: "https://login.microsoftonline.com/common/v2.0", url: "https://login.microsoftonline.com/common", host: "login.microsoftonline.com", tenant: "common"},
		{raw: "https://login.microsoftonline.com/common/v2.0/", url: "https://login.microsoftonline.com/common", host: "login.microsoftonline.com", tenant: "common"},
		{raw: "HTTPS://Login.MicrosoftOnline.com:443/Contoso.Example", url: "https://login.microsoftonline.com/contoso.example", host: "login.microsoftonline.com", tenant: "contoso.example"},
		{raw: "https://login.microsoftonline.com/" + strings.ToUpper(guid), url: "https://login.microsoftonline.com/" + guid, host: "login.microsoftonline.com", tenant: guid},
		{raw: "http://127.0.0.1:8080/" + guid, url: "http://127.0.0.1:8080/" + guid, host: "127.0.0.1:8080", tenant: guid},
		{raw: "http://[::1]:8080/common", url: "http://[::1]:8080/common", host: "[::1]:8080", tenant: "common"},
		{raw: "http://localhost/common", url: "http://localhost/common", host: "localhost", tenant: "common"},
		{raw: "", says: "empty"},
		{raw: "login.microsoftonline.com/common", says: "https://host/path"},
		{raw: "ftp://login.microsoftonline.com/common", says: "malformed"},
		{raw: "https:///common", says: "malformed"},
		{raw: "http://login.microsoftonline.com/common", says: "use https"},
		{raw: "https://alice:hunter2@login.microsoftonline.com/common", says: "user info"},
		{raw: "https://login.microsoftonline.com/common?p=hunter2", says: "query"},
		{raw: "https://login.microsoftonline.com/common?", says: "query"},
		{raw: "https://login.microsoftonline.com/common#hunter2", says: "fragment"},
		{raw: "https://login.microsoftonline.com", says: "tenant is missing"},
		{raw: "https://login.microsoftonline.com/", says: "tenant is missing"},
		{raw: "https://login.microsoftonline.com/v2.0", says: "tenant is missing"},
		{raw: "https://login.microsoftonline.com/v2.0/v2.0", says: "one tenant"},
		{raw: "https://login.microsoftonline.com//common", says: "one tenant"},
		{raw: "https://login.microsoftonline.com/common//", says: "one tenant"},
		{raw: "https://login.microsoftonline.com/..", says: "one tenant"},
		{raw: "https://login.microsoftonline.com/.", says: "one tenant"},
		{raw: "https://login.microsoftonline.com/a/b", says: "one tenant"},
		{raw: "https://login.microsoftonline.com/../evil", says: "one tenant"},
		{raw: "https://login.microsoftonline.com/a%2fb", says: "one tenant"},
		{raw: "https://login.microsoftonline.com/%2e%2e", says: "one tenant"},
		{raw: "https://login.microsoftonline.com/a_b", says: "one tenant"},
		{raw: `https://login.microsoftonline.com/a\b`, says: "malformed"},
		{raw: "https://login.microsoftonline.com/common/oauth2/v2.0/token", says: "one tenant"},
		{raw: "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration", says: "configure the authority itself"},
	}
	for _, test := range tests {
		a, err := authority.Parse(test.raw, authority.Entra())
		if test.url == "" {
			if err == nil {
				t.Errorf("Parse(%q) = %s, want an error", test.raw, a)
				continue
			}
			refused(t, err, test.says)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("Parse(%q) prints what it refuses: %v", test.raw, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("Parse(%q): %v", test.raw, err)
			continue
		}
		if a.String() != test.url || a.Host() != test.host || a.Tenant() != test.tenant {
			t.Errorf("Parse(%q) = %s, host %s, tenant %s; want %s, %s, %s", test.raw, a, a.Host(), a.Tenant(), test.url, test.host, test.tenant)
		}
		if again := parse(t, a.String(), authority.Entra()); again.String() != a.String() {
			t.Errorf("Parse(%q) = %s: not stable", a, again)
		}
	}
}

func TestR11_ParseOIDC(t *testing.T) {
	for _, raw := range []string{
		"https://op.example", "https://op.example/", "https://op.example/realms/A", "https://op.example/realms/A/",
		"https://OP.example:443/%41", "http://localhost:8080/realms/a", "http://127.0.0.1:9/", "http://[::1]/",
	} {
		a, err := authority.Parse(raw, authority.OIDC())
		if err != nil {
			t.Errorf("Parse(%q): %v", raw, err)
		} else if a.String() != raw {
			t.Errorf("Parse(%q) = %q, want it byte for byte", raw, a)
		} else if a.Tenant() != "" || a.MultiTenant() {
			t.Errorf("Parse(%q) has a tenant", raw)
		}
	}
	for raw, says := range map[string]string{
		"http://op.example":          "use https",
		"http://localhost.evil/":     "use https",
		"https://u@op.example":       "malformed",
		"https://op.example?x=1":     "query",
		"https://op.example/a?":      "query",
		"https://op.example#x":       "malformed",
		"https://op.example/a/../b":  "dot segment",
		"https://op.example/./b":     "dot segment",
		oidcDoc:                      "the URL before",
		"https://op.example/\x00":    "malformed",
		"https://op.example/a b":     "malformed",
		"op.example":                 "malformed",
		"https://op.example\r\nX: y": "malformed",
	} {
		_, err := authority.Parse(raw, authority.OIDC())
		if err == nil {
			t.Errorf("Parse(%q) succeeds", raw)
			continue
		}
		refused(t, err, says)
	}
}

func TestParseRefusesBrokenProfiles(t *testing.T) {
	for name, change := range map[string]func(p *authority.Profile){
		"issuer rule":        func(p *authority.Profile) { p.Issuer = 200 },
		"assertion audience": func(p *authority.Profile) { p.AssertionAudience = 200 },
		"no token path":      func(p *authority.Profile) { p.TokenPath = "" },
		"token path":         func(p *authority.Profile) { p.TokenPath = "token" },
		"discovery path":     func(p *authority.Profile) { p.DiscoveryPath = ".well-known" },
		"no tenant":          func(p *authority.Profile) { p.TenantPath = false },
	} {
		p := authority.Entra()
		change(&p)
		if _, err := authority.Parse("https://login.microsoftonline.com/common", p); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			refused(t, err, "profile")
		}
	}
}

func TestR11_WithTenant(t *testing.T) {
	a := parse(t, "https://login.microsoftonline.com/common", authority.Entra())
	for _, tenant := range []string{guid, "contoso.example", "Fabrikam", "organizations"} {
		b, err := a.WithTenant(tenant)
		if err != nil {
			t.Errorf("WithTenant(%q): %v", tenant, err)
			continue
		}
		if want := "https://login.microsoftonline.com/" + strings.ToLower(tenant); b.String() != want || b.Host() != a.Host() {
			t.Errorf("WithTenant(%q) = %s on %s, want %s", tenant, b, b.Host(), want)
		}
	}
	for _, tenant := range []string{"", ".", "..", "...", "a/b", "//evil.example", `\evil`, "a?b", "a#b", "@evil.example", "%2e%2e", "a b", "é", "v2.0", strings.Repeat("a", 256)} {
		if b, err := a.WithTenant(tenant); err == nil {
			t.Errorf("WithTenant(%q) = %s, want an error", tenant, b)
		} else {
			refused(t, err, "tenant")
		}
	}
	if a.String() != "https://login.microsoftonline.com/common" {
		t.Errorf("WithTenant changed its receiver: %s", a)
	}
	plain := parse(t, issuer, authority.OIDC())
	if _, err := plain.WithTenant(guid); err == nil {
		t.Error("WithTenant succeeds without TenantPath")
	} else {
		refused(t, err, "no tenants")
	}
	if _, err := (authority.Authority{}).WithTenant(guid); err == nil {
		t.Error("WithTenant of the zero Authority succeeds")
	}
}

func TestMultiTenant(t *testing.T) {
	for tenant, want := range map[string]bool{
		"common": true, "Organizations": true, "consumers": true, guid: false, "contoso.example": false, "commons": false,
	} {
		if got := parse(t, "https://login.microsoftonline.com/"+tenant, authority.Entra()).MultiTenant(); got != want {
			t.Errorf("%s: MultiTenant = %v", tenant, got)
		}
	}
	if parse(t, "https://op.example/common", authority.OIDC()).MultiTenant() {
		t.Error("an issuer with the path common is no authority of many tenants")
	}
}

func TestIsGUID(t *testing.T) {
	for s, want := range map[string]bool{
		guid: true, strings.ToUpper(guid): true, msa: true,
		"": false, guid[1:]: false, guid + "a": false, strings.Replace(guid, "-", "a", 1): false,
		strings.Replace(guid, "a", "g", 1): false, "{" + guid[:34] + "}": false, "contoso.example": false,
	} {
		if got := authority.IsGUID(s); got != want {
			t.Errorf("IsGUID(%q) = %v", s, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"https://login.microsoftonline.com/common/v2.0/", "http://127.0.0.1:8080/a", "https://op.example/x/", "https://a@b/c",
		"https://[::1]:1/..", "https://h/%2e%2e", "https://h//x", "https://h/v2.0/v2.0", "https://h/a?b#c",
	} {
		f.Add(s, "tenant")
	}
	f.Fuzz(func(t *testing.T, raw, tenant string) {
		if a, err := authority.Parse(raw, authority.OIDC()); err == nil && a.String() != raw {
			t.Errorf("issuer %q became %q", raw, a)
		}
		a, err := authority.Parse(raw, authority.Entra())
		if err != nil {
			return
		}
		if b, err := authority.Parse(a.String(), authority.Entra()); err != nil || b.String() != a.String() {
			t.Errorf("%q: parsed again %q, %v", a, b, err)
		}
		if c, err := a.WithTenant(tenant); err == nil {
			prefix := strings.TrimSuffix(a.String(), a.Tenant())
			if c.Host() != a.Host() || c.String() != prefix+strings.ToLower(tenant) || strings.ContainsAny(tenant, `/\?#@%`) {
				t.Errorf("WithTenant(%q) of %q = %q", tenant, a, c)
			}
		}
	})
}
