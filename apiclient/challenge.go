package apiclient

import (
	"errors"
	"strings"
)

// A challenge is one of those that a WWW-Authenticate header lists (RFC 9110 section
// 11.6.1).
type challenge struct {
	scheme  string // as written; letter case means nothing
	token68 string // in place of parameters; empty if there is none
	params  []param
}

type param struct{ name, value string } // the name in lower case

// get returns a parameter, and whether there is one.
func (c challenge) get(name string) (string, bool) {
	for _, p := range c.params {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

// Limits of a header. Claims of 8 KB are 11 KB as base64.
const (
	maxHeader     = 16 << 10 // bytes, of all lines together
	maxChallenges = 16
	maxParams     = 32
)

var errChallenge = errors.New("not a list of challenges")

// parseChallenges reads one line of a WWW-Authenticate header, as strictly as the
// grammar is: a line with anything wrong in it has no challenges.
func parseChallenges(line string) ([]challenge, error) {
	if len(line) > maxHeader {
		return nil, errChallenge
	}
	s := scanner{rest: line}
	var all []challenge
	for {
		// Empty elements are allowed (RFC 9110 section 5.6.1.2).
		for s.space(); s.take(','); s.space() {
		}
		if s.rest == "" {
			break
		}
		name := s.token()
		if name == "" {
			return nil, errChallenge
		}
		spaces := s.space()
		switch {
		case s.at('='):
			if len(all) == 0 || !s.param(&all[len(all)-1], name) {
				return nil, errChallenge
			}
		case len(all) == maxChallenges:
			return nil, errChallenge
		default:
			c := challenge{scheme: name}
			if !s.first(&c, spaces) {
				return nil, errChallenge
			}
			all = append(all, c)
		}
		if s.space(); s.rest != "" && !s.at(',') {
			return nil, errChallenge
		}
	}
	if len(all) == 0 {
		return nil, errChallenge
	}
	return all, nil
}

// A scanner takes a line apart from its beginning.
type scanner struct{ rest string }

func (s *scanner) at(c byte) bool { return s.rest != "" && s.rest[0] == c }

func (s *scanner) take(c byte) bool {
	if !s.at(c) {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// space takes spaces and tabs, and reports whether the first is a space.
func (s *scanner) space() bool {
	first := s.at(' ')
	s.rest = strings.TrimLeft(s.rest, " \t")
	return first
}

// while takes the longest beginning of characters for which f holds.
func (s *scanner) while(f func(c byte) bool) string {
	n := 0
	for n < len(s.rest) && f(s.rest[n]) {
		n++
	}
	taken := s.rest[:n]
	s.rest = s.rest[n:]
	return taken
}

func (s *scanner) token() string { return s.while(isTokenChar) }

// first reads what follows a scheme: nothing, a token68, or the first parameter.
func (s *scanner) first(c *challenge, spaces bool) bool {
	if s.rest == "" || s.at(',') {
		return true
	}
	if !spaces {
		return false
	}
	before := s.rest
	text := s.while(isToken68Char)
	text += s.while(func(c byte) bool { return c == '=' })
	if s.space(); text != "" && text[0] != '=' && (s.rest == "" || s.at(',')) {
		c.token68 = text
		return true
	}
	s.rest = before
	name := s.token()
	s.space()
	return name != "" && s.param(c, name)
}

// param reads the rest of a parameter, from its '='. A name must not come twice.
func (s *scanner) param(c *challenge, name string) bool {
	if !s.take('=') || c.token68 != "" || len(c.params) == maxParams {
		return false
	}
	name = strings.ToLower(name)
	if _, twice := c.get(name); twice {
		return false
	}
	s.space()
	var value string
	ok := true
	if s.take('"') {
		value, ok = s.quoted()
	} else {
		value = s.token()
		ok = value != ""
	}
	c.params = append(c.params, param{name, value})
	return ok
}

// quoted reads a quoted-string (RFC 9110 section 5.6.4) after its first quote.
func (s *scanner) quoted() (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s.rest); i++ {
		c := s.rest[i]
		switch {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String(), true
		case c == '\\' && i+1 < len(s.rest):
			i++
			c = s.rest[i]
		}
		if c < ' ' && c != '\t' || c == 0x7f {
			return "", false
		}
		b.WriteByte(c)
	}
	return "", false
}

// isTokenChar reports whether c is a tchar (RFC 9110 section 5.6.2).
func isTokenChar(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// isToken68Char accepts the characters of a token68 but for its padding.
func isToken68Char(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("-._~+/", c) >= 0
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
