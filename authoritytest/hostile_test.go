package authoritytest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// hostileTexts are what somebody may call a user, an app, a tenant or a scope.
var hostileTexts = map[string]string{
	"markup":     `<script>alert(1)</script><img src=x onerror=alert(1)>`,
	"attribute":  `" onfocus=alert(1) autofocus x="' onfocus='alert(1)`,
	"end of tag": `</title></style></script></p></form><form action="https://evil.example/">`,
	"template":   `{{.CSRF}}{{define "top"}}`,
	"ANSI":       "\x1b[31mred\x1b]0;title\x07\x9b2J",
	"CRLF":       "name\r\nSet-Cookie: a=b\r\n\r\n<html>",
	"bidi":       "\u202eevil\u2066\u200f\u2028",
	"NUL":        "a\x00b",
	"UTF-8":      "\xff\xfe\xc0\xafx",
	"long":       strings.Repeat("Wolfeschlegelsteinhausenbergerdorff ", 3000),
	"RTL":        "\u05e9\u05dc\u05d5\u05dd \u0634\u0631\u0643\u0629",
}

// hostileServer has a directory with the text wherever people read it.
func hostileServer(t *testing.T, text string) *Server {
	t.Helper()
	d := DefaultDirectory()
	d.Tenants[0].Name = text
	d.Users[0].Username, d.Users[0].Name, d.Users[0].GivenName, d.Users[0].Email = "u"+text, text, text, text
	for i := range d.Apps {
		d.Apps[i].Name += text
		for j := range d.Apps[i].Scopes {
			d.Apps[i].Scopes[j].Description = text
		}
	}
	for i := range d.Consents {
		d.Consents[i].Client += text
	}
	return start(t, &Server{Directory: d})
}

// TestR23_HostileDirectoryOnEveryPage visits each page of authorities whose directories
// are hostile. What must hold is in alwaysHolds: the transport applies it to every page.
func TestR23_HostileDirectoryOnEveryPage(t *testing.T) {
	for kind, text := range hostileTexts {
		t.Run(kind, func(t *testing.T) {
			o := newTour(t, hostileServer(t, text))
			for _, name := range everyPage() {
				o.stand(t, name)
			}
		})
	}
}

// TestR23_HostileRequestsOnEveryPage sends the text in each parameter that a page may
// show or pass on.
func TestR23_HostileRequestsOnEveryPage(t *testing.T) {
	s := NewServer(t)
	plain, entra := newTour(t, s), &tour{entra(t, s), s.Directory.Users[0].Username}
	for kind, text := range hostileTexts {
		t.Run(kind, func(t *testing.T) {
			for _, o := range []*tour{plain, entra} {
				for _, param := range []string{"client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "login_hint", "response_mode", "response_type", "claims", "id_token_hint", "max_age", "resource", text} {
					for _, mode := range []string{"query", "form_post", "fragment"} {
						o.get(t, visitor(t, s), o.a.authorizeURL(o.a.app("web"), "response_mode", mode, param, text))
					}
				}
				for _, param := range []string{"post_logout_redirect_uri", "id_token_hint", "client_id", "state", "logout_hint"} {
					o.get(t, visitor(t, s), o.a.endpoint("end_session_endpoint")+"?"+url.Values{param: {text}}.Encode())
				}
			}
			plain.get(t, visitor(t, s), s.URL()+oidcDevicePage+"?"+url.Values{"user_code": {text}}.Encode())
			for _, name := range everyPage() {
				for action := range pageActions[name] {
					b, p := plain.stand(t, name)
					for _, field := range []string{"username", "password", "name", "user_code", "account"} {
						p.fields.Set(field, text)
					}
					p.fields.Set("action", action)
					post(t, b, s.URL()+p.action, p.fields)
				}
			}
		})
	}
}

// TestHostileStateComesBack checks that what is passed on is passed on as it was, in each
// response mode.
func TestHostileStateComesBack(t *testing.T) {
	s := NewServer(t)
	a := oidc(t, s)
	for kind, text := range hostileTexts {
		if kind == "UTF-8" || kind == "NUL" || kind == "CRLF" {
			continue // a form cannot carry them: browsers and HTML change them
		}
		for _, mode := range []string{"query", "fragment", "form_post"} {
			back, err := visitor(t, s).Complete(context.Background(), a.authorizeURL(a.app("web"), "state", text, "response_mode", mode), avery)
			if err != nil {
				t.Fatalf("%s, %s: %v", kind, mode, err)
			}
			u, err := url.Parse(strings.Replace(back, "#", "?", 1))
			if err != nil || u.Query().Get("state") != text {
				t.Errorf("%s, %s: the state came back changed", kind, mode)
			}
		}
	}
}

// TestNoEchoOfSecrets sends one text as each secret that a request can have, where it is
// wrong, and looks for it in the answer and in the log.
func TestNoEchoOfSecrets(t *testing.T) {
	const typed = "Tr0ub4dor-and-3-typed-by-a-person"
	s := NewServer(t)
	check := func(what string, req *http.Request) {
		t.Helper()
		resp, err := visitor(t, s).client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var answer strings.Builder
		if err := resp.Write(&answer); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(answer.String(), typed) || strings.Contains(s.Requests().String(), typed) {
			t.Errorf("%s comes back, or is in the log", what)
		}
	}
	request := func(method, u string, form url.Values) *http.Request {
		req, err := http.NewRequest(method, u, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", formType)
		return req
	}
	for _, token := range []string{s.URL() + oidcToken + "?" + oidcBackDoor, s.Authority("") + entraToken, s.ADFSAuthority() + "/oauth2/token"} {
		for _, grant := range dialects[ShapeEntra].grants {
			for _, param := range []string{"client_secret", "client_assertion", "code", "code_verifier", "refresh_token", "device_code", "password", "assertion"} {
				form := pairs("grant_type", grant, "client_id", defaultNative, "scope", "openid", "username", avery, "redirect_uri", "http://localhost",
					"code", "x", "code_verifier", testVerifier, "requested_token_use", "on_behalf_of", param, typed)
				check(grant+": "+param, request("POST", token, form))
				form.Set("client_id", defaultWeb)
				check(grant+", web: "+param, request("POST", token, form))
			}
		}
	}
	for _, u := range []string{s.URL() + oidcUserinfo, s.URL() + entraUserinfo, s.ControlURL() + "/requests"} {
		req := request("GET", u, nil)
		req.Header.Set("Authorization", "Bearer "+typed)
		check("a bearer token", req)
	}
	a := oidc(t, s)
	check("id_token_hint", request("GET", a.authorizeURL(a.app("web"), "id_token_hint", typed), nil))
	check("id_token_hint at sign-out", request("GET", a.endpoint("end_session_endpoint")+"?id_token_hint="+typed, nil))
	for _, name := range []pageName{pageSignIn, pageCreate} {
		for action := range pageActions[name] {
			b, p := newTour(t, s).stand(t, name)
			p.fields.Set("username", avery)
			p.fields.Set("password", typed)
			p.fields.Set("action", action)
			req := request("POST", s.URL()+p.action, p.fields)
			for _, c := range b.Cookies() {
				req.AddCookie(c)
			}
			check("the password of "+string(name)+"/"+action, req)
		}
	}
}
