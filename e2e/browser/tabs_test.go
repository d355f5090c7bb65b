package browser

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
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
		other.Read("#username", p.user().Username) // without a sign-in of its own
		other.Read("#token", "from the cache")

		authority.Clock.Advance(2 * time.Hour)
		chromium.Eval[bool](p.Tab, later)
		chromium.Eval[bool](other, later)
		request := p.request("")
		// Both begin before either is waited for.
		for _, b := range []chromium.Tab{p.Tab, other} {
			chromium.Eval[bool](b, "(window.pending = msalInstance.acquireTokenSilent("+request+"), true)")
		}
		const token = "pending.then((r) => r.accessToken, (e) => 'failed: ' + e)"
		if a, b := chromium.Eval[string](p.Tab, token), chromium.Eval[string](other, token); a != b || a == "" || strings.HasPrefix(a, "failed") {
			t.Errorf("the tabs have different tokens: %.200s, %.200s", a, b)
		}
		if got := p.grants(); !slices.Equal(got, []string{"authorization_code 200", "refresh_token 200"}) {
			t.Errorf("token requests: %q", got)
		}
		p.noSecrets(other, "localStorage", "sessionStorage")

		p.Click("#logout-redirect")
		p.signOut(p.Tab)
		p.See("#login-popup")
		other.See("#login-popup") // nobody touched this one
		if n := chromium.Eval[int](other, "msalInstance.getAllAccounts().length"); n != 0 {
			t.Errorf("%d accounts are left in the other chromium.Tab", n)
		}
	})
}

// signOut confirms the sign-out if the authority asks.
func (p *person) signOut(b chromium.Tab) {
	p.t.Helper()
	b.Until(`document.querySelector('button[value="signout"]') || document.querySelector('#login-popup') || document.querySelector('main p')`)
	if chromium.Eval[bool](b, `!!document.querySelector('button[value="signout"]')`) {
		b.Click(`button[value="signout"]`)
	}
}

func TestLogoutPopup(t *testing.T) {
	p := visit(t, "wasm", "session")
	p.signIn()
	p.Click("#logout-popup")
	p.See("#login-popup")
	if len(p.requests(authoritytest.EndpointLogout)) == 0 {
		t.Error("the authority was not told")
	}
}

// The user closes the popup: it is noticed, and the next click works.
func TestPopupClosed(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visit(t, engine, "session")
		for range 2 {
			p.Popup(func() { p.Click("#login-popup") }, "#password").Close()
			p.Read("#problem", "user_cancelled")
			p.Read("#status", "none")
		}
		p.signIn()
	})
}
