package authority_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
)

// What the three differ in from the Entra profile or from OIDC; docs/profiles.md has all.
func TestR1_OneTenantProfiles(t *testing.T) {
	scopes := []string{"openid", "profile", "offline_access"}
	b2c := authority.Profile{
		Name:                "b2c",
		DefaultScopes:       scopes,                          // R2
		OfflineAccess:       authority.OfflineAlways,         // R2
		ScopesOptional:      true,                            // R2
		RefreshScope:        authority.RefreshAnyResource,    // R3
		ClientAuth:          "client_secret_post",            // R6
		AssertionAudience:   authority.AudienceTokenEndpoint, // R7
		TokenPath:           "/oauth2/v2.0/token",            // R7
		Issuer:              authority.IssuerB2C,             // R8
		PolicyPath:          true,
		DiscoveryPath:       "/v2.0/.well-known/openid-configuration",
		AccountID:           authority.AccountPolicy, // R10
		ClientInfo:          true,                    // R10
		AccessTokenOptional: true,                    // R12
		IDTokenHint:         true,
		LoopbackHost:        "localhost", // R37
	}
	if got := authority.B2C(); !reflect.DeepEqual(got, b2c) {
		t.Errorf("B2C() = %+v", got)
	}
	ciam := authority.Entra()
	ciam.Name, ciam.Issuer, ciam.InstanceDiscovery = "ciam", authority.IssuerCIAM, false
	ciam.TenantHost, ciam.TenantDomain = "ciamlogin.com", ".onmicrosoft.com"
	if got := authority.CIAM(); !reflect.DeepEqual(got, ciam) {
		t.Errorf("CIAM() = %+v", got)
	}
	adfs := authority.Profile{
		Name:                      "adfs",
		DefaultScopes:             scopes,                          // R2
		OfflineAccess:             authority.OfflineAlways,         // R2
		ScopesOptional:            true,                            // R2
		RefreshScope:              authority.RefreshAnyResource,    // R3
		ResourceParameter:         "resource",                      // R4
		ClientAuth:                "client_secret_post",            // R6
		AssertionAudience:         authority.AudienceTokenEndpoint, // R7
		AssertionLegacyThumbprint: true,                            // R7
		TokenPath:                 "/oauth2/token/",                // R7
		Issuer:                    authority.IssuerADFS,            // R8
		FixedPath:                 "/adfs",
		DiscoveryPath:             "/.well-known/openid-configuration",
		AccountID:                 authority.AccountSubject, // R10
		IDTokenHint:               true,
		LoopbackHost:              "localhost", // R37
		CorrelationHeader:         "client-request-id",
	}
	if got := authority.ADFS(); !reflect.DeepEqual(got, adfs) {
		t.Errorf("ADFS() = %+v", got)
	}
}

func TestR1_ProfileForOneTenant(t *testing.T) {
	for url, want := range map[string]string{
		"https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signin":     "b2c",
		"https://CONTOSO.B2CLOGIN.COM/tfp/contoso.onmicrosoft.com/B2C_1_signin": "b2c",
		"https://contoso.b2clogin.cn/contoso.partner.onmschina.cn/B2C_1_signin": "b2c",
		"https://contoso.ciamlogin.com":                                         "ciam",
		"https://contoso.ciamlogin.com/adfs":                                    "ciam",
		"https://" + guid + ".ciamlogin.com/" + guid:                            "ciam",
		"https://sts.contoso.example/adfs":                                      "adfs",
		"https://sts.contoso.example/ADFS/":                                     "adfs",
		"http://127.0.0.1:8080/adfs":                                            "adfs",
		"https://login.microsoftonline.com/adfs":                                "entra",
		"https://b2clogin.com/contoso.onmicrosoft.com/B2C_1_signin":             "oidc",
		"https://ciamlogin.com":                                                 "oidc",
		"https://contoso.ciamlogin.com.evil.example":                            "oidc",
		"https://contoso.evilciamlogin.com":                                     "oidc",
		"https://contoso.ciamlogin.com:8443":                                    "oidc",
		"https://sts.contoso.example/adfs/ls":                                   "oidc",
		"https://sts.contoso.example/x/adfs":                                    "oidc",
		"http://contoso.ciamlogin.com":                                          "oidc",
		"http://sts.contoso.example/adfs":                                       "oidc",
	} {
		if got := authority.ProfileFor(url).Name; got != want {
			t.Errorf("ProfileFor(%q) is %s, want %s", url, got, want)
		}
	}
}

