//go:build gopherjs

package time

// lookup knows no time zones: a page's core formats no times.
func (l *Location) lookup(int64) (name string, offset int, start, end int64, isDST bool) {
	return "UTC", 0, alpha, omega, false
}

func initLocal() { localLoc.name = "UTC" }
