package strings

import "unicode/utf8"

func space(r rune) bool {
	switch {
	case r == ' ', r >= '\t' && r <= '\r', r == 0x85, r == 0xa0, r == 0x1680, r >= 0x2000 && r <= 0x200a:
		return true
	}
	return r == 0x2028 || r == 0x2029 || r == 0x202f || r == 0x205f || r == 0x3000
}

// Fields is strings.Fields.
func Fields(s string) []string {
	list := make([]string, 0, 4)
	start := -1
	for i, r := range s {
		switch blank := space(r); {
		case !blank && start < 0:
			start = i
		case blank && start >= 0:
			list, start = append(list, s[start:i]), -1
		}
	}
	if start >= 0 {
		list = append(list, s[start:])
	}
	return list
}

// TrimSpace is strings.TrimSpace.
func TrimSpace(s string) string {
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if !space(r) {
			break
		}
		s = s[n:]
	}
	for s != "" {
		r, n := utf8.DecodeLastRuneInString(s)
		if !space(r) {
			break
		}
		s = s[:len(s)-n]
	}
	return s
}

// Trim is strings.Trim.
func Trim(s, cutset string) string { return TrimRight(TrimLeft(s, cutset), cutset) }

// TrimLeft is strings.TrimLeft.
func TrimLeft(s, cutset string) string {
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if !within(cutset, r) {
			break
		}
		s = s[n:]
	}
	return s
}

// TrimRight is strings.TrimRight.
func TrimRight(s, cutset string) string {
	for s != "" {
		r, n := utf8.DecodeLastRuneInString(s)
		if !within(cutset, r) {
			break
		}
		s = s[:len(s)-n]
	}
	return s
}

func within(set string, r rune) bool {
	for _, c := range set {
		if c == r {
			return true
		}
	}
	return false
}

// ToLower is strings.ToLower.
func ToLower(s string) string { return recase(s, 'A', "toLowerCase") }

// ToUpper is strings.ToUpper.
func ToUpper(s string) string { return recase(s, 'a', "toUpperCase") }

// recase changes the case of the 26 letters from first on, and leaves the rest to the page's own strings.
func recase(s string, first byte, method string) string {
	change := false
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return foreign(s, method)
		}
		change = change || s[i]-first < 26
	}
	if !change {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if c-first < 26 {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

// EqualFold is strings.EqualFold.
func EqualFold(s, t string) bool {
	return s == t || ToLower(s) == ToLower(t) || ToLower(ToUpper(s)) == ToLower(ToUpper(t))
}
