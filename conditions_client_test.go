//go:build !js

package latchkey_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/clientkey"
)

// clientScenarios are about the client and how it proves itself.
func clientScenarios() []scenario {
	all := []scenario{
		{name: "secret-missing", at: authoritytest.AtToken, says: "use a confidential client with a credential", meet: func(m *meeting) {
			web := m.server("web", m.secret("web"))
			m.signIn(web, latchkey.InteractiveRequest{})
			m.ask = m.asks(m.publicFrom(m.config("web")), latchkey.InteractiveRequest{})
			m.again = m.asks(web, latchkey.InteractiveRequest{})
		}},
		{name: "secret-wrong", at: authoritytest.AtToken, says: "use the secret's value, not its id", meet: func(m *meeting) {
			m.again = m.daemon(m.server("daemon", m.secret("daemon")))
			m.ask = m.ownToken(m.server("daemon", latchkey.Secret("its id")))
		}},
		{name: "secret-expired", at: authoritytest.AtToken, says: "make a new one", meet: func(m *meeting) {
			m.ask = m.daemon(m.server("daemon", m.secret("daemon")))
			m.editApp("daemon", func(a *authoritytest.App) { a.SecretExpiry = []time.Time{m.srv.Clock.Now().Add(time.Minute)} })
			m.srv.Clock.Advance(2 * time.Minute)
			const made = "made by an administrator"
			m.mend = afterwards(func() {
				m.editApp("daemon", func(a *authoritytest.App) { a.Secrets = append(a.Secrets, made) })
			})
			m.again = m.ownToken(m.server("daemon", latchkey.Secret(made)))
		}},
		{name: "public-client-secret", at: authoritytest.AtToken, says: "send no credential", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = m.asks(m.server("native", latchkey.Secret("x")), latchkey.InteractiveRequest{})
			m.again = m.asks(c, latchkey.InteractiveRequest{})
		}},
		{name: "public-flow-off", at: authoritytest.AtToken, says: "allow public-client flows", meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.mend = m.remember()
			m.editApp("native", func(a *authoritytest.App) { a.AllowPublicFlows = false })
			m.ask = m.password(c, avery)
		}},
		{name: "grant-unsupported", at: authoritytest.AtToken, says: "use another flow", meet: func(m *meeting) {
			m.ask = m.daemon(m.server("daemon", m.secret("daemon")))
			m.edit = field("grant_type", "urn:example:nothing")
			m.mend = afterwards(func() { m.edit = nil })
		}},
		{name: "grant-off-tenant", at: authoritytest.AtToken, says: "this grant needs organizations or a tenant", meet: func(m *meeting) {
			m.signIn(m.native(), latchkey.InteractiveRequest{})
			m.ask, m.again = m.password(m.native(m.in("common")), avery), m.password(m.native(m.in("organizations")), avery)
		}},
	}
	return append(append(all, keyScenarios()...), pageScenarios()...)
}

func keyScenarios() []scenario {
	const unregistered = "register its certificate with the application"
	return []scenario{
		{name: "key-unknown", at: authoritytest.AtToken, says: unregistered, meet: func(m *meeting) {
			key := newKey(m.t)
			m.register("registered", key, time.Time{})
			m.ask = m.proves("other", key)
			m.mend = afterwards(func() { m.register("other", key, time.Time{}) })
		}},
		{name: "key-expired", at: authoritytest.AtToken, says: "or has expired", meet: func(m *meeting) {
			key := newKey(m.t)
			m.register("old", key, m.srv.Clock.Now())
			m.ask = m.proves("old", key)
			fresh := newKey(m.t)
			m.mend = afterwards(func() { m.register("new", fresh, m.srv.Clock.Now().Add(time.Hour)) })
			m.again = m.proves("new", fresh)
		}},
		{name: "key-signature", at: authoritytest.AtToken, says: unregistered, meet: func(m *meeting) {
			key := newKey(m.t)
			m.register("one", newKey(m.t), time.Time{})
			m.ask = m.proves("one", key)
			m.mend = afterwards(func() { m.register("one", key, time.Time{}) })
		}},
		{name: "assertion-time", at: authoritytest.AtToken, says: "set this computer's clock", meet: func(m *meeting) {
			key := newKey(m.t)
			m.register("one", key, time.Time{})
			m.behind = 30 * time.Minute
			m.ask = m.proves("one", key)
			m.mend = afterwards(func() { m.behind = 0 })
		}},
	}
}

// proves lets the daemon get a token by its secret, and ask for another one by a key.
func (m *meeting) proves(id string, key *ecdsa.PrivateKey) attempt {
	m.t.Helper()
	m.daemon(m.server("daemon", m.secret("daemon")))
	credential, err := clientkey.New(clientkey.Key{Signer: key, KeyID: id, Clock: func() time.Time { return m.srv.Clock.Now().Add(-m.behind) }})
	if err != nil {
		m.t.Fatal(err)
	}
	return m.ownToken(m.server("daemon", credential))
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// register makes a key the daemon's only one.
func (m *meeting) register(id string, key *ecdsa.PrivateKey, expires time.Time) {
	m.t.Helper()
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		m.t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	jwk, err := json.Marshal(map[string]string{"kty": "EC", "crv": "P-256", "kid": id, "x": encode(point[1:33]), "y": encode(point[33:])})
	if err != nil {
		m.t.Fatal(err)
	}
	m.editApp("daemon", func(a *authoritytest.App) { a.Keys = []authoritytest.AppKey{{JWK: jwk, Expires: expires}} })
}

// pageScenarios are about grants that only a page can redeem, and grants that a page cannot.
func pageScenarios() []scenario {
	const page, other = "only its page may redeem the grant", "register it as one"
	return []scenario{
		{name: "spa-same-origin", at: authoritytest.AtToken, says: page, meet: func(m *meeting) {
			c := m.page()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = m.asks(c, latchkey.InteractiveRequest{})
			m.edit = nil
			m.mend = afterwards(func() { m.edit = origin })
		}},
		{name: "spa-same-origin", at: authoritytest.AtRefresh, says: page, meet: func(m *meeting) {
			c := m.page()
			m.ask = m.renews(c, m.signIn(c, latchkey.InteractiveRequest{}).Account)
			m.edit = nil
			m.mend = afterwards(func() { m.edit = origin })
		}},
		{name: "cross-origin", at: authoritytest.AtToken, says: other, meet: func(m *meeting) {
			c := m.native()
			m.signIn(c, latchkey.InteractiveRequest{})
			m.ask = m.asks(c, latchkey.InteractiveRequest{})
			m.edit = origin
			m.mend = afterwards(m.registerPage)
		}},
		{name: "cross-origin", at: authoritytest.AtRefresh, says: other, meet: func(m *meeting) {
			c := m.native()
			account := m.signIn(c, latchkey.InteractiveRequest{}).Account
			m.ask = m.renews(c, account)
			m.edit = origin
			m.mend = afterwards(m.registerPage)
		}},
	}
}

// page is a client in a page: the browser marks its requests.
func (m *meeting) page() *latchkey.PublicClient {
	m.edit = origin
	m.agent.RedirectURI = "http://localhost/redirect"
	return m.publicFrom(m.config("spa"))
}

// registerPage makes the redirect URIs of the app native a page's.
func (m *meeting) registerPage() {
	m.editApp("native", func(a *authoritytest.App) { a.Kind, a.AllowPublicFlows = authoritytest.KindSPA, false })
}
