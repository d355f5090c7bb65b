// Package resource reads http and https URLs for decisions about trust: which API a token may go to, which host an
// authority lives on, whether plain http is acceptable.
//
//	u, err := resource.Parse("https://API.example.com:443/v1/users?page=2")
//	u.Origin()   // "https://api.example.com"
//	u.Segments() // "v1", "users"
//
// Such decisions compare scheme, host, port and path segments, never the beginning of a text: https://api.example.com.evil
// begins with https://api.example.com. Equal URLs have equal fields, except for Path and Query, which stay as they were
// written. What two programs could read in two ways (user info, backslashes, escapes in the host, 0x7f.1 for 127.0.0.1) is
// refused, so that nobody is sent where the check was not.
package resource

import "strings"

// A URL is an absolute http or https URL as [Parse] returns it. The zero URL is none. It is comparable with ==, but
// Path and Query are compared as written then.
type URL struct {
	Scheme string // "http" or "https"
	Host   string // lower case; an IPv6 address without brackets, in the form of RFC 5952, always in hexadecimal
	Port   string // "" for the scheme's default, else 1 to 65535 in decimal
	Path   string // as written, escapes and dot segments included; "" or begins with '/'
	Query  string // as written, without the '?'; it may hold secrets
}

// Parse reads an absolute URL. The error is an *[Error], which never has a piece of the URL.
//
// Refused are: schemes other than http and https, user info, fragments, control characters, spaces, backslashes and
// anything that is not ASCII, a bad escape in the path, and a host that is neither a name of letters, digits, '-', '_' and
// dots, nor four decimal numbers, nor an IPv6 address without zone.
func Parse(raw string) (URL, error) {
	if reason := checkCharacters(raw); reason != "" {
		return URL{}, &Error{reason}
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" {
		return URL{}, &Error{"it must begin with https:// or http://"}
	}
	u := URL{Scheme: scheme}
	rest, u.Query, _ = strings.Cut(rest, "?")
	authority := rest
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		authority, u.Path = rest[:slash], rest[slash:]
	}
	if !validEscapes(u.Path) {
		return URL{}, &Error{"a '%' in the path must be followed by two hexadecimal digits"}
	}
	reason := u.setAuthority(authority)
	if reason != "" {
		return URL{}, &Error{reason}
	}
	return u, nil
}

// Origin returns the scheme, the host and, unless it is the default, the port, as RFC 6454 section 6.2 writes them.
// It is "" for the zero URL. It is the part to show in messages.
func (u URL) Origin() string {
	if u.Scheme == "" {
		return ""
	}
	host := u.Host
	if strings.IndexByte(host, ':') >= 0 {
		host = "[" + host + "]"
	}
	if u.Port != "" {
		host += ":" + u.Port
	}
	return u.Scheme + "://" + host
}

// String returns the whole URL, which is the text that was parsed but for the spelling of the origin and an empty query.
// It has the query: use [URL.Origin] in errors and logs.
func (u URL) String() string {
	s := u.Origin() + u.Path
	if u.Query != "" {
		s += "?" + u.Query
	}
	return s
}

// Loopback reports whether the host is this computer without asking a name server: localhost, 127.0.0.0/8 or ::1.
// Only for these is plain http acceptable (RFC 8252 section 8.3).
func (u URL) Loopback() bool {
	if u.Host == "localhost" || u.Host == "::1" {
		return true
	}
	a, ok := parseIPv4(u.Host)
	return ok && a[0] == 127
}

// Segments returns the segments of Path as written, so a segment may be "..", "%2e" or "" (between two slashes, and after
// a slash at the end). There are none in "" and "/".
func (u URL) Segments() []string {
	if u.Path == "" || u.Path == "/" {
		return nil
	}
	return strings.Split(u.Path[1:], "/")
}

// An Error says why a text is refused as a URL. It never has a piece of the text, which may hold secrets.
type Error struct {
	Reason string // what the text must be, to complete "not an acceptable URL: "
}

// Error returns the reason.
func (e *Error) Error() string {
	return "resource: not an acceptable URL: " + e.Reason
}

func checkCharacters(raw string) (reason string) {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c <= ' ' || c == 0x7f:
			return "it must not have spaces or control characters"
		case c >= 0x80:
			return "it must be ASCII: escape the path with %, write the host in its xn-- form"
		case c == '\\':
			return "it must not have a backslash"
		case c == '#':
			return "it must not have a fragment"
		}
	}
	return ""
}

func validEscapes(path string) bool {
	for i := 0; i < len(path); i++ {
		if path[i] != '%' {
			continue
		}
		if i+2 >= len(path) || !isHex(path[i+1]) || !isHex(path[i+2]) {
			return false
		}
		i += 2
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
