package apiserver

import (
	"errors"
	"net/http"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// ErrUnavailable means that a token could be neither accepted nor refused, because the
// authority's metadata or keys could not be had. The token may be good: ask again later.
// Match it with [errors.Is].
var ErrUnavailable = errors.New("apiserver: the authority's keys are not available")

// The error codes of RFC 6750 section 3.1, of RFC 9470 section 3, and Microsoft Entra's.
const (
	codeInvalidRequest     = "invalid_request"
	codeInvalidToken       = "invalid_token"
	codeInsufficientScope  = "insufficient_scope"
	codeInsufficientUser   = "insufficient_user_authentication"
	codeInsufficientClaims = "insufficient_claims"
)

// An Error says why a request or a token is refused. Its text is for the API's own log:
// it quotes what the token says, limited and escaped, and never has the token. What the
// client is told has nothing of it: see [Verifier.Refuse].
type Error struct {
	// Status is the HTTP status of the refusal: 400, 401, 403 or 503.
	Status int
	// Code is the error code of the challenge, such as "invalid_token"; empty if the
	// request had no token, or if Status is 503.
	Code string
	// Check is what failed: "header", "token", "typ", "cnf", "iss", "tid", "aud",
	// "exp", "nbf", "iat", "signature", "keys", "scope", "roles", "acr", "auth_time" or
	// "acrs".
	Check string
	// Problem is what was found and what to do.
	Problem string
	// Err is the cause; nil if there is none.
	Err error

	more []parameter // of the challenge, after the code
}

// Error returns the check, the problem and the cause.
func (e *Error) Error() string {
	text := "apiserver: refused, " + e.Check + ": " + e.Problem
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is [ErrUnavailable] and the token could not be checked.
func (e *Error) Is(target error) bool {
	return target == ErrUnavailable && e.Status == http.StatusServiceUnavailable
}

// invalid is the refusal of a token.
func invalid(check, problem string, cause error) *Error {
	return &Error{Status: http.StatusUnauthorized, Code: codeInvalidToken, Check: check, Problem: problem, Err: cause}
}

// unavailable says that no key could be had.
func unavailable(cause error) *Error {
	return &Error{
		Status: http.StatusServiceUnavailable, Check: "keys",
		Problem: "the token cannot be checked without the authority's metadata and keys", Err: cause,
	}
}

// descriptions tell the client what is wrong (RFC 6750 section 3). They are all that a
// client is told, so that nothing of a token or of this API's configuration gets out.
var descriptions = map[string]string{
	"header":    "The Authorization header must present one bearer token, and nothing else may",
	"token":     "The access token is malformed or too long",
	"typ":       "The token is not an access token of the expected kind",
	"cnf":       "The access token is bound to a key and cannot be used as a bearer token",
	"iss":       "The access token is from another authority",
	"tid":       "The access token is from a tenant that may not call this API",
	"aud":       "The access token is for another API",
	"exp":       "The access token expired",
	"nbf":       "The access token is not valid yet",
	"iat":       "The access token is not valid yet",
	"signature": "The access token's signature cannot be accepted",
	"scope":     "The access token lacks a scope",
	"roles":     "The access token lacks a role",
	"acr":       "Another sign-in method is needed",
	"auth_time": "A more recent sign-in is needed",
	"acrs":      "More claims are needed",
}

// An ArgumentError says which field of a config, requirement or challenge is missing or
// wrong, and what to put there.
type ArgumentError struct {
	// Field is the field or parameter, such as "Config.Audiences".
	Field string
	// Problem is what is wrong and what to do.
	Problem string
}

// Error returns the field and the problem.
func (e *ArgumentError) Error() string {
	return "apiserver: " + e.Field + ": " + e.Problem
}

// quoted returns foreign text safe to print.
func quoted(s string) string {
	const most = 256
	if len(s) > most {
		s = s[:most] + "..."
	}
	return `"` + printable.Escape(s) + `"`
}
