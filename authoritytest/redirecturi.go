package authoritytest

import (
	"net"
	"net/url"
	"strings"
)

// registeredURI reports whether a URI of a request is one of the registered ones:
// exactly, character by character (RFC 9700, section 2.1), but for the port of a
// loopback address (RFC 8252, section 7.3). The Entra shape gives the name localhost
// the same freedom.
func registeredURI(shape, uri string, registered []string) bool {
	if strings.Contains(uri, "#") {
		return false
	}
	for _, r := range registered {
		if uri == r || loopbackMatch(shape, uri, r) {
			return true
		}
	}
	return false
}

func loopbackMatch(shape, uri, registered string) bool {
	u, err1 := url.Parse(uri)
	r, err2 := url.Parse(registered)
	if err1 != nil || err2 != nil || u.Scheme != "http" || r.Scheme != "http" || u.User != nil || u.Opaque != "" {
		return false
	}
	if u.Hostname() != r.Hostname() || !loopbackHost(u.Hostname()) {
		return false
	}
	if u.Hostname() == "localhost" && !dialects[shape].microsoft && u.Port() != r.Port() {
		return false
	}
	return rootPath(u) == rootPath(r) && u.RawQuery == r.RawQuery && u.ForceQuery == r.ForceQuery
}

// rootPath returns the path as it is requested: an empty one is "/" (RFC 3986, section
// 6.2.3).
func rootPath(u *url.URL) string {
	if u.EscapedPath() == "" {
		return "/"
	}
	return u.EscapedPath()
}

// loopbackHost reports whether a host name, without port, can only be this computer.
func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
