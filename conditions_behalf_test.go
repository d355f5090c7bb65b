//go:build !js

package latchkey_test

import (
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A chain is a user's program, and an API that asks for a token on the user's behalf.
type chain struct {
	m         *meeting
	program   *latchkey.PublicClient
	api       *latchkey.ConfidentialClient
	assertion string
}

// chain lets the program call the API, which gets a token, and will ask for another one.
func (m *meeting) chain() *chain {
	m.t.Helper()
	c := &chain{m: m, program: m.native(), api: m.server("api", m.secret("api"))}
	c.assertion = m.signIn(c.program, latchkey.InteractiveRequest{}).AccessToken()
	request, first := latchkey.OnBehalfOfRequest{Scopes: []string{graphScope}}, c.assertion
	result, err := c.api.AcquireTokenOnBehalfOf(m.ctx, first, request)
	if err != nil {
		m.t.Fatal(err)
	}
	m.serves(result, func() (*latchkey.Result, error) { return c.api.AcquireTokenOnBehalfOf(m.ctx, first, request) })
	m.ask = c.exchange(graphScope)
	return c
}

// exchange asks for a token on behalf of the user although there may be one.
func (c *chain) exchange(scope string) attempt {
	return func() (*latchkey.Result, error) {
		return c.api.AcquireTokenOnBehalfOf(c.m.ctx, c.assertion, latchkey.OnBehalfOfRequest{Scopes: []string{scope}, ForceRefresh: true})
	}
}

// calls is what the program does about the API's refusal: the user signs in with the
// claims that the API passed on, and the API is called again.
func (c *chain) calls(refused *latchkey.Error) {
	c.m.t.Helper()
	r, err := c.m.asks(c.program, latchkey.InteractiveRequest{ClaimsChallenge: refused.Claims})()
	if err != nil {
		c.m.t.Fatalf("the user did what was demanded: %v", err)
	}
	c.assertion = r.AccessToken()
}

// behalfScenarios are about the token that an API exchanges.
func behalfScenarios() []scenario {
	at := authoritytest.AtBehalf
	return []scenario{
		{name: "assertion-invalid", at: at, says: "pass on the access token that the caller sent", meet: func(m *meeting) {
			c := m.chain()
			right := c.assertion
			c.assertion = "x"
			m.mend = afterwards(func() { c.assertion = right })
		}},
		{name: "assertion-foreign", at: at, says: "the caller must get a token for this one", meet: func(m *meeting) {
			c := m.chain()
			c.assertion = m.signIn(c.program, latchkey.InteractiveRequest{Scopes: []string{graphScope}}).AccessToken()
			m.mend = c.calls
		}},
		{name: "assertion-expired", at: at, says: "the caller must get a new token", meet: func(m *meeting) {
			c := m.chain()
			m.srv.Clock.Advance(2 * time.Hour)
			m.mend = c.calls
		}},
		{name: "assertion-of-app", at: at, says: "get one for a user", meet: func(m *meeting) {
			c := m.chain()
			own, err := m.daemon(m.server("daemon", m.secret("daemon")))()
			if err != nil {
				m.t.Fatal(err)
			}
			m.valid = m.valid[:len(m.valid)-1] // the daemon has another token now
			c.assertion = own.AccessToken()
			m.mend = c.calls
		}},
		{name: "refresh-too-old", at: at, user: true, says: "the user must sign in", meet: func(m *meeting) {
			c := m.chain()
			q := everyMinute
			q.Resource = "graph" // so that only the claims make the user meet it
			m.demand(q)
			m.srv.Clock.Advance(2 * time.Minute)
			m.mend = c.calls
		}},
		{name: "sessions-revoked", at: at, says: "the user must sign in", meet: func(m *meeting) {
			c := m.chain()
			m.revoke()
			m.mend = c.calls
		}},
		{name: "user-disabled", at: at, says: "the account is disabled", meet: func(m *meeting) {
			m.chain()
			m.mend = m.remember()
			m.editUser(avery, func(u *authoritytest.User) { u.Disabled = true })
		}},
		{name: "user-unassigned", at: at, says: "an administrator must assign the user", meet: func(m *meeting) {
			m.chain()
			m.assign("api")
		}},
		{name: "consent-missing", at: at, user: true, says: "has not consented to these scopes", meet: func(m *meeting) {
			c := m.chain()
			const mail = "https://graph.microsoft.com/Mail.Read"
			m.ask = c.exchange(mail)
			m.mend = afterwards(func() { m.grant("api", mail) })
		}},
		{name: "mfa-required", at: authoritytest.AtRefresh, how: "in a long-running process", user: true, says: "another factor", meet: longRunning},
	}
}

// longRunning is an API that goes on for the user when the assertion has ended. What it
// meets then, it can only pass on to the program's next call.
func longRunning(m *meeting) {
	c := m.chain()
	begin := func() (latchkey.LongRunningKey, *latchkey.Result, error) {
		return c.api.BeginLongRunningProcess(m.ctx, c.assertion, latchkey.OnBehalfOfRequest{Scopes: []string{graphScope}})
	}
	key, first, err := begin()
	if err != nil {
		m.t.Fatal(err)
	}
	request := latchkey.SilentRequest{Account: first.Account, Scopes: []string{graphScope}}
	m.serves(first, func() (*latchkey.Result, error) {
		return c.api.AcquireTokenInLongRunningProcess(m.ctx, key, request)
	})
	m.demand(authoritytest.Requirement{Name: "verify", Demand: authoritytest.DemandMFA, Resource: "graph"})
	forced := request
	forced.ForceRefresh = true
	m.ask = func() (*latchkey.Result, error) {
		return c.api.AcquireTokenInLongRunningProcess(m.ctx, key, forced)
	}
	m.mend = c.calls
	m.again = func() (*latchkey.Result, error) {
		_, r, err := begin()
		return r, err
	}
}
