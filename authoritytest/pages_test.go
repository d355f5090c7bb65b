package authoritytest

import (
	"context"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// fetch opens a page as a browser does and returns it with its headers and text.
func fetch(t *testing.T, b *Browser, u string) (*page, http.Header, string) {
	t.Helper()
	resp, err := b.client.Get(u)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return readPage(string(text)), resp.Header, string(text)
}

func TestPageHeaders(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		for name, u := range map[string]string{
			"sign-in":   a.authorizeURL(a.app("web")),
			"error":     a.authorizeURL(a.app("web"), "redirect_uri", "https://evil.example"),
			"device":    a.s.URL() + entraDevicePage,
			"out of":    a.s.URL() + signInPath + "x",
			"form_post": a.authorizeURL(a.app("web"), "response_mode", "form_post", "response_type", "token"),
			"logout":    a.endpoint("end_session_endpoint"),
		} {
			_, h, text := fetch(t, a.s.NewBrowser(), u)
			csp := h.Get("Content-Security-Policy")
			if !strings.HasPrefix(csp, "default-src 'none'; style-src 'nonce-") || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "form-action 'self'") || !strings.Contains(csp, "base-uri 'none'") {
				t.Errorf("%s: Content-Security-Policy is %q", name, csp)
			}
			if strings.Contains(csp, "unsafe") || (name != "form_post" && (strings.Contains(csp, "script-src") || strings.Contains(text, "<script"))) {
				t.Errorf("%s: scripts are allowed: %q", name, csp)
			}
			for header, want := range map[string]string{
				"X-Frame-Options": "DENY", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Content-Type": "text/html; charset=utf-8",
			} {
				if got := h.Get(header); got != want {
					t.Errorf("%s: %s is %q, want %q", name, header, got, want)
				}
			}
			nonce, _, _ := strings.Cut(strings.TrimPrefix(csp, "default-src 'none'; style-src 'nonce-"), "'")
			if !strings.Contains(text, `<style nonce="`+nonce+`">`) || len(nonce) < 20 {
				t.Errorf("%s: the style's nonce is not the policy's", name)
			}
		}
	})
}

func TestHiddenFrameMayShowFormPost(t *testing.T) {
	a := entra(t, NewServer(t))
	_, h, _ := fetch(t, a.s.NewBrowser(), a.authorizeURL(a.app("web"), "response_mode", "form_post", "prompt", "none"))
	if h.Get("X-Frame-Options") != "" || strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors") {
		t.Error("prompt=none is for frames: its answer must be framable")
	}
}

func TestSessionCookie(t *testing.T) {
	for name, s := range map[string]*Server{"http": {}, "https": {TLS: true}} {
		t.Run(name, func(t *testing.T) {
			a := oidc(t, start(t, s))
			b := s.NewBrowser()
			_, h, _ := fetch(t, b, a.authorizeURL(a.app("web")))
			cookie := h.Get("Set-Cookie")
			site := map[bool]string{false: "SameSite=Lax", true: "SameSite=None"}[s.TLS] // frames of other sites need TLS
			for _, want := range []string{"HttpOnly", site, "Path=/"} {
				if !strings.Contains(cookie, want) {
					t.Errorf("the cookie lacks %s", want)
				}
			}
			if strings.Contains(cookie, "Secure") != s.TLS || strings.HasPrefix(cookie, "__Host-") != s.TLS {
				t.Errorf("Secure and __Host- belong to https")
			}
			base, _ := url.Parse(s.URL())
			before := b.client.Jar.Cookies(base)[0].Value
			a.callback(b, a.app("web"))
			if after := b.client.Jar.Cookies(base)[0].Value; after == before {
				t.Error("the cookie must change at sign-in (session fixation)")
			}
			planted := &http.Cookie{Name: s.cookieName(), Value: before, Path: "/", Secure: s.TLS}
			b.client.Jar.SetCookies(base, []*http.Cookie{planted})
			if got := a.callback(b, a.app("web"), "prompt", "none").Get("error"); got != "login_required" {
				t.Errorf("the cookie from before the sign-in: %q, want login_required", got)
			}
		})
	}
}

