package printable_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

func TestEscape(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", ""},
		{"plain", "AADSTS65001: <b>consent</b> & \"more\" \\ `x`", "AADSTS65001: <b>consent</b> & \"more\" \\ `x`"},
		{"languages", "Zustimmung nötig, 同意が必要, مطلوب", "Zustimmung nötig, 同意が必要, مطلوب"},
		{"emoji", "no 🔑", "no 🔑"},
		{"R23 line feed", "a\nb", `a\x0ab`},
		{"R23 CRLF", "a\r\nSet-Cookie: x", `a\x0d\x0aSet-Cookie: x`},
		{"R23 NUL", "a\x00b", `a\x00b`},
		{"R23 tab", "a\tb", `a\x09b`},
		{"R23 backspace", "a\bb", `a\x08b`},
		{"R23 DEL", "a\x7fb", `a\x7fb`},
		{"R23 ANSI", "\x1b[2J\x1b]0;title\x07", `\x1b[2J\x1b]0;title\x07`},
		{"R23 C1", "a\u009b31mb\u0085c", `a\x9b31mb\x85c`},
		{"R23 C1 as one byte", "a\x9b31m", `a\x9b31m`},
		{"R23 bidi override", "a\u202eb\u202cc", `a\u{202e}b\u{202c}c`},
		{"R23 bidi isolate", "\u2066a\u2069", `\u{2066}a\u{2069}`},
		{"R23 bidi marks", "\u200ea\u200fb\u061c", `\u{200e}a\u{200f}b\u{061c}`},
		{"R23 separators", "a\u2028b\u2029c", `a\u{2028}b\u{2029}c`},
		{"R23 byte order mark", "\ufeffa", `\u{feff}a`},
		{"R23 tags", "a\U000e0041", `a\u{e0041}`},
		{"R23 invalid UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"R23 a surrogate", "a\xed\xa0\x80b", `a\xed\xa0\x80b`},
		{"the replacement character itself", "a\ufffdb", "a\ufffdb"},
		{"just not too long", strings.Repeat("x", printable.MaxText), strings.Repeat("x", printable.MaxText)},
		{"R23 too long", strings.Repeat("x", 1<<20), strings.Repeat("x", printable.MaxText) + "…"},
		{"R23 cut within a rune", strings.Repeat("x", printable.MaxText-1) + "é", strings.Repeat("x", printable.MaxText-1) + "…"},
		{"R23 cut within a long rune", strings.Repeat("x", printable.MaxText-3) + "🔑", strings.Repeat("x", printable.MaxText-3) + "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := printable.Escape(tt.text); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzEscape(f *testing.F) {
	for _, text := range []string{"", "plain", "\x1b[2J", "a\r\nb", "\u202e", "\xff", strings.Repeat("é", 600), "\U000e0041", "\ufffd"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := printable.Escape(text)
		// The longest escape of one byte is that of a C0 control.
		if len(got) > 4*printable.MaxText+len("…") || !utf8.ValidString(got) {
			t.Errorf("%d bytes, valid: %v", len(got), utf8.ValidString(got))
		}
		for _, r := range got {
			if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x61c || r == 0x200e || r == 0x200f || r >= 0x2028 && r <= 0x202e ||
				r >= 0x2066 && r <= 0x2069 || r == 0xfeff || r >= 0xe0000 && r <= 0xe007f {
				t.Errorf("%q has %U", got, r)
			}
		}
		if again := printable.Escape(got); len(got) <= printable.MaxText && again != got {
			t.Errorf("%q becomes %q", got, again)
		}
		if utf8.ValidString(text) && len(text) <= printable.MaxText && got != text && strings.IndexFunc(text, func(r rune) bool { return r < 0x20 || r >= 0x7f }) < 0 {
			t.Errorf("%q was changed to %q", text, got)
		}
	})
}
