package resource

import (
	"strconv"
	"strings"
)

// setAuthority sets Host and Port from host[:port], or returns why it cannot.
func (u *URL) setAuthority(authority string) (reason string) {
	if strings.IndexByte(authority, '@') >= 0 {
		return "it must not have a user name or password"
	}
	host, port := authority, ""
	if strings.HasPrefix(authority, "[") {
		end := strings.IndexByte(authority, ']')
		if end < 0 {
			return "an IPv6 address must end with ']'"
		}
		host, port = authority[1:end], authority[end+1:]
		if port != "" && port[0] != ':' {
			return "only a port may follow an IPv6 address"
		}
		a, ok := parseIPv6(host)
		if !ok {
			return "the host is not an IPv6 address (zones are not accepted)"
		}
		u.Host = formatIPv6(a)
	} else {
		if colon := strings.IndexByte(authority, ':'); colon >= 0 {
			host, port = authority[:colon], authority[colon:]
		}
		u.Host = strings.ToLower(host)
		if reason := checkName(u.Host); reason != "" {
			return reason
		}
	}
	return u.setPort(strings.TrimPrefix(port, ":"))
}

func (u *URL) setPort(port string) (reason string) {
	if port == "" {
		return ""
	}
	_, err := strconv.ParseUint(port, 10, 16)
	if err != nil || port[0] == '0' {
		return "the port must be a number from 1 to 65535"
	}
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return ""
	}
	u.Port = port
	return ""
}

// checkName accepts a DNS name, to which underscores are common, or an IPv4 address, in lower case.
func checkName(host string) (reason string) {
	if host == "" {
		return "the host is missing"
	}
	if len(host) > 255 {
		return "the host is too long"
	}
	// One dot at the end is the root: the same computer, but another host.
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 {
			return "each part of the host must have 1 to 63 characters"
		}
		for i := 0; i < len(label); i++ {
			c := label[i]
			if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
				return "the host must consist of letters, digits, '-', '_' and dots"
			}
		}
	}
	if numeric(labels[len(labels)-1]) {
		if _, ok := parseIPv4(host); !ok {
			return "a host that ends in a number must be an IPv4 address of four decimal numbers"
		}
	}
	return ""
}

// numeric reports whether browsers, and some resolvers, take a host with this last label for an IPv4 address in one of
// its odd spellings: 2130706433, 0x7f.1, 127.1 (URL Standard, "ends in a number").
func numeric(label string) bool {
	if strings.HasPrefix(label, "0x") {
		return strings.Trim(label[2:], "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}
