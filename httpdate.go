package latchkey

import (
	"strconv"
	"strings"
)

// parseHTTPDate reads an IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110
// section 5.6.7), into Unix seconds. time.Parse would cost a page more than all of this
// package's parsing.
func parseHTTPDate(s string) (int64, bool) {
	if len(s) != 29 || s[3:5] != ", " || s[7] != ' ' || s[11] != ' ' || s[16] != ' ' ||
		s[19] != ':' || s[22] != ':' || s[25:] != " GMT" {
		return 0, false
	}
	month := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s[8:11])
	if month < 0 || month%3 != 0 {
		return 0, false
	}
	var n [5]int64 // day, year, hour, minute, second
	for i, part := range [...]string{s[5:7], s[12:16], s[17:19], s[20:22], s[23:25]} {
		v, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return 0, false
		}
		n[i] = int64(v)
	}
	if n[0] < 1 || n[0] > 31 || n[1] < 1 || n[2] > 23 || n[3] > 59 || n[4] > 60 {
		return 0, false
	}
	return daysSince1970(n[1], int64(month/3+1), n[0])*86400 + n[2]*3600 + n[3]*60 + n[4], true
}

// daysSince1970 counts days in the Gregorian calendar, with years that begin in March
// so that the leap day comes last.
func daysSince1970(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469
}

// minutes says how far a clock is off, seconds being ours minus theirs.
func minutes(seconds int64) string {
	if seconds < 0 {
		return plural((-seconds+30)/60) + " behind"
	}
	return plural((seconds+30)/60) + " ahead of"
}

func plural(minutes int64) string {
	if minutes == 1 {
		return "1 minute"
	}
	return strconv.FormatInt(minutes, 10) + " minutes"
}
