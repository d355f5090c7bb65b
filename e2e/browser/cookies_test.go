package browser

import (
	"slices"
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
)

// In a browser that keeps third-party cookies from frames, the authority finds no session in the hidden frame and says
// so at once. The user is asked then, by a popup, in which the session is there.
func TestThirdPartyCookiesBlocked(t *testing.T) {
	strict, err := chromium.Start(chromium.Options{Authority: siteOf(t, "js", "session").Authority, BlockPopups: true, BlockThirdPartyCookies: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(strict.Close)
	engines(t, func(t *testing.T, engine string) {
		p := strangerIn(t, strict, siteOf(t, engine, "session"))
		p.Open(p.site.URL)
		p.signIn()
		for _, method := range []struct{ name, request string }{
			{"acquireTokenSilent", p.request("cacheLookupPolicy: 5")},
			{"ssoSilent", "{loginHint: " + chromium.Quote(p.user().Username) + "}"},
		} {
			lost := ask(p.Tab, method.name, method.request)
			if lost.Name != "InteractionRequiredAuthError" || lost.ErrorCode != "login_required" {
				t.Errorf("%s: %+v", method.name, lost)
			}
		}
		if n := chromium.Eval[int](p.Tab, "document.querySelectorAll('iframe').length"); n != 0 {
			t.Errorf("%d frames are left", n)
		}
		// The refresh token needs no cookie.
		if renewed := ask(p.Tab, "acquireTokenSilent", p.request("forceRefresh: true")); renewed.AccessToken == "" {
			t.Errorf("refresh: %+v", renewed)
		}
		// As the page does after InteractionRequired. The session of the first popup is there: nothing is typed.
		chromium.Eval[bool](p.Tab, "(document.querySelector('#load').onmousedown = () => { window.again = msalInstance.acquireTokenPopup("+p.request("")+") }, true)")
		p.Click("#load")
		if token := chromium.Eval[string](p.Tab, "again.then((r) => r.accessToken, (e) => 'failed: ' + e)"); len(token) < 100 {
			t.Errorf("the popup: %s", token)
		}
		want := []string{"authorization_code 200", "refresh_token 200", "authorization_code 200"}
		if got := p.grants(); !slices.Equal(got, want) {
			t.Errorf("token requests: %q", got)
		}
		if n := len(p.requests(authoritytest.EndpointAuthorize)); n != 4 {
			t.Errorf("%d authorization requests", n)
		}
	})
}
