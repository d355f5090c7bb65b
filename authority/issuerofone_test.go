package authority_test

import (
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
)

const (
	b2cHost  = "https://contoso.b2clogin.com"
	ciamHost = "https://contoso.ciamlogin.com"
	adfsURL  = "https://sts.contoso.example/adfs"
)

// answered resolves an authority whose document, at its one address, names an issuer.
func answered(t *testing.T, url string, p authority.Profile, issuer string) (*authority.Metadata, error) {
	t.Helper()
	a := parse(t, url, p)
	w := &wire{}
	at := a.String() + p.DiscoveryPath
	w.set(at, answer{body: document(issuer, a.String())})
	r, _ := newResolver(w)
	m, err := r.Resolve(ctx, a)
	w.expect(t, "GET "+at) // and nobody else, whatever it answers
	return m, err
}

func TestR8_IssuerOfAPolicy(t *testing.T) {
	const signin = b2cHost + "/contoso.onmicrosoft.com/B2C_1_signin"
	tests := []struct {
		url, issuer string
		refusal     string // empty: accepted
	}{
		{signin, b2cHost + "/" + guid + "/v2.0/", ""},
		{signin, b2cHost + "/tfp/" + guid + "/b2c_1_signin/v2.0/", ""},
		{signin, b2cHost + "/tfp/" + guid + "/B2C_1_SignIn/v2.0/", ""},
		{b2cHost + "/tfp/contoso.onmicrosoft.com/B2C_1_signin", b2cHost + "/" + guid + "/v2.0/", ""},
		{b2cHost + "/" + guid + "/B2C_1_signin", b2cHost + "/" + guid + "/v2.0/", ""},
		{b2cHost + "/" + strings.ToUpper(guid) + "/B2C_1_signin", b2cHost + "/" + guid + "/v2.0/", ""},
		{"https://login.contoso.example/" + guid + "/B2C_1_signin", "https://login.contoso.example/" + guid + "/v2.0/", ""},
		{"http://127.0.0.1:8080/contoso.test/B2C_1_signin", "http://127.0.0.1:8080/" + guid + "/v2.0/", ""},

		{signin, b2cHost + "/" + guid + "/v2.0", "is expected"},
		{signin, b2cHost + "/contoso.onmicrosoft.com/v2.0/", "is expected"},
		{signin, b2cHost + "/{tenantid}/v2.0/", "is expected"},
		{signin, b2cHost + "/tfp/" + guid + "/b2c_1_profile/v2.0/", "configured policy"},
		{signin, b2cHost + "/tfp/" + guid + "/x/b2c_1_signin/v2.0/", "is expected"},
		{signin, b2cHost + "/tfp/" + guid + "/v2.0/", "is expected"},
		{signin, "https://fabrikam.b2clogin.com/" + guid + "/v2.0/", "is expected"},
		{signin, "https://CONTOSO.b2clogin.com/" + guid + "/v2.0/", "is expected"},
		{signin, "http://contoso.b2clogin.com/" + guid + "/v2.0/", "is expected"},
		{signin, "https://contoso.b2clogin.com.evil.example/" + guid + "/v2.0/", "is expected"},
		{signin, "https://login.microsoftonline.com/" + guid + "/v2.0/", "is expected"},
		{signin, guid + "/v2.0/", "is expected"},
		{b2cHost + "/" + guid + "/B2C_1_signin", b2cHost + "/" + other + "/v2.0/", "configured tenant"},
		{"https://login.contoso.example/" + guid + "/B2C_1_signin", b2cHost + "/" + guid + "/v2.0/", "is expected"},
	}
	for _, test := range tests {
		m, err := answered(t, test.url, authority.B2C(), test.issuer)
		if test.refusal != "" {
			if err == nil {
				t.Errorf("%s accepts the issuer %s", test.url, test.issuer)
			} else {
				refused(t, err, `"`+test.issuer+`"`, test.refusal)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s refuses the issuer %s: %v", test.url, test.issuer, err)
			continue
		}
		for _, iss := range []string{"", test.issuer + "/", strings.TrimSuffix(test.issuer, "/"), strings.Replace(test.issuer, guid, other, 1), issuer} {
			if m.CheckIssuer(iss, "") == nil {
				t.Errorf("%s: a token of %q is accepted", test.url, iss)
			}
		}
		if err := m.CheckIssuer(test.issuer, ""); err != nil {
			t.Error(err)
		}
		if err := m.CheckIssuer(test.issuer, other); err != nil { // the tid of a provider behind B2C
			t.Error(err)
		}
		if m.CheckResponseIssuer(test.issuer) != nil || m.CheckResponseIssuer(test.issuer+"x") == nil || m.TenantID != guid {
			t.Errorf("%s: iss of a response, or the tenant %q", test.url, m.TenantID)
		}
	}
}

// Two policies may share an issuer, but never a place in the cache. The tenant's name,
// tfp and the spelling do not matter.
func TestR8_PoliciesAreAuthoritiesOfTheirOwn(t *testing.T) {
	shared := b2cHost + "/" + guid + "/v2.0/"
	at := func(path string) string {
		m, err := answered(t, b2cHost+path, authority.B2C(), shared)
		if err != nil {
			t.Fatal(err)
		}
		return m.Environment
	}
	signin := at("/contoso.onmicrosoft.com/B2C_1_signin")
	if want := b2cHost + "/" + guid + "/b2c_1_signin"; signin != want {
		t.Errorf("environment %q, want %q", signin, want)
	}
	for _, same := range []string{"/" + guid + "/b2c_1_SIGNIN", "/tfp/contoso.onmicrosoft.com/B2C_1_signin/v2.0"} {
		if got := at(same); got != signin {
			t.Errorf("%s has the environment %q", same, got)
		}
	}
	if got := at("/contoso.onmicrosoft.com/B2C_1_profile"); got == signin {
		t.Errorf("two policies have the environment %q", got)
	}
}

func TestR8_CheckPolicy(t *testing.T) {
	m, err := answered(t, b2cHost+"/"+guid+"/B2C_1_signin", authority.B2C(), b2cHost+"/"+guid+"/v2.0/")
	if err != nil {
		t.Fatal(err)
	}
	plain := metadataOf(t, issuer)
	for _, test := range []struct {
		tfp, acr string
		ok       bool
	}{
		{"B2C_1_signin", "", true},
		{"b2c_1_SIGNIN", "", true},
		{"", "b2c_1_signin", true},
		{"", "", true},
		{"B2C_1_signin", "1", true},
		{"B2C_1_weak", "", false},
		{"", "B2C_1_weak", false},
		{"B2C_1_weak", "B2C_1_signin", false},
		{"B2C_1_signin\x1b[31m", "", false},
	} {
		err := m.CheckPolicy(test.tfp, test.acr)
		if (err == nil) != test.ok {
			t.Errorf("CheckPolicy(%q, %q) = %v", test.tfp, test.acr, err)
		}
		if err != nil && strings.Contains(refused(t, err, "b2c_1_signin").Error(), "\x1b") {
			t.Errorf("%q", err)
		}
		if err := plain.CheckPolicy(test.tfp, test.acr); err != nil {
			t.Errorf("under OIDC: %v", err)
		}
	}
}

func TestR8_IssuerOfATenantsHost(t *testing.T) {
	ofTenant := "https://" + guid + ".ciamlogin.com/" + guid + "/v2.0"
	tests := []struct {
		url, issuer string
		refusal     string
	}{
		{ciamHost, ofTenant, ""},
		{ciamHost + "/contoso.onmicrosoft.com", ofTenant, ""},
		{ciamHost + "/" + guid, ofTenant, ""},
		{ciamHost + "/" + strings.ToUpper(guid), ofTenant, ""},
		{"https://" + guid + ".ciamlogin.com", ofTenant, ""},
		{"https://login.contoso.example/" + guid, ofTenant, ""}, // a domain of one's own
		{"https://login.contoso.example/" + guid, "https://login.contoso.example/" + guid + "/v2.0", ""},
		{ciamHost, ciamHost + "/" + guid + "/v2.0", ""},

		{ciamHost + "/" + other, ofTenant, "configured tenant"},
		{"https://login.contoso.example/" + guid, "https://" + other + ".ciamlogin.com/" + other + "/v2.0", "configured tenant"},
		{ciamHost, "https://" + other + ".ciamlogin.com/" + guid + "/v2.0", "is expected"},
		{ciamHost, "https://" + guid + ".ciamlogin.com/" + other + "/v2.0", "is expected"},
		{ciamHost, ofTenant + "/", "is expected"},
		{ciamHost, "https://" + guid + ".ciamlogin.com/" + guid, "is expected"},
		{ciamHost, "https://" + guid + ".ciamlogin.com/contoso.onmicrosoft.com/v2.0", "is expected"},
		{ciamHost, "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0", "is expected"},
		{ciamHost, "https://fabrikam.ciamlogin.com/" + guid + "/v2.0", "is expected"},
		{ciamHost, "https://login.microsoftonline.com/" + guid + "/v2.0", "is expected"},
		{ciamHost, "https://" + guid + ".ciamlogin.com.evil.example/" + guid + "/v2.0", "is expected"},
		{ciamHost, "https://" + guid + ".evil.example/" + guid + "/v2.0", "is expected"},
		{ciamHost, "http://" + guid + ".ciamlogin.com/" + guid + "/v2.0", "is expected"},
		{ciamHost, "/v2.0", "is expected"},
	}
	for _, test := range tests {
		m, err := answered(t, test.url, authority.CIAM(), test.issuer)
		if test.refusal != "" {
			if err == nil {
				t.Errorf("%s accepts the issuer %s", test.url, test.issuer)
			} else {
				refused(t, err, `"`+test.issuer+`"`, test.refusal)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s refuses the issuer %s: %v", test.url, test.issuer, err)
			continue
		}
		if err := m.CheckIssuer(test.issuer, guid); err != nil {
			t.Error(err)
		}
		for _, tid := range []string{"", other, "{tenantid}"} {
			if m.CheckIssuer(test.issuer, tid) == nil {
				t.Errorf("%s: a token with the tid %q is accepted", test.url, tid)
			}
		}
		for _, iss := range []string{"", test.issuer + "/", strings.ReplaceAll(test.issuer, guid, other), "https://login.microsoftonline.com/" + guid + "/v2.0"} {
			if m.CheckIssuer(iss, guid) == nil {
				t.Errorf("%s: a token of %q is accepted", test.url, iss)
			}
		}
		a := parse(t, test.url, authority.CIAM())
		if m.TenantID != guid || m.Environment != "https://"+a.Host()+"/"+guid || m.Aliases != nil {
			t.Errorf("%s: tenant %q, environment %q, aliases %q", test.url, m.TenantID, m.Environment, m.Aliases)
		}
	}
}

// Without a TenantHost only the configured host issues tokens.
func TestR8_NoTenantHost(t *testing.T) {
	p := authority.CIAM()
	p.TenantHost = ""
	if _, err := answered(t, ciamHost+"/"+guid, p, "https://"+guid+"./"+guid+"/v2.0"); err == nil {
		t.Error("the issuer of a host that is no domain is accepted")
	}
	if _, err := answered(t, ciamHost+"/"+guid, p, ciamHost+"/"+guid+"/v2.0"); err != nil {
		t.Error(err)
	}
	if _, err := authority.Parse(ciamHost, p); err == nil {
		t.Error("a host without a tenant is accepted")
	}
}

// What a host publishes never says in whose place of the cache it looks.
func TestR10_EnvironmentIsOfTheConfiguredHost(t *testing.T) {
	honest := "https://" + guid + ".ciamlogin.com/" + guid + "/v2.0"
	a, err := answered(t, ciamHost, authority.CIAM(), honest)
	if err != nil {
		t.Fatal(err)
	}
	b, err := answered(t, "https://login.evil.example/"+guid, authority.CIAM(), honest)
	if err != nil {
		t.Fatal(err)
	}
	if a.Environment == b.Environment {
		t.Errorf("both have the environment %q", a.Environment)
	}
}

func TestR8_CheckKeyIssuer(t *testing.T) {
	const ms = "https://login.microsoftonline.com/"
	ofTenant := "https://" + guid + ".ciamlogin.com/" + guid + "/v2.0"
	ciam, err := answered(t, ciamHost, authority.CIAM(), ofTenant)
	if err != nil {
		t.Fatal(err)
	}
	entra := metadataOf(t, ms+"common")
	for _, test := range []struct {
		m         *authority.Metadata
		key, iss  string
		ok        bool
		narrative string
	}{
		{entra, ms + "{tenantid}/v2.0", ms + guid + "/v2.0", true, "a key of every tenant"},
		{entra, ms + guid + "/v2.0", ms + guid + "/v2.0", true, "a key of the tenant"},
		{entra, "", ms + guid + "/v2.0", true, "a key that says nothing"},
		{entra, ms + msa + "/v2.0", ms + guid + "/v2.0", false, "the key of personal accounts"},
		{entra, "https://login.microsoftonline.us/{tenantid}/v2.0", ms + guid + "/v2.0", false, "a key of another cloud"},
		{ciam, ofTenant, ofTenant, true, "a key of the tenant"},
		{ciam, ms + "{tenantid}/v2.0", ofTenant, true, "a key of every tenant, on the host of another"},
		{ciam, "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0", ofTenant, true, "a key of every tenant"},
		{ciam, ms + msa + "/v2.0", ofTenant, false, "the key of personal accounts"},
		{ciam, ms + other + "/v2.0", ofTenant, false, "a key of another tenant"},
	} {
		if err := test.m.CheckKeyIssuer(test.key, test.iss, guid); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.narrative, err)
		}
	}
}

