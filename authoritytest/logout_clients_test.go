package authoritytest

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// withLogout is the default directory, with addresses for sign-outs.
func withLogout(change func(*App)) Directory {
	d := DefaultDirectory()
	for i := range d.Apps {
		change(&d.Apps[i])
	}
	return d
}

// tokensIn signs a user in to the web app in a browser.
func (a *api) tokensIn(b *Browser, username string, list ...string) map[string]any {
	a.t.Helper()
	back, err := b.Complete(context.Background(), a.authorizeURL(a.app("web"), list...), username)
	if err != nil {
		a.t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.redeem(u.Query().Get("code"))
}

func TestBackChannelLogout(t *testing.T) {
	received := make(chan url.Values, 10)
	rp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.ParseForm() != nil || r.URL.RawQuery != "a=b" {
			t.Errorf("%s %s, %v", r.Method, r.URL, r.Header)
		}
		received <- r.PostForm
	}))
	defer rp.Close()
	uri := rp.URL + "/signed-out?a=b"
	s := start(t, &Server{Directory: withLogout(func(a *App) {
		if a.Name == "web" || a.Name == "spa" {
			a.BackChannelLogoutURI = uri
		}
		if a.Name == "web" {
			a.SigningAlg = algES256
		}
	})})
	a, b := oidc(t, s), s.NewBrowser()
	tokens := a.tokensIn(b, avery)
	a.tokensIn(b, avery) // the same client again
	entra(t, s).tokensIn(b, avery)
	a.callback(b, a.app("native"), "redirect_uri", "http://127.0.0.1:9")
	other := a.tokensIn(b, blake, "prompt", "select_account")
	if len(s.LogoutCalls()) != 0 {
		t.Fatal("a call before the sign-out")
	}
	a.logout(b, "id_token_hint", tokens["id_token"].(string))
	calls := s.LogoutCalls()
	id := claimsOf(t, tokens["id_token"])
	if len(calls) != 1 || calls[0].Status != 200 || calls[0].Err != "" || calls[0].ClientID != defaultWeb || calls[0].URI != uri || calls[0].SessionID != id["sid"] || calls[0].User != avery {
		t.Fatalf("calls: %+v", calls)
	}
	form := <-received
	token := form.Get("logout_token")
	claims, header := claimsOf(t, token), headerOf(t, token)
	_, event := claims["events"].(map[string]any)["http://schemas.openid.net/event/backchannel-logout"].(map[string]any)
	if len(form) != 1 || header["typ"] != "logout+jwt" || header["alg"] != "ES256" || claims["iss"] != s.OIDCIssuer() || claims["aud"] != defaultWeb || claims["sub"] != id["sub"] ||
		claims["sid"] != id["sid"] || !event || claims["jti"] == nil || claims["nonce"] != nil || claims["exp"].(float64)-claims["iat"].(float64) != 120 {
		t.Errorf("logout token: %v, %v", header, claims)
	}
	if !slices.Contains(s.Secrets(), token) {
		t.Error("the logout token is not among the secrets")
	}
	if p := a.logout(a.s.NewBrowser(), "id_token_hint", token); p.name != pageFailure {
		t.Error("a logout token passes for an ID token")
	}
	a.logout(b, "id_token_hint", tokens["id_token"].(string))
	if len(s.LogoutCalls()) != 1 {
		t.Error("a session ends twice")
	}
	page := a.logout(b)
	if _, err := b.submit(context.Background(), page, "signout"); err != nil {
		t.Fatal(err)
	}
	if calls = s.LogoutCalls(); len(calls) != 2 || calls[1].User != blake || calls[1].SessionID != claimsOf(t, other["id_token"])["sid"] {
		t.Errorf("calls: %+v", calls)
	}
}

func TestBackChannelLogoutThatFails(t *testing.T) {
	down := httptest.NewServer(nil)
	downURL := down.URL
	down.Close()
	rp := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			t.Error("a redirect was followed")
		}
		http.Redirect(w, r, "/elsewhere", http.StatusSeeOther)
	}))
	rp.Config.ErrorLog = log.New(io.Discard, "", 0)
	rp.StartTLS()
	defer rp.Close()
	for name, tt := range map[string]struct {
		uri    string
		status int
		client *http.Client
	}{
		"a redirect": {rp.URL, 303, rp.Client()}, "nobody": {downURL + "/?secret", 0, nil}, "a stranger's certificate": {rp.URL, 0, nil},
	} {
		s := start(t, &Server{LogoutClient: tt.client, Directory: withLogout(func(a *App) { a.BackChannelLogoutURI = tt.uri })})
		a, b := oidc(t, s), s.NewBrowser()
		token := a.tokensIn(b, avery)["id_token"].(string)
		p := a.logout(b, "id_token_hint", token)
		calls := s.LogoutCalls()
		if p.name != pageMessage || len(calls) != 1 || calls[0].Status != tt.status || (calls[0].Err == "") != (tt.status != 0) || strings.Contains(calls[0].Err, "secret") {
			t.Errorf("%s: page %q, calls %+v", name, p.name, calls)
		}
		if got := a.callback(b, a.app("web"), "prompt", "none").Get("error"); got != "login_required" {
			t.Errorf("%s: the session goes on: %q", name, got)
		}
	}
}

