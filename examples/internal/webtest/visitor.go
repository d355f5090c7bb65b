// Package webtest is a person with a browser, for the tests of the web apps.
package webtest

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A Visitor uses a web app and the authority that it sends its users to.
type Visitor struct {
	// Client keeps cookies and follows no redirect.
	Client *http.Client

	t         authoritytest.TB
	srv       *authoritytest.Server
	authority *authoritytest.Browser
	app       string
}

// NewVisitor returns a visitor of the app with that URL, without any cookie.
func NewVisitor(t authoritytest.TB, srv *authoritytest.Server, app string) *Visitor {
	jar, _ := cookiejar.New(nil) // never fails
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(client.CloseIdleConnections)
	return &Visitor{Client: client, t: t, srv: srv, authority: srv.NewBrowser(), app: app}
}

// An Answer is what a page came to.
type Answer struct {
	Status   int         // HTTP status
	Header   http.Header // of the answer
	Body     string      // the page
	Location string      // where it redirects to; empty: nowhere
}

// Open asks for a page: a path of the app, or any URL.
func (v *Visitor) Open(page string) Answer { v.t.Helper(); return v.do(http.MethodGet, page, nil) }

// Press sends a form of the app, as its own pages do unless the header says otherwise.
func (v *Visitor) Press(path string, header http.Header) Answer {
	v.t.Helper()
	return v.do(http.MethodPost, path, header)
}

// SignIn signs in as a user and returns the page of the app that this leads to.
func (v *Visitor) SignIn(username string) Answer {
	v.t.Helper()
	return v.Open(v.Open(v.Callback(username)).Location)
}

// Callback begins to sign in as a user, and returns the URL that the authority sends the
// browser back to.
func (v *Visitor) Callback(username string) string {
	v.t.Helper()
	callback, err := v.authority.Complete(context.Background(), v.Open("/sign-in").Location, username)
	if err != nil {
		v.t.Fatalf("the sign-in of %s: %v", username, err)
	}
	return callback
}

// Complete goes through the authority's pages from a URL there, and returns the URL of
// the app that they lead to.
func (v *Visitor) Complete(page, username string) string {
	v.t.Helper()
	target, err := v.authority.Complete(context.Background(), page, username)
	if err != nil {
		v.t.Fatalf("the authority's pages: %v", err)
	}
	return target
}

// Session is the value of the app's session cookie.
func (v *Visitor) Session() string {
	u, err := url.Parse(v.app)
	if err != nil {
		v.t.Fatalf("%v", err)
	}
	for _, c := range v.Client.Jar.Cookies(u) {
		return c.Value
	}
	return ""
}

func (v *Visitor) do(method, page string, header http.Header) Answer {
	v.t.Helper()
	if strings.HasPrefix(page, "/") {
		page = v.app + page
	}
	req, err := http.NewRequest(method, page, nil)
	if err != nil {
		v.t.Fatalf("%v", err)
	}
	if method == http.MethodPost {
		req.Header.Set("Origin", v.app)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := v.Client.Do(req)
	if err != nil {
		v.t.Fatalf("%v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatalf("%v", err)
	}
	a := Answer{Status: resp.StatusCode, Header: resp.Header, Body: string(body)}
	if u, err := resp.Location(); err == nil {
		a.Location = u.String()
	}
	return a
}
