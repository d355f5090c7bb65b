package authoritytest

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAuthorizeErrorPages checks what must never be redirected (RFC 6749, section
// 4.1.2.1): nobody registered where that would lead.
func TestAuthorizeErrorPages(t *testing.T) {
	for _, tt := range []struct {
		name  string
		list  []string
		twice string
	}{
		{"no client", []string{"client_id", "-"}, ""},
		{"unknown client", []string{"client_id", "5d1e7b6d-0a2c-4b8e-9d6f-7c9e1a3b4f56"}, ""},
		{"no redirect URI", []string{"redirect_uri", "-"}, ""},
		{"foreign redirect URI", []string{"redirect_uri", "https://evil.example/"}, ""},
		{"two clients", nil, "client_id"},
		{"two redirect URIs", nil, "redirect_uri"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shapes(t, func(t *testing.T, a *api) {
				u := a.authorizeURL(a.app("web"), tt.list...)
				if tt.twice != "" {
					u += "&" + tt.twice + "=x"
				}
				req, err := http.NewRequest("GET", u, nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := a.s.NewBrowser().client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode < 400 || resp.Header.Get("Location") != "" {
					t.Errorf("status %d, Location %q; want an error page", resp.StatusCode, resp.Header.Get("Location"))
				}
				if _, err := a.s.Complete(context.Background(), u, avery); err == nil {
					t.Error("Complete found a way through an error page")
				}
			})
		})
	}
}

func TestAuthorizeErrorResponses(t *testing.T) {
	for _, tt := range []struct {
		name        string
		list        []string
		entra, oidc string
	}{
		{"no response type", []string{"response_type", "-"}, "invalid_request", ""},
		{"implicit", []string{"response_type", "token"}, "unsupported_response_type", ""},
		{"hybrid", []string{"response_type", "code id_token"}, "unsupported_response_type", ""},
		{"response mode", []string{"response_mode", "web_message"}, "invalid_request", ""},
		{"no PKCE", []string{"code_challenge", "-", "code_challenge_method", "-"}, "invalid_request", ""},
		{"plain PKCE", []string{"code_challenge_method", "plain"}, "invalid_request", ""},
		{"PKCE without method", []string{"code_challenge_method", "-"}, "invalid_request", ""},
		{"short challenge", []string{"code_challenge", "abc"}, "invalid_request", ""},
		{"odd challenge", []string{"code_challenge", strings.Repeat("+", 43)}, "invalid_request", ""},
		{"unknown prompt", []string{"prompt", "perhaps"}, "invalid_request", ""},
		{"prompt none and more", []string{"prompt", "none login"}, "invalid_request", ""},
		{"negative max_age", []string{"max_age", "-1x"}, "invalid_request", ""},
		{"request object", []string{"request", "x"}, "request_not_supported", ""},
		{"request object by reference", []string{"request_uri", "https://evil.example"}, "request_uri_not_supported", ""},
		{"registration", []string{"registration", "{}"}, "registration_not_supported", ""},
		{"claims not JSON", []string{"claims", "{"}, "invalid_request", ""},
		{"claims not an object", []string{"claims", `[1]`}, "invalid_request", ""},
		{"claims of a wrong form", []string{"claims", `{"id_token":{"email":5}}`}, "invalid_request", ""},
		{"no scope", []string{"scope", "-"}, "invalid_request", "invalid_scope"},
		{"unknown scope", []string{"scope", "openid Nothing.Read"}, "invalid_scope", ""},
		{"unknown resource", []string{"scope", "openid api://nobody/Read"}, "invalid_resource", "invalid_target"},
		{"default and more", []string{"scope", "openid api://" + defaultAPI + "/.default api://" + defaultAPI + "/Tasks.Read"}, "invalid_scope", ""},
		{"hostile scope", []string{"scope", "openid a\"b\\c"}, "invalid_scope", ""},
		{"foreign resource parameter", []string{"resource", "https://nobody.example"}, "invalid_request", "invalid_target"},
		{"foreign ID token", []string{"id_token_hint", "a.b.c"}, "invalid_request", ""},
		{"nobody signed in", []string{"prompt", "none"}, "login_required", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shapes(t, func(t *testing.T, a *api) {
				want := tt.entra
				if a.shape == ShapeOIDC && tt.oidc != "" {
					want = tt.oidc
				}
				p := a.callback(a.s.NewBrowser(), a.app("web"), tt.list...)
				if p.Get("error") != want || p.Get("state") != "the state" || p.Get("code") != "" {
					t.Errorf("got %v (%v), want error %s", p.Get("error"), p.Get("error_description"), want)
				}
				if iss := p.Get("iss"); a.shape == ShapeOIDC && iss != a.s.OIDCIssuer() {
					t.Errorf("R17 iss in an error response is %q", iss)
				}
				log := a.s.Requests()
				if last := log[len(log)-1]; last.Error != want || last.Status != http.StatusSeeOther {
					t.Errorf("the log says %q, status %d", last.Error, last.Status)
				}
			})
		})
	}
}