func TestR8_IssuerOfADFS(t *testing.T) {
	for iss, ok := range map[string]bool{
		adfsURL:                                true,
		adfsURL + "/":                          false,
		"https://STS.contoso.example/adfs":     false,
		"http://sts.contoso.example/adfs":      false,
		"https://sts.fabrikam.example/adfs":    false,
		adfsURL + "/services/trust":            false,
		"https://sts.contoso.example:443/adfs": false,
	} {
		m, err := answered(t, adfsURL, authority.ADFS(), iss)
		if (err == nil) != ok {
			t.Errorf("the issuer %s: %v", iss, err)
		}
		if err != nil {
			refused(t, err, `"`+iss+`"`, `"`+adfsURL+`"`)
			continue
		}
		if m.CheckIssuer(adfsURL, "") != nil || m.CheckIssuer("http://sts.contoso.example/adfs/services/trust", "") == nil {
			t.Error("the issuer of access tokens is no issuer of ID tokens")
		}
		if m.Environment != adfsURL || m.TenantID != "" || m.AssertionAudience != adfsURL+"/oauth2/token/" {
			t.Errorf("environment %q, tenant %q, audience %q", m.Environment, m.TenantID, m.AssertionAudience)
		}
	}
	if _, err := answered(t, "https://STS.contoso.example/ADFS/", authority.ADFS(), "https://STS.contoso.example/adfs"); err != nil {
		t.Errorf("a federation service whose name has capitals: %v", err)
	}
}

