package strconv

import (
	"strconv"
	"testing"
)

func FuzzFormat(f *testing.F) {
	for _, n := range []int64{0, 1, -1, 35, 36, 3600, 1 << 62, -1 << 63, 1<<63 - 1} {
		f.Add(n, 10)
		f.Add(n, 16)
	}
	f.Fuzz(func(t *testing.T, n int64, base int) {
		if base < 2 || base > 36 {
			return
		}
		if got, want := FormatInt(n, base), strconv.FormatInt(n, base); got != want {
			t.Errorf("FormatInt(%d, %d) = %s, want %s", n, base, got, want)
		}
		if got, want := FormatUint(uint64(n), base), strconv.FormatUint(uint64(n), base); got != want {
			t.Errorf("FormatUint(%d, %d) = %s, want %s", uint64(n), base, got, want)
		}
		if got, want := string(AppendInt([]byte("x"), n, base)), string(strconv.AppendInt([]byte("x"), n, base)); got != want {
			t.Errorf("AppendInt gives %s, want %s", got, want)
		}
		if got, want := string(AppendUint(nil, uint64(n), base)), string(strconv.AppendUint(nil, uint64(n), base)); got != want {
			t.Errorf("AppendUint gives %s, want %s", got, want)
		}
	})
}
