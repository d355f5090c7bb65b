package jsonscan

import (
	"strings"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// Quote returns s as a JSON string, quotes included. See [AppendString].
func Quote(s string) string {
	return string(AppendString(make([]byte, 0, len(s)+2), s))
}

// AppendString appends s to b as a JSON string, quotes included. The text can stand in a script element: control
// characters, '<', '>', '&', U+2028 and U+2029 are escaped, and each byte that is not UTF-8 becomes U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for at := 0; at < len(s); {
		c := s[at]
		if c < utf8.RuneSelf {
			if needsEscape(c) {
				b = append(b, s[from:at]...)
				b = appendEscape(b, c)
				from = at + 1
			}
			at++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[at:])
		escaped := ""
		switch {
		case r == utf8.RuneError && size == 1:
			escaped = `\ufffd`
		case r == '\u2028':
			escaped = `\u2028`
		case r == '\u2029':
			escaped = `\u2029`
		}
		if escaped != "" {
			b = append(b, s[from:at]...)
			b = append(b, escaped...)
			from = at + size
		}
		at += size
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

func needsEscape(c byte) bool {
	return c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&'
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// unquote decodes the inside of a string.
func unquote(s string) string {
	if strings.IndexByte(s, '\\') < 0 && utf8.ValidString(s) {
		return s
	}
	b := make([]byte, 0, len(s)+utf8.UTFMax)
	for at := 0; at < len(s); {
		c := s[at]
		switch {
		case c == '\\' && s[at+1] == 'u':
			r, size := unescapeRune(s[at:])
			b = utf8.AppendRune(b, r)
			at += size
		case c == '\\':
			b = append(b, unescapeByte(s[at+1]))
			at += 2
		case c < utf8.RuneSelf:
			b = append(b, c)
			at++
		default:
			r, size := utf8.DecodeRuneInString(s[at:])
			b = utf8.AppendRune(b, r)
			at += size
		}
	}
	return string(b)
}

// unescapeByte returns what a backslash and c stand for.
func unescapeByte(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// unescapeRune decodes the \uXXXX, or the surrogate pair of two, at the beginning of s, and returns its length.
func unescapeRune(s string) (r rune, size int) {
	const escape = len(`\uXXXX`)
	r = hexRune(s)
	if r < 0xD800 || r > 0xDFFF {
		return r, escape
	}
	if r < 0xDC00 && strings.HasPrefix(s[escape:], `\u`) {
		if low := hexRune(s[escape:]); 0xDC00 <= low && low <= 0xDFFF {
			return 0x10000 + (r-0xD800)<<10 + (low - 0xDC00), 2 * escape
		}
	}
	return utf8.RuneError, escape
}

// hexRune returns the four hexadecimal digits after the \u at the beginning of s.
func hexRune(s string) rune {
	return unhex(s[2])<<12 | unhex(s[3])<<8 | unhex(s[4])<<4 | unhex(s[5])
}
