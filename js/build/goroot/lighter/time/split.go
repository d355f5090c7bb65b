package time

// split returns the whole seconds of milliseconds since 1970, and the nanoseconds of the rest.
func split(milliseconds float64) (sec int64, nsec int32) {
	sec = int64(milliseconds / 1000)
	return sec, int32(milliseconds-float64(sec)*1000) * 1_000_000
}