// TestFormsAreProtected sends each page's form without its token, from another browser,
// from another origin, and to another page's action.
func TestFormsAreProtected(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		ctx := context.Background()
		b := a.s.NewBrowser()
		post := func(b *Browser, p *page, origin, site string) (*page, int) {
			req, err := http.NewRequest("POST", a.s.URL()+p.action, strings.NewReader(p.fields.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if origin != "" {
				req.Header.Set("Origin", origin)
			}
			if site != "" {
				req.Header.Set("Sec-Fetch-Site", site)
			}
			resp, err := b.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			got := readPage(string(text))
			got.target = resp.Header.Get("Location")
			return got, resp.StatusCode
		}
		p := a.pageOf(b, "scope", "openid api://"+defaultAPI+"/Tasks.Write")
		p.fields.Set("username", avery)
		p.fields.Set("password", string(a.s.Directory.User(avery).Password))
		p.fields.Set("action", "signin")
		token := p.fields.Get("csrf")
		if len(token) < 20 {
			t.Fatalf("the CSRF token is %q", token)
		}
		for _, wrong := range []string{"", "x", token + "x"} {
			p.fields.Set("csrf", wrong)
			if _, status := post(b, p, a.s.URL(), ""); status != 403 {
				t.Errorf("CSRF token %q: status %d, want 403", wrong, status)
			}
		}
		p.fields.Set("csrf", token)
		for _, origin := range []string{"https://evil.example", "null"} {
			if _, status := post(b, p, origin, ""); status != 403 {
				t.Errorf("from %s: status %d, want 403", origin, status)
			}
		}
		if _, status := post(b, p, "", "cross-site"); status != 403 {
			t.Errorf("cross-site: status %d, want 403", status)
		}
		if _, status := post(a.s.NewBrowser(), p, a.s.URL(), ""); status != 400 {
			t.Errorf("from another browser: status %d, want 400", status)
		}
		// Nobody consents before somebody has signed in.
		p.fields.Set("action", "accept")
		if got, status := post(b, p, a.s.URL(), ""); got.name != pageSignIn || status != 200 {
			t.Errorf("accept on the sign-in page: page %q, status %d", got.name, status)
		}
		p.fields.Set("action", "signin")
		got, status := post(b, p, a.s.URL(), "same-origin")
		if status != 200 || got.name != pageConsent {
			t.Fatalf("the right form: page %q, status %d", got.name, status)
		}
		p.fields.Set("action", "accept")
		if got, status = post(b, p, a.s.URL(), ""); status != 303 || !strings.Contains(got.target, "code=") {
			t.Fatalf("the consent: status %d", status)
		}
		if again, err := b.open(ctx, "POST", a.s.URL()+p.action, p.fields); err != nil || again.name != pageMessage || again.target != "" {
			t.Errorf("the form was accepted twice: %+v, %v", again, err)
		}
	})
}

func TestInteractionExpires(t *testing.T) {
	a := oidc(t, NewServer(t))
	b := a.s.NewBrowser()
	p := a.pageOf(b)
	a.s.Clock.Advance(interactionLifetime + 1)
	if got, err := b.open(context.Background(), "GET", a.s.URL()+p.action, nil); err != nil || got.name != pageMessage {
		t.Errorf("page %q, %v", got.name, err)
	}
}

func TestWrongPasswordPage(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		ctx := context.Background()
		b := a.s.NewBrowser()
		p := a.pageOf(b)
		for _, tt := range []struct{ user, password, want string }{
			{avery, "wrong", "The password is not right. Try again."},
			{"nobody", "wrong", "There is no such account here. Check the username."},
			{"", "", "There is no such account here. Check the username."},
		} {
			p.fields.Set("username", tt.user)
			p.fields.Set("password", tt.password)
			var err error
			if p, err = b.submit(ctx, p, "signin"); err != nil || p.name != pageSignIn || p.notice != tt.want {
				t.Fatalf("page %q, %q, %v; want %q", p.name, p.notice, err, tt.want)
			}
		}
		p, err := b.submit(ctx, p, "cancel")
		if err != nil || !strings.Contains(p.target, "error=access_denied") {
			t.Errorf("cancel led to %q, %v", p.target, err)
		}
	})
}

