package latchkey

import (
	"strings"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/form"
)

// maxCallback is the most bytes of a callback that are read (rule R37).
const maxCallback = 64 << 10

// checkCallback returns the code of a callback that answers the flow. The state is
// compared before anything else of it is believed. now is Unix seconds.
func checkCallback(s *flowState, m *authority.Metadata, callback string, now int64) (code string, err error) {
	query, err := parseCallback(callback)
	if err != nil {
		return "", err
	}
	switch state := query.Get("state"); {
	case state == "":
		return "", &ValidationError{Check: "state", Problem: "the callback has none: it is not an answer to this sign-in"}
	case !equalInConstantTime(state, s.state):
		return "", &ValidationError{Check: "state", Problem: "the callback answers another sign-in: begin again"}
	case now >= s.expires:
		return "", &ValidationError{Check: "expiry", Problem: "the sign-in took longer than 10 minutes: begin again"}
	}
	switch iss := query.Get("iss"); {
	case iss != "":
		if err := m.CheckResponseIssuer(iss); err != nil {
			return "", &ValidationError{Check: "iss", Problem: "the callback is from another authority (RFC 9207)", Err: err}
		}
	case s.issRequired || m.IssParameter:
		return "", &ValidationError{Check: "iss", Problem: "the callback does not say which authority it is from, and this one always does (RFC 9207)"}
	}
	if query.Has("error") {
		return "", callbackError(query)
	}
	if code = query.Get("code"); code == "" {
		return "", &ValidationError{Check: "code", Problem: "the callback has neither a code nor an error"}
	}
	return code, nil
}

// parseCallback reads the query and refuses a parameter that comes twice.
func parseCallback(callback string) (form.Values, error) {
	if len(callback) > maxCallback {
		return nil, &ValidationError{Check: "callback", Problem: "is longer than 64 KB"}
	}
	callback = strings.TrimPrefix(strings.TrimPrefix(callback, "?"), "#")
	if callback == "" {
		return nil, &ValidationError{Check: "callback", Problem: "is empty: give the raw query of the redirect"}
	}
	query, err := form.Parse(callback)
	if err != nil {
		return nil, &ValidationError{Check: "callback", Problem: "is malformed: give the raw query of the redirect", Err: err}
	}
	for _, name := range [...]string{"state", "code", "error", "iss", "error_description", "error_uri", "suberror", "error_subcode", "claims"} {
		if len(query.All(name)) > 1 {
			return nil, &ValidationError{Check: "callback", Problem: "has the parameter " + name + " more than once"}
		}
	}
	return query, nil
}

// callbackError reads an authorization error response (RFC 6749 section 4.1.2.1).
func callbackError(query form.Values) *Error {
	e := &Error{
		Endpoint:    "authorization",
		Code:        clip(query.Get("error"), 128),
		Description: clip(query.Get("error_description"), 4096),
		Suberror:    clip(firstOf(query.Get("suberror"), query.Get("error_subcode")), 128),
		URI:         clip(query.Get("error_uri"), 1024),
		TraceID:     clip(query.Get("trace_id"), 128), CorrelationID: clip(query.Get("correlation_id"), 128), Timestamp: clip(query.Get("timestamp"), 128),
	}
	if claims := query.Get("claims"); len(claims) <= maxClaims {
		e.Claims = claims
	}
	e.describeNumber()
	return e
}

// equalInConstantTime compares without telling by its time how much is equal.
func equalInConstantTime(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	var differ byte
	for i := 0; i < len(a); i++ {
		differ |= a[i] ^ b[i]
	}
	return differ == 0
}
