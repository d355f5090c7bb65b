//go:build !js

package latchkey_test

import (
	"slices"
	"strings"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

// requestScenarios are about what is asked for, and of whom.
func requestScenarios() []scenario {
	return slices.Concat(tenantScenarios(), scopeScenarios())
}

func tenantScenarios() []scenario {
	return []scenario{
		{name: "tenant-unknown", at: authoritytest.AtPage, says: "not found. Check that the tenant", meet: func(m *meeting) {
			c := m.native(m.in(fabrikam))
			m.signIn(c, latchkey.InteractiveRequest{})
			m.mend = m.remember()
			m.dissolve()
			m.ask = m.asks(c, latchkey.InteractiveRequest{})
		}},
		{name: "tenant-unknown", at: authoritytest.AtToken, says: "check the tenant in the authority's URL", meet: func(m *meeting) {
			m.ask = m.daemon(m.server("daemon", m.secret("daemon"), m.in(fabrikam)))
			m.mend = m.remember()
			m.dissolve()
		}},
		{name: "tenant-missing", at: authoritytest.AtToken, says: "check the tenant in the authority's URL", meet: func(m *meeting) {
			m.ask = m.daemon(m.server("daemon", m.secret("daemon")))
			m.edit = func(r *transport.Request) { r.URL = strings.Replace(r.URL, m.user.Tenant, "organizations", 1) }
			m.mend = afterwards(func() { m.edit = nil })
		}},
		{name: "app-unknown", at: authoritytest.AtPage, says: "was not found in the directory", meet: func(m *meeting) {
			m.ask = m.asks(m.unregistered(), latchkey.InteractiveRequest{})
		}},
		{name: "app-unknown", at: authoritytest.AtToken, says: "check the client id", meet: func(m *meeting) {
			m.ask = m.password(m.unregistered(), avery)
		}},
		{name: "app-single-tenant", at: authoritytest.AtPage, says: "is not multi-tenant", meet: func(m *meeting) {
			m.singleTenant(func(c *latchkey.PublicClient) attempt { return m.asks(c, latchkey.InteractiveRequest{}) })
		}},
		{name: "app-single-tenant", at: authoritytest.AtToken, says: "use that tenant in the authority's URL", meet: func(m *meeting) {
			m.singleTenant(func(c *latchkey.PublicClient) attempt { return m.password(c, avery) })
		}},
		{name: "app-organizations-only", at: authoritytest.AtPage, says: "for Microsoft Entra users only", meet: func(m *meeting) {
			m.organizationsOnly(func(c *latchkey.PublicClient) attempt { return m.asks(c, latchkey.InteractiveRequest{}) })
		}},
		{name: "app-organizations-only", at: authoritytest.AtToken, says: "use organizations or a tenant", meet: func(m *meeting) {
			m.organizationsOnly(func(c *latchkey.PublicClient) attempt { return m.password(c, avery) })
		}},
		{name: "redirect-mismatch", at: authoritytest.AtPage, says: "does not match the redirect URIs registered", meet: func(m *meeting) {
			const elsewhere = "http://localhost/elsewhere"
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.agent.RedirectURI = elsewhere
			m.ask = m.asks(c, latchkey.InteractiveRequest{})
			m.mend = afterwards(func() {
				m.editApp("native", func(a *authoritytest.App) { a.RedirectURIs = append(a.RedirectURIs, elsewhere) })
			})
		}},
	}
}

// dissolve takes a tenant out of the directory.
func (m *meeting) dissolve() {
	m.change(func(d *authoritytest.Directory) {
		d.Users[0].GuestOf = nil
		d.Tenants = slices.DeleteFunc(d.Tenants, func(t authoritytest.Tenant) bool { return t.ID == fabrikamID })
	})
}

// unregistered is a client that is registered only when the scenario is mended.
func (m *meeting) unregistered() *latchkey.PublicClient {
	const id = "7c6b5a49-3827-4160-9f8e-7d6c5b4a3928"
	m.mend = afterwards(func() {
		m.change(func(d *authoritytest.Directory) {
			registered := d.App("native")
			registered.Name, registered.ClientID = "registered", id
			d.Apps = append(d.Apps, registered)
			d.Consents = append(d.Consents, authoritytest.Consent{Client: id, Scopes: registered.Permissions})
		})
	})
	return m.native(func(cfg *latchkey.Config) { cfg.ClientID = id })
}

// singleTenant asks organizations with an app that one tenant registered for itself.
func (m *meeting) singleTenant(ask func(*latchkey.PublicClient) attempt) {
	own := m.native()
	m.signIn(own, latchkey.InteractiveRequest{})
	m.editApp("native", func(a *authoritytest.App) { a.MultiTenant = false })
	m.ask, m.again = ask(m.native(m.in("organizations"))), ask(own)
}

// organizationsOnly asks consumers with an app that is not for them.
func (m *meeting) organizationsOnly(ask func(*latchkey.PublicClient) attempt) {
	m.signIn(m.native(), latchkey.InteractiveRequest{})
	m.editApp("native", func(a *authoritytest.App) { a.OrganizationsOnly = true })
	m.ask, m.again = ask(m.native(m.in("consumers"))), ask(m.native(m.in("organizations")))
}

func scopeScenarios() []scenario {
	const nothing, misspelt, readable = "api://nothing/X", "No.Such", "https://graph.microsoft.com/User.Read"
	resource, spelling := "the tenant does not know this resource", "check the scopes"
	at := func(name, at, says string, user bool, wrong string) scenario {
		return scenario{name: name, at: at, user: user, says: says, meet: func(m *meeting) {
			c := m.native()
			account := m.signIn(c, latchkey.InteractiveRequest{}).Account
			switch at {
			case authoritytest.AtAuthorize:
				m.ask, m.again = m.asks(c, latchkey.InteractiveRequest{Scopes: []string{wrong}}), m.asks(c, latchkey.InteractiveRequest{Scopes: []string{readable}})
			case authoritytest.AtRefresh:
				m.ask, m.again = m.renews(c, account, wrong), m.renews(c, account, readable)
			case authoritytest.AtToken:
				m.ask, m.again = m.password(c, avery, wrong), m.password(c, avery, readable)
			}
		}}
	}
	return []scenario{
		at("resource-unknown", authoritytest.AtAuthorize, resource, false, nothing),
		at("resource-unknown", authoritytest.AtRefresh, resource, false, nothing),
		at("resource-unknown", authoritytest.AtToken, resource, false, nothing),
		at("scope-invalid", authoritytest.AtAuthorize, spelling, false, misspelt),
		at("scope-invalid", authoritytest.AtRefresh, spelling, true, misspelt),
		at("scope-invalid", authoritytest.AtToken, spelling, false, misspelt),
		{name: "scope-of-app", at: authoritytest.AtToken, says: "exactly one, <resource>/.default", meet: func(m *meeting) {
			c := m.server("daemon", m.secret("daemon"))
			m.again = m.daemon(c)
			m.ask = func() (*latchkey.Result, error) {
				return c.AcquireTokenByClientCredential(m.ctx, latchkey.ClientCredentialRequest{Scopes: []string{m.scope}})
			}
		}},
		{name: "resource-undeclared", at: authoritytest.AtAuthorize, says: "add a permission of it", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.undeclare(readable)
			m.ask = m.asks(c, latchkey.InteractiveRequest{})
		}},
		{name: "resource-undeclared", at: authoritytest.AtRefresh, says: "add a permission of it", meet: func(m *meeting) {
			c := m.native()
			m.ask = m.renews(c, m.signIn(c, latchkey.InteractiveRequest{}).Account)
			m.undeclare(readable)
		}},
	}
}

// undeclare leaves an app the permission of one scope.
func (m *meeting) undeclare(scope string) {
	m.mend = m.remember()
	m.editApp("native", func(a *authoritytest.App) {
		a.StaticPermissions, a.Permissions = true, []string{"openid", "profile", "offline_access", scope}
	})
}