func TestBackChannelTrustsTheServersCA(t *testing.T) {
	s := &Server{TLS: true, CADir: t.TempDir()}
	rp := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	ca, err := openCA(s.CADir)
	if err != nil {
		t.Fatal(err)
	}
	rp.TLS = ca.serverConfig()
	rp.StartTLS()
	defer rp.Close()
	// By its name, or httptest would answer with a certificate of its own.
	uri := strings.Replace(rp.URL, "127.0.0.1", "localhost", 1)
	s.Directory = withLogout(func(a *App) { a.BackChannelLogoutURI = uri })
	a, b := oidc(t, start(t, s)), s.NewBrowser()
	a.logout(b, "id_token_hint", a.tokensIn(b, avery)["id_token"].(string))
	if calls := s.LogoutCalls(); len(calls) != 1 || calls[0].Status != 204 {
		t.Errorf("calls: %+v", calls)
	}
}

func TestCloseEndsBackChannelCalls(t *testing.T) {
	called, release := make(chan bool, 1), make(chan bool)
	rp := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		called <- true
		<-release
	}))
	defer rp.Close()
	defer close(release)
	s := start(t, &Server{Directory: withLogout(func(a *App) { a.BackChannelLogoutURI = rp.URL })})
	a, b := oidc(t, s), s.NewBrowser()
	token := a.tokensIn(b, avery)["id_token"].(string)
	done := make(chan bool)
	go func() {
		defer close(done)
		_, _ = b.open(context.Background(), "GET", a.endpoint("end_session_endpoint")+"?"+pairs("id_token_hint", token).Encode(), nil)
	}()
	<-called
	s.Close()
	<-done
	if calls := s.LogoutCalls(); len(calls) != 1 || calls[0].Status != 0 || !strings.Contains(calls[0].Err, "canceled") {
		t.Errorf("calls: %+v", calls)
	}
}

var frameSrc = regexp.MustCompile(`<iframe hidden title="[^"]*" src="([^"]*)"></iframe>`)

func TestFrontChannelLogout(t *testing.T) {
	const uri, other = "https://web.contoso.test/front?a=b", "https://web.contoso.test/front;x,y"
	s := start(t, &Server{TLS: true, Directory: withLogout(func(a *App) {
		switch a.Name {
		case "web":
			a.FrontChannelLogoutURI = uri
		case "native":
			a.FrontChannelLogoutURI = other
		case "api":
			a.FrontChannelLogoutURI = "https://never.contoso.test/"
		}
	})})
	for _, a := range every(t, s) {
		b := s.NewBrowser()
		tokens := a.tokensIn(b, avery)
		sid := a.callback(b, a.app("native"), "redirect_uri", localhostFor(a.shape)).Get("session_state")
		list := []string{"id_token_hint", tokens["id_token"].(string), "post_logout_redirect_uri", "https://web.contoso.test/signed-out", "state", `"><x`}
		p, h, text := fetch(t, b, a.endpoint("end_session_endpoint")+"?"+pairs(list...).Encode())
		if p.name != pageSignedOut {
			t.Errorf("%s: page %q: %s", a.shape, p.name, p.notice)
			continue
		}
		csp := h.Get("Content-Security-Policy")
		_, sources, _ := strings.Cut(csp, "frame-src ")
		sources, _, _ = strings.Cut(sources, ";")
		if sources != "https://web.contoso.test/front https://web.contoso.test/front%3Bx%2Cy" {
			t.Errorf("%s: %q", a.shape, csp)
		}
		var frames []string
		for _, m := range frameSrc.FindAllStringSubmatch(text, -1) {
			frames = append(frames, strings.ReplaceAll(m[1], "&amp;", "&"))
		}
		if len(frames) != 2 || !strings.HasPrefix(frames[0], uri+"&") || !strings.HasPrefix(frames[1], other+"?") {
			t.Fatalf("%s: frames %q", a.shape, frames)
		}
		for _, frame := range frames {
			u, err := url.Parse(frame)
			if err != nil || u.Query().Get("iss") != claimsOf(t, tokens["id_token"])["iss"] || u.Query().Get("sid") == "" || dialects[a.shape].entra && u.Query().Get("sid") != sid {
				t.Errorf("%s: frame %q", a.shape, frame)
			}
		}
		if !strings.Contains(text, `href="https://web.contoso.test/signed-out?state=%22%3e%3cx"`) && !strings.Contains(text, `href="https://web.contoso.test/signed-out?state=%22%3E%3Cx"`) || strings.Contains(text, "ZgotmplZ") {
			t.Errorf("%s: %s", a.shape, text)
		}
		if !strings.Contains(csp, "script-src 'nonce-") {
			t.Errorf("%s: the page can't go on: %q", a.shape, csp)
		}
	}
	a, b := entra(t, s), s.NewBrowser()
	a.tokensIn(b, avery)
	p, h, text := fetch(t, b, a.endpoint("end_session_endpoint"))
	if p.name != pageSignedOut || len(frameSrc.FindAllString(text, -1)) != 1 || strings.Contains(text, "<script") || strings.Contains(h.Get("Content-Security-Policy"), "script-src") {
		t.Errorf("without a target: %s", text)
	}
	if p, h, _ := fetch(t, b, a.endpoint("end_session_endpoint")); p.name != pageMessage || strings.Contains(h.Get("Content-Security-Policy"), "frame-src") {
		t.Errorf("nobody to tell: page %q, %v", p.name, h)
	}
}

