//go:build !js

package latchkey_test

import (
	"slices"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// signIn signs the user in on the authority's pages. What that gives is served to the end.
func (m *meeting) signIn(c userClient, r latchkey.InteractiveRequest) *latchkey.Result {
	m.t.Helper()
	if r.Scopes == nil {
		r.Scopes = m.scopes()
	}
	result, err := c.AcquireTokenInteractive(m.ctx, m.agent, r)
	if err != nil {
		m.t.Fatal(err)
	}
	m.known = append(m.known, result.Account)
	m.serves(result, func() (*latchkey.Result, error) {
		return c.AcquireTokenSilent(m.ctx, latchkey.SilentRequest{Account: result.Account, Scopes: r.Scopes})
	})
	return result
}

// serves promises that a token which was got before is served for as long as it is
// valid, without a request.
func (m *meeting) serves(first *latchkey.Result, ask attempt) {
	m.valid = append(m.valid, func() {
		m.t.Helper()
		if !first.ExpiresOn.After(m.srv.Clock.Now()) {
			return
		}
		before := m.tokenRequests("")
		r, err := ask()
		if err != nil || r.AccessToken() != first.AccessToken() || r.Source.From != latchkey.FromCache || r.Account != first.Account || m.tokenRequests("") != before {
			m.t.Errorf("the token that was valid before is lost: %v, %v", r, err)
		}
	})
}

// asks is a sign-in on the authority's pages.
func (m *meeting) asks(c userClient, r latchkey.InteractiveRequest) attempt {
	if r.Scopes == nil {
		r.Scopes = m.scopes()
	}
	return func() (*latchkey.Result, error) { return c.AcquireTokenInteractive(m.ctx, m.agent, r) }
}

// asksUnseen is a sign-in in a hidden frame.
func (m *meeting) asksUnseen(c userClient, scopes ...string) attempt {
	return m.asks(c, latchkey.InteractiveRequest{Scopes: scopes, Prompt: "none"})
}

// renews is a renewal although there may be a token.
func (m *meeting) renews(c userClient, account latchkey.Account, scopes ...string) attempt {
	if scopes == nil {
		scopes = m.scopes()
	}
	return func() (*latchkey.Result, error) {
		return c.AcquireTokenSilent(m.ctx, latchkey.SilentRequest{Account: account, Scopes: scopes, ForceRefresh: true})
	}
}

// password is a sign-in by the password that the user has then.
func (m *meeting) password(c *latchkey.PublicClient, username string, scopes ...string) attempt {
	if scopes == nil {
		scopes = m.scopes()
	}
	return func() (*latchkey.Result, error) {
		password := string(m.srv.CurrentDirectory().User(username).Password)
		if password == "" {
			password = "guessed"
		}
		return c.AcquireTokenByUsernamePassword(m.ctx, username, password, latchkey.UsernamePasswordRequest{Scopes: scopes})
	}
}

// meets is what the user does about a refusal: a sign-in with the claims that came along.
func (m *meeting) meets(c userClient, scopes ...string) func(*latchkey.Error) {
	return func(refused *latchkey.Error) {
		m.t.Helper()
		if _, err := m.asks(c, latchkey.InteractiveRequest{Scopes: scopes, ClaimsChallenge: refused.Claims})(); err != nil {
			m.t.Fatalf("the user did what was demanded: %v", err)
		}
	}
}

// afterwards is something that somebody does about a refusal, whatever it was.
func afterwards(do func()) func(*latchkey.Error) {
	return func(*latchkey.Error) { do() }
}

// daemon gets a token of the service's own, and asks for another one.
func (m *meeting) daemon(c *latchkey.ConfidentialClient) attempt {
	m.t.Helper()
	request := m.appRequest()
	first, err := c.AcquireTokenByClientCredential(m.ctx, request)
	if err != nil {
		m.t.Fatal(err)
	}
	m.serves(first, func() (*latchkey.Result, error) { return c.AcquireTokenByClientCredential(m.ctx, request) })
	return m.ownToken(c)
}

// ownToken asks for a token of the service's own although there may be one.
func (m *meeting) ownToken(c *latchkey.ConfidentialClient) attempt {
	request := m.appRequest()
	request.ForceRefresh = true
	return func() (*latchkey.Result, error) { return c.AcquireTokenByClientCredential(m.ctx, request) }
}

// begin begins a sign-in by code, lets the user do the rest, and returns what redeems
// the code.
func (m *meeting) begin(c *latchkey.PublicClient) attempt {
	m.t.Helper()
	flow, err := c.AuthCodeURL(m.ctx, latchkey.AuthCodeRequest{RedirectURI: m.redirectURI(), Scopes: m.scopes()})
	if err != nil {
		m.t.Fatal(err)
	}
	callback := m.browse(flow.URL())
	return func() (*latchkey.Result, error) { return c.AcquireTokenByCode(m.ctx, flow, callback) }
}

// change edits the live directory.
func (m *meeting) change(f func(*authoritytest.Directory)) {
	m.t.Helper()
	if err := m.srv.Change(func(d *authoritytest.Directory) error { f(d); return nil }); err != nil {
		m.t.Fatal(err)
	}
}

// remember returns what makes the directory what it is now.
func (m *meeting) remember() func(*latchkey.Error) {
	before := m.srv.CurrentDirectory()
	return afterwards(func() { m.change(func(d *authoritytest.Directory) { *d = before }) })
}

// editApp edits one app of the live directory.
func (m *meeting) editApp(name string, f func(*authoritytest.App)) {
	m.t.Helper()
	m.change(func(d *authoritytest.Directory) {
		i := slices.IndexFunc(d.Apps, func(a authoritytest.App) bool { return a.Name == name })
		f(&d.Apps[i])
	})
}

// editUser edits one user of the live directory.
func (m *meeting) editUser(name string, f func(*authoritytest.User)) {
	m.t.Helper()
	m.change(func(d *authoritytest.Directory) {
		i := slices.IndexFunc(d.Users, func(u authoritytest.User) bool { return u.Username == name })
		f(&d.Users[i])
	})
}

func (m *meeting) demand(q authoritytest.Requirement) {
	m.t.Helper()
	m.change(func(d *authoritytest.Directory) { d.Requirements = append(d.Requirements, q) })
}

// api is the full name of one of the test API's scopes.
func (m *meeting) api(scope string) string { return m.srv.Directory.App("api").Scope(scope) }
