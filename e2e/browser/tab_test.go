package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/examples/react-spa/site"
)

// patience is how long a test waits for what must come. Nothing passes because of it.
const patience = 45 * time.Second

// A person sits before a browser of their own, and looks at the example.
type person struct {
	t     *testing.T
	site  *site.Site
	from  int // the authority's first request in this test
	calls int // the API's first answer in this test
	tab
}

// A tab is a page, or a popup, that a person looks at.
type tab struct {
	t      *testing.T
	ctx    context.Context
	popups *[]target.ID // that it has opened
}

// visit opens the example in a browser that knows nothing.
func visit(t *testing.T, engine, cache string) *person {
	t.Helper()
	return visitSite(t, siteOf(t, engine, cache))
}

func visitSite(t *testing.T, s *site.Site) *person {
	t.Helper()
	// Not a profile of its own, which would be an incognito one: those keep cookies from frames of other sites.
	first := newTab(t, chromium)
	forget := storage.ClearDataForOriginParams{Origin: s.URL, StorageTypes: "all"}
	if _, err := chromedp.Call(first.ctx, storage.ClearDataForOrigin, forget); err != nil {
		t.Fatal(err)
	}
	first.forgetSession()
	p := &person{t: t, site: s, tab: first, from: len(s.Authority.Requests()), calls: len(s.API.Answers())}
	p.open(s.URL)
	p.see("#status")
	return p
}

// another opens one more tab of the same profile.
func (p *person) another() tab {
	p.t.Helper()
	other := newTab(p.t, p.ctx)
	other.open(p.site.URL)
	other.see("#status")
	return other
}

func newTab(t *testing.T, parent context.Context, options ...chromedp.ContextOption) tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // without a deadline: it would be the tab's
		t.Fatal(err)
	}
	return tab{t, ctx, &[]target.ID{}}
}

// try does something with the page that may fail, in a while.
func try[T any](b tab, wait time.Duration, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, wait)
	defer cancel()
	return chromedp.Run(ctx, action)
}

func (b tab) open(address string) {
	b.t.Helper()
	if _, err := try(b, patience, chromedp.Navigate(address)); err != nil {
		b.t.Fatalf("opening %s: %v", address, err)
	}
}

// until waits until an expression is true. The page may go to other places meanwhile.
func (b tab) until(condition string) {
	b.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		if is, err := try(b, patience, chromedp.Evaluate[bool]("!!("+condition+")")); err == nil && is {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			b.t.Fatalf("not so in time: %s\n%s", condition, b.body())
		}
	}
}

// see waits until an element is visible.
func (b tab) see(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector(%s)?.getClientRects().length > 0", quote(selector)))
}

// read waits until an element has a text that contains want.
func (b tab) read(selector, want string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector(%s)?.textContent.includes(%s)", quote(selector), quote(want)))
}

// click clicks with the mouse, which is a gesture of the user's.
func (b tab) click(selector string) {
	b.t.Helper()
	b.see(selector)
	if _, err := try(b, patience, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("clicking %s: %v\n%s", selector, err, b.body())
	}
}

func (b tab) fill(selector, text string) {
	b.t.Helper()
	b.see(selector)
	if _, err := try(b, patience, chromedp.SetValue(chromedp.CSS(selector), text)); err != nil {
		b.t.Fatalf("filling %s: %v\n%s", selector, err, b.body())
	}
}

// body is what the page shows, for messages.
func (b tab) body() string {
	text, _ := try(b, 2*time.Second, chromedp.Evaluate[string]("location.origin + location.pathname + '\\n' + document.body?.innerText"))
	return text
}

// js evaluates an expression, waits if it is a promise, and returns the value.
func js[T any](b tab, expression string) T {
	b.t.Helper()
	value, err := try(b, patience, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", expression, err, b.body())
	}
	return value
}

// An outcome is what became of a call of the library.
type outcome struct {
	Name, ErrorCode, SubError, Message string // of the error
	FromCache                          bool
	AccessToken                        string
	Claims                             string
}