func localhostFor(shape string) string {
	if shape == ShapeOIDC {
		return "http://127.0.0.1:9"
	}
	return "http://localhost:9"
}

func TestFrameSources(t *testing.T) {
	for frame, want := range map[string]string{
		"https://rp.test?x":       "https://rp.test/",
		"http://[::1]:80/a":       "http:",
		"http://localhost:81/a;b": "http://localhost:81/a%3Bb",
		"https://rp.test/a b'*?x": "https://rp.test/a%20b%27%2A",
		":":                       "",
	} {
		got := frameSources([]string{frame, frame})
		if got != want {
			t.Errorf("%s: %q, want %q", frame, got, want)
		}
		if strings.ContainsAny(got, "; ,\r\n") {
			t.Errorf("%s: %q is more than one source", frame, got)
		}
	}
}

func TestResponseModesInEveryShape(t *testing.T) {
	s := start(t, &Server{TLS: true})
	for _, a := range every(t, s) {
		for mode, mark := range map[string]string{"query": "?code=", "fragment": "#code=", "form_post": "form", "": "?"} {
			list := []string{"response_mode", mode, "redirect_uri", "https://web.contoso.test/callback"}
			if mode == "" {
				list[1] = "-"
			}
			p, err := s.NewBrowser().open(context.Background(), "GET", a.authorizeURL(a.app("web"), append(list, "prompt", "none")...), nil)
			if err != nil {
				t.Fatal(err)
			}
			mark = strings.Replace(mark, "code=", "error=", 1)
			switch {
			case mode == "form_post":
				if p.name != pageFormPost || p.action != "https://web.contoso.test/callback" || p.fields.Get("error") != "login_required" || p.fields.Get("state") != "the state" {
					t.Errorf("%s: %s: page %q, %v", a.shape, mode, p.name, p.fields)
				}
			case !strings.HasPrefix(p.target, "https://web.contoso.test/callback"+mark[:1]) || !strings.Contains(p.target, "error=login_required"):
				t.Errorf("%s: %s: %s", a.shape, mode, p.target)
			}
			back := a.callback(s.NewBrowser(), a.app("web"), list...)
			if back.Get("code") == "" || back.Get("state") != "the state" || (back.Get("iss") != "") != (a.shape == ShapeOIDC) {
				t.Errorf("%s: %s: %v", a.shape, mode, back)
			}
			a.mustToken(a.app("web"), "grant_type", "authorization_code", "code", back.Get("code"), "redirect_uri", "https://web.contoso.test/callback", "code_verifier", testVerifier)
		}
		if back := a.callback(s.NewBrowser(), a.app("web"), "response_mode", "web_message"); back.Get("error") != "invalid_request" {
			t.Errorf("%s: an unknown mode: %v", a.shape, back)
		}
	}
}