// TestR23_HostileNamesOnPages puts markup, control and bidi characters wherever a page
// shows text of a directory or a request.
func TestR23_HostileNamesOnPages(t *testing.T) {
	const hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x1b[31m\u202e{{.CSRF}}\r\nSet-Cookie: a=b"
	d := DefaultDirectory()
	d.Tenants[0].Name = hostile
	d.Users[0].Username, d.Users[0].Name = hostile, hostile
	for i := range d.Apps {
		d.Apps[i].Name += hostile
		for j := range d.Apps[i].Scopes {
			d.Apps[i].Scopes[j].Description = hostile
		}
	}
	d.Consents = nil
	s := start(t, &Server{Directory: d})
	a := entra(t, s)
	ctx, b := context.Background(), s.NewBrowser()
	app := s.Directory.App(defaultWeb)
	check := func(what, text string) {
		t.Helper()
		if strings.Contains(text, "<script>alert") || strings.Contains(text, "<img") || strings.Contains(text, `"'><`) {
			t.Errorf("%s: markup came through", what)
		}
	}
	for _, u := range []string{
		a.authorizeURL(app, "login_hint", hostile), a.authorizeURL(app, "redirect_uri", "https://x/"+hostile), a.authorizeURL(app, "client_id", hostile),
		a.authorizeURL(app, "prompt", hostile, "response_mode", "form_post", "state", hostile), a.authorizeURL(app, "prompt", "create"),
		s.URL() + entraDevicePage + "?user_code=" + url.QueryEscape(hostile),
	} {
		_, h, text := fetch(t, b, u)
		check(u[:40], text)
		for name := range h {
			if name == "A" || len(h.Values("Set-Cookie")) > 1 {
				t.Error("a header was injected")
			}
		}
	}
	p, err := b.open(ctx, "GET", a.authorizeURL(app, "prompt", "consent"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = b.act(ctx, p, hostile); err != nil || p.name != pageConsent {
		t.Fatalf("page %q, %v", p.name, err)
	}
	_, _, text := fetch(t, b, s.URL()+p.action)
	check("consent", text)
	_, _, text = fetch(t, b, a.authorizeURL(app, "prompt", "select_account"))
	check("picker", text)
	if _, err := b.Complete(ctx, a.authorizeURL(app, "state", hostile, "response_mode", "form_post"), hostile); err != nil {
		t.Errorf("a hostile name can't sign in: %v", err)
	}
	back, err := b.Complete(ctx, a.authorizeURL(app, "state", hostile), hostile)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil || u.Query().Get("state") != hostile {
		t.Errorf("the state came back as %q, %v", u, err)
	}
}

func TestFormTarget(t *testing.T) {
	for uri, want := range map[string]string{
		"": "", "https://web.contoso.test/cb?x=1": " https://web.contoso.test", "http://localhost:99": " http://localhost:99",
		"http://[::1]:99/": " http:", "com.contoso.app:/cb": " com.contoso.app:", "http://a;b/": " http:", "%": "",
	} {
		if got := formTarget(uri); got != want {
			t.Errorf("%q: got %q, want %q", uri, got, want)
		}
	}
}

func TestFormPostToCustomScheme(t *testing.T) {
	d := DefaultDirectory()
	d.Apps[0].RedirectURIs = append(d.Apps[0].RedirectURIs, "com.contoso.native:/cb")
	a := oidc(t, start(t, &Server{Directory: d}))
	back, err := a.s.Complete(context.Background(), a.authorizeURL(a.app("native"), "redirect_uri", "com.contoso.native:/cb", "response_mode", "form_post"), avery)
	if err != nil || !strings.HasPrefix(back, "com.contoso.native:/cb?code=") {
		t.Errorf("got %q, %v", back, err)
	}
}

// TestEveryPageRenders finds mistakes in templates.
func TestEveryPageRenders(t *testing.T) {
	s := NewServer(t)
	for name, title := range pageTitles {
		c := &call{s: s.serving(), r: &http.Request{}}
		rep := c.render(200, pageData{
			Page: name, Tenant: "T", App: "A", Username: "U", Code: "C", Notice: "N", Action: template.URL("/x"), CSRF: "token",
			Accounts: []pageAccount{{"1", "", "u"}, {"2", "n", "v"}}, Scopes: []pageScope{{"t", "n"}}, Fields: []pageField{{"state", "s"}},
			Failure: errorBody{Error: "e", Codes: []int{1}, CorrelationID: "c"},
		}, "")
		p := readPage(string(rep.body))
		if p.name != name || p.title != title {
			t.Errorf("%s: read as %q, %q", name, p.name, p.title)
		}
		if strings.Contains(string(rep.body), "ZgotmplZ") {
			t.Errorf("%s: html/template filtered something", name)
		}
		if strings.Contains(string(rep.body), "<form") && name != pageFormPost && p.fields.Get("csrf") != "token" {
			t.Errorf("%s: a form without CSRF token", name)
		}
	}
}
