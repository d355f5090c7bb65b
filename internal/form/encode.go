package form

import "strings"

const hexDigits = "0123456789ABCDEF"

// Encode writes the fields in order as name=value, joined by '&'. It is "" for no fields.
// Each name and value is escaped as by [Escape].
func (v Values) Encode() string {
	if len(v) == 0 {
		return ""
	}
	size := 0
	for i := range v {
		size += escapedLen(v[i].Name) + escapedLen(v[i].Value) + 2
	}
	var b strings.Builder
	b.Grow(size)
	for i := range v {
		if i > 0 {
			b.WriteByte('&')
		}
		writeEscaped(&b, v[i].Name)
		b.WriteByte('=')
		writeEscaped(&b, v[i].Value)
	}
	return b.String()
}

// Escape writes s so that it can stand as a name or a value of a form or a query, byte for byte as url.QueryEscape does:
// letters, digits, '-', '_', '.' and '~' stay, a space becomes '+', any other byte becomes %XX.
// RFC 6749 section 2.3.1 wants this for a client id and secret in an Authorization header, too.
func Escape(s string) string {
	n := escapedLen(s)
	if n == len(s) && strings.IndexByte(s, ' ') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(n)
	writeEscaped(&b, s)
	return b.String()
}

func escapedLen(s string) int {
	n := len(s)
	for i := 0; i < len(s); i++ {
		if !unreserved(s[i]) && s[i] != ' ' {
			n += 2
		}
	}
	return n
}

func writeEscaped(b *strings.Builder, s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if unreserved(c) {
			continue
		}
		b.WriteString(s[from:i])
		from = i + 1
		if c == ' ' {
			b.WriteByte('+')
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	b.WriteString(s[from:])
}

// unreserved is the set of RFC 3986 section 2.3.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '_' || c == '.' || c == '~'
}