func TestR7_AudienceOfOneTenantProfiles(t *testing.T) {
	for _, test := range []struct {
		url, issuer, want string
		profile           authority.Profile
	}{
		{b2cHost + "/tfp/contoso.onmicrosoft.com/B2C_1_x", b2cHost + "/" + guid + "/v2.0/", b2cHost + "/tfp/contoso.onmicrosoft.com/b2c_1_x/oauth2/v2.0/token", authority.B2C()},
		{ciamHost, ciamHost + "/" + guid + "/v2.0", ciamHost + "/contoso.onmicrosoft.com/oauth2/v2.0/token", authority.CIAM()},
	} {
		m, err := answered(t, test.url, test.profile, test.issuer)
		if err != nil || m.AssertionAudience != test.want {
			t.Errorf("%+v, %v; want the audience %s", m, err, test.want)
		}
	}
}

// R9: the GUID of a tenant that is named otherwise is pinned on first use.
func TestR9_TenantsOfOneHostArePinned(t *testing.T) {
	for _, test := range []struct {
		url, before, after string
		profile            authority.Profile
	}{
		{b2cHost + "/contoso.onmicrosoft.com/B2C_1_x", b2cHost + "/" + guid + "/v2.0/", b2cHost + "/" + other + "/v2.0/", authority.B2C()},
		{ciamHost, ciamHost + "/" + guid + "/v2.0", ciamHost + "/" + other + "/v2.0", authority.CIAM()},
	} {
		w := &wire{}
		a := parse(t, test.url, test.profile)
		at := a.String() + test.profile.DiscoveryPath
		w.set(at, answer{body: document(test.before, a.String())})
		r, clock := newResolver(w)
		resolve(t, r, a)
		clock.advance(day)
		w.set(at, answer{body: document(test.after, a.String())})
		_, err := r.Resolve(ctx, a)
		if err == nil {
			t.Fatalf("%s: the tenant changed unnoticed", a)
		}
		refused(t, err, guid, other)
	}
}

// Metadata that was accepted by one profile's hosts is not another's.
func TestR1_TenantHostsDoNotShareMetadata(t *testing.T) {
	const url = "https://login.contoso.example/" + guid
	w := &wire{}
	w.set(url+"/v2.0/.well-known/openid-configuration", answer{body: document("https://"+guid+".ciamlogin.com/"+guid+"/v2.0", issuer)})
	r, _ := newResolver(w)
	resolve(t, r, parse(t, url, authority.CIAM()))
	p := authority.CIAM()
	p.TenantHost = "ciamlogin.example"
	if _, err := r.Resolve(ctx, parse(t, url, p)); err == nil {
		t.Error("the issuer of another profile's host is accepted")
	}
}
