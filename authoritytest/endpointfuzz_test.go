package authoritytest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// withBody returns a POST of a form or, if it begins with a brace, of JSON.
func withBody(t *testing.T, u, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, u, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", formType)
	if strings.HasPrefix(body, "{") {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// FuzzForms posts anything to each page, in the right browser and with the right token.
func FuzzForms(f *testing.F) {
	s := NewServer(f)
	o := newTour(f, s)
	password := string(s.Directory.Users[0].Password)
	for _, name := range everyPage() {
		for action := range pageActions[name] {
			f.Add(string(name), action, pairs("username", avery, "password", password, "user_code", "BBBB-BBBB", "account", s.Directory.Users[0].ObjectID, "name", "<b>").Encode())
		}
		f.Add(string(name), "", "username=%00%ff&username=%3Cscript%3E&password=&account=x&user_code=%F0%9F%94%91&csrf=x")
	}
	f.Fuzz(func(t *testing.T, name, action, fields string) {
		if len(pageActions[pageName(name)]) == 0 {
			return
		}
		b, p := o.stand(t, pageName(name))
		values, _ := url.ParseQuery(fields)
		values.Set("csrf", p.fields.Get("csrf"))
		values.Set("action", action)
		post(t, b, s.URL()+p.action, values)
		b, p = o.stand(t, pageName(name))
		resp, err := b.client.Do(withBody(t, s.URL()+p.action, fields+"&csrf="+p.fields.Get("csrf")))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	})
}

// FuzzDeviceCode asks for device codes, and fills in the page for them by its link.
func FuzzDeviceCode(f *testing.F) {
	s := NewServer(f)
	f.Add(pairs("client_id", defaultNative, "scope", "openid offline_access", "claims", `{"id_token":{"email":null}}`).Encode(), "user_code=BBBB-BBBB")
	f.Add("client_id="+defaultNative+"&scope=%22+%5C+/+.default&resource=x&resource="+graphIDURI, "user_code=%3Cscript%3E%00%ff&user_code=2")
	f.Add("client_id="+defaultWeb+"&client_secret=x&client_assertion=a.b.c&client_assertion_type=x", "%zz")
	f.Fuzz(func(t *testing.T, form, query string) {
		for _, u := range []string{s.URL() + oidcDeviceCode, s.Authority("common") + entraDeviceCode, s.URL() + adfsDeviceCode} {
			fuzzed(t, s, withBody(t, u, form))
		}
		for _, path := range devicePages {
			fuzzed(t, s, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{}})
		}
	})
}

// FuzzLogout ends sessions, and sends nobody to where no app registered.
func FuzzLogout(f *testing.F) {
	s := NewServer(f)
	a := oidc(f, s)
	hint, _ := a.signIn("scope", "openid")["id_token"].(string)
	f.Add("id_token_hint=" + hint + "&post_logout_redirect_uri=https://web.contoso.test/signed-out&state=%0d%0a")
	f.Add("client_id=" + defaultWeb + "&post_logout_redirect_uri=https://web.contoso.test/signed-out.evil.example&logout_hint=" + avery)
	f.Add("post_logout_redirect_uri=http://localhost%0d%0ax&id_token_hint=a.b.c&client_id=<b>")
	var registered []string
	for _, app := range s.Directory.Apps {
		registered = append(append(registered, app.RedirectURIs...), app.LogoutURIs...)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{oidcLogout, "/common" + entraLogout, adfsLogout} {
			b := s.SignIn(t, avery)
			b.client.Transport = inProcess{t, s}
			req := &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "http", Host: strings.TrimPrefix(s.URL(), "http://"), Path: path, RawQuery: query}, Header: http.Header{}}
			resp, err := b.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if target := resp.Header.Get("Location"); target != "" {
				base, _, _ := strings.Cut(target, "?")
				if !registeredURI(ShapeEntra, base, registered) {
					t.Errorf("redirected to %q, which nobody registered", base)
				}
			}
		}
	})
}

// FuzzUserinfo sends tokens, right and wrong.
func FuzzUserinfo(f *testing.F) {
	s := NewServer(f)
	a := oidc(f, s)
	tokens := a.signIn("scope", "openid profile")
	right, _ := tokens["access_token"].(string)
	id, _ := tokens["id_token"].(string)
	for _, h := range []string{"Bearer " + right, "bearer " + id, right, "Bearer", "Bearer a.b.c", "Basic eA==", "Bearer \x00\xff", "DPoP " + right} {
		f.Add(h, "access_token="+url.QueryEscape(right), "")
	}
	f.Add("", "", "access_token=a.b.c")
	f.Fuzz(func(t *testing.T, authorization, body, query string) {
		for _, path := range []string{oidcUserinfo, entraUserinfo, adfsUserinfo} {
			get := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{"Authorization": {authorization}}}
			fuzzed(t, s, get)
			sent := withBody(t, s.URL()+path, body)
			sent.Header.Set("Authorization", authorization)
			fuzzed(t, s, sent)
		}
	})
}

// FuzzControl sends anything to what the control endpoint can do, with its token.
func FuzzControl(f *testing.F) {
	s := NewServer(f)
	for path := range controls {
		_, path, _ = strings.Cut(path, " ")
		for _, body := range []string{
			`{}`, `[]`, ``, `{"advance":1e300}`, `{"set":"9999-12-31T23:59:59Z"}`, `{"user_code":"\u0000","username":"x","action":"approve"}`,
			`{"url":"` + s.URL() + `/x","username":"` + avery + `"}`, `{"url":"http://127.0.0.1:1/","username":""}`, `{"url":"%zz"}`, "{\"a\":\"\xff\"}",
		} {
			f.Add(path, body)
		}
	}
	f.Fuzz(func(t *testing.T, path, body string) {
		for _, token := range []string{s.ControlToken(), "x"} {
			req := withBody(t, s.URL(), body)
			req.URL.Path, req.Host = controlPath+path, req.URL.Host
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Content-Type", "application/json")
			if resp := fuzzed(t, s, req); token == "x" && resp.StatusCode < 400 {
				t.Errorf("status %d without the control token", resp.StatusCode)
			}
		}
	})
}

// FuzzDiscovery asks for metadata, keys and instances under any tenant, policy and host.
func FuzzDiscovery(f *testing.F) {
	s := NewServer(f)
	for _, tenant := range []string{tenantCommon, defaultTenant, "contoso.test", "", "..", "<b>", "%2e%2e", "contoso.test/B2C_1_signin", "tfp/contoso.test/b2c_1_signin", "\x00\xff"} {
		for _, host := range []string{"127.0.0.1", "contoso." + s.CIAMHost(), defaultTenant + "." + s.CIAMHost(), "[::1", "a b", ""} {
			f.Add(tenant, host, "api-version=1.1&authorization_endpoint=https%3A%2F%2Flogin.contoso.example%2Fcommon", "https://evil.example")
		}
	}
	f.Fuzz(func(t *testing.T, tenant, host, query, origin string) {
		for _, suffix := range []string{entraIssuerEnd + discoverySuffix, entraKeys, discoverySuffix} {
			for _, path := range []string{"/" + tenant + suffix, instancePath} {
				req := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path, RawQuery: query}, Host: host, Header: http.Header{"Origin": {origin}}}
				resp := fuzzed(t, s, req)
				if resp.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Error("a page of another origin may send cookies")
				}
			}
		}
	})
}