func TestR11_ParseB2C(t *testing.T) {
	const host = "https://contoso.b2clogin.com/"
	for raw, want := range map[string]string{
		host + "contoso.onmicrosoft.com/B2C_1_Sign-In":                         host + "contoso.onmicrosoft.com/b2c_1_sign-in",
		host + "Contoso.onmicrosoft.com/b2c_1_sign-in/":                        host + "contoso.onmicrosoft.com/b2c_1_sign-in",
		host + "contoso.onmicrosoft.com/B2C_1A_x/v2.0":                         host + "contoso.onmicrosoft.com/b2c_1a_x",
		host + "contoso.onmicrosoft.com/B2C_1A_x/v2.0/":                        host + "contoso.onmicrosoft.com/b2c_1a_x",
		host + "tfp/" + guid + "/B2C_1_x":                                      host + "tfp/" + guid + "/b2c_1_x",
		host + "TFP/" + guid + "/B2C_1_x":                                      host + "tfp/" + guid + "/b2c_1_x",
		"HTTPS://Login.Contoso.example:443/" + guid + "/B2C_1_x":               "https://login.contoso.example/" + guid + "/b2c_1_x",
		"http://127.0.0.1:8080/contoso.test/B2C_1_x":                           "http://127.0.0.1:8080/contoso.test/b2c_1_x",
		host + "contoso.onmicrosoft.com":                                       "",
		host + "tfp/contoso.onmicrosoft.com":                                   "",
		host + "tfp/B2C_1_x":                                                   "",
		host + "tfp/tfp/B2C_1_x":                                               "",
		host + "common":                                                        "",
		host:                                                                   "",
		host + "contoso.onmicrosoft.com/signin":                                "",
		host + "contoso.onmicrosoft.com/B2C_1":                                 "",
		host + "contoso.onmicrosoft.com/oauth2":                                "",
		host + "contoso.onmicrosoft.com/B2C_1_x/..":                            "",
		host + "../B2C_1_x":                                                    "",
		host + "./B2C_1_x":                                                     "",
		host + "/contoso.onmicrosoft.com/B2C_1_x":                              "",
		host + "contoso.onmicrosoft.com/B2C_1_x//":                             "",
		host + "contoso.onmicrosoft.com/B2C_1_%2e":                             "",
		host + "contoso.onmicrosoft.com/B2C_1_x.y":                             "",
		host + "evil/tfp/contoso.onmicrosoft.com/B2C_1_x":                      "",
		host + "contoso.onmicrosoft.com/B2C_1_" + strings.Repeat("x", 256):     "",
		host + "contoso.onmicrosoft.com/B2C_1_x/oauth2/v2.0/token":             "",
		host + "contoso.onmicrosoft.com/oauth2/v2.0/authorize?p=B2C_1_hunter2": "",
	} {
		a, err := authority.Parse(raw, authority.B2C())
		if want == "" {
			if err == nil {
				t.Errorf("Parse(%q) = %s, want an error", raw, a)
			} else if refused(t, err); strings.Contains(err.Error(), "hunter2") {
				t.Error(err)
			}
			continue
		}
		if err != nil || a.String() != want {
			t.Errorf("Parse(%q) = %s, %v; want %s", raw, a, err, want)
			continue
		}
		if a.Tenant() == "" || !strings.HasSuffix(want, "/"+a.Tenant()+"/"+a.Policy()) || a.MultiTenant() {
			t.Errorf("Parse(%q): tenant %q, policy %q", raw, a.Tenant(), a.Policy())
		}
		if _, err := a.WithTenant("fabrikam.example"); err == nil {
			t.Errorf("%s: a policy of another tenant", a)
		}
	}
}

func TestR11_ParseCIAM(t *testing.T) {
	const host = "https://contoso.ciamlogin.com"
	for raw, want := range map[string]string{
		host:                                     host + "/contoso.onmicrosoft.com",
		host + "/":                               host + "/contoso.onmicrosoft.com",
		host + "/v2.0/":                          host + "/contoso.onmicrosoft.com",
		"https://" + guid + ".ciamlogin.com":     "https://" + guid + ".ciamlogin.com/" + guid,
		host + "/Contoso.onmicrosoft.com/":       host + "/contoso.onmicrosoft.com",
		host + "/" + strings.ToUpper(guid):       host + "/" + guid,
		"https://login.contoso.example/" + guid:  "https://login.contoso.example/" + guid,
		"https://login.contoso.example":          "",
		"https://contoso":                        "",
		"https://a.b.ciamlogin.com":              "",
		"https://ciamlogin.com":                  "",
		"https://contoso.ciamlogin.com.evil.com": "",
		"https://contoso.ciamlogin.com:8443":     "",
		host + "/common":                         "",
		host + "/Organizations":                  "",
		host + "/consumers/v2.0":                 "",
		host + "/contoso/signin":                 "",
		host + "/..":                             "",
	} {
		a, err := authority.Parse(raw, authority.CIAM())
		if want == "" {
			if err == nil {
				t.Errorf("Parse(%q) = %s, want an error", raw, a)
			} else {
				refused(t, err, "tenant")
			}
			continue
		}
		if err != nil || a.String() != want || a.MultiTenant() {
			t.Errorf("Parse(%q) = %s, %v; want %s", raw, a, err, want)
			continue
		}
		if b, err := a.WithTenant(guid); err != nil || b.Tenant() != guid || b.Host() != a.Host() {
			t.Errorf("%s with a tenant: %s, %v", a, b, err)
		}
		if b, err := a.WithTenant("Common"); err == nil {
			t.Errorf("%s with common: %s", a, b)
		}
	}
}

