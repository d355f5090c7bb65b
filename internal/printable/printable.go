// Package printable makes text from authorities and resources safe to print.
package printable

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxText is the most bytes of foreign text that an error, a log line or a terminal shows.
const MaxText = 1024

// Escape returns s with everything that could change a terminal or forge a log line
// written as \xNN or \u{N}: C0 and C1 controls, ESC, bidirectional controls, line and
// paragraph separators, invalid UTF-8. Text longer than [MaxText] bytes is cut.
func Escape(s string) string {
	cut := false
	if len(s) > MaxText {
		s, cut = s[:MaxText], true
	}
	if clean(s) && !cut {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			if cut && len(s) < utf8.UTFMax {
				s = s[:n] // the rune that the limit cut in two
				break
			}
			b.WriteString(`\x` + hex(int64(s[0]), 2))
		case !harmless(r):
			if r < 0x100 {
				b.WriteString(`\x` + hex(int64(r), 2))
			} else {
				b.WriteString(`\u{` + hex(int64(r), 4) + `}`)
			}
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	if cut {
		b.WriteString("…")
	}
	return b.String()
}

func clean(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !harmless(r) }) < 0
		}
	}
	return true
}

// harmless reports whether r prints as itself. The ranges are Unicode's Bidi_Control
// property, the separators U+2028 and U+2029, the invisible U+FEFF and the tag block.
func harmless(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return false
	case r == 0x61c, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return false
	case r == 0xfeff, r >= 0xe0000 && r <= 0xe007f:
		return false
	}
	return true
}

func hex(n int64, width int) string {
	s := strconv.FormatInt(n, 16)
	for len(s) < width {
		s = "0" + s
	}
	return s
}
