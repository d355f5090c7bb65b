//go:build !js

package latchkey_test

import (
	"context"
	"slices"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// demandScenarios are about what a policy demands of a sign-in, in each place. The claims
// that come with the refusal go into the sign-in that meets the demand.
func demandScenarios() []scenario {
	var all []scenario
	for _, d := range []struct {
		name   string
		demand authoritytest.Demand
		says   string
	}{
		{"mfa-required", authoritytest.DemandMFA, "sign in with another factor"},
		{"mfa-registration", authoritytest.DemandMFARegistration, "set up another factor"},
		{"password-expired", authoritytest.DemandPasswordChange, "the password has expired"},
		{"device-required", authoritytest.DemandDevice, "sign in on a registered device"},
		{"device-not-compliant", authoritytest.DemandCompliantDevice, "demands a compliant device"},
		{"device-not-joined", authoritytest.DemandJoinedDevice, "demands a joined device"},
		{"access-blocked", authoritytest.DemandBlock, "an administrator must change it"},
		{"terms-of-use", authoritytest.DemandTermsOfUse, "such as terms of use"},
	} {
		q := authoritytest.Requirement{Name: d.name, Demand: d.demand}
		for _, at := range []string{authoritytest.AtAuthorize, authoritytest.AtToken, authoritytest.AtRefresh, authoritytest.AtBehalf} {
			q := q
			if at == authoritytest.AtBehalf {
				q.Resource = "graph" // so that only the claims make the user meet it at the sign-in for the API
			}
			all = append(all, scenario{name: d.name, at: at, user: true, says: d.says, meet: func(m *meeting) {
				m.demands(at, func() { m.demand(q) })
				if q.Demand == authoritytest.DemandBlock {
					m.mend = m.withdraw(q)
				}
			}})
		}
	}
	return append(all, expiredFactorScenarios()...)
}

// expiredFactorScenarios are about another factor that was too long ago.
func expiredFactorScenarios() []scenario {
	q := authoritytest.Requirement{Name: "verify every minute", Demand: authoritytest.DemandMFA, Frequency: time.Minute}
	const says = "the user's other factor was too long ago"
	var all []scenario
	for _, at := range []string{authoritytest.AtAuthorize, authoritytest.AtRefresh, authoritytest.AtBehalf} {
		all = append(all, scenario{name: "mfa-expired", at: at, user: true, says: says, meet: func(m *meeting) {
			m.demand(q)
			m.demands(at, func() { m.srv.Clock.Advance(2 * time.Minute) })
		}})
	}
	return append(all, scenario{name: "mfa-expired", at: authoritytest.AtToken, user: true, says: says, meet: func(m *meeting) {
		m.demand(q)
		c := m.native()
		account := m.signIn(c, latchkey.InteractiveRequest{}).Account
		m.ask = m.begin(c)
		m.srv.Clock.Advance(2 * time.Minute)
		m.mend, m.again = m.meets(c), m.renews(c, account)
	}})
}

// demands lets the user sign in, something happen, and the client ask in one place.
func (m *meeting) demands(at string, happens func()) {
	if at == authoritytest.AtBehalf {
		m.mend = m.chain().calls
		happens()
		return
	}
	c := m.native()
	account := m.signIn(c, latchkey.InteractiveRequest{}).Account
	m.mend = m.meets(c)
	switch at {
	case authoritytest.AtAuthorize:
		m.ask = m.asksUnseen(c)
	case authoritytest.AtToken:
		m.ask, m.again = m.password(c, avery), m.renews(c, account)
	case authoritytest.AtRefresh:
		m.ask = m.renews(c, account)
	}
	happens()
}

// withdraw takes a policy back.
func (m *meeting) withdraw(q authoritytest.Requirement) func(*latchkey.Error) {
	return afterwards(func() {
		m.change(func(d *authoritytest.Directory) {
			d.Requirements = slices.DeleteFunc(d.Requirements, func(r authoritytest.Requirement) bool { return r.Name == q.Name })
		})
	})
}

// grant lets an app use a scope, as an administrator does.
func (m *meeting) grant(app, scope string) {
	m.t.Helper()
	m.change(func(d *authoritytest.Directory) {
		d.Consents = append(d.Consents, authoritytest.Consent{Client: app, Scopes: []string{scope}})
	})
}

// consentScenarios are about what was not consented to, or is not any more.
func consentScenarios() []scenario {
	const missing, admin = "has not consented to these scopes: ask interactively", "only an administrator can consent"
	return []scenario{
		{name: "consent-missing", at: authoritytest.AtToken, user: true, says: missing, meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask, m.mend = m.password(c, avery, m.api("Tasks.Write")), m.meets(c, m.api("Tasks.Write"))
		}},
		{name: "consent-missing", at: authoritytest.AtRefresh, how: "incrementally", user: true, says: missing, meet: func(m *meeting) {
			c := m.native()
			account := m.signIn(c, latchkey.InteractiveRequest{}).Account
			m.ask, m.mend = m.renews(c, account, m.api("Tasks.Write")), m.meets(c, m.api("Tasks.Write"))
		}},
		{name: "consent-missing", at: authoritytest.AtRefresh, how: "withdrawn", user: true, says: missing, meet: func(m *meeting) {
			c := m.native()
			account := m.signIn(c, latchkey.InteractiveRequest{}).Account
			m.ask, m.mend = m.renews(c, account), m.meets(c)
			m.change(func(d *authoritytest.Directory) { d.Consents = nil })
		}},
		{name: "consent-required", at: authoritytest.AtAuthorize, user: true, says: missing, meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask, m.mend = m.asksUnseen(c, m.api("Tasks.Write")), m.meets(c, m.api("Tasks.Write"))
		}},
		{name: "consent-by-admin", at: authoritytest.AtAuthorize, user: true, says: admin, meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = m.asksUnseen(c, m.api("Tasks.Purge"))
			m.mend = afterwards(func() { m.grant("native", m.api("Tasks.Purge")) })
		}},
		{name: "consent-by-admin-denied", at: authoritytest.AtAuthorize, says: admin, meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = m.asks(c, latchkey.InteractiveRequest{Scopes: []string{m.api("Tasks.Purge")}})
			m.mend = afterwards(func() { m.grant("native", m.api("Tasks.Purge")) })
		}},
		{name: "consent-declined", at: authoritytest.AtAuthorize, says: "the user declined to consent", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.agent.Browser.Decline = true
			m.ask = m.asks(c, latchkey.InteractiveRequest{Scopes: []string{m.api("Tasks.Write")}})
			m.mend = afterwards(func() { m.agent.Browser.Decline = false })
		}},
	}
}

