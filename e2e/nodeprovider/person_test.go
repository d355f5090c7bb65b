package nodeprovider

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// A person uses the provider's pages with a browser of their own, which keeps their session.
type person struct {
	name     string // what they sign in as
	userCode string // what they type where a device's code is asked for
	declines bool   // they cancel where they can
	browser  *http.Client
}

func newPerson(t *testing.T, name string) *person {
	t.Helper()
	cookies, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	leave := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &person{name: name, browser: &http.Client{Jar: cookies, CheckRedirect: leave}}
}

// A stop is where a walk through the pages ended: at an address that is not the provider's, or at a page with nothing
// left to do.
type stop struct {
	address  string // without the answer; empty if it is the provider's page
	answer   string // query, fragment or form body
	title    string // of the page
	text     string // of the page
	signedIn bool   // the person had to sign in
	declined bool   // the person has declined, and does no more
}

// visit opens a page and goes on as a person would, until there is nothing left to do.
func (p *person) visit(page string) (*stop, error) {
	reached := &stop{}
	next, err := http.NewRequest(http.MethodGet, page, nil)
	for range 20 {
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(next.URL.String(), issuer+"/") {
			return reached, reached.leave(next)
		}
		next.Header.Set("Accept", "text/html")
		resp, err := p.browser.Do(next)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		if to, redirect := resp.Location(); redirect == nil {
			next, err = http.NewRequest(http.MethodGet, to.String(), nil)
			if err != nil {
				return nil, err
			}
			continue
		}
		shown := string(body)
		reached.signedIn = reached.signedIn || strings.Contains(shown, `name="password"`)
		if next, err = p.answer(shown, reached); err == nil && next == nil {
			reached.title, reached.text = inner(shown, "h1"), shown
			return reached, nil
		}
	}
	return nil, fmt.Errorf("the pages have no end: %s", page)
}

// leave notes the answer in a request that leaves the provider.
func (s *stop) leave(to *http.Request) error {
	s.answer = to.URL.RawQuery + to.URL.EscapedFragment()
	if to.Body != nil {
		body, err := io.ReadAll(to.Body)
		if err != nil {
			return err
		}
		s.answer = string(body)
	}
	s.address = to.URL.Scheme + "://" + to.URL.Host + to.URL.Path
	return nil
}

var (
	formTag   = regexp.MustCompile(`<form\s[^>]*>`)
	inputTag  = regexp.MustCompile(`<input\s[^>]*>`)
	buttonTag = regexp.MustCompile(`<button\s[^>]*>`)
	cancel    = regexp.MustCompile(`href="([^"]*/abort)"`)
)

// answer is the request that a person's click on the page makes; nil if there is nothing to click.
func (p *person) answer(page string, reached *stop) (*http.Request, error) {
	if away := cancel.FindStringSubmatch(page); p.declines && away != nil {
		reached.declined = true
		return http.NewRequest(http.MethodGet, html.UnescapeString(away[1]), nil)
	}
	form := formTag.FindString(page)
	if form == "" || reached.declined {
		return nil, nil
	}
	fields := url.Values{}
	for _, tag := range inputTag.FindAllString(page, -1) {
		switch name := attribute(tag, "name"); name {
		case "login", "password":
			fields.Set(name, p.name)
		case "user_code":
			fields.Set(name, cmp.Or(attribute(tag, "value"), p.userCode))
		default:
			fields.Set(name, attribute(tag, "value"))
		}
	}
	for _, tag := range buttonTag.FindAllString(page, -1) {
		if name := attribute(tag, "name"); name != "" && (name == "abort") == p.declines {
			fields.Set(name, attribute(tag, "value"))
			reached.declined = name == "abort"
		}
	}
	next, err := http.NewRequest(http.MethodPost, attribute(form, "action"), strings.NewReader(fields.Encode()))
	if err == nil {
		next.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return next, err
}

func attribute(tag, name string) string {
	found := regexp.MustCompile(`\s` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1])
}

// inner is the text of the first element with the name.
func inner(page, name string) string {
	_, rest, _ := strings.Cut(page, "<"+name+">")
	text, _, _ := strings.Cut(rest, "</"+name+">")
	return html.UnescapeString(strings.TrimSpace(text))
}
