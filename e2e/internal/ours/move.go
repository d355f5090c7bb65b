package ours

import (
	"context"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// A Library is another library, with a client of the app native and one of the app daemon. Its methods fail the test if
// they fail.
type Library interface {
	Keys() cache.MSALLibrary   // whose keys it writes
	Environment() string       // what it calls the authority
	Read(data []byte)          // makes new clients, which have read this cache; empty: nothing
	Write() []byte             // the cache of the client that was used last
	SignIn(user string) string // a token for Tasks.Read
	Silent(user string) string // another one, without the user
	AppToken() string          // a token of the daemon
}

const (
	avery = "avery@contoso.test"
	blake = "blake@contoso.test"

	refreshCall = "token refresh_token native 200"
	appCall     = "token client_credentials daemon 200"
)

// Move moves users, and an application, from a library to us and back.
func Move(ctx context.Context, t authoritytest.TB, at *outside.Authority, l Library) {
	t.Helper()
	s := newSide(ctx, t, at, l)
	data := s.fromThem(l)
	s.fromUs(l, data)
	s.application(l)
}

// same checks that a token is the one that is known, and that nobody asked the authority.
func (s *side) same(what string, known string, get func() string) {
	s.t.Helper()
	w := s.at.Watch()
	if get() != known {
		s.t.Fatalf("%s: it is another token", what)
	}
	w.Want(s.t)
}

// renewed returns a new token, for which the refresh token was spent.
func (s *side) renewed(what string, known string, get func() string) string {
	s.t.Helper()
	w := s.at.Watch()
	token := get()
	if token == known {
		s.t.Fatalf("%s: the old token is used on", what)
	}
	w.Want(s.t, refreshCall)
	return token
}

// once checks that the library has one refresh token and one access token of a user, so that what it wrote replaced
// what we wrote, or the other way round.
func (s *side) once(user string, data []byte) {
	s.t.Helper()
	u := s.at.Directory.User(user)
	for _, section := range []string{"RefreshToken", "AccessToken", "IdToken", "Account"} {
		if n := count(s.t, data, section, u.ObjectID+"."+u.Tenant); n != 1 {
			s.t.Fatalf("%s has %d entities of the section %s in the library's cache", user, n, section)
		}
	}
}

// fromThem takes over a user who signed in to the library, gives the user back, and takes over again what the library
// made of that. It returns the library's cache.
func (s *side) fromThem(l Library) []byte {
	s.t.Helper()
	l.Read(nil)
	var first, second string
	s.before(10*time.Minute, func() { first = l.SignIn(avery) })
	data := older(s.t, l.Write(), 10*time.Minute)
	if report := s.load(data); len(report.Taken) != 1 || len(report.Skipped) != 0 || report.Taken[0].Username != avery {
		s.t.Fatalf("the import says %+v", report)
	}
	s.same("their user, here", first, func() string { return s.silent(avery, false) })
	s.before(5*time.Minute, func() {
		second = s.renewed("their user, renewed here", first, func() string { return s.silent(avery, true) })
	})

	data = s.save(data)
	s.once(avery, data)
	l.Read(data)
	s.same("their user, back there", second, func() string { return l.Silent(avery) })
	l.Read(older(s.t, data, 2*time.Hour))
	third := s.renewed("their user, renewed there", second, func() string { return l.Silent(avery) })
	data = l.Write()
	s.once(avery, data)
	s.load(data)
	s.same("their user, here again", third, func() string { return s.silent(avery, false) })
	return data
}

// fromUs hands over a user who signed in here, beside one whom the library knows, and takes over again what the library
// made of that.
func (s *side) fromUs(l Library, data []byte) {
	s.t.Helper()
	var first string
	s.before(10*time.Minute, func() { first = s.signIn(blake) })
	known := s.silent(avery, false)
	data = s.save(data)
	l.Read(data)
	s.same("our user, there", first, func() string { return l.Silent(blake) })
	s.same("their own user, beside ours", known, func() string { return l.Silent(avery) })
	l.Read(older(s.t, data, 2*time.Hour))
	second := s.renewed("our user, renewed there", first, func() string { return l.Silent(blake) })
	data = l.Write()
	s.once(avery, data)
	s.once(blake, data)
	s.load(data)
	s.same("our user, back here", second, func() string { return s.silent(blake, false) })
	s.renewed("our user, renewed here", second, func() string { return s.silent(blake, true) })
}

// application moves an application's own token, both ways.
func (s *side) application(l Library) {
	s.t.Helper()
	l.Read(nil)
	w := s.at.Watch()
	theirs := l.AppToken()
	w.Want(s.t, appCall)
	s.load(l.Write())
	s.same("their application, here", theirs, s.appToken)

	fresh := newSide(s.ctx, s.t, s.at, l)
	w = s.at.Watch()
	ours := fresh.appToken()
	w.Want(s.t, appCall)
	l.Read(fresh.save(nil))
	s.same("our application, there", ours, l.AppToken)
}
