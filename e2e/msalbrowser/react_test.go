package msalbrowser

import (
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// Each of these is the page of the documents: a component of @azure/msal-react that gets a token and calls the API.

func TestReactPopup(t *testing.T) {
	p := visit(t, "/react")
	popup := p.Popup(func() { p.Click("#popup") }, "#password")
	password(popup, avery)
	p.Read("#user", avery)
	p.Read(`[id="Tasks.Read"]`, "200 "+avery+" Tasks.Read")
	p.asked(shown, redeemed) // the component's token is from the cache
}

func TestReactRedirect(t *testing.T) {
	p := visit(t, "/react")
	p.Click("#redirect")
	password(p.Tab, blake)
	p.Read("#user", blake)
	p.Read(`[id="Tasks.Read"]`, "200 "+blake+" Tasks.Read")
	p.asked(shown, redeemed)
}

func TestReactInteractionRequired(t *testing.T) {
	p := visit(t, "/react")
	password(p.Popup(func() { p.Click("#popup") }, "#password"), avery)
	p.Read(`[id="Tasks.Read"]`, "200")
	p.asked(shown, redeemed)
	popup := p.Popup(func() { p.Click("#more") }, accept)
	p.asked("token refresh_token 400 invalid_grant", shown)
	popup.Click(accept)
	p.Read(`[id="Tasks.Write"]`, "200 "+avery)
	p.Read(`[id="Tasks.Write"]`, "Tasks.Write")
	p.asked(redeemed)
}

func TestReactLogout(t *testing.T) {
	p := visit(t, "/react")
	password(p.Popup(func() { p.Click("#popup") }, "#password"), avery)
	p.Read("#user", avery)
	p.Until("document.querySelector('#status').textContent === 'none'")
	p.Click("#logout")
	p.See("#popup") // of UnauthenticatedTemplate
	p.Until("document.querySelector('#status').textContent === 'none'")
	if got := p.requests(authoritytest.EndpointLogout); len(got) != 1 || got[0] != "logout 303" {
		t.Errorf("sign-out requests: %q", got)
	}
}
