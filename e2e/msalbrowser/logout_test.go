package msalbrowser

import (
	"slices"
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
)

func TestLogoutRedirect(t *testing.T) {
	p := visit(t, "/")
	p.resume()
	p.press("logoutRedirect", fields{"account": true})
	p.isBack()
	p.signedOut()
}

func TestLogoutPopup(t *testing.T) {
	p := visit(t, "/")
	p.resume()
	p.press("logoutPopup", fields{"account": true})
	if got := p.outcome(); !got.Done {
		t.Fatalf("the library says: %s (%s)", got.short(), got.Message)
	}
	p.signedOut()
}

// TestLogoutOfAll signs out whoever there is, without a hint of the user.
func TestLogoutOfAll(t *testing.T) {
	p := visit(t, "/")
	p.resume()
	p.press("logoutRedirect", fields{})
	p.isBack()
	p.signedOut()
}

// isBack waits until the page is there again after it went to the authority.
func (p *person) isBack() {
	p.t.Helper()
	p.Until("location.origin === " + chromium.Quote(page.origin) + " && !globalThis.outcome && globalThis.returned && document.querySelector('#go')")
}

// signedOut fails the test unless the session ended, here and at the authority.
func (p *person) signedOut() {
	p.t.Helper()
	if n := chromium.Eval[int](p.Tab, "pca.getAllAccounts().length"); n != 0 {
		p.t.Errorf("%d accounts are left", n)
	}
	if got := p.requests(authoritytest.EndpointLogout); !slices.Equal(got, []string{"logout 303"}) {
		p.t.Errorf("sign-out requests: %q", got)
	}
	p.ask("ssoSilent", fields{"scopes": []string{scope("Tasks.Read")}, "loginHint": avery}).is(p.t, "InteractionRequiredAuthError login_required 50058")
}
