package authority_test

import (
	"reflect"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
)

// The whole table: a change of a provider's data is a change of this test.
func TestR1_Profiles(t *testing.T) {
	oidc := authority.Profile{
		Name:                "oidc",
		DefaultScopes:       []string{"openid"},           // R2
		OfflineAccess:       authority.OfflineIfSupported, // R2
		ScopesOptional:      true,                         // R2
		RefreshScope:        authority.RefreshGranted,     // R3
		ResourceParameter:   "resource",                   // R4
		ClientAuth:          "",                           // R6
		AssertionAudience:   authority.AudienceIssuer,     // R7
		AssertionReuse:      false,                        // OpenID Connect Core 9: "MUST only be used once"
		Issuer:              authority.IssuerExact,        // R8
		AccountID:           authority.AccountSubject,     // R10
		ClientInfo:          false,                        // R10
		IDTokenHint:         true,
		LoopbackHost:        "127.0.0.1", // R37
		ResponseMode:        "",          // R40
		AccessTokenOptional: false,       // R12
		DiscoveryPath:       "/.well-known/openid-configuration",
	}
	entra := authority.Profile{
		Name:                "entra",
		DefaultScopes:       []string{"openid", "profile", "offline_access"}, // R2
		OfflineAccess:       authority.OfflineAlways,                         // R2
		ScopesOptional:      false,                                           // R2
		RefreshScope:        authority.RefreshAnyResource,                    // R3
		ResourceParameter:   "",                                              // R4
		ClientAuth:          "client_secret_post",                            // R6
		AssertionAudience:   authority.AudienceTokenEndpoint,                 // R7
		AssertionReuse:      true,
		TokenPath:           "/oauth2/v2.0/token",        // R7
		Issuer:              authority.IssuerEntra,       // R8
		AccountID:           authority.AccountClientInfo, // R10
		ClientInfo:          true,                        // R10
		LoopbackHost:        "localhost",                 // R37
		ResponseMode:        "",                          // R40
		AccessTokenOptional: false,                       // R12
		DiscoveryPath:       "/v2.0/.well-known/openid-configuration",
		InstanceDiscovery:   true,
		TenantPath:          true,
		CorrelationHeader:   "client-request-id",
	}
	if got := authority.OIDC(); !reflect.DeepEqual(got, oidc) {
		t.Errorf("OIDC() = %+v", got)
	}
	if got := authority.Entra(); !reflect.DeepEqual(got, entra) {
		t.Errorf("Entra() = %+v", got)
	}
}

func TestR1_ProfileFor(t *testing.T) {
	for url, want := range map[string]string{
		"https://login.microsoftonline.com/common":          "entra",
		"https://LOGIN.microsoftonline.com:443/contoso.com": "entra",
		"https://login.windows.net/common":                  "entra",
		"https://login.microsoft.com/common":                "entra",
		"https://sts.windows.net/" + guid:                   "entra",
		"https://login.partner.microsoftonline.cn/common":   "entra",
		"https://login.chinacloudapi.cn/common":             "entra",
		"https://login.microsoftonline.de/common":           "entra",
		"https://login.microsoftonline.us/common":           "entra",
		"https://login.usgovcloudapi.net/common":            "entra",
		"https://login-us.microsoftonline.com/common":       "entra",
		"https://login.sovcloud-identity.fr/common":         "entra",
		"https://login.sovcloud-identity.de/common":         "entra",
		"https://login.sovcloud-identity.sg/common":         "entra",
		"https://accounts.google.com":                       "oidc",
		"https://login.microsoftonline.com.evil.example/x":  "oidc",
		"https://evil.example/login.microsoftonline.com":    "oidc",
		"https://xlogin.microsoftonline.com/common":         "oidc",
		"https://login.microsoftonline.com:8443/common":     "oidc",
		"http://login.microsoftonline.com/common":           "oidc",
		"https://login.microsoftonline.com@evil.example/x":  "oidc",
		"http://127.0.0.1:8080/common":                      "oidc",
		"":                                                  "oidc",
	} {
		if got := authority.ProfileFor(url).Name; got != want {
			t.Errorf("ProfileFor(%q) is %s, want %s", url, got, want)
		}
	}
}

func TestR6_ClientAuthFor(t *testing.T) {
	tests := []struct {
		profile authority.Profile
		methods []string
		want    string
	}{
		{authority.OIDC(), nil, "client_secret_basic"},
		{authority.OIDC(), []string{}, "client_secret_basic"},
		{authority.OIDC(), []string{"client_secret_post", "client_secret_basic"}, "client_secret_basic"},
		{authority.OIDC(), []string{"private_key_jwt", "client_secret_post"}, "client_secret_post"},
		{authority.OIDC(), []string{"private_key_jwt"}, ""},
		{authority.Entra(), []string{"client_secret_basic"}, "client_secret_post"},
		{authority.Entra(), nil, "client_secret_post"},
	}
	for _, test := range tests {
		if got := test.profile.ClientAuthFor(&authority.Metadata{TokenEndpointAuthMethods: test.methods}); got != test.want {
			t.Errorf("%s, %q: %q, want %q", test.profile.Name, test.methods, got, test.want)
		}
	}
}

// What a caller does to its profile after Parse has no effect.
func TestR1_ProfileIsCopied(t *testing.T) {
	p := authority.OIDC()
	p.AuthorizeParameters = []authority.Parameter{{Name: "access_type", Value: "offline"}}
	a := parse(t, issuer, p)
	p.DefaultScopes[0], p.AuthorizeParameters[0].Value = "evil", "evil"
	if got := a.Profile(); got.DefaultScopes[0] != "openid" || got.AuthorizeParameters[0].Value != "offline" {
		t.Errorf("profile = %+v", got)
	}
	if got := (authority.Authority{}).Profile(); !reflect.DeepEqual(got, authority.Profile{}) {
		t.Errorf("profile of the zero Authority = %+v", got)
	}
}

func TestR40_ResponseModes(t *testing.T) {
	tests := []struct {
		list []string
		mode string
		want bool
	}{
		{nil, "query", true}, {nil, "fragment", true}, {nil, "form_post", false},
		{[]string{"form_post"}, "form_post", true}, {[]string{"form_post"}, "query", false}, {[]string{}, "query", false},
	}
	for _, test := range tests {
		m := &authority.Metadata{ResponseModesSupported: test.list}
		if got := m.SupportsResponseMode(test.mode); got != test.want {
			t.Errorf("%q, %s: %v", test.list, test.mode, got)
		}
	}
}

func TestR2_OffersScope(t *testing.T) {
	m := &authority.Metadata{ScopesSupported: []string{"openid", "offline_access"}}
	if !m.OffersScope("offline_access") || m.OffersScope("offline") || (&authority.Metadata{}).OffersScope("openid") {
		t.Error("OffersScope is wrong")
	}
}
