package authority_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
)

func TestBuiltInCloudsNeedNoRequest(t *testing.T) {
	clouds := []struct {
		network, cache, userinfo string
		hosts                    string
	}{
		{"login.microsoftonline.com", "login.windows.net", "https://graph.microsoft.com/oidc/userinfo",
			"login.microsoftonline.com login.windows.net login.microsoft.com sts.windows.net"},
		{"login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn/oidc/userinfo",
			"login.partner.microsoftonline.cn login.chinacloudapi.cn"},
		{"login.microsoftonline.de", "login.microsoftonline.de", "https://graph.microsoft.de/oidc/userinfo", "login.microsoftonline.de"},
		{"login.microsoftonline.us", "login.microsoftonline.us", "https://graph.microsoft.us/oidc/userinfo",
			"login.microsoftonline.us login.usgovcloudapi.net"},
		{"login-us.microsoftonline.com", "login-us.microsoftonline.com", "", "login-us.microsoftonline.com"},
		{"login.sovcloud-identity.fr", "login.sovcloud-identity.fr", "https://graph.svc.sovcloud.fr/oidc/userinfo", "login.sovcloud-identity.fr"},
		{"login.sovcloud-identity.de", "login.sovcloud-identity.de", "https://graph.svc.sovcloud.de/oidc/userinfo", "login.sovcloud-identity.de"},
		{"login.sovcloud-identity.sg", "login.sovcloud-identity.sg", "https://graph.svc.sovcloud.sg/oidc/userinfo", "login.sovcloud-identity.sg"},
	}
	w := &wire{}
	r, _ := newResolver(w)
	for _, c := range clouds {
		for _, host := range strings.Fields(c.hosts) {
			for _, tenant := range []string{guid, "common", "organizations", "consumers"} {
				url := "https://" + host + "/" + tenant
				m := resolve(t, r, parse(t, url, authority.ProfileFor(url)))
				base := "https://" + c.network + "/" + tenant
				id, iss := "", "{tenantid}"
				switch tenant {
				case guid:
					id, iss = guid, guid
				case "consumers":
					id, iss = msa, msa
				}
				got := []string{m.Issuer, m.AuthorizationEndpoint, m.TokenEndpoint, m.DeviceAuthorizationEndpoint, m.EndSessionEndpoint,
					m.JWKSURI, m.UserinfoEndpoint, m.Environment, m.TenantID, strings.Join(m.Aliases, " "), m.AssertionAudience}
				want := []string{"https://" + c.network + "/" + iss + "/v2.0", base + "/oauth2/v2.0/authorize", base + "/oauth2/v2.0/token",
					base + "/oauth2/v2.0/devicecode", base + "/oauth2/v2.0/logout", base + "/discovery/v2.0/keys", c.userinfo, c.cache, id, c.hosts,
					base + "/oauth2/v2.0/token"}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s:\n got %q\nwant %q", url, got, want)
				}
				if !m.OffersScope("offline_access") || !m.SupportsResponseMode("form_post") {
					t.Errorf("%s: scopes %q, response modes %q", url, m.ScopesSupported, m.ResponseModesSupported)
				}
			}
		}
	}
	w.expect(t)
}

func TestR9_DomainOfBuiltInCloudLearnsItsGUID(t *testing.T) {
	const doc = "https://login.microsoftonline.com/contoso.example/v2.0/.well-known/openid-configuration"
	w := &wire{}
	// The document's endpoints are not used: those of a built-in cloud are known.
	w.set(doc, answer{body: document("https://login.windows.net/"+guid+"/v2.0", "https://elsewhere.example")})
	r, _ := newResolver(w)
	a := parse(t, "https://login.windows.net/Contoso.example/", authority.Entra())
	m := resolve(t, r, a)
	if m.TenantID != guid || m.Issuer != "https://login.microsoftonline.com/"+guid+"/v2.0" || m.Environment != "login.windows.net" {
		t.Errorf("tenant %q, issuer %q, environment %q", m.TenantID, m.Issuer, m.Environment)
	}
	if m.TokenEndpoint != "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token" || m.AssertionAudience != m.TokenEndpoint {
		t.Errorf("token endpoint %q, audience %q", m.TokenEndpoint, m.AssertionAudience)
	}
	if resolve(t, r, a) != m {
		t.Error("resolved twice")
	}
	w.expect(t, "GET "+doc)
}

func TestR9_DomainWithoutGUIDIsRefused(t *testing.T) {
	w := &wire{}
	r, _ := newResolver(w)
	a := parse(t, "https://login.microsoftonline.com/contoso.example", authority.Entra())
	const doc = "https://login.microsoftonline.com/contoso.example/v2.0/.well-known/openid-configuration"
	tests := []struct {
		answer answer
		says   []string
	}{
		{answer{body: document("https://login.microsoftonline.com/{tenantid}/v2.0", issuer)}, []string{"{tenantid}", "GUID"}},
		{answer{body: document("https://login.microsoftonline.com/contoso.example/v2.0", issuer)}, []string{"contoso.example", "{tenantid}"}},
		{answer{body: document("https://login.microsoftonline.us/"+guid+"/v2.0", issuer)}, []string{"configure https://login.microsoftonline.us/contoso.example"}},
		{answer{body: document("https://evil.example/"+guid+"/v2.0", issuer)}, []string{"https://evil.example/", "login.microsoftonline.com/{tenantid}"}},
		{answer{body: document("https://login.microsoftonline.com/"+guid+"/v2.0/", issuer)}, []string{"is expected"}},
		{answer{body: document("http://login.microsoftonline.com/"+guid+"/v2.0", issuer)}, []string{"is expected"}},
		{answer{status: 400, body: `{"error":"invalid_tenant","error_description":"AADSTS90002: secret text"}`}, []string{"no such tenant"}},
	}
	for _, test := range tests {
		w.set(doc, test.answer)
		m, err := r.Resolve(ctx, a)
		if err == nil {
			t.Errorf("%q: %+v", test.answer.body, m)
			continue
		}
		refused(t, err, test.says...)
		if strings.Contains(err.Error(), "secret text") {
			t.Errorf("the error has text of the body: %v", err)
		}
	}
}
