package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
)

// A patient is an authority for the doctor. What it does wrong is set by the test.
type patient struct {
	*httptest.Server
	metadata map[string]any // beside the usual members, or in their place
	keys     string         // the body of jwks_uri
	date     time.Time      // zero: the right one; the first of January 1970: none
	answer   func(w http.ResponseWriter, r *http.Request)
}

func newPatient(t *testing.T) *patient {
	p := &patient{metadata: map[string]any{}, keys: rsaKeys}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case p.date.Equal(time.Unix(0, 0)):
			w.Header()["Date"] = nil
		case !p.date.IsZero():
			w.Header().Set("Date", p.date.UTC().Format(http.TimeFormat))
		}
		m := map[string]any{
			"issuer": p.URL, "token_endpoint": p.URL + "/t", "authorization_endpoint": p.URL + "/a", "jwks_uri": p.URL + "/k",
			"device_authorization_endpoint": p.URL + "/d", "code_challenge_methods_supported": []string{"S256"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
		}
		for name, v := range p.metadata {
			m[name] = v
		}
		_ = json.NewEncoder(w).Encode(m)
	})
	mux.HandleFunc("/k", func(w http.ResponseWriter, r *http.Request) {
		if p.keys == "" {
			w.WriteHeader(500)
		}
		fmt.Fprint(w, p.keys)
	})
	mux.HandleFunc("/a", func(w http.ResponseWriter, r *http.Request) { p.answer(w, r) })
	p.answer = sendBack("error=login_required")
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// rsaKeys is a key set of one key whose modulus is any odd number of 2048 bits.
var rsaKeys = `{"keys":[{"kty":"RSA","kid":"1","e":"AQAB","n":"` + strings.Repeat("_", 341) + `w"}]}`

// sendBack redirects to the redirect URI, with the state and with more.
func sendBack(more string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		w.Header().Set("Location", q.Get("redirect_uri")+"?state="+url.QueryEscape(q.Get("state"))+"&"+more)
		w.WriteHeader(http.StatusFound)
	}
}

func showPage(status int, text string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	}
}

func redirectTo(location string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	}
}

// examined returns the checks of an authority by their name.
func examined(t *testing.T, issuer string, profile string, redirects ...string) map[string]check {
	t.Helper()
	flags := &authorityFlags{url: issuer, profile: choice{value: profile}}
	d, err := newDoctor(flags, "the-client", redirects)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.examine(t.Context()); err != nil {
		t.Fatal(err)
	}
	checks := map[string]check{}
	for _, c := range d.checks {
		if (c.Fix == "") != (c.Verdict == verdictOK) {
			t.Errorf("%s is %s, and its remedy is %q", c.Name, c.Verdict, c.Fix)
		}
		checks[c.Name] = c
	}
	return checks
}

func TestDoctor(t *testing.T) {
	const uri = "https://app.test/cb"
	tests := []struct {
		name    string
		set     func(p *patient)
		check   string
		verdict verdict
		found   string
	}{
		{"well", func(p *patient) {}, "redirect URI", verdictOK, uri + " is registered"},
		{"a clock a little behind", func(p *patient) { p.date = time.Now().Add(3 * time.Minute) }, "clock", verdictWarn, "3 minutes behind"},
		{"a clock ahead", func(p *patient) { p.date = time.Now().Add(-time.Hour) }, "clock", verdictFail, "60 minutes ahead of"},
		{"no date", func(p *patient) { p.date = time.Unix(0, 0) }, "clock", verdictWarn, "does not say"},
		{"another issuer", func(p *patient) { p.metadata["issuer"] = "https://other.test" }, "issuer", verdictFail, `"https://other.test"`},
		{"no issuer", func(p *patient) { p.metadata["issuer"] = nil }, "issuer", verdictFail, ""},
		{"plain http", func(p *patient) { p.metadata["token_endpoint"] = "http://other.test/t" }, "issuer", verdictFail, "plain http"},
		{"no browser", func(p *patient) { p.metadata["authorization_endpoint"] = nil }, "endpoints", verdictWarn, "no users can sign in"},
		{"no browser, so no redirect", func(p *patient) { p.metadata["authorization_endpoint"] = nil }, "client", verdictOK, "not checked"},
		{"no keys", func(p *patient) { p.metadata["jwks_uri"] = nil }, "keys", verdictFail, "publishes no keys"},
		{"keys that break", func(p *patient) { p.keys = "" }, "keys", verdictFail, "status 500"},
		{"keys that are none", func(p *patient) { p.keys = "<p>" }, "keys", verdictFail, ""},
		{"an empty key set", func(p *patient) { p.keys = `{"keys":[]}` }, "keys", verdictFail, "empty"},
		{"HMAC", func(p *patient) { p.metadata["id_token_signing_alg_values_supported"] = []string{"HS256"} }, "keys", verdictFail, "HS256 only"},
		{"plain PKCE", func(p *patient) { p.metadata["code_challenge_methods_supported"] = []string{"plain"} }, "PKCE", verdictFail, "only plain"},
		{"PKCE not published", func(p *patient) { p.metadata["code_challenge_methods_supported"] = nil }, "PKCE", verdictWarn, "not published"},
		{"form_post", func(p *patient) { p.metadata["response_modes_supported"] = []string{"form_post"} }, "response modes", verdictOK, "form_post, which"},
		{"query", func(p *patient) {}, "response modes", verdictOK, "query"},
		{"no device code", func(p *patient) { p.metadata["device_authorization_endpoint"] = nil }, "device code", verdictWarn, "not offered"},
		{"an error page", func(p *patient) { p.answer = showPage(400, "redirect_uri_mismatch") }, "redirect URI", verdictFail, "error page (status 400)"},
		{"Entra's page about the redirect", func(p *patient) { p.answer = showPage(200, "AADSTS50011: The redirect URI") }, "redirect URI", verdictFail, "not registered (AADSTS50011)"},
		{"Entra's page about the client", func(p *patient) { p.answer = showPage(200, "AADSTS700016: Application") }, "redirect URI", verdictFail, "does not know the client the-client"},
		{"Entra's page about something else", func(p *patient) { p.answer = showPage(200, "AADSTS90072") }, "redirect URI", verdictFail, "(AADSTS90072)"},
		{"a page all the same", func(p *patient) { p.answer = showPage(200, "Sign in") }, "redirect URI", verdictWarn, "cannot be told"},
		{"sent elsewhere", func(p *patient) { p.answer = redirectTo("https://idp.test/login") }, "redirect URI", verdictWarn, "sends the browser on to idp.test"},
		{"sent almost there", func(p *patient) { p.answer = redirectTo("https://app.test.evil.test/cb?error=login_required") }, "redirect URI", verdictWarn, "sends the browser on"},
		{"not allowed", func(p *patient) { p.answer = sendBack("error=unauthorized_client&error_description=no+code") }, "redirect URI", verdictFail, "answers unauthorized_client: no code"},
		{"another state", func(p *patient) { p.answer = redirectTo(uri + "?state=x&error=login_required") }, "redirect URI", verdictFail, "another state"},
		{"another issuer answers", func(p *patient) { p.answer = sendBack("error=login_required&iss=https://other.test") }, "redirect URI", verdictFail, "other.test"},
		{"iss is promised and missing", func(p *patient) { p.metadata["authorization_response_iss_parameter_supported"] = true }, "redirect URI", verdictFail, "iss"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPatient(t)
			tt.set(p)
			checks := examined(t, p.URL, "", uri)
			if c := checks[tt.check]; c.Verdict != tt.verdict || !strings.Contains(c.Found, tt.found) {
				t.Errorf("%+v, want %s with %q; all: %+v", c, tt.verdict, tt.found, checks)
			}
		})
	}
}

