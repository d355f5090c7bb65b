package authoritytest

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

// A session is one browser, known by its cookie: who is signed in there.
type session struct {
	cookie   string // guarded, like accounts, by the state's lock
	accounts []signedIn
}

// A signedIn is a user who typed a password in a browser.
type signedIn struct {
	user  *User
	at    time.Time
	sid   string
	acts  acts // what else the user did there
	epoch int  // of the user, at that time
}

// cookieName differs between the servers of one host: cookies do not know ports.
func (s *Server) cookieName() string {
	name := "latchkey_session"
	if u, err := url.Parse(s.base); err == nil {
		name += "_" + u.Port()
	}
	if s.TLS {
		return "__Host-" + name
	}
	return name
}

// session returns the browser's session, or nil.
func (c *call) session() *session {
	cookie, err := c.r.Cookie(c.s.cookieName())
	if err != nil {
		return nil
	}
	st := c.s.state
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.sessions.get(cookie.Value)
}

// ensureSession returns the browser's session, made if there is none; rep then sets
// its cookie.
func (c *call) ensureSession() *session {
	if sess := c.session(); sess != nil {
		return sess
	}
	sess := &session{}
	c.renewCookie(sess)
	return sess
}

// renewCookie gives the session a new cookie, so that one which somebody planted
// before the sign-in is worth nothing after it.
func (c *call) renewCookie(sess *session) {
	value := randomText(32)
	c.s.secrets.add(value)
	st := c.s.state
	st.mu.Lock()
	st.sessions.remove(sess.cookie)
	sess.cookie = value
	st.sessions.put(value, sess)
	st.mu.Unlock()
	c.cookie = c.s.newCookie(c.s.cookieName(), value)
}

// newCookie returns a cookie as the server sets it. With TLS a page of another site can ask in a frame, with
// prompt=none; the forms have a secret of their own.
func (s *Server) newCookie(name, value string) *http.Cookie {
	cookie := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: s.TLS, SameSite: http.SameSiteLaxMode}
	if s.TLS {
		cookie.SameSite = http.SameSiteNoneMode
	}
	return cookie
}

// accounts returns who is signed in and has a place in the tenant; nil is any tenant.
func (st *state) accounts(sess *session, tenant *Tenant) []signedIn {
	if sess == nil {
		return nil
	}
	st.mu.Lock()
	list := slices.Clone(sess.accounts)
	st.mu.Unlock()
	for i := range list {
		list[i] = st.accountNow(list[i])
	}
	return slices.DeleteFunc(list, func(a signedIn) bool {
		if a.user == nil || tenant == nil {
			return a.user == nil
		}
		_, member := a.user.objectIn(tenant.ID)
		return !member
	})
}

// signInTo records that the user typed a password in the session's browser.
func (c *call) signInTo(sess *session, user *User) signedIn {
	a := signedIn{user: user, at: c.now, sid: randomGUID(), epoch: c.s.state.epoch(user.ObjectID)}
	st := c.s.state
	st.mu.Lock()
	i := slices.IndexFunc(sess.accounts, func(o signedIn) bool { return o.user.ObjectID == user.ObjectID })
	if i >= 0 {
		a.sid = sess.accounts[i].sid
		if old := sess.accounts[i]; old.epoch == a.epoch {
			a.acts = old.acts
		}
		sess.accounts[i] = a
	} else {
		sess.accounts = append(sess.accounts, a)
	}
	st.mu.Unlock()
	c.renewCookie(sess)
	return a
}

// signOutOf ends the session of one user, or of all if user is nil, and returns what
// ended.
func (c *call) signOutOf(sess *session, user *User) (ended []signedIn) {
	if sess == nil {
		return nil
	}
	st := c.s.state
	st.mu.Lock()
	defer st.mu.Unlock()
	sess.accounts = slices.DeleteFunc(sess.accounts, func(a signedIn) bool {
		if user != nil && a.user.ObjectID != user.ObjectID {
			return false
		}
		ended = append(ended, a)
		return true
	})
	return ended
}
