package authoritytest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// SignIn signs username in, over HTTP, in a new browser, and returns that browser. No app
// takes part: what an app asks for, such as consent, is asked when the app does. It fails
// the test if the person cannot sign in.
//
// The browser's [Browser.Cookies] are its session. A real browser, driven by chromedp or
// Playwright, that is given them needs no password:
//
//	for _, c := range srv.SignIn(t, "avery@contoso.test").Cookies() {
//		network.SetCookieParams{Name: c.Name, Value: c.Value, URL: srv.URL(), HTTPOnly: &c.HttpOnly, Secure: &c.Secure, SameSite: network.CookieSameSiteNone}  // chromedp
//		{Name: c.Name, Value: c.Value, URL: playwright.String(srv.URL()), Secure: playwright.Bool(c.Secure), SameSite: playwright.SameSiteAttributeNone} // Playwright
//	}
//
// SameSite=None is for the hidden frames of pages on another site, and needs TLS.
//
// They are for the host of [Server.URL]. Another name of the server, such as localhost
// instead of 127.0.0.1 or a host of the CIAM shape, is another site to a browser.
func (s *Server) SignIn(t TB, username string) *Browser {
	t.Helper()
	b := s.NewBrowser()
	if err := b.SignIn(context.Background(), username); err != nil {
		t.Fatalf("%v", err)
	}
	return b
}

// SignIn signs username in, in addition to whoever is signed in in this browser. No app
// takes part. The error says which page stopped it.
func (b *Browser) SignIn(ctx context.Context, username string) error {
	p, err := b.open(ctx, http.MethodGet, b.s.base+signInPath, nil)
	for range maxClicks {
		switch {
		case err != nil:
			return fmt.Errorf("authoritytest: sign-in: %w", err)
		case p.title == titleSignedIn:
			return nil
		}
		p, err = b.act(ctx, p, username)
	}
	return errors.New("authoritytest: sign-in: the pages do not come to an end")
}

// Cookies returns the cookies that the server has set in this browser, as it set them.
// They are secrets: whoever has them is signed in.
func (b *Browser) Cookies() []*http.Cookie {
	base, err := url.Parse(b.s.base)
	if err != nil {
		return nil
	}
	var list []*http.Cookie
	for _, c := range b.client.Jar.Cookies(base) {
		list = append(list, b.s.newCookie(c.Name, c.Value))
	}
	return list
}

// Jar returns the browser's cookie jar. An http.Client with it, and with the transport of
// [Server.Client], goes through a web app's own pages as this browser.
func (b *Browser) Jar() http.CookieJar { return b.client.Jar }

// titleSignedIn is the title of the page at the end of a sign-in without an app.
const titleSignedIn = "You are signed in"

// signInAlone starts a sign-in that no app asked for: it is for the session.
func (c *call) signInAlone() *reply { return c.proceed(&interaction{session: c.session()}) }

// proceedAlone does the next thing for it.
func (c *call) proceedAlone(it *interaction) *reply {
	user := it.account.user
	if user == nil {
		return c.askAccount(it)
	}
	c.entry.User = user.Username
	if user.Disabled {
		return c.blocked(it)
	}
	c.over(it)
	return c.messagePage(http.StatusOK, titleSignedIn, "The applications of this authority know you now. You can close this page.")
}

// askAccount asks who the person is, always visibly.
func (c *call) askAccount(it *interaction) *reply {
	if len(c.s.state.accounts(it.session, it.tenant)) > 0 {
		return c.show(it, pagePicker, "")
	}
	return c.show(it, pageSignIn, "")
}
