package cache

import (
	"strings"
	"testing"
)

func TestR24_NameIsInjective(t *testing.T) {
	fields := []string{"", "a", "b", "ab", ":", "1:", "1:a", "a1:", "0:", "2:ab", "\x00", "\xff", strings.Repeat("a", 300)}
	seen := map[string]Partition{}
	for _, kind := range fields {
		for _, cloud := range fields {
			for _, owner := range fields {
				for _, subject := range fields {
					p := Partition{Kind(kind), cloud, owner, subject}
					if other, twice := seen[p.Name()]; twice {
						t.Fatalf("%q and %q have one name", p, other)
					}
					seen[p.Name()] = p
				}
			}
		}
	}
}

func TestR24_NameIsTheKeyOfTheFields(t *testing.T) {
	p := Partition{KindOnBehalfOf, "https://login.example.com", "client", "../\x00"}
	if got, want := p.Name(), Key("on-behalf-of", "https://login.example.com", "client", "../\x00"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Key("a", "", "bc"), "1:a0:2:bc"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzKey(f *testing.F) {
	f.Add("a", "b", "ab", "")
	f.Add("1:a", "", "", "1:a")
	f.Add("", "1:a1:b", "a", "b")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		if (Key(a, b) == Key(c, d)) != (a == c && b == d) {
			t.Errorf("Key(%q, %q) and Key(%q, %q)", a, b, c, d)
		}
		if Key(a, b) == Key(a, b, c) || Key(a) == Key(a, b) {
			t.Error("lists of different lengths have one key")
		}
	})
}
