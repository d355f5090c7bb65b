package browser

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// later lets two hours pass in a page: its access tokens have expired.
const later = `(() => {
	const Real = Date;
	globalThis.Date = class extends Real {
		constructor(...args) { args.length ? super(...args) : super(Real.now() + 7200e3); }
		static now() { return Real.now() + 7200e3; }
	};
	return true;
})()`

func TestTwoTabs(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		authority := &authoritytest.Server{TLS: true, Clock: &authoritytest.Clock{}}
		p := visitSite(t, siteWith(t, engine, "local", authority))
		p.signIn()
		other := p.another()
		other.read("#username", p.user().Username) // without a sign-in of its own
		other.read("#token", "from the cache")

		authority.Clock.Advance(2 * time.Hour)
		js[bool](p.tab, later)
		js[bool](other, later)
		request := p.request("")
		// Both begin before either is waited for.
		for _, b := range []tab{p.tab, other} {
			js[bool](b, "(window.pending = msalInstance.acquireTokenSilent("+request+"), true)")
		}
		const token = "pending.then((r) => r.accessToken, (e) => 'failed: ' + e)"
		if a, b := js[string](p.tab, token), js[string](other, token); a != b || a == "" || strings.HasPrefix(a, "failed") {
			t.Errorf("the tabs have different tokens: %.200s, %.200s", a, b)
		}
		if got := p.grants(); !slices.Equal(got, []string{"authorization_code 200", "refresh_token 200"}) {
			t.Errorf("token requests: %q", got)
		}
		p.noSecrets(other, "localStorage", "sessionStorage")

		p.click("#logout-redirect")
		p.signOut(p.tab)
		p.see("#login-popup")
		other.see("#login-popup") // nobody touched this one
		if n := js[int](other, "msalInstance.getAllAccounts().length"); n != 0 {
			t.Errorf("%d accounts are left in the other tab", n)
		}
	})
}

// signOut confirms the sign-out if the authority asks.
func (p *person) signOut(b tab) {
	p.t.Helper()
	b.until(`document.querySelector('button[value="signout"]') || document.querySelector('#login-popup') || document.querySelector('main p')`)
	if js[bool](b, `!!document.querySelector('button[value="signout"]')`) {
		b.submit(`button[value="signout"]`)
	}
}

func TestLogoutPopup(t *testing.T) {
	p := visit(t, "wasm", "session")
	p.signIn()
	p.click("#logout-popup")
	p.see("#login-popup")
	if len(p.requests(authoritytest.EndpointLogout)) == 0 {
		t.Error("the authority was not told")
	}
}

// The user closes the popup: it is noticed, and the next click works.
func TestPopupClosed(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visit(t, engine, "session")
		for range 2 {
			p.popup(func() { p.click("#login-popup") }, "#password").closeTab()
			p.read("#problem", "user_cancelled")
			p.read("#status", "none")
		}
		p.signIn()
	})
}
