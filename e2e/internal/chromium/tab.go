package chromium

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A Tab is a page, or a popup, that a person looks at. Its methods fail the test.
type Tab struct {
	t      authoritytest.TB
	ctx    context.Context
	popups *[]target.ID // that it has opened
}

func newTab(t authoritytest.TB, ctx context.Context) Tab { return Tab{t, ctx, &[]target.ID{}} }

// try does something with the page that may fail.
func try[T any](b Tab, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, action)
}

// Open goes to an address.
func (b Tab) Open(address string) {
	b.t.Helper()
	if _, err := try(b, chromedp.Navigate(address)); err != nil {
		b.t.Fatalf("opening %s: %v", address, err)
	}
}

// Before has a script run in every page of the tab before the page's own.
func (b Tab) Before(script string) {
	b.t.Helper()
	added := page.AddScriptToEvaluateOnNewDocumentParams{Source: script}
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, added); err != nil {
		b.t.Fatalf("adding a script: %v", err)
	}
}

// Until waits until an expression of JavaScript is true. The page may go to other places meanwhile.
func (b Tab) Until(condition string) {
	b.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		if is, err := try(b, chromedp.Evaluate[bool]("!!("+condition+")")); err == nil && is {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			b.t.Fatalf("not so in time: %s\n%s", condition, b.Body())
		}
	}
}

// See waits until an element is visible.
func (b Tab) See(selector string) {
	b.t.Helper()
	b.Until(fmt.Sprintf("document.querySelector(%s)?.getClientRects().length > 0", Quote(selector)))
}

// Read waits until an element has a text that contains want.
func (b Tab) Read(selector, want string) {
	b.t.Helper()
	b.Until(fmt.Sprintf("document.querySelector(%s)?.textContent.includes(%s)", Quote(selector), Quote(want)))
}

// Click clicks with the mouse. The page may be gone at once.
func (b Tab) Click(selector string) {
	b.t.Helper()
	b.See(selector)
	_, _ = try(b, chromedp.Click(chromedp.CSS(selector)))
}

// Fill types a text into a field.
func (b Tab) Fill(selector, text string) {
	b.t.Helper()
	b.See(selector)
	if _, err := try(b, chromedp.SetValue(chromedp.CSS(selector), text)); err != nil {
		b.t.Fatalf("filling %s: %v\n%s", selector, err, b.Body())
	}
}

// Body returns what the page shows, and where it is, without the query.
func (b Tab) Body() string {
	text, _ := try(b, chromedp.Evaluate[string]("location.origin + location.pathname + '\\n' + document.body?.innerText"))
	return text
}

// Eval evaluates an expression of JavaScript, waits if it is a promise, and returns the value.
func Eval[T any](b Tab, expression string) T {
	b.t.Helper()
	value, err := try(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", expression, err, b.Body())
	}
	return value
}

// Popup does what opens a popup, and returns the popup once an element of its page is visible.
func (b Tab) Popup(cause func(), selector string) Tab {
	b.t.Helper()
	own, known := chromedp.FromContext(b.ctx).Target.TargetID, slices.Clone(*b.popups)
	ids := chromedp.WaitNewTarget(b.ctx, func(info *target.Info) bool {
		// News of a popup that has closed can be late.
		return info.Type == "page" && info.OpenerID == own && !slices.Contains(known, info.TargetID)
	})
	cause()
	select {
	case id := <-ids:
		*b.popups = append(*b.popups, id)
		popup := b.attach(id)
		popup.See(selector)
		return popup
	case <-time.After(patience):
		b.t.Fatalf("no popup opened\n%s", b.Body())
		return Tab{}
	}
}

// attach returns a tab that is there already. Attaching fails while the tab goes to another site, and is tried again.
func (b Tab) attach(id target.ID) Tab {
	b.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel())
		err := chromedp.Do(ctx)
		if err == nil {
			b.t.Cleanup(cancel)
			return newTab(b.t, ctx)
		}
		cancel()
		select {
		case <-tick.C:
		case <-late:
			b.t.Fatalf("attaching to the popup: %v", err)
		}
	}
}

// Another opens one more tab of the same browser.
func (b Tab) Another() Tab {
	b.t.Helper()
	return openTab(b.t, b.ctx)
}

// For is the same tab, for another test to look at.
func (b Tab) For(t authoritytest.TB) Tab {
	b.t = t
	return b
}

// Close closes the tab as a user does.
func (b Tab) Close() {
	b.t.Helper()
	id := chromedp.FromContext(b.ctx).Target.TargetID
	if _, err := chromedp.CallBrowser(b.ctx, target.CloseTarget, target.CloseTargetParams{TargetID: id}); err != nil {
		b.t.Fatalf("closing the tab: %v", err)
	}
}

// SetCookies gives the browser the cookies of a site, for frames on other sites too.
func (b Tab) SetCookies(site string, cookies []*http.Cookie) {
	b.t.Helper()
	for _, c := range cookies {
		cookie := network.SetCookieParams{
			Name: c.Name, Value: c.Value, URL: site, HTTPOnly: &c.HttpOnly, Secure: &c.Secure, SameSite: network.CookieSameSiteNone,
		}
		if _, err := chromedp.Call(b.ctx, network.SetCookie, cookie); err != nil {
			b.t.Fatalf("setting a cookie: %v", err)
		}
	}
}

// ForgetCookies makes the browser forget all cookies, and so who is signed in.
func (b Tab) ForgetCookies() {
	b.t.Helper()
	if _, err := chromedp.CallBrowser(b.ctx, storage.ClearCookies, storage.ClearCookiesParams{}); err != nil {
		b.t.Fatalf("clearing the cookies: %v", err)
	}
}

// ForgetStorages clears everything that the pages of an origin have stored, as a user can at any time.
func (b Tab) ForgetStorages(origin string) {
	b.t.Helper()
	forget := storage.ClearDataForOriginParams{Origin: origin, StorageTypes: "all"}
	if _, err := chromedp.Call(b.ctx, storage.ClearDataForOrigin, forget); err != nil {
		b.t.Fatalf("clearing the storages of %s: %v", origin, err)
	}
}

// Quote returns a text as an expression of JavaScript.
func Quote(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}