// ask calls a method of msalInstance and returns what became of it.
func (b tab) ask(method string, request string) outcome {
	b.t.Helper()
	return js[outcome](b, fmt.Sprintf(`msalInstance.%s(%s).then(
		(r) => ({FromCache: !!r?.fromCache, AccessToken: r?.accessToken || ""}),
		(e) => ({Name: e.name, ErrorCode: e.errorCode, SubError: e.subError, Message: e.message, Claims: e.claims || ""}))`, method, request))
}

// popup does what opens a popup, and returns it once it shows the page that an element belongs to.
func (b tab) popup(cause func(), selector string) tab {
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
		popup.see(selector)
		return popup
	case <-time.After(patience):
		b.t.Fatalf("no popup opened\n%s", b.body())
		return tab{}
	}
}

// attach takes hold of a popup, which may be on its way to another site and, for a moment, in no process.
func (b tab) attach(id target.ID) tab {
	b.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); ; {
		ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel())
		err := chromedp.Do(ctx)
		if err == nil {
			b.t.Cleanup(cancel)
			return tab{b.t, ctx, &[]target.ID{}}
		}
		cancel()
		select {
		case <-late:
			b.t.Fatal(err)
		case <-tick.C:
		}
	}
}

// user is who signs in.
func (p *person) user() authoritytest.User { return p.site.Authority.Directory.Users[0] }

// password types the user's name and password into the sign-in page.
func (p *person) password(b tab) {
	p.t.Helper()
	b.fill("#username", p.user().Username)
	b.fill("#password", string(p.user().Password))
	b.submit(`button[value="signin"]`)
}

// submit clicks a button after which the page may be gone at once.
func (b tab) submit(selector string) {
	b.t.Helper()
	b.see(selector)
	_, _ = try(b, patience, chromedp.Click(chromedp.CSS(selector)))
}

// signIn signs in by a popup.
func (p *person) signIn() {
	p.t.Helper()
	p.password(p.popup(func() { p.click("#login-popup") }, "#password"))
	p.read("#username", p.user().Username)
	p.read("#tasks", "Water the plants")
}

// grants are the token requests that the authority has had in this test, by grant and status.
func (p *person) grants() []string {
	var grants []string
	for _, r := range p.requests(authoritytest.EndpointToken) {
		grants = append(grants, fmt.Sprintf("%s %d", r.GrantType, r.Status))
	}
	return grants
}

// requests are those of one endpoint that the authority has had in this test, without preflights.
func (p *person) requests(endpoint string) []authoritytest.Request {
	all := p.site.Authority.Requests()[p.from:]
	return slices.DeleteFunc(slices.Clone(all), func(r authoritytest.Request) bool {
		return r.Endpoint != endpoint || r.Method == "OPTIONS"
	})
}

// answers are the API's in this test.
func (p *person) answers() []site.Answer { return p.site.API.Answers()[p.calls:] }

// noSecrets fails if a secret of the authority is in the page's storages in plain text.
func (p *person) noSecrets(b tab, storages ...string) {
	p.t.Helper()
	for _, storage := range storages {
		text := js[string](b, "JSON.stringify("+storage+")")
		for _, secret := range p.site.Authority.Secrets() {
			if len(secret) >= 16 && strings.Contains(text, secret) {
				p.t.Errorf("%s holds a secret in plain text", storage)
			}
		}
	}
}

// forgetSession makes the browser forget who is signed in at the authority.
func (b tab) forgetSession() {
	b.t.Helper()
	if _, err := chromedp.CallBrowser(b.ctx, storage.ClearCookies, storage.ClearCookiesParams{}); err != nil {
		b.t.Fatal(err)
	}
}

// closeTab closes a tab as a user does.
func (b tab) closeTab() {
	b.t.Helper()
	id := chromedp.FromContext(b.ctx).Target.TargetID
	if _, err := chromedp.CallBrowser(b.ctx, target.CloseTarget, target.CloseTargetParams{TargetID: id}); err != nil {
		b.t.Fatal(err)
	}
}

func quote(text string) string {
	q, _ := json.Marshal(text)
	return string(q)
}
