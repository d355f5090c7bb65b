package msalbrowser

import (
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

func TestSilentFromCache(t *testing.T) {
	p := visit(t, "/")
	signedIn := p.resume()
	got := p.silently(fields{"forceRefresh": false}).is(t, "done for "+avery)
	if !got.Cached || got.Token != signedIn.Token {
		t.Errorf("got another token than the one of the sign-in; cached: %v", got.Cached)
	}
	p.asked()
}

func TestSilentRenewal(t *testing.T) {
	p := visit(t, "/")
	p.resume()
	request := fields{"scopes": []string{"User.Read"}, "account": true}
	old := p.ask("acquireTokenSilent", request).is(t, "done for "+avery)
	p.asked(renewed)
	p.travel(2 * time.Hour)
	got := p.ask("acquireTokenSilent", request).is(t, "done for "+avery)
	if got.Cached || got.Token == old.Token {
		t.Errorf("the token was not renewed; cached: %v", got.Cached)
	}
	p.asked(renewed)
	at.Admit(t, got.Token, outside.Access{API: "graph", Client: "spa", User: avery, Scopes: []string{"User.Read"}})
	p.travel(2 * time.Hour)
	p.ask("acquireTokenSilent", request).is(t, "done for "+avery)
	p.asked(renewed) // by the refresh token that came with the renewal
}

// TestSSOSilent signs in by the session that a popup of another tab left.
func TestSSOSilent(t *testing.T) {
	first := visit(t, "/")
	first.signIn()
	p := first.sameBrowser()
	for name, hint := range map[string]fields{"hint": {"loginHint": avery}, "no hint": {}} {
		t.Run(name, func(t *testing.T) {
			got := p.ask("ssoSilent", with(fields{"scopes": []string{scope("Tasks.Read")}}, hint)).is(t, "done for "+avery)
			p.asked(sent, redeemed)
			if answer := p.callAPI(got.Token, "/tasks"); answer.Status != 200 || answer.User != avery {
				t.Errorf("the API answers %+v", answer)
			}
			p.noFrames()
		})
	}
}

func TestSSOSilentLoginRequired(t *testing.T) {
	p := visit(t, "/")
	p.ask("ssoSilent", fields{"scopes": []string{scope("Tasks.Read")}, "loginHint": avery}).is(t, "InteractionRequiredAuthError login_required 50058")
	p.asked("authorize 303 login_required")
	p.noFrames()
}

// TestSilentFrame leaves the cache and the refresh token aside (CacheLookupPolicy.Skip).
func TestSilentFrame(t *testing.T) {
	p := visit(t, "/")
	signedIn := p.resume()
	got := p.silently(fields{"cacheLookupPolicy": 5, "forceRefresh": false}).is(t, "done for "+avery)
	if got.Token == signedIn.Token {
		t.Error("the token is that of the sign-in")
	}
	p.asked(sent, redeemed)
	p.ForgetCookies()
	p.silently(fields{"cacheLookupPolicy": 5, "forceRefresh": false}).is(t, "InteractionRequiredAuthError login_required 50058")
	p.asked("authorize 303 login_required")
	p.noFrames()
}

// noFrames fails the test if a hidden frame was left.
func (p *person) noFrames() {
	p.t.Helper()
	if n := chromium.Eval[int](p.Tab, "document.querySelectorAll('iframe').length"); n != 0 {
		p.t.Errorf("%d frames are left", n)
	}
}
