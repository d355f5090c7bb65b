package latchkey

import "testing"

func TestParseHTTPDate(t *testing.T) {
	good := map[string]int64{
		"Sun, 06 Nov 1994 08:49:37 GMT": 784111777, // RFC 9110 section 5.6.7
		"Thu, 01 Jan 1970 00:00:00 GMT": 0,
		"Wed, 31 Dec 1969 23:59:59 GMT": -1,
		"Tue, 29 Feb 2000 12:00:00 GMT": 951825600,
		"Thu, 28 Feb 2100 23:59:59 GMT": 4107542399,
		"Mon, 01 Mar 2100 00:00:00 GMT": 4107542400,
		"Fri, 31 Dec 9999 23:59:59 GMT": 253402300799,
		"Sat, 31 Dec 2016 23:59:60 GMT": 1483228800, // a leap second
		"Xxx, 06 Nov 1994 08:49:37 GMT": 784111777,  // nobody needs the day of the week
	}
	for text, want := range good {
		if got, ok := parseHTTPDate(text); !ok || got != want {
			t.Errorf("%s: %d, %v; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "0", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 anF 1994 08:49:37 GMT", "Sun, 06 ovD 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT", "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT", "Sun, 06 Nov 19_4 08:49:37 GMT",
		"Sun,106 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 0\xff Nov 1994 08:49:37 GMT",
	} {
		if got, ok := parseHTTPDate(text); ok {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func TestMinutes(t *testing.T) {
	for seconds, want := range map[int64]string{
		61: "1 minute ahead of", 89: "1 minute ahead of", 90: "2 minutes ahead of", -61: "1 minute behind", -3600: "60 minutes behind",
	} {
		if got := minutes(seconds); got != want {
			t.Errorf("%d: %q, want %q", seconds, got, want)
		}
	}
}
