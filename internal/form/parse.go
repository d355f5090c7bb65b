package form

import (
	"strconv"
	"strings"
)

// maxFields is what url.ParseQuery takes by default. The lookups of Values are linear, so the list must not be endless.
const maxFields = 10000

// A SyntaxError means that a text is not a form. It never has a piece of the text, because that may be a secret.
type SyntaxError struct {
	Offset int    // in bytes, of the offending character
	Reason string // what is wrong there
}

// Error returns the reason and the offset.
func (e *SyntaxError) Error() string {
	return "form: malformed at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

// Parse reads a form body, or a query without its '?'. The text is taken whole or, with a *[SyntaxError], not at all:
// a bad % escape, an unescaped ';' and more than 10000 fields are errors. Empty fields (as in "a=1&&b=2") are passed
// over, and a field without '=' has the value "". Decoded text may be any bytes.
func Parse(query string) (Values, error) {
	if query == "" {
		return nil, nil
	}
	fields := strings.Count(query, "&") + 1
	if fields > maxFields {
		return nil, &SyntaxError{len(query), "more than " + strconv.Itoa(maxFields) + " fields"}
	}
	v := make(Values, 0, fields)
	for at := 0; at < len(query); {
		end := len(query)
		if n := strings.IndexByte(query[at:], '&'); n >= 0 {
			end = at + n
		}
		if end > at {
			f, err := parseField(query[at:end], at)
			if err != nil {
				return nil, err
			}
			v = append(v, f)
		}
		at = end + 1
	}
	return v, nil
}

func parseField(s string, at int) (Field, error) {
	if n := strings.IndexByte(s, ';'); n >= 0 {
		return Field{}, &SyntaxError{at + n, "unescaped semicolon"}
	}
	name, value, _ := strings.Cut(s, "=")
	n, err := unescape(name, at)
	if err != nil {
		return Field{}, err
	}
	v, err := unescape(value, at+len(name)+1)
	if err != nil {
		return Field{}, err
	}
	return Field{n, v}, nil
}

func unescape(s string, at int) (string, error) {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '+':
			b = append(b, ' ')
		case '%':
			if i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0 {
				return "", &SyntaxError{at + i, "'%' without two hexadecimal digits"}
			}
			b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			b = append(b, s[i])
		}
	}
	return string(b), nil
}

// unhex returns the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