func TestR23_DoctorEscapesHostileText(t *testing.T) {
	p := newPatient(t)
	p.metadata["code_challenge_methods_supported"] = []string{hostile}
	p.metadata["id_token_signing_alg_values_supported"] = []string{hostile}
	p.answer = sendBack("error=" + url.QueryEscape(hostile) + "&error_description=" + url.QueryEscape(hostile))
	other := newPatient(t)
	other.metadata["issuer"] = hostile
	for _, url := range []string{p.URL, other.URL} {
		for _, more := range [][]string{nil, {"--json"}} {
			s := latchkeyRun(t.Context(), "", append([]string{"doctor", "--authority", url, "--client-id", "x", "--redirect-uri", "http://a.test"}, more...)...)
			clean(t, s)
			if s.status != 1 || !strings.Contains(s.out, "owned") {
				t.Errorf("status %d, %q", s.status, s.out)
			}
		}
	}
}

func TestDoctorTLS(t *testing.T) {
	now := time.Now()
	certificate := func(name string, end time.Time) *x509.Certificate {
		c := &x509.Certificate{NotAfter: end}
		c.Subject.CommonName, c.Issuer.CommonName = name, "the issuer"
		return c
	}
	failure := func(err error) error {
		return &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{certificate(hostile, now)}, Err: err}
	}
	a, err := authority.Parse("https://login.example.com", authority.OIDC())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		chain   []*x509.Certificate
		err     error
		verdict verdict
		found   string
	}{
		{"good", []*x509.Certificate{certificate("a", now.Add(90*24*time.Hour)), certificate("b", now.Add(900*24*time.Hour))}, nil, verdictOK, "a issued by the issuer, a chain of 2"},
		{"ends soon", []*x509.Certificate{certificate("a", now.Add(3*24*time.Hour))}, nil, verdictWarn, "in 3 days"},
		{"another ends soon", []*x509.Certificate{certificate("a", now.Add(90*24*time.Hour)), certificate("b", now.Add(3*24*time.Hour))}, nil, verdictWarn, "in 3 days"},
		{"unknown authority", nil, failure(x509.UnknownAuthorityError{}), verdictFail, "issued by the issuer is not trusted here"},
		{"another host", nil, failure(x509.HostnameError{}), verdictFail, "another host"},
		{"expired", nil, failure(x509.CertificateInvalidError{Reason: x509.Expired}), verdictFail, "has expired"},
		{"unverified", nil, nil, verdictFail, "no verified certificate"},
	}
	for _, tt := range tests {
		d := &doctor{authority: a, wire: &recorder{}, now: func() time.Time { return now }}
		if tt.chain != nil {
			d.wire.tls = &tls.ConnectionState{Version: tls.VersionTLS13, VerifiedChains: [][]*x509.Certificate{tt.chain}}
		}
		d.tls(tt.err)
		if len(d.checks) != 1 || d.checks[0].Verdict != tt.verdict || !strings.Contains(d.checks[0].Found, tt.found) {
			t.Errorf("%s: %+v", tt.name, d.checks)
		}
		for _, c := range d.checks {
			clean(t, session{out: c.Found + c.Fix})
		}
	}
	d := &doctor{authority: a, wire: &recorder{}, now: time.Now}
	if d.tls(errors.New("no network")); len(d.checks) != 0 {
		t.Errorf("without a connection: %+v", d.checks)
	}
}
