package authoritytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// A Browser does what a person does on the server's pages, over HTTP, and keeps the
// session from one call to the next, so that the second sign-in is a single sign-on.
// Make one with [Server.NewBrowser]. It is not safe for concurrent use.
type Browser struct {
	Decline bool // makes the person cancel where consent is asked for
	Cancel  bool // makes the person cancel on the first page that lets them

	// Refuse makes the person cancel where more than a password is demanded: a
	// verification code, another password, a device, terms of use.
	Refuse bool

	s      *Server
	client *http.Client
}

// NewBrowser returns a browser without a session.
func (s *Server) NewBrowser() *Browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &Browser{s: s, client: &http.Client{
		Jar: jar, Transport: s.client.Transport, Timeout: s.client.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// A person clicks this often at most before an endless loop is assumed.
const maxClicks = 12

// Complete is [Server.Complete] in this browser.
func (b *Browser) Complete(ctx context.Context, authorizeURL, username string) (callbackURL string, err error) {
	p, err := b.authorize(ctx, authorizeURL, username)
	switch {
	case err != nil:
		return "", fmt.Errorf("authoritytest: complete: %w", err)
	case p.target != "":
		return p.target, nil
	case strings.Contains(p.action, "?"):
		return p.action + "&" + p.fields.Encode(), nil
	}
	return p.action + "?" + p.fields.Encode(), nil
}

var errForeignURL = errors.New("the URL is not one of this server")

// authorize does what a person does with an authorization URL. It returns the redirect
// that leads away from the server, or the page whose form does.
func (b *Browser) authorize(ctx context.Context, authorizeURL, username string) (*page, error) {
	if !b.s.ownURL(authorizeURL) {
		return nil, errForeignURL
	}
	p, err := b.open(ctx, http.MethodGet, authorizeURL, nil)
	for range maxClicks {
		switch {
		case err != nil:
			return nil, err
		case p.target != "" && b.s.ownURL(p.target):
			p, err = b.open(ctx, http.MethodGet, p.target, nil)
		case p.target != "" || p.name == pageFormPost:
			return p, nil
		default:
			p, err = b.act(ctx, p, username)
		}
	}
	return nil, errors.New("the pages do not come to an end")
}

// Device types a user code into the device page, signs in as username unless that was
// done, and approves or declines. The error says which page stopped it.
func (b *Browser) Device(ctx context.Context, userCode, username string, approve bool) error {
	decline := b.Decline
	b.Decline = !approve
	defer func() { b.Decline = decline }()
	p, err := b.open(ctx, http.MethodGet, b.s.devicePageOf(userCode), nil)
	if err == nil {
		p.fields.Set("user_code", userCode)
		p, err = b.submit(ctx, p, "code")
	}
	for range maxClicks {
		switch {
		case err != nil:
			return fmt.Errorf("authoritytest: device: %w", err)
		case p.name == pageMessage && p.status == http.StatusOK:
			return nil
		}
		p, err = b.act(ctx, p, username)
	}
	return errors.New("authoritytest: device: the pages do not come to an end")
}

// devicePages are where people type user codes.
var devicePages = map[string]string{
	ShapeOIDC: oidcDevicePage, ShapeEntra: entraDevicePage, ShapeCIAM: entraDevicePage, ShapeADFS: adfsDevicePage,
}

// devicePageOf returns the page that a device of the code's shape names.
func (s *Server) devicePageOf(userCode string) string {
	base, shape := s.base, ShapeEntra
	if d := s.state.deviceWaitingFor(userCode, s.Clock.Now()); d != nil {
		shape = d.asked.shape
	}
	if shape == ShapeCIAM {
		base = s.CIAMAuthority("")
	}
	return base + devicePages[shape]
}

// ownURL reports whether a URL leads to one of the server's pages.
func (s *Server) ownURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Scheme+"://" == s.scheme() && s.ownHost(u.Host)
}

// act does what the person does on a page.
func (b *Browser) act(ctx context.Context, p *page, username string) (*page, error) {
	if b.Cancel && pageActions[p.name]["cancel"] != nil {
		return b.submit(ctx, p, "cancel")
	}
	switch p.name {
	case pageSignIn:
		user := b.s.state.user(username)
		if user == nil {
			return nil, errors.New("there is no such user in the directory")
		}
		if p.notice != "" {
			return nil, fmt.Errorf("the sign-in page says: %s", p.notice)
		}
		p.fields.Set("username", username)
		p.fields.Set("password", string(user.Password))
		return b.submit(ctx, p, "signin")
	case pageCreate:
		return b.submit(ctx, p, "back")
	case pagePicker:
		user := b.s.state.user(username)
		for _, id := range p.accounts {
			if user != nil && id == user.ObjectID {
				p.fields.Set("account", id)
				return b.submit(ctx, p, "choose")
			}
		}
		return b.submit(ctx, p, "another")
	case pageConsent, pageApprove:
		if b.Decline {
			return b.submit(ctx, p, "cancel")
		}
		return b.submit(ctx, p, "accept")
	case pageAdmin, pageBlocked:
		return b.submit(ctx, p, "cancel")
	case pageVerify, pageRegister, pagePassword, pageDevice, pageTerms:
		return b.meet(ctx, p, username)
	case pageCode:
		return nil, fmt.Errorf("the device page says: %s", p.notice)
	}
	return nil, fmt.Errorf("page %q, status %d: %s", p.title, p.status, p.notice)
}

// meet does what a page demands beyond the password.
func (b *Browser) meet(ctx context.Context, p *page, username string) (*page, error) {
	if b.Refuse {
		return b.submit(ctx, p, "cancel")
	}
	switch p.name {
	case pageDevice:
		return b.submit(ctx, p, "device")
	case pageTerms:
		return b.submit(ctx, p, "accept")
	case pagePassword:
		user := b.s.state.user(username)
		if user == nil {
			return nil, errors.New("there is no such user in the directory")
		}
		p.fields.Set("password", string(user.Password))
		p.fields.Set("new_password", string(newSecret()))
		return b.submit(ctx, p, "change")
	}
	p.fields.Set("code", p.code)
	return b.submit(ctx, p, "verify")
}

// submit sends a page's form, as pressing one of its buttons does.
func (b *Browser) submit(ctx context.Context, p *page, action string) (*page, error) {
	p.fields.Set("action", action)
	return b.open(ctx, http.MethodPost, p.origin+p.action, p.fields)
}

func (b *Browser) open(ctx context.Context, method, target string, form url.Values) (*page, error) {
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("the URL is malformed")
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", originOf(req.URL))
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusSeeOther {
		return &page{status: resp.StatusCode, target: resp.Header.Get("Location")}, nil
	}
	p := readPage(string(body))
	p.status, p.origin = resp.StatusCode, originOf(req.URL)
	return p, nil
}

// withoutURL takes the URL off an error of net/http, which may hold a code.
func withoutURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }
