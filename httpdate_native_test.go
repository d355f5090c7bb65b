//go:build !js

package latchkey

import (
	"strings"
	"testing"
	"time"
)

const imfFixdate = "Mon, 02 Jan 2006 15:04:05 GMT"

// FuzzHTTPDate compares with time.Parse, which reads the day of the week and the length of the month besides, and no
// leap seconds.
func FuzzHTTPDate(f *testing.F) {
	for _, text := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "Tue, 29 Feb 2000 12:00:00 GMT", "Wed, 01 Mar 1900 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
		"Mon, 01 Jan 0001 00:00:00 GMT", "Sat, 01 Jan 0000 00:00:00 GMT", "Sun, 31 Feb 2021 00:00:00 GMT", "x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseHTTPDate(text)
		want, err := time.Parse(imfFixdate, text)
		switch {
		case err == nil && len(text) == len(imfFixdate) && !ok && want.Year() >= 1:
			// time.Parse takes month and day names in any case; RFC 9110 does not.
			if text == want.Format(imfFixdate) {
				t.Errorf("%q is not read; it is %d", text, want.Unix())
			}
		case err == nil && ok && got != want.Unix():
			t.Errorf("%q is %d, want %d", text, got, want.Unix())
		case err != nil && ok:
			lenient := strings.Contains(err.Error(), "out of range") || strings.Contains(err.Error(), "cannot parse")
			if !lenient || got < -62135596800 || got > 253402300799+86400*31 {
				t.Errorf("%q is read as %d; time.Parse: %v", text, got, err)
			}
		}
	})
}

// Every day of four centuries, which is all that the calendar has.
func TestHTTPDateOfEveryDay(t *testing.T) {
	day := time.Date(1800, 1, 1, 23, 59, 59, 0, time.UTC)
	for day.Year() < 2201 {
		if got, ok := parseHTTPDate(day.Format(imfFixdate)); !ok || got != day.Unix() {
			t.Fatalf("%v: %d, %v; want %d", day, got, ok, day.Unix())
		}
		day = day.AddDate(0, 0, 1)
	}
}
