package jsengine

import (
	"encoding/json"
	"testing"

	"github.com/latchkey-auth/latchkey"
)

func person(home, tenant, name string) latchkey.Identity {
	return latchkey.Identity{
		Account:       latchkey.Account{HomeAccountID: home, Environment: "cloud", TenantID: tenant, LocalAccountID: "local-" + tenant, Username: name, Name: "<" + name + ">"},
		AuthorityType: "MSSTS",
	}
}

func TestAccountList(t *testing.T) {
	list := newAccountList([]latchkey.Identity{person("u2.t2", "t2", "blake"), person("u1.t1", "guest", "avery"), person("u1.t1", "t1", "avery")})
	var shown []struct {
		HomeAccountID  string `json:"homeAccountId"`
		TenantID       string `json:"tenantId"`
		Name           string `json:"name"`
		TenantProfiles []struct {
			TenantID     string `json:"tenantId"`
			IsHomeTenant bool   `json:"isHomeTenant"`
		} `json:"tenantProfiles"`
	}
	if err := json.Unmarshal([]byte(list.json()), &shown); err != nil {
		t.Fatal(err)
	}
	order := ""
	for _, a := range shown {
		order += a.HomeAccountID + "/" + a.TenantID + " "
	}
	if order != "u1.t1/guest u1.t1/t1 u2.t2/t2 " {
		t.Errorf("order %s", order)
	}
	if p := shown[0].TenantProfiles; len(p) != 2 || p[0].IsHomeTenant || !p[1].IsHomeTenant || len(shown[2].TenantProfiles) != 1 || shown[0].Name != "<avery>" {
		t.Errorf("%+v", shown)
	}
	if got := (accountList{}).json(); got != "[]" {
		t.Errorf("empty: %s", got)
	}

	if a := list.find(accountRef{home: "u1.t1", tenant: "t1"}); a == nil || a.identity.Account.TenantID != "t1" {
		t.Errorf("find by tenant: %v", a)
	}
	if a := list.find(accountRef{home: "u1.t1", tenant: "unknown", username: "of no use"}); a == nil || a.identity.Account.HomeAccountID != "u1.t1" {
		t.Errorf("find in another tenant: %v", a)
	}
	for _, none := range []accountRef{{}, {home: "u3"}, {home: "u1.t1", environment: "elsewhere"}, {tenant: "t1"}} {
		if a := list.find(none); a != nil {
			t.Errorf("find(%+v) = %v", none, a.identity)
		}
	}
	if list.exact(accountRef{home: "u1.t1", local: "local-t1", tenant: "t1"}) == nil || list.exact(accountRef{home: "u1.t1", tenant: "t1"}) != nil {
		t.Error("exact is not")
	}
}

func TestCompare(t *testing.T) {
	a, b := person("a", "", "avery"), person("b", "", "blake")
	tests := []struct {
		name     string
		old, now []latchkey.Identity
		come     int
		gone     bool
	}{
		{"nothing", []latchkey.Identity{a}, []latchkey.Identity{a}, 0, false},
		{"one came", []latchkey.Identity{a}, []latchkey.Identity{a, b}, 1, false},
		{"one went", []latchkey.Identity{a, b}, []latchkey.Identity{b}, 0, true},
		{"one for another", []latchkey.Identity{a}, []latchkey.Identity{b}, 1, true},
		{"all went", []latchkey.Identity{a, b}, nil, 0, true},
	}
	for _, tt := range tests {
		if come, gone := newAccountList(tt.now).compare(newAccountList(tt.old)); len(come) != tt.come || gone != tt.gone {
			t.Errorf("%s: %d came, gone %v", tt.name, len(come), gone)
		}
	}
}

func TestProfiles(t *testing.T) {
	const tenant = "3c0b6f52-6a4f-4f0e-9c7e-8d2f5b1a7e90"
	tests := []struct {
		s         provider
		profile   string
		discovery bool
	}{
		{provider{authority: "https://login.microsoftonline.com/common"}, "entra", true},
		{provider{authority: "https://login.microsoftonline.com/common", protocolMode: "OIDC"}, "oidc", false},
		{provider{authority: "https://id.contoso.test/" + tenant, protocolMode: "AAD"}, "entra", true},
		{provider{authority: "https://id.contoso.test/" + tenant, knownAuthorities: []string{"ID.contoso.test"}}, "entra", false},
		{provider{authority: "https://id.contoso.test/" + tenant + "/v2.0", knownAuthorities: []string{"https://id.contoso.test/x"}}, "entra", false},
		{provider{authority: "https://id.contoso.test/contoso.onmicrosoft.com/B2C_1_in"}, "b2c", false},
		{provider{authority: "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_in"}, "b2c", false},
		{provider{authority: "https://contoso.ciamlogin.com/"}, "ciam", false},
		{provider{authority: "https://sts.contoso.test/adfs"}, "adfs", false},
	}
	for _, tt := range tests {
		tt.s.clientID = "client"
		p := tt.s.profile()
		if p.Name != tt.profile || p.InstanceDiscovery != tt.discovery || tt.profile != "oidc" && p.CorrelationHeader != "" {
			t.Errorf("%+v: %s, discovery %v", tt.s, p.Name, p.InstanceDiscovery)
		}
		if _, err := latchkey.NewPublic(tt.s.config()); err != nil {
			t.Errorf("%s: %v", tt.s.authority, err)
		}
	}
}

func TestR11_RequestAuthority(t *testing.T) {
	s := provider{authority: "https://login.microsoftonline.com/common"}
	for url, want := range map[string]string{"": "", "https://login.microsoftonline.com/common/": "", "https://login.microsoftonline.com/contoso.test": "contoso.test"} {
		if tenant, err := s.tenantOf(url); err != nil || tenant != want {
			t.Errorf("%s: %q, %v", url, tenant, err)
		}
	}
	for url, code := range map[string]string{"https://evil.test/common": "untrusted_authority", "http://login.microsoftonline.com/x": "url_parse_error", "::": "url_parse_error"} {
		if tenant, err := s.tenantOf(url); err == nil || failureOf(err, true).code != code {
			t.Errorf("%s: %q, %v", url, tenant, err)
		}
	}
	plain := provider{authority: "https://op.test", protocolMode: "OIDC"}
	if _, err := plain.tenantOf("https://op.test/other"); err == nil {
		t.Error("another issuer at the same host is taken for a tenant")
	}
}
