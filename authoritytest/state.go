package authoritytest

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// state is what a running server knows. Tenants and apps never change; everything
// else is guarded by mu, which is never held while something is signed or sent.
type state struct {
	tenants map[string]*Tenant // by id and by domain, lower case
	first   *Tenant
	apps    map[string]*App // by client id, lower case
	graph   *App            // the resource of scopes without one, in the Entra shape
	proofs  map[*App]proofs // what client assertions are checked with

	mu           sync.Mutex
	users        map[string]*User    // by username, lower case
	consents     map[consentKey]bool // what was consented to
	sessions     ledger[*session]
	interactions ledger[*interaction]
	codes        ledger[*authCode]
	refresh      ledger[*refreshToken]
	access       ledger[*grant]    // by the access token's id: whose it is
	assertions   ledger[time.Time] // by client and jti: until when it is remembered
	devices      ledger[*device]
	userCodes    map[string]*device
}

// A consentKey is one scope of one client for one user; user "" is everybody.
type consentKey struct{ clientID, objectID, scope string }

// What a server that runs for weeks remembers at most of each thing.
const (
	maxSessions     = 1 << 14
	maxInteractions = 1 << 12
	maxCodes        = 1 << 16
	maxTokens       = 1 << 18
	maxDevices      = 1 << 12
)

// newState checks a directory and indexes a copy of it.
func newState(d Directory) (*state, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	st := &state{
		tenants: map[string]*Tenant{}, apps: map[string]*App{}, users: map[string]*User{},
		consents: map[consentKey]bool{}, userCodes: map[string]*device{},
		graph: &App{Name: "Microsoft Graph", ClientID: graphClientID, Kind: KindAPI, IDURI: graphIDURI},
	}
	st.sessions.limit, st.interactions.limit, st.codes.limit = maxSessions, maxInteractions, maxCodes
	st.refresh.limit, st.access.limit, st.devices.limit = maxTokens, maxTokens, maxDevices
	st.proofs, st.assertions.limit = map[*App]proofs{}, maxAssertions
	for _, t := range append([]Tenant{{ID: consumersTenant, Domain: tenantConsumers, Name: "Personal accounts"}}, d.Tenants...) {
		st.tenants[strings.ToLower(t.ID)], st.tenants[strings.ToLower(t.Domain)] = &t, &t
	}
	st.tenants[tenantConsumers] = st.tenants[consumersTenant]
	st.first = st.tenants[strings.ToLower(d.Tenants[0].ID)]
	for _, a := range d.Apps {
		a.Tenant = st.tenant(a.Tenant).ID
		st.apps[strings.ToLower(a.ClientID)], st.proofs[&a] = &a, a.proofs()
		if a.ClientID == graphClientID || a.IDURI == graphIDURI {
			st.graph = &a
		}
	}
	for _, u := range d.Users {
		u.Tenant, u.GuestOf = st.tenant(u.Tenant).ID, slices.Clone(u.GuestOf)
		for i, g := range u.GuestOf {
			u.GuestOf[i].Tenant = st.tenant(g.Tenant).ID
		}
		st.users[userKey(u.Username)] = &u
	}
	for _, k := range d.Consents {
		client, user := d.App(k.Client), d.User(k.User)
		for _, scope := range k.Scopes {
			st.consents[consentKey{client.ClientID, user.ObjectID, scope}] = true
		}
	}
	return st, nil
}

func userKey(username string) string { return strings.ToLower(strings.TrimSpace(username)) }

// tenant returns the tenant with an id or a domain, or nil.
func (st *state) tenant(name string) *Tenant { return st.tenants[strings.ToLower(name)] }

// app returns the app with a client id, or nil.
func (st *state) app(clientID string) *App { return st.apps[strings.ToLower(clientID)] }

// api returns the resource with an ID URI or a client id, or nil.
func (st *state) api(name string) *App {
	if name == graphIDURI || name == graphClientID {
		return st.graph
	}
	for _, a := range st.apps {
		if a.IDURI != "" && (a.IDURI == name || strings.EqualFold(a.ClientID, name)) {
			return a
		}
	}
	return nil
}

// user returns the user with a username, or nil.
func (st *state) user(username string) *User {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.users[userKey(username)]
}

// userWhere returns a user for whom f holds, or nil.
func (st *state) userWhere(f func(*User) bool) *User {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, u := range st.users {
		if f(u) {
			return u
		}
	}
	return nil
}

// addUser adds a user unless the username is taken.
func (st *state) addUser(u *User) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.users[userKey(u.Username)] != nil {
		return false
	}
	st.users[userKey(u.Username)] = u
	return true
}

// objectIn returns the user's object id in a tenant; ok is false if the user has no
// place there.
func (u *User) objectIn(tenantID string) (id string, ok bool) {
	if u.Tenant == tenantID {
		return u.ObjectID, true
	}
	for _, g := range u.GuestOf {
		if g.Tenant == tenantID {
			return g.ObjectID, true
		}
	}
	return "", false
}

// consented reports whether the user, or an administrator, let the client use a scope.
func (st *state) consented(app *App, user *User, scope string) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.consents[consentKey{app.ClientID, "", scope}] || st.consents[consentKey{app.ClientID, user.ObjectID, scope}]
}

// consent records that the user lets the client use scopes.
func (st *state) consent(app *App, user *User, scopes []string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, scope := range scopes {
		st.consents[consentKey{app.ClientID, user.ObjectID, scope}] = true
	}
}

// spaOrigin reports whether a page of an origin belongs to a single-page app: to the
// one with the client id, or to any if that is "", as in a preflight request.
func (st *state) spaOrigin(origin, clientID string) bool {
	for _, a := range st.apps {
		if a.Kind != KindSPA || clientID != "" && !strings.EqualFold(a.ClientID, clientID) {
			continue
		}
		for _, registered := range a.RedirectURIs {
			if originMatches(origin, registered) {
				return true
			}
		}
	}
	return false
}

// originMatches reports whether a redirect URI is of an origin; on this computer any
// port will do, as for the redirect itself.
func originMatches(origin, redirectURI string) bool {
	o, err1 := url.Parse(origin)
	u, err2 := url.Parse(redirectURI)
	if err1 != nil || err2 != nil || o.Scheme != u.Scheme || o.Host == "" {
		return false
	}
	return o.Host == u.Host || o.Scheme == "http" && o.Hostname() == u.Hostname() && loopbackHost(o.Hostname())
}

// A ledger is a map that forgets its oldest entries beyond a limit. Its lock is the
// state's.
type ledger[V any] struct {
	limit   int
	entries map[string]V
	order   []string // keys by age; some may be gone from entries
}

func (l *ledger[V]) put(key string, v V) {
	if l.entries == nil {
		l.entries = map[string]V{}
	}
	for len(l.entries) >= l.limit {
		delete(l.entries, l.order[0])
		l.order = l.order[1:]
	}
	if len(l.order) > 2*l.limit {
		l.order = slices.DeleteFunc(l.order, func(k string) bool { _, ok := l.entries[k]; return !ok })
	}
	if _, ok := l.entries[key]; !ok {
		l.order = append(l.order, key)
	}
	l.entries[key] = v
}

func (l *ledger[V]) get(key string) V { return l.entries[key] }

func (l *ledger[V]) remove(key string) { delete(l.entries, key) }
