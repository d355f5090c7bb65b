package latchkey

import (
	"strconv"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/latchkey-auth/latchkey/transport"
)

// A tokenAnswer is a successful answer of a token endpoint (RFC 6749 section 5.1).
// Times are Unix seconds; zero: not given.
type tokenAnswer struct {
	accessToken, tokenType, refreshToken, idToken, clientInfo string
	scope                                                     string // as granted; the requested ones if the answer has none
	familyID                                                  string
	sentAt, expiresOn, extendedExpiresOn, refreshOn           int64
	claims                                                    Claims // of the ID token, checked
}

// String says what is in the answer, not what it is.
func (a *tokenAnswer) String() string { return "token answer [redacted]" }

// maxLifetime bounds expires_in: ten years, in seconds.
const maxLifetime = 10 * 365 * 24 * 3600

// parseTokenAnswer checks what came back (rule R12). sent is when the request left.
func parseTokenAnswer(r *transport.Response, q *tokenRequest, sent time.Time, accessTokenOptional bool) (*tokenAnswer, error) {
	object, err := parseAnswer(r, "token", q.grant, sent)
	if err != nil {
		return nil, err
	}
	text := func(name string) string {
		s, _ := object.Get(name).Text()
		return s
	}
	a := &tokenAnswer{
		accessToken:  text("access_token"),
		tokenType:    text("token_type"),
		refreshToken: text("refresh_token"),
		idToken:      text("id_token"),
		clientInfo:   text("client_info"),
		scope:        text("scope"),
		familyID:     text("foci"),
		sentAt:       sent.Unix(),
	}
	switch {
	case a.accessToken == "" && (a.idToken == "" || !accessTokenOptional):
		return nil, &ValidationError{Check: "access_token", Problem: "the answer has none"}
	case !visible(a.accessToken):
		return nil, &ValidationError{Check: "access_token", Problem: "has a character that no header can carry (RFC 6750 section 2.1)"}
	case a.accessToken != "" && !strings.EqualFold(a.tokenType, "Bearer"):
		return nil, &ValidationError{Check: "token_type", Problem: "is '" + printable.Escape(a.tokenType) + "', and Bearer was asked for"}
	}
	if a.accessToken != "" {
		a.tokenType = "Bearer" // however it was spelled: many resources take no other spelling
	}
	if a.scope == "" {
		a.scope = firstOf(q.form.Get("scope"), joinScopes(q.asked)) // RFC 6749 section 5.1: absent means as requested
	}
	if seconds, ok := lifetime(object.Get("expires_in")); ok {
		a.expiresOn = a.sentAt + seconds
		if more, ok := lifetime(object.Get("ext_expires_in")); ok && more > seconds {
			a.extendedExpiresOn = a.sentAt + more
		}
		if early, ok := lifetime(object.Get("refresh_in")); ok && early > 0 && early < seconds {
			a.refreshOn = a.sentAt + early
		}
	}
	return a, nil
}

// visible reports whether s consists of visible ASCII characters.
func visible(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// lifetime reads seconds that came as a number, a string or a float, clamped.
func lifetime(v jsonscan.Value) (int64, bool) {
	if text, ok := v.Text(); ok {
		v, _ = jsonscan.Parse(text) // what is no number has no value
	}
	seconds, ok := v.Truncated()
	if !ok {
		return 0, false
	}
	return min(max(seconds, 0), maxLifetime), true
}

// parseAnswer returns the JSON object of a successful answer, or an [*Error].
func parseAnswer(r *transport.Response, endpoint, grantType string, now time.Time) (jsonscan.Members, error) {
	value, err := jsonscan.Parse(r.Body)
	object := value.Members()
	isObject := err == nil && object.Kind() == jsonscan.Object
	if r.Status == 200 && isObject && !object.Get("error").Exists() {
		return object, nil
	}
	refused := &Error{Status: r.Status, Endpoint: endpoint, Grant: grantType, RetryAfter: retryAfter(r, now)}
	if !isObject {
		refused.Description = describeBody(r)
		return object, refused
	}
	refused.read(object)
	return object, refused
}

// read takes the members of an error answer.
func (e *Error) read(object jsonscan.Members) {
	text := func(name string, limit int) string {
		s, _ := object.Get(name).Text()
		return clip(s, limit)
	}
	e.Code = text("error", 128)
	e.Description = text("error_description", 4096)
	e.Suberror = text("suberror", 128)
	e.URI = text("error_uri", 1024)
	e.TraceID = text("trace_id", 128)
	e.CorrelationID = text("correlation_id", 128)
	e.Timestamp = text("timestamp", 128)
	if claims := text("claims", maxClaims+1); len(claims) <= maxClaims {
		e.Claims = claims
	}
	object.Get("error_codes").Items(func(v jsonscan.Value) bool {
		if n, ok := v.Int(); ok && len(e.Numbers) < 16 {
			e.Numbers = append(e.Numbers, n)
		}
		return true
	})
	e.describeNumber()
}

// describeBody says what came in place of JSON, not the text of it: a proxy's page may
// repeat the request.
func describeBody(r *transport.Response) string {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	kind = strings.TrimSpace(kind)
	switch {
	case r.Body == "":
		return "the answer is empty"
	case strings.EqualFold(kind, "application/json"):
		return "the answer is not a JSON object, or was cut off after " + strconv.Itoa(len(r.Body)) + " bytes"
	case kind == "":
		return "the answer is not JSON"
	}
	return "the answer is " + clip(kind, 64) + " in place of JSON: does something between here and the authority answer?"
}

// clip cuts s to at most limit bytes.
func clip(s string, limit int) string {
	if len(s) > limit {
		return s[:limit]
	}
	return s
}

// retryAfter reads Retry-After: seconds or a date (RFC 9110 section 10.2.3), at most an
// hour. A date is compared with the answer's own, for the clocks may differ.
func retryAfter(r *transport.Response, now time.Time) time.Duration {
	value := strings.TrimSpace(r.Header.Get("Retry-After"))
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		until, ok := parseHTTPDate(value)
		if !ok {
			return 0
		}
		theirs, ok := parseHTTPDate(r.Header.Get("Date"))
		if !ok {
			theirs = now.Unix()
		}
		seconds = until - theirs
	}
	return time.Duration(min(max(seconds, 0), 3600)) * time.Second
}
