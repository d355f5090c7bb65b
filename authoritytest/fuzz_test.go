package authoritytest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// fuzzed serves a request without a network and checks what must hold for every answer.
func fuzzed(t *testing.T, s *Server, req *http.Request) *http.Response {
	t.Helper()
	resp, err := inProcess{t, s}.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func FuzzToken(f *testing.F) {
	s := NewServer(f)
	app := s.Directory.App("web")
	add := func(shape bool, authorization string, list ...string) {
		f.Add(shape, pairs(list...).Encode(), authorization)
	}
	add(true, "", "grant_type", "client_credentials", "client_id", app.ClientID, "client_secret", string(app.Secrets[0]), "scope", "api://"+defaultAPI+"/.default")
	add(false, basic(app.ClientID, string(app.Secrets[0])), "grant_type", "client_credentials", "resource", graphIDURI)
	add(true, "", "grant_type", "password", "client_id", defaultNative, "username", avery, "password", string(s.Directory.User(avery).Password), "scope", "openid offline_access", "claims", `{"id_token":{"email":null}}`)
	add(true, "", "grant_type", "refresh_token", "client_id", defaultNative, "refresh_token", "x", "scope", "/ //a .default")
	add(true, "", "grant_type", "authorization_code", "client_id", defaultNative, "code", "x", "redirect_uri", "http://localhost", "code_verifier", testVerifier)
	add(false, "", "grant_type", grantDevice, "client_id", defaultNative, "device_code", "x")
	f.Fuzz(func(t *testing.T, shape bool, form, authorization string) {
		u := s.URL() + oidcToken + "?" + oidcBackDoor
		if shape {
			u = s.Authority("") + entraToken
		}
		req, err := http.NewRequest("POST", u, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", formType)
		if authorization != "" {
			req.Header.Set("Authorization", authorization)
		}
		fuzzed(t, s, req)
	})
}

func FuzzAuthorize(f *testing.F) {
	s := NewServer(f)
	for _, a := range []*api{entra(f, s), oidc(f, s)} {
		for _, list := range [][]string{
			nil, {"prompt", "none"}, {"prompt", "login consent", "login_hint", "O.x"}, {"response_mode", "form_post", "response_type", "x"}, {"max_age", "99999999999"},
			{"claims", `{"id_token":{"sub":{"value":"x"}}}`}, {"resource", "x"}, {"redirect_uri", "http://[::1"}, {"acr_values", "mfa x"},
			{"claims", `{"id_token":{"acr":{"essential":true,"values":["mfa",1]}},"access_token":{"acrs":{"essential":true,"value":"c1"},"capolids":{"values":["x",null]},"nbf":{"essential":true,"value":1}}}`}, {"id_token_hint", "a.b.c"},
		} {
			_, query, _ := strings.Cut(a.authorizeURL(a.app("web"), list...), "?")
			f.Add(a.shape == ShapeEntra, query)
		}
	}
	var registered []string
	for _, app := range s.Directory.Apps {
		registered = append(registered, app.RedirectURIs...)
	}
	f.Fuzz(func(t *testing.T, shape bool, query string) {
		u := &url.URL{Path: oidcAuthorize, RawQuery: oidcFrontDoor + "&" + query}
		if shape {
			u = &url.URL{Path: "/common" + entraAuthorize, RawQuery: query}
		}
		resp := fuzzed(t, s, &http.Request{Method: "GET", URL: u, Header: http.Header{}, Host: "x"})
		target := resp.Header.Get("Location")
		if target == "" {
			return
		}
		base, _, _ := strings.Cut(target, "?")
		base, _, _ = strings.Cut(base, "#")
		if !registeredURI(ShapeEntra, base, registered) {
			t.Errorf("redirected to %q, which nobody registered", base)
		}
	})
}

func FuzzPaths(f *testing.F) {
	s := NewServer(f)
	for path := range fixedRoutes {
		f.Add("GET", path, "client_id=x&api-version=1.1&authorization_endpoint=x", "")
	}
	for path := range tenantRoutes {
		f.Add("GET", "/common"+path, "post_logout_redirect_uri=x&id_token_hint=x", "Bearer a.b.c")
	}
	f.Add("POST", controlPath+"/clock", "", "Bearer "+s.ControlToken())
	f.Add("POST", signInPath+"x", "", "")
	f.Add("DELETE", controlPath+"/faults/%2e", "", "Bearer "+s.ControlToken())
	f.Fuzz(func(t *testing.T, method, path, query, authorization string) {
		req := &http.Request{Method: method, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{}, Host: strings.TrimPrefix(s.URL(), "http://"), Body: http.NoBody}
		req.Header.Set("Authorization", authorization)
		req.Header.Set("Cookie", s.cookieName()+"="+query)
		fuzzed(t, s, req)
	})
}

func FuzzReadPage(f *testing.F) {
	f.Add(`<body data-page="signin"><form action="/x"><input type="hidden" name="csrf" value="a&amp;b">`)
	f.Fuzz(func(t *testing.T, text string) { readPage(text) })
}

// FuzzDemandForms sends forms to the page that verifies: nothing but its code gets past it.
func FuzzDemandForms(f *testing.F) {
	d := DefaultDirectory()
	d.Requirements = []Requirement{{Name: "verify", Demand: DemandMFA}, {Name: "terms", Demand: DemandTermsOfUse}}
	s := start(f, &Server{Directory: d})
	a, b := entra(f, s), s.NewBrowser()
	p, err := b.act(f.Context(), a.pageOf(b), avery)
	if err != nil || p.name != pageVerify {
		f.Fatalf("page %q, %v", p.name, err)
	}
	base, _ := url.Parse(s.URL())
	cookie := b.client.Jar.Cookies(base)[0].String()
	for _, action := range []string{"verify", "device", "accept", "change", "x"} {
		f.Add("action=" + action + "&code=000000&new_password=x&password=&csrf=" + p.fields.Get("csrf"))
	}
	f.Fuzz(func(t *testing.T, form string) {
		req, err := http.NewRequest("POST", s.URL()+p.action, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", formType)
		req.Header.Set("Cookie", cookie)
		resp := fuzzed(t, s, req)
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got := readPage(string(text)); got.name == pageTerms || resp.Header.Get("Location") != "" && !strings.Contains(form, "cancel") {
			t.Errorf("page %q, to %q", got.name, resp.Header.Get("Location"))
		}
	})
}
