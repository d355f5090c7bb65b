package web

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

// Sessions keeps a value for each browser on the server. The browser has only a cookie with
// a random id, which no script can read (HttpOnly) and which no form or frame of another
// site makes it send (SameSite=Lax).
//
// The sessions are in memory, which is enough for one process. Values are replaced and
// never changed, so that requests of one browser can run side by side.
type Sessions[T any] struct {
	// Name is the cookie's. The apps on one host need different ones: cookies know no ports.
	Name string
	// Secure is whether the app's URL is https: the cookie is then sent over https only.
	Secure bool

	mu   sync.Mutex
	byID map[string]entry[T]
}

type entry[T any] struct {
	value T
	ends  time.Time
}

// Get returns the value of the request's session, and false if it has none.
func (s *Sessions[T]) Get(r *http.Request) (value T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.byID[s.id(r)]
	if !ok || !time.Now().Before(e.ends) {
		return value, false
	}
	return e.value, true
}

// Start ends the browser's session, if there is one, and starts another. It always has a
// new id, so that an id that somebody else planted or saw before is of no use afterwards.
func (s *Sessions[T]) Start(w http.ResponseWriter, r *http.Request, value T, lifetime time.Duration) {
	id, now := rand.Text(), time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]entry[T]{}
	}
	for other, e := range s.byID {
		if other == s.id(r) || !now.Before(e.ends) {
			delete(s.byID, other)
		}
	}
	s.byID[id] = entry[T]{value, now.Add(lifetime)}
	http.SetCookie(w, s.cookie(id, int(lifetime/time.Second)))
}

// End ends the session of the request, and reports whether there was one: of several
// requests at once only one is told so. The cookie may stay: it opens nothing any more.
func (s *Sessions[T]) End(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.byID[s.id(r)]
	delete(s.byID, s.id(r))
	return ok && time.Now().Before(e.ends)
}

func (s *Sessions[T]) id(r *http.Request) string {
	c, err := r.Cookie(s.cookie("", 0).Name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (s *Sessions[T]) cookie(value string, maxAge int) *http.Cookie {
	c := &http.Cookie{Name: s.Name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if s.Secure {
		c.Name, c.Secure = "__Host-"+s.Name, true // the prefix keeps other hosts of the domain from setting it
	}
	return c
}
