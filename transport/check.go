package transport

import (
	"errors"
	"strings"
)

// check refuses what no platform can send, before anything is sent.
func check(req *Request) error {
	if req == nil {
		return &Error{Err: errors.New("no request: the *Request is nil")}
	}
	_, host, _, ok := target(req.URL)
	bad := func(what string) error {
		return &Error{Method: verb(req.Method), Host: host, Err: errors.New(what)}
	}
	if !token(req.Method) {
		return bad("the method is missing or is no HTTP method: use GET or POST")
	}
	if !ok {
		return bad("the URL is not usable: it must be absolute, begin with https:// or http://, have a host and no user info, and be free of spaces and control characters")
	}
	for i := range req.Header {
		if !token(req.Header[i].Name) {
			return bad("a header name is empty or has a character that HTTP forbids")
		}
		if !fieldValue(req.Header[i].Value) {
			return bad("the value of header " + req.Header[i].Name + " has a control character: remove line breaks")
		}
	}
	return nil
}

// target splits the URL of a request into the parts that may be shown. It is not a
// parser: the platform parses, this decides only what is safe to print and send.
func target(raw string) (scheme, host, path string, ok bool) {
	scheme, rest, found := strings.Cut(raw, "://")
	if !found || scheme != "https" && scheme != "http" {
		return "", "", "", false
	}
	for i := 0; i < len(raw); i++ {
		if raw[i] <= ' ' || raw[i] >= 0x7f || raw[i] == '\\' {
			return "", "", "", false
		}
	}
	if end := strings.IndexAny(rest, "?#"); end >= 0 {
		rest = rest[:end]
	}
	host, path, found = strings.Cut(rest, "/")
	if found {
		path = "/" + path
	}
	if !plainHost(host) {
		return "", "", "", false
	}
	return scheme, host, path, true
}

// plainHost reports whether s has only what a host and a port are made of, so that
// user info, the part of a URL that may be a password, cannot pass for a host.
func plainHost(s string) bool {
	name, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		name, port = s[:i], s[i+1:]
	}
	for i := 0; i < len(port); i++ {
		if port[i] < '0' || port[i] > '9' {
			return false
		}
	}
	extra := "-._"
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		name, extra = name[1:len(name)-1], ".:"
	}
	for i := 0; i < len(name); i++ {
		if !alphanumeric(name[i]) && strings.IndexByte(extra, name[i]) < 0 {
			return false
		}
	}
	return name != ""
}

// verb returns the method if it can be printed.
func verb(method string) string {
	if !token(method) {
		return "request"
	}
	return method
}

// token reports whether s is a token (RFC 9110 section 5.6.2).
func token(s string) bool {
	for i := 0; i < len(s); i++ {
		if !alphanumeric(s[i]) && strings.IndexByte("!#$%&'*+-.^_`|~", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

// fieldValue reports whether s may be the value of a header field (RFC 9110 section 5.5).
func fieldValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
