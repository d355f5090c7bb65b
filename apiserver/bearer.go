package apiserver

import (
	"net/http"
	"strings"
)

// bearerToken returns the token that a request presents in its Authorization header, the
// only place where one is looked for (RFC 6750 section 2.1): URLs end up in logs, and to
// read a form would take the body from the handler.
func bearerToken(r *http.Request) (string, error) {
	header := r.Header.Values("Authorization")
	if len(header) > 1 {
		return "", malformed("there are several Authorization headers")
	}
	if len(header) == 0 {
		return "", noToken("there is no Authorization header")
	}
	token, isBearer, ok := parseBearer(header[0])
	switch {
	case !isBearer:
		return "", noToken("the Authorization header is of another scheme than Bearer")
	case !ok:
		return "", malformed("the Authorization header is not Bearer, a space and a token")
	case r.URL != nil && r.URL.RawQuery != "" && r.URL.Query().Has("access_token"):
		// RFC 6750 section 2: one method per request.
		return "", malformed("the query presents a token too")
	}
	return token, nil
}

// parseBearer reads an Authorization header's value: the scheme in any case of letters, at
// least one space, and a b64token (RFC 6750 section 2.1, RFC 9110 section 11.4).
func parseBearer(value string) (token string, isBearer, ok bool) {
	scheme, rest, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false, false
	}
	token = strings.TrimLeft(rest, " ")
	if !b64token(token) {
		return "", true, false
	}
	return token, true, true
}

// b64token reports whether s is 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=".
func b64token(s string) bool {
	s = strings.TrimRight(s, "=")
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '-', c == '.', c == '_', c == '~', c == '+', c == '/':
		default:
			return false
		}
	}
	return s != ""
}

// noToken is the refusal of a request without a token. It has no error code (RFC 6750
// section 3.1).
func noToken(problem string) *Error {
	return &Error{Status: http.StatusUnauthorized, Check: "header", Problem: problem}
}

func malformed(problem string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: codeInvalidRequest, Check: "header", Problem: problem}
}
