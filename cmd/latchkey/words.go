package main

import (
	"strconv"
	"time"
)

// inWords tells where a time lies as seen from now: "in 59 minutes", "2 days ago".
func inWords(t, now time.Time) string {
	d := t.Sub(now)
	if d < 0 {
		return lengthInWords(-d) + " ago"
	}
	return "in " + lengthInWords(d)
}

// lengthInWords rounds to the largest unit of which there are at least two.
func lengthInWords(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 2*time.Minute:
		return count(d, time.Second, "second")
	case d < 2*time.Hour:
		return count(d, time.Minute, "minute")
	case d < 2*day:
		return count(d, time.Hour, "hour")
	}
	return count(d, day, "day")
}

func count(d, unit time.Duration, name string) string {
	n := int64(d.Round(unit) / unit)
	if n != 1 {
		name += "s"
	}
	return strconv.FormatInt(n, 10) + " " + name
}
