package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
	"github.com/latchkey-auth/latchkey/examples/react-spa/site"
)

// A person sits before a browser of their own, and looks at the example.
type person struct {
	t     *testing.T
	site  *site.Site
	from  int // the authority's first request in this test
	calls int // the API's first answer in this test
	chromium.Tab
}

// visit opens the example in a browser that knows nothing.
func visit(t *testing.T, engine, cache string) *person {
	t.Helper()
	return visitSite(t, siteOf(t, engine, cache))
}

func visitSite(t *testing.T, s *site.Site) *person {
	t.Helper()
	p := strangerTo(t, s)
	p.Open(s.URL)
	p.See("#status")
	return p
}

// in is the same person, in another test.
func (p *person) in(t *testing.T) *person {
	same := *p
	same.t, same.Tab = t, p.For(t)
	return &same
}

// stranger is a person who has not opened the example yet.
func stranger(t *testing.T, engine, cache string) *person {
	t.Helper()
	return strangerTo(t, siteOf(t, engine, cache))
}

func strangerTo(t *testing.T, s *site.Site) *person {
	t.Helper()
	return strangerIn(t, running, s)
}

func strangerIn(t *testing.T, browser *chromium.Browser, s *site.Site) *person {
	t.Helper()
	return &person{t: t, site: s, Tab: browser.NewTab(t, s.URL), from: len(s.Authority.Requests()), calls: len(s.API.Answers())}
}

// another opens one more tab of the same profile.
func (p *person) another() chromium.Tab {
	p.t.Helper()
	other := p.Another()
	other.Open(p.site.URL)
	other.See("#status")
	return other
}

// An outcome is what became of a call of the library.
type outcome struct {
	Name, ErrorCode, SubError, Message string // of the error
	FromCache                          bool
	AccessToken                        string
	Claims                             string
}

// ask calls a method of msalInstance and returns what became of it.
func ask(b chromium.Tab, method, request string) outcome {
	return chromium.Eval[outcome](b, fmt.Sprintf(`msalInstance.%s(%s).then(
		(r) => ({FromCache: !!r?.fromCache, AccessToken: r?.accessToken || ""}),
		(e) => ({Name: e.name, ErrorCode: e.errorCode, SubError: e.subError, Message: e.message, Claims: e.claims || ""}))`, method, request))
}

// user is who signs in.
func (p *person) user() authoritytest.User { return p.site.Authority.Directory.Users[0] }

// password types the user's name and password into the sign-in page.
func (p *person) password(b chromium.Tab) {
	p.t.Helper()
	b.Fill("#username", p.user().Username)
	b.Fill("#password", string(p.user().Password))
	b.Click(`button[value="signin"]`)
}

// signIn signs in by a popup.
func (p *person) signIn() {
	p.t.Helper()
	p.password(p.Popup(func() { p.Click("#login-popup") }, "#password"))
	p.Read("#username", p.user().Username)
	p.Read("#tasks", "Water the plants")
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
func (p *person) noSecrets(b chromium.Tab, storages ...string) {
	p.t.Helper()
	for _, storage := range storages {
		text := chromium.Eval[string](b, "JSON.stringify("+storage+")")
		for _, secret := range p.site.Authority.Secrets() {
			if len(secret) >= 16 && strings.Contains(text, secret) {
				p.t.Errorf("%s holds a secret in plain text", storage)
			}
		}
	}
}
