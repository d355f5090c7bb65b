package authoritytest

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// CurrentDirectory returns a copy of the directory as it is now: [Server.Directory] with
// what [Server.Change] and the people on the pages did to it. Only a started server has
// one.
func (s *Server) CurrentDirectory() Directory { return s.state.live.Load().directory.clone() }

// ErrNotStarted means that a [Server] has not been started.
var ErrNotStarted = errors.New("authoritytest: the server is not started; call Start first")

// Change edits the directory of the running server. f gets a copy, which replaces the
// directory at once and as a whole if f returns nil and the copy is consistent; otherwise
// nothing changes and Change returns the error. f must not call Change.
//
// What was issued before refers to users, apps and tenants by their ids: a refresh
// token of a user who was disabled, or of an app that lost a consent, is refused at its
// next use. What users consented to on the pages is in the copy's Consents. A user whose
// Password is another one afterwards has lost every session and every refresh token, as
// [Server.RevokeSessions] takes them. Server.Directory stays what it was at the start.
func (s *Server) Change(f func(*Directory) error) error {
	if s.state == nil {
		return ErrNotStarted
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	before := s.state.live.Load()
	d := before.directory.clone()
	if err := f(&d); err != nil {
		return err
	}
	d.fill()
	after, err := newRoster(d)
	if err != nil {
		return err
	}
	s.secrets.add(added(before.directory.secrets(), d.secrets())...)
	s.state.live.Store(after)
	for id, user := range after.objects {
		if old := before.objects[id]; old != nil && old.Password != user.Password {
			s.state.revokeUser(id, s.Clock.Now())
		}
	}
	return nil
}

// added returns what is in now but not in before.
func added(before, now []string) []string {
	return slices.DeleteFunc(now, func(text string) bool { return slices.Contains(before, text) })
}

// RevokeSessions ends every browser session, refresh token and access token that a user
// has, in all shapes, as an administrator does who revokes a user's sessions: the next
// refresh is answered with AADSTS50173. It fails if the directory has no such user.
func (s *Server) RevokeSessions(username string) error {
	if s.state == nil {
		return ErrNotStarted
	}
	user := s.state.user(username)
	if user == nil {
		return fmt.Errorf("authoritytest: revoke: there is no user %q in the directory", printable(username))
	}
	s.state.revokeUser(user.ObjectID, s.Clock.Now())
	return nil
}

// revokeUser makes everything that the user has so far invalid.
func (st *state) revokeUser(objectID string, now time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.epochs[objectID]++
	st.revokedUsers[objectID] = now
}

// epoch tells what was given to a user before everything was revoked from what was given
// after that.
func (st *state) epoch(objectID string) int {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.epochs[objectID]
}

// change edits the directory for one call, which sees the result.
func (c *call) change(f func(*Directory) error) error {
	err := c.s.Change(f)
	c.s.state = c.s.state.pin()
	return err
}

var errTaken = errors.New("authoritytest: the username is taken")

// addUser adds a user, and reports whether it did: the username may be taken.
func (c *call) addUser(u User) bool {
	return c.change(func(d *Directory) error {
		if d.User(u.Username).ObjectID != "" {
			return errTaken
		}
		d.Users = append(d.Users, u)
		return nil
	}) == nil
}

// consent records that the user lets the client use scopes.
func (c *call) consent(app *App, user *User, scopes []string) {
	if len(scopes) == 0 {
		return
	}
	// It fails only if the app or the user was removed meanwhile, which the call will find.
	_ = c.change(func(d *Directory) error {
		d.Consents = append(d.Consents, Consent{Client: app.ClientID, User: user.Username, Scopes: scopes})
		return nil
	})
}

// keepSecrets gives the users and apps that have no password, secret or key those that
// they had before, by their ids.
func (d *Directory) keepSecrets(before Directory) {
	for i := range d.Users {
		u := &d.Users[i]
		j := slices.IndexFunc(before.Users, func(o User) bool { return o.ObjectID == u.ObjectID })
		if u.Password == "" && j >= 0 {
			u.Password = before.Users[j].Password
		}
	}
	for i := range d.Apps {
		a := &d.Apps[i]
		j := slices.IndexFunc(before.Apps, func(o App) bool { return o.ClientID == a.ClientID })
		if len(a.Secrets) == 0 && j >= 0 {
			a.Secrets = before.Apps[j].Secrets
		}
	}
}
