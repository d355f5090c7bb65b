package resource

import (
	"strconv"
	"strings"
)

// parseIPv4 reads four decimal numbers without leading zeros, which some programs read as octal.
func parseIPv4(s string) (a [4]byte, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) != len(a) {
		return a, false
	}
	for i, part := range parts {
		if len(part) > 1 && part[0] == '0' {
			return a, false
		}
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return a, false
		}
		a[i] = byte(n)
	}
	return a, true
}

// parseIPv6 reads an address of RFC 4291 section 2.2, without zone.
func parseIPv6(s string) (a [8]uint16, ok bool) {
	head, tail, compressed := strings.Cut(s, "::")
	n, ok := parseGroups(a[:], head, !compressed)
	if !ok {
		return a, false
	}
	if !compressed {
		return a, n == len(a)
	}
	var end [8]uint16
	m, ok := parseGroups(end[:], tail, true)
	// "::" stands for one group at least.
	if !ok || n+m >= len(a) {
		return a, false
	}
	copy(a[len(a)-m:], end[:m])
	return a, true
}

// parseGroups reads groups of four hexadecimal digits into a, the last two as an IPv4 address if last is set and they are
// written so. It returns how many there are.
func parseGroups(a []uint16, s string, last bool) (n int, ok bool) {
	if s == "" {
		return 0, true
	}
	groups := strings.Split(s, ":")
	for i, group := range groups {
		if last && i == len(groups)-1 && strings.IndexByte(group, '.') >= 0 {
			v4, ok := parseIPv4(group)
			if !ok || n+2 > len(a) {
				return 0, false
			}
			a[n] = uint16(v4[0])<<8 | uint16(v4[1])
			a[n+1] = uint16(v4[2])<<8 | uint16(v4[3])
			return n + 2, true
		}
		v, err := strconv.ParseUint(group, 16, 16)
		if err != nil || n == len(a) || len(group) > 4 {
			return 0, false
		}
		a[n] = uint16(v)
		n++
	}
	return n, true
}

// formatIPv6 writes an address as RFC 5952 section 4 says: lower case, no leading zeros, "::" for the first of the longest
// runs of two zero groups or more.
func formatIPv6(a [8]uint16) string {
	start, length := longestZeros(a)
	b := make([]byte, 0, len("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
	for i := 0; i < len(a); i++ {
		if length > 1 && i == start {
			b = append(b, "::"...)
			i += length - 1
			continue
		}
		if len(b) > 0 && b[len(b)-1] != ':' {
			b = append(b, ':')
		}
		b = strconv.AppendUint(b, uint64(a[i]), 16)
	}
	return string(b)
}

func longestZeros(a [8]uint16) (start, length int) {
	run := 0
	for i := 0; i < len(a); i++ {
		if a[i] != 0 {
			run = 0
			continue
		}
		run++
		if run > length {
			start, length = i-run+1, run
		}
	}
	return start, length
}
