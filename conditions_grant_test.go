//go:build !js

package latchkey_test

import (
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// grantScenarios are about the code and the refresh token.
func grantScenarios() []scenario {
	return append(codeScenarios(), refreshScenarios()...)
}

func codeScenarios() []scenario {
	again := func(m *meeting, c userClient) { m.again = m.asks(c, latchkey.InteractiveRequest{}) }
	return []scenario{
		{name: "code-spent", at: authoritytest.AtToken, says: "used already: start the sign-in again", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = m.begin(c)
			if _, err := m.ask(); err != nil {
				m.t.Fatal(err)
			}
			m.valid = nil // the second sign-in's token took the place of the first one's
			again(m, c)
		}},
		{name: "code-expired", at: authoritytest.AtToken, says: "too old: start the sign-in again", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = m.begin(c)
			m.behind = 11 * time.Minute // else the client says so itself (R35)
			m.srv.Clock.Advance(m.behind)
			m.mend = afterwards(func() { m.behind = 0 })
			again(m, c)
		}},
		{name: "code-redirect-mismatch", at: authoritytest.AtToken, says: "belongs to another redirect URI", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = m.begin(c)
			m.edit = field("redirect_uri", "http://localhost:1234")
			m.mend = afterwards(func() { m.edit = nil })
			again(m, c)
		}},
		{name: "code-verifier", at: authoritytest.AtToken, says: "redeem it with the flow that began it", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = m.begin(c)
			m.edit = field("code_verifier", strings.Repeat("x", 43))
			m.mend = afterwards(func() { m.edit = nil })
			again(m, c)
		}},
	}
}

func refreshScenarios() []scenario {
	const old = "too old or was revoked: the user must sign in"
	return []scenario{
		{name: "refresh-unknown", at: authoritytest.AtRefresh, user: true, says: "start again", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = func() (*latchkey.Result, error) {
				return c.AcquireTokenByRefreshToken(m.ctx, "another authority's", latchkey.RefreshTokenRequest{Scopes: m.scopes()})
			}
			m.again = m.asks(c, latchkey.InteractiveRequest{})
		}},
		{name: "refresh-inactive", at: authoritytest.AtRefresh, user: true, says: old, meet: func(m *meeting) {
			c := m.native()
			m.ask = m.renews(c, m.signIn(c, latchkey.InteractiveRequest{}).Account)
			m.srv.Clock.Advance(91 * 24 * time.Hour)
			m.mend = m.meets(c)
		}},
		{name: "spa-refresh-expired", at: authoritytest.AtRefresh, user: true, says: old, meet: func(m *meeting) {
			c := m.dayOld()
			m.mend = m.meets(c)
		}},
		{name: "spa-refresh-expired", at: authoritytest.AtRefresh, how: "in a hidden frame", user: true, says: old, meet: func(m *meeting) {
			c := m.dayOld()
			m.again = m.asksUnseen(c)
		}},
		{name: "refresh-too-old", at: authoritytest.AtRefresh, user: true, says: old, meet: func(m *meeting) {
			c := m.native()
			m.ask = m.renews(c, m.signIn(c, latchkey.InteractiveRequest{}).Account)
			m.demand(everyMinute)
			m.srv.Clock.Advance(2 * time.Minute)
			m.mend = m.meets(c)
		}},
		{name: "sessions-revoked", at: authoritytest.AtRefresh, user: true, says: old, meet: func(m *meeting) {
			c := m.native()
			m.ask = m.renews(c, m.signIn(c, latchkey.InteractiveRequest{}).Account)
			m.revoke()
			m.mend = m.meets(c)
		}},
	}
}

var everyMinute = authoritytest.Requirement{Name: "every minute", Demand: authoritytest.DemandSignInFrequency, Frequency: time.Minute}

// dayOld is a client in a page whose user signed in yesterday. A renewal meanwhile gave no
// refresh token that lasts longer.
func (m *meeting) dayOld() *latchkey.PublicClient {
	m.t.Helper()
	c := m.page()
	m.ask = m.renews(c, m.signIn(c, latchkey.InteractiveRequest{}).Account)
	m.srv.Clock.Advance(23 * time.Hour)
	if _, err := m.ask(); err != nil {
		m.t.Fatal(err)
	}
	m.srv.Clock.Advance(2 * time.Hour)
	return c
}

// revoke ends all that the user has.
func (m *meeting) revoke() {
	m.t.Helper()
	if err := m.srv.RevokeSessions(avery); err != nil {
		m.t.Fatal(err)
	}
}
