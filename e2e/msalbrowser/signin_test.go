package msalbrowser

import (
	"slices"
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

const (
	shown    = "authorize 200" // the page for the person
	sent     = "authorize 303" // back at once, with a code
	redeemed = "token authorization_code 200"
	renewed  = "token refresh_token 200"
)

func TestPopup(t *testing.T) {
	p := visit(t, "/")
	signedIn := p.signIn()
	p.asked(shown, redeemed)
	at.Admit(t, signedIn.Token, outside.Access{Client: "spa", User: avery, Scopes: []string{"Tasks.Read"}, XMSCC: []string{"cp1"}})
	if got := p.callAPI(signedIn.Token, "/tasks"); got.Status != 200 || got.User != avery || !slices.Equal(got.Scopes, []string{"Tasks.Read"}) {
		t.Errorf("the API answers %+v", got)
	}
	if signedIn.Cached {
		t.Error("the token is said to be from the cache")
	}
}

// The buttons of the page that asks for consent. Other pages have such buttons too.
const (
	accept  = `[data-page="consent"] button[value="accept"]`
	decline = `[data-page="consent"] button[value="cancel"]`
)

// TestPopupConsent declines consent at first.
func TestPopupConsent(t *testing.T) {
	p := visit(t, "/")
	request := fields{"scopes": []string{scope("Tasks.Write")}}
	popup := p.popup("acquireTokenPopup", request, "#password")
	password(popup, avery)
	popup.Click(decline)
	p.outcome().is(t, "ServerError access_denied 65004")
	popup = p.popup("acquireTokenPopup", request, accept)
	popup.Click(accept)
	got := p.outcome().is(t, "done for "+avery)
	if answer := p.callAPI(got.Token, "/tasks"); answer.Status != 200 || !slices.Contains(answer.Scopes, "Tasks.Write") {
		t.Errorf("the API answers %+v", answer)
	}
}

func TestRedirect(t *testing.T) {
	for _, cache := range []string{"sessionStorage", "localStorage"} {
		t.Run(cache, func(t *testing.T) {
			address := "/?cache=" + cache
			p := visit(t, address)
			p.press("loginRedirect", fields{"scopes": []string{scope("Tasks.Read")}, "state": "what the page had in mind"})
			password(p.Tab, avery)
			p.See("#go")
			got := chromium.Eval[outcome](p.Tab, "returned").is(t, "done for "+avery)
			p.asked(shown, redeemed)
			at.Admit(t, got.Token, outside.Access{Client: "spa", User: avery, Scopes: []string{"Tasks.Read"}})
			if where := chromium.Eval[string](p.Tab, "location.href"); where != page.origin+address {
				t.Errorf("the page is at %s", where)
			}
			if answer := p.callAPI(got.Token, "/tasks"); answer.Status != 200 || answer.User != avery {
				t.Errorf("the API answers %+v", answer)
			}
			p.Open(page.origin + address) // the cache outlives the page
			p.See("#go")
			again := p.ask("acquireTokenSilent", fields{"scopes": []string{scope("Tasks.Read")}, "account": true})
			if !again.Cached || again.Token != got.Token {
				t.Errorf("the reloaded page gets %s", again.short())
			}
			p.asked()
		})
	}
}

func TestRedirectDeclined(t *testing.T) {
	p := visit(t, "/")
	p.press("acquireTokenRedirect", fields{"scopes": []string{scope("Tasks.Write")}})
	password(p.Tab, avery)
	p.Click(decline)
	p.See("#go")
	chromium.Eval[outcome](p.Tab, "returned").is(t, "ServerError access_denied 65004")
}

// TestNonceOfAnotherSignIn is the one check of ID tokens that the library does itself.
func TestNonceOfAnotherSignIn(t *testing.T) {
	p := visit(t, "/")
	at.InjectFault(t, authoritytest.Fault{Token: &authoritytest.FaultToken{Defect: authoritytest.DefectWrongNonce}})
	p.SetCookies(at.URL(), at.SignIn(t, avery).Cookies())
	p.ask("ssoSilent", fields{"scopes": []string{scope("Tasks.Read")}, "loginHint": avery}).is(t, "ClientAuthError nonce_mismatch")
	p.asked(sent, redeemed)
}
