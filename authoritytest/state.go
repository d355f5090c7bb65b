package authoritytest

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// state is what a running server knows: what its directory says, which is swapped as a
// whole, and what has happened since the start.
type state struct {
	live   *atomic.Pointer[roster]
	pinned *roster // one call's: what the directory said when it began; nil: what it says now
	*memory
}

// memory is what has happened since the start. It is guarded by mu, which is never held
// while something is signed or sent.
type memory struct {
	mu           sync.Mutex
	sessions     ledger[*session]
	interactions ledger[*interaction]
	codes        ledger[*authCode]
	refresh      ledger[*refreshToken]
	access       ledger[*grant]    // by the access token's id: whose it is
	assertions   ledger[time.Time] // by client and jti: until when it is remembered
	devices      ledger[*device]
	visits       ledger[[]visit] // by sid
	userCodes    map[string]*device
	revokedUsers map[string]time.Time // by object id: when that was last
	epochs       map[string]int       // by object id: how often everything that the user had was revoked
	lasting      map[string]acts      // by object id: what the user did for good, in any browser
}

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
	r, err := newRoster(d)
	if err != nil {
		return nil, err
	}
	st := &state{live: new(atomic.Pointer[roster]), memory: &memory{
		userCodes: map[string]*device{}, epochs: map[string]int{}, revokedUsers: map[string]time.Time{}, lasting: map[string]acts{},
	}}
	st.live.Store(r)
	st.sessions.limit, st.interactions.limit, st.codes.limit = maxSessions, maxInteractions, maxCodes
	st.visits.limit = maxSessions
	st.refresh.limit, st.access.limit, st.devices.limit = maxTokens, maxTokens, maxDevices
	st.assertions.limit = maxAssertions
	return st, nil
}

// roster returns what the directory says.
func (st *state) roster() *roster {
	if st.pinned != nil {
		return st.pinned
	}
	return st.live.Load()
}

// pin returns the same state, with the directory as it is now and stays for the caller.
func (st *state) pin() *state {
	return &state{live: st.live, pinned: st.live.Load(), memory: st.memory}
}

func userKey(username string) string { return strings.ToLower(strings.TrimSpace(username)) }

// tenant returns the tenant with an id or a domain, or nil.
func (st *state) tenant(name string) *Tenant { return st.roster().tenant(name) }

// app returns the app with a client id, or nil.
func (st *state) app(clientID string) *App { return st.roster().apps[strings.ToLower(clientID)] }

// api returns the resource with an ID URI or a client id, or nil.
func (st *state) api(name string) *App {
	if name == graphIDURI || name == graphClientID {
		return st.roster().graph
	}
	for _, a := range st.roster().apps {
		if a.IDURI != "" && (a.IDURI == name || strings.EqualFold(a.ClientID, name)) {
			return a
		}
	}
	return nil
}

// user returns the user with a username, or nil.
func (st *state) user(username string) *User { return st.roster().users[userKey(username)] }

// userWhere returns a user for whom f holds, or nil.
func (st *state) userWhere(f func(*User) bool) *User {
	for _, u := range st.roster().users {
		if f(u) {
			return u
		}
	}
	return nil
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
	consents := st.roster().consents
	return consents[consentKey{app.ClientID, "", scope}] || consents[consentKey{app.ClientID, user.ObjectID, scope}]
}

// spaOrigin reports whether a page of an origin belongs to a single-page app: to the
// one with the client id, or to any if that is "", as in a preflight request.
func (st *state) spaOrigin(origin, clientID string) bool {
	for _, a := range st.roster().apps {
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