// device signs in with another device, on which the user does something about the code.
func (m *meeting) device(c *latchkey.PublicClient, does func(ctx context.Context, userCode, username string) error) attempt {
	return func() (*latchkey.Result, error) {
		return c.AcquireTokenByDeviceCode(m.ctx, func(ctx context.Context, code latchkey.DeviceCode) error {
			return does(ctx, code.UserCode, avery)
		}, latchkey.DeviceCodeRequest{Scopes: m.scopes()})
	}
}

// deviceScenarios are about the device flow.
func deviceScenarios() []scenario {
	return []scenario{
		{name: "device-pending", at: authoritytest.AtToken, meet: func(m *meeting) {
			m.unseen = true
			var userCode string
			c := m.native(func(cfg *latchkey.Config) {
				cfg.Trace = &latchkey.Trace{RequestSent: func(ctx context.Context, e latchkey.Event) {
					if e.Status != 400 {
						return
					}
					if err := m.srv.ApproveDevice(ctx, userCode, avery); err != nil {
						m.t.Error(err)
					}
				}}
			})
			m.ask = m.device(c, func(_ context.Context, code, _ string) error { userCode = code; return nil })
		}},
		{name: "device-declined", at: authoritytest.AtToken, says: "the user declined to consent", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask, m.again = m.device(c, m.srv.DenyDevice), m.device(c, m.srv.ApproveDevice)
		}},
		{name: "device-expired", at: authoritytest.AtToken, says: "the user took too long: start again", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = m.device(c, func(context.Context, string, string) error {
				m.behind = time.Hour // else the client says so itself
				m.srv.Clock.Advance(m.behind)
				return nil
			})
			m.mend, m.again = afterwards(func() { m.behind = 0 }), m.device(c, m.srv.ApproveDevice)
		}},
		{name: "device-unknown", at: authoritytest.AtToken, says: "unknown or was used already: start again", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.edit = field("device_code", "another one")
			m.ask = m.device(c, m.srv.ApproveDevice)
			m.mend = afterwards(func() { m.edit = nil })
		}},
	}
}
