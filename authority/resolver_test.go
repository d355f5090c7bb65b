package authority_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
)

var ctx = context.Background()

func TestResolveOIDC(t *testing.T) {
	w := &wire{}
	w.set("https://op.example/realms/a/.well-known/openid-configuration", answer{body: `{
		"issuer": "https://op.example/realms/a/",
		"authorization_endpoint": "https://op.example/authorize?realm=a",
		"token_endpoint": "https://tokens.example/token",
		"device_authorization_endpoint": "https://op.example/device",
		"userinfo_endpoint": "https://op.example/me",
		"end_session_endpoint": "https://op.example/bye",
		"jwks_uri": "https://op.example/keys",
		"scopes_supported": ["openid", "offline_access", 7, null],
		"response_modes_supported": ["query", "form_post"],
		"token_endpoint_auth_methods_supported": ["private_key_jwt"],
		"code_challenge_methods_supported": ["S256"],
		"id_token_signing_alg_values_supported": ["ES256"],
		"authorization_response_iss_parameter_supported": true,
		"unknown": {"a": [1, 2]}}`})
	r, _ := newResolver(w)
	m := resolve(t, r, parse(t, "https://op.example/realms/a/", authority.OIDC()))
	want := []any{"https://op.example/realms/a/", "https://op.example/authorize?realm=a", "https://tokens.example/token", "https://op.example/device",
		"https://op.example/me", "https://op.example/bye", "https://op.example/keys", []string{"openid", "offline_access"}, []string{"query", "form_post"},
		[]string{"private_key_jwt"}, []string{"S256"}, []string{"ES256"}, true, "https://op.example/realms/a/", "https://op.example/realms/a/", []string(nil), ""}
	got := []any{m.Issuer, m.AuthorizationEndpoint, m.TokenEndpoint, m.DeviceAuthorizationEndpoint,
		m.UserinfoEndpoint, m.EndSessionEndpoint, m.JWKSURI, m.ScopesSupported, m.ResponseModesSupported,
		m.TokenEndpointAuthMethods, m.CodeChallengeMethods, m.IDTokenSigningAlgs, m.IssParameter, m.Environment, m.AssertionAudience, m.Aliases, m.TenantID}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("field %d is %q, want %q", i, got[i], want[i])
		}
	}
	w.expect(t, "GET https://op.example/realms/a/.well-known/openid-configuration")
}

func TestR10_RealmsOfOneHostHaveEnvironmentsOfTheirOwn(t *testing.T) {
	w := &wire{}
	w.set("https://op.example/a/.well-known/openid-configuration", answer{body: document("https://op.example/a", issuer)})
	w.set("https://op.example/b/.well-known/openid-configuration", answer{body: document("https://op.example/b", issuer)})
	r, _ := newResolver(w)
	a := resolve(t, r, parse(t, "https://op.example/a", authority.OIDC()))
	b := resolve(t, r, parse(t, "https://op.example/b", authority.OIDC()))
	if a.Environment != "https://op.example/a" || b.Environment != "https://op.example/b" {
		t.Errorf("environments %q and %q", a.Environment, b.Environment)
	}
}

func TestR8_DiscoveredIssuerIsExact(t *testing.T) {
	for _, published := range []string{
		issuer + "/", "https://OP.example", "http://op.example", "https://op.example:443", "https://evil.example", issuer + "/.",
	} {
		w := &wire{}
		w.set(oidcDoc, answer{body: document(published, issuer)})
		r, _ := newResolver(w)
		_, err := r.Resolve(ctx, parse(t, issuer, authority.OIDC()))
		if err == nil {
			t.Errorf("issuer %q is accepted", published)
			continue
		}
		refused(t, err, `"`+published+`"`, `"`+issuer+`"`)
	}
}

