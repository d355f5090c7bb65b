package browser

import (
	"slices"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
)

// request is a silent request of the page for the API, with further fields.
func (p *person) request(fields string) string {
	scope := p.site.Authority.Directory.App("api").Scope("Tasks.Read")
	return "{scopes: [" + chromium.Quote(scope) + "], account: msalInstance.getAllAccounts()[0], " + fields + "}"
}

func TestSilent(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visit(t, engine, "session")
		p.signIn()
		first := ask(p.Tab, "acquireTokenSilent", p.request(""))
		if !first.FromCache || first.AccessToken == "" || len(p.grants()) != 1 {
			t.Fatalf("hit: %+v, token requests %q", first.ErrorCode, p.grants())
		}
		renewed := ask(p.Tab, "acquireTokenSilent", p.request("forceRefresh: true"))
		if renewed.FromCache || renewed.AccessToken == "" || renewed.AccessToken == first.AccessToken {
			t.Errorf("refresh: %s %s", renewed.ErrorCode, renewed.Message)
		}
		framed := ask(p.Tab, "acquireTokenSilent", p.request("cacheLookupPolicy: 5"))
		if framed.FromCache || framed.AccessToken == "" {
			t.Errorf("hidden frame: %s %s", framed.ErrorCode, framed.Message)
		}
		if got := p.grants(); !slices.Equal(got, []string{"authorization_code 200", "refresh_token 200", "authorization_code 200"}) {
			t.Errorf("token requests: %q", got)
		}
		if n := len(p.requests(authoritytest.EndpointAuthorize)); n != 2 {
			t.Errorf("%d authorization requests", n)
		}

		p.ForgetCookies()
		lost := ask(p.Tab, "acquireTokenSilent", p.request("cacheLookupPolicy: 5"))
		if lost.Name != "InteractionRequiredAuthError" || lost.ErrorCode != "login_required" {
			t.Errorf("without a session: %+v", lost)
		}
		if n := chromium.Eval[int](p.Tab, "document.querySelectorAll('iframe').length"); n != 0 {
			t.Errorf("%d frames are left", n)
		}
	})
}

// A refresh token that is of no use any more leads to the hidden frame, and without a session to the user.
func TestSilentOrder(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visitSite(t, siteWith(t, engine, "session", &authoritytest.Server{TLS: true, RefreshTokenLifetime: time.Nanosecond}))
		p.signIn()
		framed := ask(p.Tab, "acquireTokenSilent", p.request("forceRefresh: true"))
		if framed.AccessToken == "" {
			t.Errorf("with a session: %+v", framed)
		}
		if got := p.grants(); !slices.Equal(got, []string{"authorization_code 200", "refresh_token 400", "authorization_code 200"}) {
			t.Errorf("token requests: %q", got)
		}
		p.ForgetCookies()
		if lost := ask(p.Tab, "acquireTokenSilent", p.request("forceRefresh: true")); lost.Name != "InteractionRequiredAuthError" {
			t.Errorf("without a session: %+v", lost)
		}
		// The page does then what the seeds do: it asks by a popup.
		p.password(p.Popup(func() { p.Click("#renew") }, "#password"))
		p.Read("#token", "from the authority")
		p.Read("#status", "none")
	})
}

func TestChallenge(t *testing.T) {
	engines(t, func(t *testing.T, engine string) {
		p := visit(t, engine, "session")
		p.signIn()
		p.Click("#challenge")
		p.Read("#token", "from the authority")
		p.Until("document.querySelector('#status').textContent === 'none'")
		last := ask(p.Tab, "acquireTokenSilent", p.request(""))
		if !last.FromCache {
			t.Error("the new token is not in the cache")
		}
		p.Click("#load")
		p.Read("#token", "from the cache")
		a := p.answers()
		if len(a) < 3 || a[0].Status != 200 || a[1].Status != 401 || a[1].Token != a[0].Token || a[2].Status != 200 || a[2].Token == a[0].Token {
			t.Errorf("the API answered %+v", a)
		}
		if got := p.grants(); !slices.Equal(got, []string{"authorization_code 200", "refresh_token 200"}) {
			t.Errorf("token requests: %q", got)
		}
	})
}

// A scope without consent: silently not to be had, and then by the popup.
func TestConsent(t *testing.T) {
	p := visitSite(t, siteWith(t, "js", "session", &authoritytest.Server{TLS: true}))
	p.signIn()
	popup := p.Popup(func() { p.Click("#add") }, `button[value="accept"]`)
	popup.Click(`button[value="accept"]`)
	p.Read("#tasks", "Task 3")
	if a := p.answers(); a[len(a)-1].Method != "POST" || a[len(a)-1].Status != 200 {
		t.Errorf("the API answered %+v", a)
	}
}
