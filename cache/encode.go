package cache

import (
	"strconv"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// Encode writes the record as a JSON object that [DecodeRecord] reads. Its sections and
// members are those of MSAL's unified cache, and its keys have the shape of MSAL Node's.
func (r *Record) Encode() []byte {
	w := writer{buf: make([]byte, 0, 1024)}
	w.open('{')
	w.name(formatName)
	w.buf = strconv.AppendInt(w.buf, format, 10)
	extra := r.extra
	if extra == nil {
		extra = new(recordExtra)
	}
	appendSection(&w, sectionAccount, extra, r.Accounts)
	appendSection(&w, sectionIDToken, extra, r.IDTokens)
	appendSection(&w, sectionAccessToken, extra, r.AccessTokens)
	appendSection(&w, sectionRefreshToken, extra, r.RefreshTokens)
	w.members(&extra.top)
	w.close('}')
	return w.buf
}

func appendSection[E entity](w *writer, section int, extra *recordExtra, list []E) {
	unknown := &extra.entities[section]
	taken := make(map[string]int, len(list)+len(unknown.list))
	w.name(sectionNames[section])
	w.open('{')
	w.members(unknown)
	for _, m := range unknown.list {
		taken[m.name] = 1
	}
	for _, e := range list {
		w.name(unique(lowerASCII(e.jsonKey()), taken))
		w.entity(e)
	}
	w.close('}')
}

// unique makes a key that is not taken. MSAL's keys do not contain every field by which our
// tokens differ, and nobody reads them.
func unique(key string, taken map[string]int) string {
	k, n := key, taken[key]
	for ; taken[k] != 0; n++ {
		k = key + "-" + strconv.Itoa(n+1)
	}
	taken[key] = n // where to go on, so that many tokens of one key take no longer than few
	taken[k] = 1
	return k
}

// A writer writes JSON.
type writer struct {
	buf   []byte
	comma bool // a member was written before
}

func (w *writer) open(c byte) {
	w.buf = append(w.buf, c)
	w.comma = false
}

func (w *writer) close(c byte) {
	w.buf = append(w.buf, c)
	w.comma = true
}

// name begins a member.
func (w *writer) name(name string) {
	if w.comma {
		w.buf = append(w.buf, ',')
	}
	w.comma = true
	w.buf = jsonscan.AppendString(w.buf, name)
	w.buf = append(w.buf, ':')
}

func (w *writer) text(name, s string) {
	w.name(name)
	w.buf = jsonscan.AppendString(w.buf, s)
}

func (w *writer) members(m *members) {
	if m == nil {
		return
	}
	for i := range m.list {
		w.name(m.list[i].name)
		w.buf = append(w.buf, *m.list[i].json...)
	}
}

func (w *writer) entity(e entity) {
	w.open('{')
	if c := e.credential(); c != "" {
		w.text("credential_type", c)
	}
	all := e.names()
	for _, name := range all.always {
		w.slot(name, e.slot(name), true)
	}
	for _, name := range all.ifSet {
		w.slot(name, e.slot(name), false)
	}
	// MSAL has no such member: a record that has none either means that they are equal.
	if t, ok := e.(*AccessToken); ok && t.RequestedScopes != t.Target {
		w.text("requested_scopes", t.RequestedScopes)
	}
	w.members(*e.extras())
	w.close('}')
}

// slot writes a field. Times are strings, as MSAL writes them.
func (w *writer) slot(name string, s slot, always bool) {
	switch {
	case s.text != nil && (always || *s.text != ""):
		w.text(name, *s.text)
	case s.seconds != nil && (always || *s.seconds != 0):
		w.text(name, strconv.FormatInt(*s.seconds, 10))
	case s.list != nil && len(*s.list) > 0:
		w.name(name)
		w.open('[')
		for _, item := range *s.list {
			if w.comma {
				w.buf = append(w.buf, ',')
			}
			w.comma = true
			w.buf = jsonscan.AppendString(w.buf, item)
		}
		w.close(']')
	}
}
