package jsonscan

import (
	"strings"
	"unicode/utf8"
)

// Get returns the member called name of an object, the last one if there are several, and the absent Value if there is
// none or v is no object. It reads the whole object and allocates nothing, unless a name in it has escapes.
func (v Value) Get(name string) Value {
	var found Value
	if v.Kind() != Object {
		return found
	}
	for m, at := firstMember(v.raw); at > 0; m, at = nextMember(v.raw, at) {
		if nameIs(m.name, name) {
			found = m.value
		}
	}
	return found
}

// Each calls f with the members of an object in their order, each of several with one name, until f returns false.
// It does nothing if v is no object.
func (v Value) Each(f func(name string, v Value) bool) {
	if v.Kind() != Object {
		return
	}
	for m, at := firstMember(v.raw); at > 0; m, at = nextMember(v.raw, at) {
		if !f(unquote(m.name), m.value) {
			return
		}
	}
}

// Items calls f with the elements of an array in their order, until f returns false.
// It does nothing if v is no array.
func (v Value) Items(f func(v Value) bool) {
	if v.Kind() != Array {
		return
	}
	s := v.raw
	for at := skipSpace(s, 1); s[at] != ']'; {
		end := skipValue(s, at)
		if !f(Value{s[at:end]}) {
			return
		}
		at = skipSpace(s, end)
		if s[at] == ',' {
			at = skipSpace(s, at+1)
		}
	}
}

// The functions below run on text that Parse has accepted, so they look for ends only and never for faults.

type member struct {
	name  string // as in the text, without the quotes
	value Value
}

// firstMember returns the first member of the object s and where it ends, or 0 if there is none.
func firstMember(s string) (member, int) {
	return memberAt(s, skipSpace(s, 1))
}

// nextMember returns the member after the one that ends at position at, or 0 if there is none.
func nextMember(s string, at int) (member, int) {
	at = skipSpace(s, at)
	if s[at] == ',' {
		at = skipSpace(s, at+1)
	}
	return memberAt(s, at)
}

func memberAt(s string, at int) (member, int) {
	if s[at] == '}' {
		return member{}, 0
	}
	nameEnd := skipString(s, at)
	colon := skipSpace(s, nameEnd)
	start := skipSpace(s, colon+1)
	end := skipValue(s, start)
	return member{s[at+1 : nameEnd-1], Value{s[start:end]}}, end
}

func skipSpace(s string, at int) int {
	for isSpace(s[at]) {
		at++
	}
	return at
}

// skipString returns the position after the string that begins with the quote at position at.
func skipString(s string, at int) int {
	for {
		at++
		at += strings.IndexByte(s[at:], '"')
		// A quote after an odd number of backslashes is escaped. Counting them ends at the first quote at the latest.
		backslashes := 0
		for s[at-1-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return at + 1
		}
	}
}

// skipValue returns the position after the value that begins at position at of an array or object.
func skipValue(s string, at int) int {
	switch s[at] {
	case '"':
		return skipString(s, at)
	case '{', '[':
		return skipNested(s, at)
	}
	for s[at] != ',' && s[at] != '}' && s[at] != ']' && !isSpace(s[at]) {
		at++
	}
	return at
}

func skipNested(s string, at int) int {
	depth := 0
	for {
		switch s[at] {
		case '"':
			at = skipString(s, at)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return at + 1
			}
		}
		at++
	}
}

// nameIs reports whether a name in the text decodes to name.
func nameIs(quoted, name string) bool {
	if quoted == name {
		// A name with a backslash or a broken character decodes to something else.
		return strings.IndexByte(name, '\\') < 0 && utf8.ValidString(name)
	}
	if quoted != "" && name != "" && quoted[0] != name[0] && quoted[0] < utf8.RuneSelf && quoted[0] != '\\' {
		return false // most often: the first character stands for itself
	}
	if strings.IndexByte(quoted, '\\') < 0 && !strings.Contains(name, "\uFFFD") {
		return false
	}
	return unquote(quoted) == name
}
