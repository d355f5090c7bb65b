package authoritytest

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// everyPage are all pages that every directory has, from the titles and those that have
// none. Where clients want to be told of a sign-out, see TestFrontChannelLogout.
func everyPage() []pageName {
	list := []pageName{pageMessage}
	for name := range pageTitles {
		if name != pageSignedOut {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// A tour leads to each page in plain OIDC, without a network.
type tour struct {
	a        *api
	username string
}

func newTour(t testing.TB, s *Server) *tour { return &tour{oidc(t, s), s.Directory.Users[0].Username} }

// stand returns a new browser that stands on a page.
func (o *tour) stand(t testing.TB, name pageName) (*Browser, *page) {
	t.Helper()
	own := *o.a
	own.t = t
	o = &tour{&own, o.username}
	b := visitor(t, own.s)
	switch name {
	case pageSignIn, pageCreate, pageCode, pageFailure:
	default:
		if err := b.SignIn(context.Background(), o.username); err != nil {
			t.Fatal(err)
		}
	}
	if demand, ok := demandOf(name); ok {
		// Another name each time: some demands are met for good.
		defer o.demand(t, Requirement{Name: "stand " + randomText(8), Demand: demand})()
	}
	p := o.get(t, b, o.address(name))
	if name == pageApprove {
		p = o.approve(t, b, p)
	}
	if p.name != name {
		t.Fatalf("stands on %q (%s: %s), want %q", p.name, p.title, p.notice, name)
	}
	return b, p
}

// demandOf returns a demand that shows the page.
func demandOf(name pageName) (Demand, bool) {
	for demand, page := range demandPages {
		if page == name {
			return demand, true
		}
	}
	return "", false
}

// demand makes a requirement, and returns what ends it.
func (o *tour) demand(t testing.TB, r Requirement) (end func()) {
	t.Helper()
	set := func(list []Requirement) {
		t.Helper()
		if err := o.a.s.Change(func(d *Directory) error { d.Requirements = list; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	set([]Requirement{r})
	return func() { set(nil) }
}

// address returns where a page is, given that somebody is signed in.
func (o *tour) address(name pageName) string {
	web := o.a.app(defaultWeb)
	switch name {
	case pageCreate:
		return o.a.authorizeURL(web, "prompt", "create")
	case pagePicker:
		return o.a.authorizeURL(web, "prompt", "select_account")
	case pageConsent:
		return o.a.authorizeURL(web, "prompt", "consent")
	case pageAdmin:
		return o.a.authorizeURL(web, "scope", "openid api://"+defaultAPI+"/Tasks.Purge")
	case pageFormPost:
		return o.a.authorizeURL(web, "response_mode", "form_post", "prompt", "none")
	case pageFailure:
		return o.a.authorizeURL(web, "client_id", "nobody")
	case pageSignOut:
		return o.a.endpoint("end_session_endpoint")
	case pageCode, pageApprove:
		return o.a.s.URL() + oidcDevicePage
	case pageMessage:
		return o.a.s.URL() + signInPath + "x"
	}
	return o.a.authorizeURL(web)
}

func (o *tour) approve(t testing.TB, b *Browser, p *page) *page {
	t.Helper()
	_, d, _ := o.a.post(o.a.endpoint("device_authorization_endpoint"), o.a.app(defaultNative), pairs("scope", "openid"))
	code, _ := d["user_code"].(string)
	p.fields.Set("user_code", code)
	p, err := b.submit(context.Background(), p, "code")
	if err == nil {
		p, err = b.act(context.Background(), p, o.username)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (o *tour) get(t testing.TB, b *Browser, u string) *page {
	t.Helper()
	p, err := b.open(context.Background(), http.MethodGet, u, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// post sends a form with headers of the sender's choice.
func post(t testing.TB, b *Browser, u string, form url.Values, header ...string) *page {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, u, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", formType)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	p := readPage(string(text))
	p.status, p.target = resp.StatusCode, resp.Header.Get("Location")
	return p
}