func TestAuthorizeRepeatedParameter(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		back, err := a.s.Complete(context.Background(), a.authorizeURL(a.app("web"))+"&scope=openid", avery)
		if err != nil || !strings.Contains(back, "error=invalid_request") {
			t.Errorf("got %q, %v", back, err)
		}
	})
}

func TestResponseModes(t *testing.T) {
	for mode, separator := range map[string]string{"query": "?", "fragment": "#", "form_post": "?", "-": "?"} {
		t.Run(mode, func(t *testing.T) {
			shapes(t, func(t *testing.T, a *api) {
				back, err := a.s.Complete(context.Background(), a.authorizeURL(a.app("web"), "response_mode", mode), avery)
				if err != nil || !strings.HasPrefix(back, "http://127.0.0.1:1234/callback"+separator) {
					t.Fatalf("got %q, %v", back, err)
				}
				_, text, _ := strings.Cut(back, separator)
				p, err := url.ParseQuery(text)
				if err != nil || p.Get("state") != "the state" {
					t.Fatalf("got %v, %v", p, err)
				}
				if (p.Get("iss") != "") != (a.shape == ShapeOIDC) {
					t.Errorf("R17 iss is %q", p.Get("iss"))
				}
				a.redeem(p.Get("code"))
			})
		})
	}
}

func TestRedirectURIRules(t *testing.T) {
	registered := []string{"https://web.contoso.test/cb", "http://localhost/cb", "http://127.0.0.1", "http://[::1]/cb?a=b", "http://intranet.test/cb"}
	for _, tt := range []struct {
		uri         string
		entra, oidc bool
	}{
		{"https://web.contoso.test/cb", true, true},
		{"https://web.contoso.test/cb/", false, false},
		{"https://web.contoso.test/cb?x=y", false, false},
		{"https://web.contoso.test/CB", false, false},
		{"https://WEB.contoso.test/cb", false, false},
		{"https://web.contoso.test:443/cb", false, false},
		{"https://web.contoso.test/cb#f", false, false},
		{"https://web.contoso.test/cb/../cb", false, false},
		{"https://web.contoso.test@evil.example/cb", false, false},
		{"http://localhost/cb", true, true},
		{"http://localhost:8080/cb", true, false}, // RFC 8252, section 8.3: localhost is not recommended
		{"https://localhost:8080/cb", false, false},
		{"http://localhost.evil.example:8080/cb", false, false},
		{"http://127.0.0.1:8080", true, true},
		{"http://127.0.0.1:8080/", true, true},
		{"http://127.0.0.1:8080/x", false, false},
		{"http://127.0.0.2:8080", false, false},
		{"http://user@127.0.0.1:8080", false, false},
		{"http://127.0.0.1:8080#", false, false},
		{"http://[::1]:9/cb?a=b", true, true},
		{"http://[::1]:9/cb?a=c", false, false},
		{"http://intranet.test/cb", true, true}, // no directory can have it
		{"http://intranet.test:8080/cb", false, false},
		{"", false, false},
	} {
		if got := registeredURI(ShapeEntra, tt.uri, registered); got != tt.entra {
			t.Errorf("Entra shape, %q: %v, want %v", tt.uri, got, tt.entra)
		}
		if got := registeredURI(ShapeOIDC, tt.uri, registered); got != tt.oidc {
			t.Errorf("plain OIDC, %q: %v, want %v", tt.uri, got, tt.oidc)
		}
	}
}