// Each profile has metadata of its own, even for one URL.
func TestR1_ProfilesDoNotShareMetadata(t *testing.T) {
	const url = "https://login.microsoftonline.com/" + guid
	w := &wire{}
	w.set(url+"/.well-known/openid-configuration", answer{body: document(url, issuer)})
	r, _ := newResolver(w)
	entra := resolve(t, r, parse(t, url, authority.Entra()))
	oidc := resolve(t, r, parse(t, url, authority.OIDC()))
	if entra.Issuer == oidc.Issuer || entra.Environment == oidc.Environment {
		t.Errorf("entra %+v, oidc %+v", entra, oidc)
	}
}

const (
	private     = "https://sts.corp.example:8443/" + guid
	privateDoc  = private + "/v2.0/.well-known/openid-configuration"
	instanceURL = "https://sts.corp.example:8443/common/discovery/instance?api-version=1.1&authorization_endpoint=https%3A%2F%2Fsts.corp.example%3A8443%2F" + guid + "%2Foauth2%2Fv2.0%2Fauthorize"
)

func TestR11_UnknownHostIsAskedItself(t *testing.T) {
	w := &wire{}
	w.set(instanceURL, answer{body: `{"tenant_discovery_endpoint":"https://evil.example/x","metadata":[
		{"preferred_network":"login.microsoftonline.com","preferred_cache":"login.windows.net","aliases":["login.microsoftonline.com"]},
		{"preferred_network":"evil.example","preferred_cache":"Names.corp.example","aliases":["STS.corp.example:8443","names.corp.example","a/b","u@h",7]}]}`})
	w.set(privateDoc, answer{body: document("https://names.corp.example/"+guid+"/v2.0", "https://sts.corp.example:8443/x")})
	r, _ := newResolver(w)
	m := resolve(t, r, parse(t, private, authority.Entra()))
	w.expect(t, "GET "+instanceURL, "GET "+privateDoc)
	if m.Environment != "names.corp.example" || strings.Join(m.Aliases, " ") != "sts.corp.example:8443 names.corp.example" {
		t.Errorf("environment %q, aliases %q", m.Environment, m.Aliases)
	}
	if m.TenantID != guid || m.TokenEndpoint != "https://sts.corp.example:8443/x/token" {
		t.Errorf("tenant %q, token endpoint %q", m.TenantID, m.TokenEndpoint)
	}
	if m.AssertionAudience != private+"/oauth2/v2.0/token" {
		t.Errorf("R7: audience %q is not made from configuration", m.AssertionAudience)
	}
	if err := m.CheckIssuer("https://sts.corp.example:8443/"+guid+"/v2.0", guid); err != nil {
		t.Error(err)
	}
	if err := m.CheckIssuer("https://login.microsoftonline.com/"+guid+"/v2.0", guid); err == nil {
		t.Error("another cloud's issuer is accepted")
	}
}

func TestUnknownHostWithoutAliasesStandsAlone(t *testing.T) {
	for _, body := range []string{`{}`, `{"metadata":[]}`, `{"metadata":null}`, `{"metadata":[{"aliases":["x.example"],"preferred_cache":"x.example"}]}`,
		`{"metadata":[{"aliases":["sts.corp.example:8443"],"preferred_cache":"x.example"}]}`} {
		w := &wire{}
		w.set(instanceURL, answer{body: body})
		w.set(privateDoc, answer{body: document("https://sts.corp.example:8443/"+guid+"/v2.0", issuer)})
		r, _ := newResolver(w)
		m := resolve(t, r, parse(t, private, authority.Entra()))
		if m.Environment != "sts.corp.example:8443" || len(m.Aliases) != 1 {
			t.Errorf("%s: environment %q, aliases %q", body, m.Environment, m.Aliases)
		}
	}
}

func TestR11_UnknownHostIsNoBuiltInCloud(t *testing.T) {
	for _, list := range []string{
		`"sts.corp.example:8443","login.microsoftonline.com"`, `"LOGIN.windows.net","sts.corp.example:8443"`, `"sts.corp.example:8443","login.microsoftonline.us"`,
	} {
		w := &wire{}
		w.set(instanceURL, answer{body: `{"metadata":[{"preferred_cache":"login.windows.net","aliases":[` + list + `]}]}`})
		r, _ := newResolver(w)
		_, err := r.Resolve(ctx, parse(t, private, authority.Entra()))
		if err == nil {
			t.Errorf("%s: accepted", list)
			continue
		}
		refused(t, err, "built in")
	}
}

