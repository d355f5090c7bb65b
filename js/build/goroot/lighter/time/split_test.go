package time

import (
	"testing"
	"time"
)

func FuzzSplit(f *testing.F) {
	for _, n := range []int64{0, 1, 999, 1000, 1001, 1<<32 - 1, 1_763_714_505_999, 4_294_967_295_999, 4_294_967_296_000, 5_903_999_999_999} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		if n < 0 || n > 5_904_000_000_000 { // in the year 2157
			return
		}
		sec, nsec := split(float64(n))
		if want := time.UnixMilli(n); sec != want.Unix() || int(nsec) != want.Nanosecond() {
			t.Errorf("%d ms are %d s and %d ns, want %d and %d", n, sec, nsec, want.Unix(), want.Nanosecond())
		}
	})
}
