package authoritytest

import (
	"context"
	"net/url"
	"strings"
	"testing"
)

// logout opens the end-session endpoint.
func (a *api) logout(b *Browser, list ...string) *page {
	a.t.Helper()
	p, err := b.open(context.Background(), "GET", a.endpoint("end_session_endpoint")+"?"+pairs(list...).Encode(), nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return p
}

func TestLogoutWithIDToken(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		b := a.s.NewBrowser()
		token := a.redeem(a.callback(b, a.app("web")).Get("code"))["id_token"].(string)
		a.s.Clock.Advance(10 * 3600 * 1e9) // an expired ID token is still a hint
		p := a.logout(b, "id_token_hint", token, "post_logout_redirect_uri", "http://127.0.0.1:99/signed-out", "state", "a&b")
		if p.target != "http://127.0.0.1:99/signed-out?state="+url.QueryEscape("a&b") {
			t.Errorf("led to %q, page %q: %s", p.target, p.title, p.notice)
		}
		if got := a.callback(b, a.app("web"), "prompt", "none").Get("error"); got != "login_required" {
			t.Errorf("after sign-out: %q", got)
		}
	})
}

func TestLogoutReturnsToRegisteredURIsOnly(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		b := a.s.NewBrowser()
		token := a.redeem(a.callback(b, a.app("web")).Get("code"))["id_token"].(string)
		for _, tt := range []struct {
			list        []string
			entra, oidc bool
		}{
			{[]string{"id_token_hint", token, "post_logout_redirect_uri", "https://evil.example/"}, false, false},
			{[]string{"id_token_hint", token, "post_logout_redirect_uri", "https://web.contoso.test/signed-out/"}, false, false},
			{[]string{"id_token_hint", token, "post_logout_redirect_uri", "https://web.contoso.test/signed-out?x"}, false, false},
			{[]string{"id_token_hint", token, "post_logout_redirect_uri", "https://web.contoso.test/callback"}, true, false},
			{[]string{"id_token_hint", token, "client_id", defaultSPA, "post_logout_redirect_uri", "https://web.contoso.test/signed-out"}, false, false},
			{[]string{"id_token_hint", "a.b.c", "post_logout_redirect_uri", "https://web.contoso.test/signed-out"}, false, false},
			{[]string{"client_id", defaultNative, "post_logout_redirect_uri", "https://web.contoso.test/signed-out"}, false, false},
			{[]string{"post_logout_redirect_uri", "https://web.contoso.test/signed-out"}, true, false},
			{[]string{"client_id", defaultWeb, "post_logout_redirect_uri", "https://web.contoso.test/signed-out"}, true, true},
		} {
			want := tt.oidc
			if a.shape == ShapeEntra {
				want = tt.entra
			}
			p := a.logout(a.s.NewBrowser(), tt.list...)
			if (p.target != "") != want || p.target == "" && p.name != pageFailure {
				t.Errorf("%v: led to %q, page %q", tt.list[2:], p.target, p.name)
			}
		}
	})
}

func TestLogoutAsksWhoeverHasNoToken(t *testing.T) {
	a := oidc(t, NewServer(t))
	b := a.s.NewBrowser()
	a.callback(b, a.app("web"))
	p := a.logout(b, "client_id", defaultWeb, "post_logout_redirect_uri", "https://web.contoso.test/signed-out")
	if p.name != pageSignOut {
		t.Fatalf("page %q", p.name)
	}
	kept, err := b.submit(context.Background(), p, "cancel")
	if err != nil || kept.name != pageMessage || a.callback(b, a.app("web"), "prompt", "none").Get("code") == "" {
		t.Errorf("page %q, %v; the session must be kept", kept.name, err)
	}
	p = a.logout(b, "client_id", defaultWeb, "post_logout_redirect_uri", "https://web.contoso.test/signed-out", "state", "s")
	done, err := b.submit(context.Background(), p, "signout")
	if err != nil || done.target != "https://web.contoso.test/signed-out?state=s" {
		t.Errorf("led to %q, %v", done.target, err)
	}
	if got := a.callback(b, a.app("web"), "prompt", "none").Get("error"); got != "login_required" {
		t.Errorf("after sign-out: %q", got)
	}
}

func TestEntraLogoutNeedsNoToken(t *testing.T) {
	a := entra(t, NewServer(t))
	b := a.s.NewBrowser()
	a.callback(b, a.app("web"))
	if _, err := b.Complete(context.Background(), a.authorizeURL(a.app("web"), "prompt", "select_account"), blake); err != nil {
		t.Fatal(err)
	}
	if p := a.logout(b, "logout_hint", blake); !strings.Contains(p.title, "signed out") {
		t.Errorf("page %q", p.title)
	}
	if got := a.callback(b, a.app("web"), "prompt", "none").Get("code"); got == "" {
		t.Error("logout_hint must leave the other account signed in")
	}
	a.logout(b)
	if got := a.callback(b, a.app("web"), "prompt", "none").Get("error"); got != "login_required" {
		t.Errorf("after sign-out: %q", got)
	}
}
