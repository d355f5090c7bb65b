package slices

import (
	"slices"
	"strings"
	"testing"
)

func FuzzSort(f *testing.F) {
	f.Add("b a c a")
	f.Add("User.Read openid Mail.Read openid")
	f.Fuzz(func(t *testing.T, text string) {
		got, want := strings.Fields(text), strings.Fields(text)
		Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("Sort: %q, want %q", got, want)
		}
		length := func(a, b string) int { return len(a) - len(b) }
		got, want = strings.Fields(text), strings.Fields(text)
		SortStableFunc(got, length)
		slices.SortStableFunc(want, length)
		if !slices.Equal(got, want) {
			t.Errorf("SortStableFunc: %q, want %q", got, want)
		}
		got = strings.Fields(text)
		SortFunc(got, length)
		if !slices.IsSortedFunc(got, length) {
			t.Errorf("SortFunc: %q", got)
		}
	})
}
