package strings

import (
	"slices"
	"strings"
	"testing"
)

// FuzzStrings compares the lighter functions with those of package strings.
func FuzzStrings(f *testing.F) {
	for _, seed := range []string{
		"", " a\tb\u00a0c \u2003", "openid profile\n", "\x85x\xff ", "ÀÉ ß İı ſK", "https://A.example/B", "\u1680\u2028\u3000", "ÀB\xc3",
	} {
		f.Add(seed, " \t/")
		f.Add(seed, "é\u00a0\xff")
	}
	f.Fuzz(func(t *testing.T, s, set string) {
		if got, want := Fields(s), strings.Fields(s); !slices.Equal(got, want) {
			t.Errorf("Fields(%q) = %q, want %q", s, got, want)
		}
		for _, test := range []struct{ name, got, want string }{
			{"TrimSpace", TrimSpace(s), strings.TrimSpace(s)},
			{"Trim", Trim(s, set), strings.Trim(s, set)},
			{"TrimLeft", TrimLeft(s, set), strings.TrimLeft(s, set)},
			{"TrimRight", TrimRight(s, set), strings.TrimRight(s, set)},
			{"ToLower", ToLower(s), strings.ToLower(s)},
			{"ToUpper", ToUpper(s), strings.ToUpper(s)},
		} {
			if test.got != test.want {
				t.Errorf("%s(%q) = %q, want %q", test.name, s, test.got, test.want)
			}
		}
		if ascii(s) && ascii(set) && EqualFold(s, set) != strings.EqualFold(s, set) {
			t.Errorf("EqualFold(%q, %q)", s, set)
		}
	})
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func TestEqualFold(t *testing.T) {
	for _, pair := range [][2]string{{"Bearer", "bEARER"}, {"É", "é"}, {"a", "b"}, {"", "a"}, {"straße", "STRASSE"}, {"ſ", "s"}} {
		if got, want := EqualFold(pair[0], pair[1]), strings.EqualFold(pair[0], pair[1]); got != want {
			t.Errorf("EqualFold(%q, %q) = %v", pair[0], pair[1], got)
		}
	}
}
