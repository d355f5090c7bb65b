//go:build !js

package latchkey_test

import (
	"slices"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// assign leaves an app to Blake.
func (m *meeting) assign(app string) {
	m.t.Helper()
	m.editApp(app, func(a *authoritytest.App) { a.AssignmentRequired, a.Assigned = true, []string{blake} })
	m.mend = afterwards(func() {
		m.editApp(app, func(a *authoritytest.App) { a.Assigned = append(a.Assigned, avery) })
	})
}

// userScenarios are about the standing of a user.
func userScenarios() []scenario {
	disable := func(u *authoritytest.User) { u.Disabled = true }
	lock := func(u *authoritytest.User) { u.Locked = true }
	// signs lets the user sign in, and returns what renews the token, and what asks for
	// one by the password.
	signs := func(m *meeting) (renews, password attempt) {
		c := m.native()
		account := m.signIn(c, latchkey.InteractiveRequest{}).Account
		return m.renews(c, account), m.password(c, avery)
	}
	changed := func(name, at, says string, user bool, change func(*authoritytest.User)) scenario {
		return scenario{name: name, at: at, user: user, says: says, meet: func(m *meeting) {
			renews, password := signs(m)
			m.ask = password
			if at == authoritytest.AtRefresh {
				m.ask = renews
			}
			m.mend = m.remember()
			m.editUser(avery, change)
		}}
	}
	const unassigned = "an administrator must assign the user"
	return []scenario{
		changed("user-disabled", authoritytest.AtToken, "the account is disabled", false, disable),
		changed("user-disabled", authoritytest.AtRefresh, "the account is disabled", true, disable),
		changed("user-locked", authoritytest.AtToken, "wait, then try again", false, lock),
		changed("user-locked", authoritytest.AtRefresh, "wait, then try again", true, lock),
		{name: "user-unknown", at: authoritytest.AtToken, says: "check the user name", meet: func(m *meeting) {
			_, m.again = signs(m)
			m.ask = m.password(m.native(), "nobody@contoso.test")
		}},
		{name: "user-removed", at: authoritytest.AtRefresh, user: true, says: "no such user", meet: func(m *meeting) {
			m.ask, _ = signs(m)
			m.change(func(d *authoritytest.Directory) { d.Users = d.Users[1:] })
			m.agent.Username = blake
			m.again = m.asks(m.native(), latchkey.InteractiveRequest{})
		}},
		{name: "password-wrong", at: authoritytest.AtToken, says: "check the user name and password", meet: func(m *meeting) {
			_, m.again = signs(m)
			m.ask = func() (*latchkey.Result, error) {
				return m.native().AcquireTokenByUsernamePassword(m.ctx, avery, "wrong", latchkey.UsernamePasswordRequest{Scopes: m.scopes()})
			}
		}},
		{name: "user-unassigned", at: authoritytest.AtAuthorize, says: unassigned, meet: func(m *meeting) {
			signs(m)
			m.ask = m.asksUnseen(m.native())
			m.assign("native")
		}},
		{name: "user-unassigned", at: authoritytest.AtToken, says: unassigned, meet: func(m *meeting) {
			_, m.ask = signs(m)
			m.assign("native")
		}},
		{name: "user-unassigned", at: authoritytest.AtRefresh, user: true, says: unassigned, meet: func(m *meeting) {
			m.ask, _ = signs(m)
			m.assign("native")
		}},
	}
}

// accountScenarios are about which account signs in, and where.
func accountScenarios() []scenario {
	const invite = "invite the user as a guest"
	guest := authoritytest.Guest{Tenant: fabrikam, ObjectID: "9b5c1f0a-4e6a-4fcc-8bad-1a3c5e7f8d02"}
	invites := func(m *meeting, name string) {
		m.mend = afterwards(func() {
			m.editUser(name, func(u *authoritytest.User) { u.GuestOf = []authoritytest.Guest{guest} })
		})
	}
	return slices.Concat(sessionScenarios(), []scenario{
		{name: "guest-uninvited", at: authoritytest.AtPage, says: "must be invited as a guest", meet: func(m *meeting) {
			c := m.native(m.in(fabrikam))
			m.signIn(c, latchkey.InteractiveRequest{})
			m.agent = m.srv.UserAgent(blake)
			m.ask = m.asks(c, latchkey.InteractiveRequest{})
			invites(m, blake)
		}},
		{name: "guest-uninvited", at: authoritytest.AtToken, says: invite, meet: func(m *meeting) {
			c := m.native(m.in(fabrikam))
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = m.password(c, blake)
			invites(m, blake)
		}},
		{name: "guest-uninvited", at: authoritytest.AtRefresh, user: true, says: invite, meet: func(m *meeting) {
			c := m.native()
			account := m.signIn(c, latchkey.InteractiveRequest{}).Account
			m.editUser(avery, func(u *authoritytest.User) { u.GuestOf = nil })
			m.ask = func() (*latchkey.Result, error) {
				return c.AcquireTokenSilent(m.ctx, latchkey.SilentRequest{Account: account, Scopes: m.scopes(), Tenant: fabrikamID})
			}
			invites(m, avery)
		}},
		{name: "account-type", at: authoritytest.AtPage, says: "personal accounts can't be used here", meet: func(m *meeting) {
			m.signIn(m.native(), latchkey.InteractiveRequest{})
			m.agent = m.srv.UserAgent(casey)
			m.ask = m.asks(m.native(m.in("organizations")), latchkey.InteractiveRequest{})
			m.again = m.asks(m.native(m.in("common")), latchkey.InteractiveRequest{})
		}},
		{name: "account-type", at: authoritytest.AtToken, says: "use common or consumers", meet: func(m *meeting) {
			m.signIn(m.native(), latchkey.InteractiveRequest{})
			m.agent = m.srv.UserAgent(casey)
			m.ask = m.password(m.native(m.in("organizations")), casey)
			m.again = m.asks(m.native(m.in("common")), latchkey.InteractiveRequest{})
		}},
	})
}

// sessionScenarios are about who is signed in at the authority.
func sessionScenarios() []scenario {
	return []scenario{
		{name: "login-required", at: authoritytest.AtAuthorize, user: true, says: "ask without prompt none", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.agent = m.srv.UserAgent(avery)
			m.ask = m.asksUnseen(c)
			m.mend = m.meets(c)
		}},
		{name: "account-selection", at: authoritytest.AtAuthorize, user: true, says: "name one by Account or LoginHint", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.agent.Username = blake
			m.signIn(c, latchkey.InteractiveRequest{Prompt: "login"})
			m.ask = m.asksUnseen(c)
			m.again = m.asks(c, latchkey.InteractiveRequest{Prompt: "none", LoginHint: blake})
		}},
		{name: "session-too-old", at: authoritytest.AtAuthorize, user: true, says: "the user must sign in again", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.demand(everyMinute)
			m.srv.Clock.Advance(2 * time.Minute)
			m.ask = m.asksUnseen(c)
			m.mend = m.meets(c)
		}},
	}
}
