package authority_test

import (
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
)

// metadataOf resolves a built-in authority, or the issuer op.example under the OIDC profile.
func metadataOf(t *testing.T, url string) *authority.Metadata {
	t.Helper()
	w := &wire{}
	w.set(oidcDoc, answer{body: document(issuer, issuer)})
	w.set("https://login.microsoftonline.com/contoso.example/v2.0/.well-known/openid-configuration",
		answer{body: document("https://login.microsoftonline.com/"+guid+"/v2.0", "https://login.microsoftonline.com")})
	r, _ := newResolver(w)
	return resolve(t, r, parse(t, url, authority.ProfileFor(url)))
}

func TestR8_CheckIssuer(t *testing.T) {
	const ms = "https://login.microsoftonline.com/"
	tests := []struct {
		authority, iss, tid string
		ok                  bool
	}{
		{issuer, issuer, "", true},
		{issuer, issuer, "anything", true},
		{issuer, issuer + "/", "", false},
		{issuer, "https://OP.example", "", false},
		{issuer, "https://op.example:443", "", false},
		{issuer, "http://op.example", "", false},
		{issuer, "op.example", "", false},
		{issuer, "", "", false},
		{issuer, issuer + ".evil.example", "", false},

		{ms + guid, ms + guid + "/v2.0", guid, true},
		{ms + guid, "https://login.windows.net/" + guid + "/v2.0", guid, true},
		{ms + guid, "https://sts.windows.net/" + guid + "/v2.0", guid, true},
		{ms + strings.ToUpper(guid), ms + guid + "/v2.0", guid, true},
		{ms + guid, ms + other + "/v2.0", other, false},
		{ms + guid, ms + guid + "/v2.0", other, false},
		{ms + guid, ms + other + "/v2.0", guid, false},
		{ms + guid, ms + guid + "/v2.0", "", false},
		{ms + guid, ms + guid + "/v2.0/", guid, false},
		{ms + guid, ms + guid + "/", guid, false},
		{ms + guid, ms + guid, guid, false},
		{ms + guid, "https://sts.windows.net/" + guid + "/", guid, false},
		{ms + guid, ms + strings.ToUpper(guid) + "/v2.0", guid, false},
		{ms + guid, "https://LOGIN.microsoftonline.com/" + guid + "/v2.0", guid, false},
		{ms + guid, "https://login.microsoftonline.com:443/" + guid + "/v2.0", guid, false},
		{ms + guid, "http://login.microsoftonline.com/" + guid + "/v2.0", guid, false},
		{ms + guid, "https://login.microsoftonline.us/" + guid + "/v2.0", guid, false},
		{ms + guid, "https://login.microsoftonline.com.evil.example/" + guid + "/v2.0", guid, false},
		{ms + guid, ms + "{tenantid}/v2.0", "{tenantid}", false},
		{ms + guid, "", guid, false},
		{ms + guid, issuer, guid, false},

		{ms + "contoso.example", ms + guid + "/v2.0", guid, true},
		{ms + "contoso.example", ms + other + "/v2.0", other, false},
		{ms + "contoso.example", ms + "contoso.example/v2.0", "contoso.example", false},

		{ms + "common", ms + guid + "/v2.0", guid, true},
		{ms + "common", ms + other + "/v2.0", other, true},
		{ms + "common", ms + msa + "/v2.0", msa, true},
		{ms + "common", ms + guid + "/v2.0", other, false},
		{ms + "common", ms + "{tenantid}/v2.0", guid, false},
		{ms + "common", ms + "{tenantid}/v2.0", "{tenantid}", false},
		{ms + "common", ms + "common/v2.0", "common", false},
		{ms + "common", "https://login.microsoftonline.de/" + guid + "/v2.0", guid, false},
		{ms + "organizations", ms + guid + "/v2.0", guid, true},
		{ms + "organizations", ms + msa + "/v2.0", msa, false},
		{ms + "consumers", ms + msa + "/v2.0", msa, true},
		{ms + "consumers", ms + guid + "/v2.0", guid, false},
		{"https://login.partner.microsoftonline.cn/common", "https://login.chinacloudapi.cn/" + guid + "/v2.0", guid, true},
		{"https://login.partner.microsoftonline.cn/common", ms + guid + "/v2.0", guid, false},
	}
	for _, test := range tests {
		m := metadataOf(t, test.authority)
		err := m.CheckIssuer(test.iss, test.tid)
		if (err == nil) != test.ok {
			t.Errorf("%s: CheckIssuer(%q, %q) = %v, want ok %v", test.authority, test.iss, test.tid, err, test.ok)
		}
		if err != nil {
			refused(t, err, `"`+test.iss+`"`, `"`+m.Issuer+`"`)
		}
	}
}

func TestR8_EmptyExpectationIsNoPass(t *testing.T) {
	for _, iss := range []string{"", issuer} {
		if (&authority.Metadata{}).CheckIssuer(iss, "") == nil {
			t.Errorf("metadata without an issuer accepts %q", iss)
		}
	}
}

func TestR17_CheckResponseIssuer(t *testing.T) {
	const ms = "https://login.microsoftonline.com/"
	tests := []struct {
		authority, iss string
		ok             bool
	}{
		{issuer, "", true},
		{issuer, issuer, true},
		{issuer, issuer + "/", false},
		{issuer, "https://OP.example", false},
		{ms + guid, "", true},
		{ms + guid, ms + guid + "/v2.0", true},
		{ms + guid, "https://login.windows.net/" + guid + "/v2.0", false},
		{ms + guid, ms + other + "/v2.0", false},
		{ms + "common", ms + guid + "/v2.0", true},
		{ms + "common", ms + "{tenantid}/v2.0", false},
		{ms + "common", issuer, false},
		{ms + "organizations", ms + msa + "/v2.0", false},
	}
	for _, test := range tests {
		m := metadataOf(t, test.authority)
		if err := m.CheckResponseIssuer(test.iss); (err == nil) != test.ok {
			t.Errorf("%s: CheckResponseIssuer(%q) = %v, want ok %v", test.authority, test.iss, err, test.ok)
		} else if err != nil {
			refused(t, err, `"`+test.iss+`"`, `"`+m.Issuer+`"`)
		}
	}
	advertised := &authority.Metadata{Issuer: issuer, IssParameter: true}
	if err := advertised.CheckResponseIssuer(""); err == nil {
		t.Error("an absent iss is accepted although the authority always sends one")
	}
}

func TestR23_IssuerErrorsEscapeWhatTheyQuote(t *testing.T) {
	m := &authority.Metadata{Issuer: issuer}
	err := m.CheckIssuer("https://evil\x1b[31m\r\n\u202e"+strings.Repeat("x", 1<<20), "")
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\r\n\u202e") || len(err.Error()) > 4096 {
		t.Errorf("error of %d bytes: %.200q", len(err.Error()), err)
	}
}