// pageOf opens an authorization request in a browser and returns its first page.
func (a *api) pageOf(b *Browser, list ...string) *page {
	a.t.Helper()
	p, err := b.open(context.Background(), "GET", a.authorizeURL(a.app("web"), list...), nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return p
}

func TestSingleSignOnAndPrompts(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		b := a.s.NewBrowser()
		first := a.callback(b, a.app("web"))
		sso := a.callback(b, a.app("web"), "prompt", "none")
		if sso.Get("code") == "" || first.Get("code") == sso.Get("code") {
			t.Fatalf("single sign-on gave %v", sso)
		}
		for _, tt := range []struct {
			name string
			list []string
			page pageName
		}{
			{"no prompt", nil, ""},
			{"login", []string{"prompt", "login"}, pageSignIn},
			{"select_account", []string{"prompt", "select_account"}, pagePicker},
			{"consent", []string{"prompt", "consent"}, pageConsent},
			{"create", []string{"prompt", "create"}, pageCreate},
			{"login and consent", []string{"prompt", "login consent"}, pageSignIn},
			{"hint of the session", []string{"login_hint", "Avery@Contoso.test"}, ""},
			{"hint of somebody else", []string{"login_hint", blake}, pageSignIn},
			{"max_age 0", []string{"max_age", "0"}, pageSignIn},
			{"max_age not reached", []string{"max_age", "1000"}, ""},
			{"new scope", []string{"scope", "openid api://" + defaultAPI + "/Tasks.Write"}, pageConsent},
			{"scope for administrators", []string{"scope", "openid api://" + defaultAPI + "/Tasks.Purge"}, pageAdmin},
		} {
			if got := a.pageOf(b, tt.list...); got.name != tt.page {
				t.Errorf("%s: page %q, want %q", tt.name, got.name, tt.page)
			}
		}
		a.s.Clock.Advance(1001 * time.Second)
		if got := a.pageOf(b, "max_age", "1000"); got.name != pageSignIn {
			t.Errorf("max_age passed: page %q", got.name)
		}
		for name, list := range map[string][]string{
			"login_required":   {"prompt", "none", "max_age", "1000"},
			"consent_required": {"prompt", "none", "scope", "openid api://" + defaultAPI + "/Tasks.Write"},
		} {
			if got := a.callback(b, a.app("web"), list...).Get("error"); got != name {
				t.Errorf("%v: got %q, want %s", list, got, name)
			}
		}
		if got := a.callback(b, a.app("web"), "prompt", "none", "login_hint", blake).Get("error"); got != "login_required" {
			t.Errorf("prompt none for somebody else: %q", got)
		}
	})
}

func TestSeveralAccounts(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		b := a.s.NewBrowser()
		a.callback(b, a.app("web"))
		if _, err := b.Complete(context.Background(), a.authorizeURL(a.app("web"), "prompt", "select_account"), blake); err != nil {
			t.Fatal(err)
		}
		if got := a.pageOf(b); got.name != pagePicker || len(got.accounts) != 2 {
			t.Fatalf("page %q with %d accounts, want the picker with 2", got.name, len(got.accounts))
		}
		want := "account_selection_required"
		if a.shape == ShapeEntra {
			want = "interaction_required"
		}
		if got := a.callback(b, a.app("web"), "prompt", "none").Get("error"); got != want {
			t.Errorf("got %q, want %s", got, want)
		}
		p := a.callback(b, a.app("web"), "prompt", "none", "login_hint", blake)
		claims := claimsOf(t, a.redeem(p.Get("code"))["id_token"])
		if claims["preferred_username"] != blake {
			t.Errorf("the hint chose %v", claims["preferred_username"])
		}
		p = a.callback(b, a.app("web")) // picks Avery
		if got := claimsOf(t, a.redeem(p.Get("code"))["id_token"])["preferred_username"]; got != avery {
			t.Errorf("the picker gave %v", got)
		}
	})
}

func TestHints(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		b := a.s.NewBrowser()
		p := a.callback(b, a.app("web"), "claims", `{"id_token":{"login_hint":null,"sid":null}}`)
		tokens := a.redeem(p.Get("code"))
		claims := claimsOf(t, tokens["id_token"])
		hint, sid := claims["login_hint"].(string), claims["sid"].(string)
		if hint == "" || sid == "" {
			t.Fatalf("claims: %v", claims)
		}
		for _, list := range [][]string{{"login_hint", hint}, {"sid", sid}, {"id_token_hint", tokens["id_token"].(string)}} {
			if got := a.callback(b, a.app("web"), append(list, "prompt", "none")...); got.Get("code") == "" {
				t.Errorf("%s: %v", list[0], got)
			}
		}
		if got := a.callback(b, a.app("web"), "sid", "x", "prompt", "none"); got.Get("error") != "login_required" {
			t.Errorf("unknown sid: %v", got)
		}
		sub := claims["sub"].(string)
		if got := a.callback(b, a.app("web"), "claims", `{"id_token":{"sub":{"value":"`+sub+`"}}}`); got.Get("code") == "" {
			t.Errorf("the right sub: %v", got)
		}
		if got := a.callback(b, a.app("web"), "claims", `{"id_token":{"sub":{"value":"x"}}}`); got.Get("error") != "login_required" {
			t.Errorf("another sub: %v", got)
		}
		// The user of an ID token is the user who has to sign in.
		other := a.s.NewBrowser()
		u := a.authorizeURL(a.app("web"), "id_token_hint", tokens["id_token"].(string))
		if back, err := other.Complete(context.Background(), u, blake); err != nil || !strings.Contains(back, "error=login_required") {
			t.Errorf("somebody else for an id_token_hint: %q, %v", back, err)
		}
	})
}