func TestR8_IssuersOfUnknownHosts(t *testing.T) {
	const host = "https://sts.corp.example:8443/"
	tests := []struct {
		tenant, published string
		issuer, tenantID  string // issuer "" = refused
	}{
		{guid, host + guid + "/v2.0", host + guid + "/v2.0", guid},
		{guid, host + strings.ToUpper(guid) + "/v2.0", host + strings.ToUpper(guid) + "/v2.0", guid},
		{guid, host + "{tenantid}/v2.0", host + guid + "/v2.0", guid},
		{guid, host + other + "/v2.0", "", ""},
		{guid, host + guid, "", ""},
		{guid, host + guid + "/v2.0/", "", ""},
		{guid, "http://sts.corp.example:8443/" + guid + "/v2.0", "", ""},
		{guid, "https://sts.corp.example/" + guid + "/v2.0", "", ""},
		{guid, "https://login.microsoftonline.com/" + guid + "/v2.0", "", ""},
		{"contoso.example", host + guid + "/v2.0", host + guid + "/v2.0", guid},
		{"contoso.example", host + "{tenantid}/v2.0", "", ""},
		{"common", host + "{tenantid}/v2.0", host + "{tenantid}/v2.0", ""},
		{"common", host + guid + "/v2.0", "", ""},
		{"organizations", host + "{tenantid}/v2.0", host + "{tenantid}/v2.0", ""},
		{"consumers", host + msa + "/v2.0", host + msa + "/v2.0", msa},
		{"consumers", host + guid + "/v2.0", "", ""},
	}
	for _, test := range tests {
		w := &wire{}
		w.set(strings.Replace(instanceURL, guid, test.tenant, 1), answer{body: "{}"})
		w.set(host+test.tenant+"/v2.0/.well-known/openid-configuration", answer{body: document(test.published, issuer)})
		r, _ := newResolver(w)
		m, err := r.Resolve(ctx, parse(t, host+test.tenant, authority.Entra()))
		if test.issuer == "" {
			if err == nil {
				t.Errorf("%s publishes %q: accepted", test.tenant, test.published)
			} else {
				refused(t, err, `"`+test.published+`"`)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s publishes %q: %v", test.tenant, test.published, err)
		} else if m.Issuer != test.issuer || m.TenantID != test.tenantID {
			t.Errorf("%s publishes %q: issuer %q, tenant %q", test.tenant, test.published, m.Issuer, m.TenantID)
		}
	}
}

func TestR11_Endpoints(t *testing.T) {
	names := []string{"authorization_endpoint", "token_endpoint", "device_authorization_endpoint", "userinfo_endpoint", "end_session_endpoint", "jwks_uri"}
	const local = "http://localhost:8080"
	for _, url := range []string{issuer, local} {
		for _, name := range names {
			for endpoint, ok := range map[string]bool{
				"https://op.example/x": true, "https://op.example/x?p=1": true,
				"http://127.0.0.1:9/x": url == local, "http://[::1]/x": url == local, "http://localhost/x": url == local,
				"http://op.example/x": false, "https://user@op.example/x": false, "https://u:p@op.example/x": false, "https://op.example/x#f": false,
				"//op.example/x": false, "/x": false, "op.example/x": false, "javascript:alert(1)": false, "https://": false,
				"https://op.example/" + strings.Repeat("x", 4096): false,
			} {
				doc := `{"issuer":"` + url + `","token_endpoint":"https://op.example/t","` + name + `":"` + endpoint + `"}`
				w := &wire{}
				w.set(url+"/.well-known/openid-configuration", answer{body: doc})
				r, _ := newResolver(w)
				_, err := r.Resolve(ctx, parse(t, url, authority.OIDC()))
				if (err == nil) != ok {
					t.Errorf("%s, %s %q: %v, want ok %v", url, name, endpoint, err, ok)
				} else if err != nil {
					refused(t, err, name)
				}
			}
		}
	}
}

func TestZeroAuthorityIsRefused(t *testing.T) {
	r, _ := newResolver(&wire{})
	_, err := r.Resolve(ctx, authority.Authority{})
	refused(t, err, "authority.Parse")
}

func TestMetadataLasts24Hours(t *testing.T) {
	w := &wire{}
	w.set(oidcDoc, answer{body: document(issuer, issuer)})
	r, c := newResolver(w)
	a := parse(t, issuer, authority.OIDC())
	first := resolve(t, r, a)
	c.advance(day - 1e9)
	if resolve(t, r, a) != first || len(w.requests()) != 1 {
		t.Error("asked again before a day was over")
	}
	w.set(oidcDoc, answer{body: document(issuer, issuer+"/new")})
	c.advance(1e9)
	if m := resolve(t, r, a); m.TokenEndpoint != issuer+"/new/token" || len(w.requests()) != 2 {
		t.Errorf("after a day: %q, %d requests", m.TokenEndpoint, len(w.requests()))
	}
	c.advance(-2 * day)
	if resolve(t, r, a); len(w.requests()) != 3 {
		t.Error("a clock that went back is not noticed")
	}
}

func TestOutageServesStaleMetadata(t *testing.T) {
	for name, outage := range map[string]answer{"network": {err: errRefused}, "5xx": {status: 502}, "429": {status: 429}} {
		t.Run(name, func(t *testing.T) {
			w := &wire{}
			w.set(oidcDoc, answer{body: document(issuer, issuer)})
			r, c := newResolver(w)
			a := parse(t, issuer, authority.OIDC())
			first := resolve(t, r, a)
			w.set(oidcDoc, outage)
			c.advance(day)
			for i := 0; i < 3; i++ {
				if resolve(t, r, a) != first {
					t.Fatal("other metadata during the outage")
				}
			}
			if n := len(w.requests()); n != 2 {
				t.Errorf("%d requests; a vain renewal must be followed by a pause", n)
			}
			c.advance(day - 1e9)
			if resolve(t, r, a) != first || len(w.requests()) != 3 {
				t.Errorf("%d requests", len(w.requests()))
			}
			c.advance(1e9)
			if _, err := r.Resolve(ctx, a); err == nil {
				t.Error("metadata serves for more than two days")
			}
			w.set(oidcDoc, answer{body: document(issuer, issuer)})
			resolve(t, r, a)
		})
	}
}

func TestR8_RefusedRenewalServesNothing(t *testing.T) {
	for name, bad := range map[string]answer{
		"issuer":   {body: document("https://evil.example", issuer)},
		"endpoint": {body: document(issuer, "http://op.example")},
		"redirect": {status: 302},
		"gone":     {status: 404},
		"HTML":     {body: "<html>"},
	} {
		w := &wire{}
		w.set(oidcDoc, answer{body: document(issuer, issuer)})
		r, c := newResolver(w)
		a := parse(t, issuer, authority.OIDC())
		resolve(t, r, a)
		w.set(oidcDoc, bad)
		c.advance(day)
		for i := 0; i < 2; i++ {
			if _, err := r.Resolve(ctx, a); err == nil {
				t.Errorf("%s: stale metadata is served", name)
			}
		}
		w.set(oidcDoc, answer{err: errRefused})
		if _, err := r.Resolve(ctx, a); err == nil {
			t.Errorf("%s: an outage brings back refused metadata", name)
		}
	}
}

func TestR8_TenantIsPinnedOnFirstUse(t *testing.T) {
	const doc = "https://login.microsoftonline.com/contoso.example/v2.0/.well-known/openid-configuration"
	w := &wire{}
	w.set(doc, answer{body: document("https://login.microsoftonline.com/"+guid+"/v2.0", issuer)})
	r, c := newResolver(w)
	a := parse(t, "https://login.microsoftonline.com/contoso.example", authority.Entra())
	resolve(t, r, a)
	w.set(doc, answer{body: document("https://login.microsoftonline.com/"+other+"/v2.0", issuer)})
	for i := 0; i < 4; i++ {
		c.advance(day) // the pin outlives the metadata
		_, err := r.Resolve(ctx, a)
		refused(t, err, guid, other)
	}
	w.set(doc, answer{body: document("https://login.microsoftonline.com/"+guid+"/v2.0", issuer)})
	if m := resolve(t, r, a); m.TenantID != guid {
		t.Errorf("tenant %q", m.TenantID)
	}
}

func TestOneRequestForAllWaiters(t *testing.T) {
	w := &wire{}
	gate := make(chan struct{})
	w.set(oidcDoc, answer{body: document(issuer, issuer), gate: gate})
	r, _ := newResolver(w)
	a := parse(t, issuer, authority.OIDC())
	const n = 50
	impatient, leave := context.WithCancel(ctx)
	var waiting, left sync.WaitGroup
	for i := 0; i < n; i++ {
		left.Add(1)
		go func() {
			defer left.Done()
			_, err := r.Resolve(impatient, a)
			var e *authority.Error
			if !errors.Is(err, context.Canceled) || !errors.As(err, &e) {
				t.Errorf("a waiter that left got %v", err)
			}
		}()
		waiting.Add(1)
		go func() {
			defer waiting.Done()
			if m, err := r.Resolve(ctx, a); err != nil || m.Issuer != issuer {
				t.Errorf("a waiter that stayed got %v, %v", m, err)
			}
		}()
	}
	for len(w.requests()) == 0 {
		runtime.Gosched()
	}
	leave()
	left.Wait() // they do not wait for the answer
	close(gate)
	waiting.Wait()
	if err := r.Wait(ctx); err != nil {
		t.Error(err)
	}
	w.expect(t, "GET "+oidcDoc)
}

// The caller that started a discovery may leave: what was learned is kept.
func TestDiscoveryOutlivesItsCaller(t *testing.T) {
	w := &wire{}
	gate := make(chan struct{})
	w.set(oidcDoc, answer{body: document(issuer, issuer), gate: gate})
	r, _ := newResolver(w)
	a := parse(t, issuer, authority.OIDC())
	short, leave := context.WithCancel(ctx)
	done := make(chan error)
	go func() {
		_, err := r.Resolve(short, a)
		done <- err
	}()
	for len(w.requests()) == 0 {
		runtime.Gosched()
	}
	leave()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	close(gate)
	if err := r.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	resolve(t, r, a)
	w.expect(t, "GET "+oidcDoc)
}

func TestManyTenantsOfABuiltInCloud(t *testing.T) {
	w := &wire{}
	r, _ := newResolver(w)
	a := parse(t, "https://login.microsoftonline.com/common", authority.Entra())
	for i := 0; i < 1200; i++ {
		b, err := a.WithTenant(numbered(i))
		if err != nil {
			t.Fatal(err)
		}
		if m := resolve(t, r, b); m.TenantID != b.Tenant() {
			t.Fatalf("%s: tenant %q", b, m.TenantID)
		}
	}
	// A discovered authority still finds room, and is asked once.
	w.set(oidcDoc, answer{body: document(issuer, issuer)})
	op := parse(t, issuer, authority.OIDC())
	resolve(t, r, op)
	resolve(t, r, op)
	w.expect(t, "GET "+oidcDoc)
}

// numbered returns the GUID of a number.
func numbered(i int) string {
	const digits = "0123456789abcdef"
	b := []byte("00000000-0000-0000-0000-000000000000")
	for at := len(b) - 1; i > 0; at-- {
		b[at] = digits[i%16]
		i /= 16
	}
	return string(b)
}