func TestR11_ParseADFS(t *testing.T) {
	for raw, want := range map[string]string{
		"https://sts.contoso.example/adfs":      "https://sts.contoso.example/adfs",
		"https://sts.contoso.example/adfs/":     "https://sts.contoso.example/adfs",
		"https://sts.contoso.example/ADFS":      "https://sts.contoso.example/adfs",
		"https://STS.contoso.example/adfs":      "https://STS.contoso.example/adfs", // the issuer may be written so
		"http://127.0.0.1:8080/adfs":            "http://127.0.0.1:8080/adfs",
		"https://sts.contoso.example":           "",
		"https://sts.contoso.example/":          "",
		"https://sts.contoso.example/adfs/ls":   "",
		"https://sts.contoso.example/x/adfs":    "",
		"https://sts.contoso.example/adfs/..":   "",
		"https://sts.contoso.example/adfsx":     "",
		"https://sts.contoso.example/adfs/x/":   "",
		"https://sts.contoso.example/a%64fs":    "",
		"https://sts.contoso.example/adfs/v2.0": "",
	} {
		a, err := authority.Parse(raw, authority.ADFS())
		if want == "" {
			if err == nil {
				t.Errorf("Parse(%q) = %s, want an error", raw, a)
			} else {
				refused(t, err, "/adfs")
			}
			continue
		}
		if err != nil || a.String() != want || a.Tenant() != "" || a.MultiTenant() {
			t.Errorf("Parse(%q) = %s, %v; want %s", raw, a, err, want)
		}
	}
}

func TestParseRefusesContradictoryPaths(t *testing.T) {
	for name, change := range map[string]func(p *authority.Profile){
		"account":              func(p *authority.Profile) { p.AccountID = 200 },
		"tenant and policy":    func(p *authority.Profile) { p.TenantPath = true },
		"policy and fixed":     func(p *authority.Profile) { p.FixedPath = "/adfs" },
		"policies nowhere":     func(p *authority.Profile) { p.PolicyPath = false },
		"not a path":           func(p *authority.Profile) { p.PolicyPath, p.Issuer, p.FixedPath = false, authority.IssuerExact, "adfs" },
		"tenants nowhere":      func(p *authority.Profile) { p.Issuer = authority.IssuerCIAM },
		"a rule of the future": func(p *authority.Profile) { p.Issuer = authority.IssuerADFS + 1 },
	} {
		p := authority.B2C()
		change(&p)
		if _, err := authority.Parse("https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_x", p); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			refused(t, err, "profile")
		}
	}
}

func TestR10_NamesObject(t *testing.T) {
	for _, test := range []struct {
		profile  authority.Profile
		uid, oid string
		want     bool
	}{
		{authority.Entra(), "o", "o", true},
		{authority.Entra(), "o-b2c_1_signin", "o", false},
		{authority.CIAM(), "o-b2c_1_signin", "o", false},
		{authority.B2C(), "o-b2c_1_signin", "o", true},
		{authority.B2C(), "o", "o", true},
		{authority.B2C(), "ox", "o", false},
		{authority.B2C(), "x-b2c_1_signin", "o", false},
		{authority.B2C(), "", "o", false},
	} {
		if got := test.profile.NamesObject(test.uid, test.oid); got != test.want {
			t.Errorf("%s: uid %q, oid %q: %v", test.profile.Name, test.uid, test.oid, got)
		}
	}
}

// What Parse takes it keeps on the host, and takes again unchanged.
func FuzzParseEveryProfile(f *testing.F) {
	for _, seed := range []string{
		"https://contoso.b2clogin.com/tfp/contoso.onmicrosoft.com/B2C_1_x/v2.0/", "https://contoso.ciamlogin.com", "https://STS.example:443/ADFS/",
		"http://[::1]:8/common", "https://op.example/a/../b", "https://" + guid + ".ciamlogin.com/", "https://h/%2e%2e/B2C_1_x", "https://h//adfs//",
	} {
		f.Add(seed)
	}
	profiles := []authority.Profile{authority.OIDC(), authority.Entra(), authority.B2C(), authority.CIAM(), authority.ADFS()}
	f.Fuzz(func(t *testing.T, raw string) {
		for i := range profiles {
			a, err := authority.Parse(raw, profiles[i])
			if err != nil {
				refused(t, err)
				continue
			}
			b, err := authority.Parse(a.String(), profiles[i])
			if err != nil || b.String() != a.String() || b.Host() != a.Host() || b.Tenant() != a.Tenant() || b.Policy() != a.Policy() {
				t.Errorf("%s: Parse(%q) = %q, again %q, %v", profiles[i].Name, raw, a, b, err)
			}
			if !strings.Contains(strings.ToLower(a.String()), "://") || strings.ContainsAny(a.String(), "?#\\ ") {
				t.Errorf("%s: Parse(%q) = %q", profiles[i].Name, raw, a)
			}
		}
	})
}