func TestConsentIsAskedOnce(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		write := "openid api://" + defaultAPI + "/Tasks.Write"
		b := a.s.NewBrowser()
		b.Decline = true
		if got := a.callback(b, a.app("web"), "scope", write); got.Get("error") != "access_denied" {
			t.Errorf("declined: %v", got)
		}
		b.Decline = false
		p := a.callback(b, a.app("web"), "scope", write)
		a.redeem(p.Get("code"))
		if got := a.callback(b, a.app("web"), "scope", write, "prompt", "none"); got.Get("code") == "" {
			t.Errorf("consented before: %v", got)
		}
		// Another user's consent is another one.
		other := a.s.NewBrowser()
		back, err := other.Complete(context.Background(), a.authorizeURL(a.app("web")), blake)
		if err != nil {
			t.Fatal(back, err)
		}
		if got := a.callback(other, a.app("web"), "scope", write, "prompt", "none").Get("error"); got != "consent_required" {
			t.Errorf("Blake never consented: %q", got)
		}
		if got := a.callback(b, a.app("web"), "scope", "openid api://"+defaultAPI+"/Tasks.Purge"); got.Get("error") != "access_denied" {
			t.Errorf("what only an administrator can grant: %v", got)
		}
	})
}

func TestCreateAccount(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		b := a.s.NewBrowser()
		p := a.pageOf(b, "prompt", "create")
		for field, value := range map[string]string{"name": "Casey", "username": avery, "password": "p"} {
			p.fields.Set(field, value)
		}
		p, err := b.submit(context.Background(), p, "register")
		if err != nil || p.name != pageCreate || p.notice != "That username is taken." {
			t.Fatalf("page %q: %q, %v", p.name, p.notice, err)
		}
		p.fields.Set("username", "casey@contoso.test")
		p.fields.Set("password", "a password of Casey")
		if p, err = b.submit(context.Background(), p, "register"); err != nil || !strings.Contains(p.target, "code=") {
			t.Fatalf("got %q %q, %v", p.target, p.notice, err)
		}
		if !slices.Contains(a.s.Secrets(), "a password of Casey") {
			t.Error("the new password is not in Secrets")
		}
		if back, err := a.s.Complete(context.Background(), a.authorizeURL(a.app("web")), "Casey@contoso.test"); err != nil || !strings.Contains(back, "code=") {
			t.Errorf("the new user can't sign in: %q, %v", back, err)
		}
	})
}

func TestAuthorizeByPost(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		query := strings.TrimPrefix(a.authorizeURL(a.app("web")), a.endpoint("authorization_endpoint"))
		form, err := url.ParseQuery(query[1:])
		if err != nil {
			t.Fatal(err)
		}
		p, err := a.s.NewBrowser().open(context.Background(), "POST", a.endpoint("authorization_endpoint"), form)
		if err != nil || p.name != pageSignIn {
			t.Errorf("page %q, %v", p.name, err)
		}
	})
}

func TestCompleteRefusesForeignURLs(t *testing.T) {
	s := NewServer(t)
	for _, u := range []string{"https://login.example.com/", "http://127.0.0.1.evil.example/", s.URL() + ".evil.example/", "", "javascript:alert(1)"} {
		if _, err := s.Complete(context.Background(), u, avery); err == nil {
			t.Errorf("%q was opened", u)
		}
	}
	if _, err := s.Complete(context.Background(), entra(t, s).authorizeURL(s.Directory.App("web")), "nobody"); err == nil || !strings.Contains(err.Error(), "no such user") {
		t.Errorf("got %v", err)
	}
}
