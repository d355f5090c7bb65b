package apiclient

import (
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// A TokenError says that a request got no token, and what to ask for. It matches
// [latchkey.ErrInteractionRequired] if only the user can help: sign in with Scopes and
// the rest, then send the request again.
type TokenError struct {
	// Origin is the API: scheme, host and port.
	Origin string
	// Scopes and Resource are what the token was to be good for.
	Scopes   []string
	Resource string
	// Claims is what the API and the authority demand, as JSON, for the ClaimsChallenge of
	// an [latchkey.InteractiveRequest]; empty: nothing in particular.
	Claims string
	// ACRValues are the authentication contexts of which the API demands one, the preferred
	// first, and MaxAge is how long ago the user may have signed in, for the fields of the
	// same names; empty and zero: not demanded (RFC 9470). Claims has the contexts too.
	ACRValues []string
	MaxAge    time.Duration
	// Err is the cause.
	Err error

	challenged bool // the API refused a token
}

// Error returns the API and the cause.
func (e *TokenError) Error() string {
	if e.challenged {
		return fmt.Sprintf("apiclient: %s demands another token: %v", e.Origin, e.Err)
	}
	return fmt.Sprintf("apiclient: no token for %s: %v", e.Origin, e.Err)
}

// Unwrap returns the cause.
func (e *TokenError) Unwrap() error { return e.Err }

// newTokenError makes the error of a request for w, which answered d (zero: nothing).
func newTokenError(w *want, d demand, err error) *TokenError {
	e := &TokenError{
		Origin: w.origin, Scopes: append([]string(nil), w.scopes...), Resource: w.resource,
		Claims: d.claims, ACRValues: d.acrValues, MaxAge: d.maxAge,
		Err: err, challenged: d.kind != nothing,
	}
	var refused *latchkey.Error
	if errors.As(err, &refused) {
		e.Claims = mergeClaims(d.claims, refused.Claims)
	}
	return e
}

// mergeClaims joins what the API demands with what the authority does, which wins. What cannot be joined is left out.
func mergeClaims(api, authority string) string {
	b, err := jsonscan.Parse(authority)
	if err != nil || b.Kind() != jsonscan.Object {
		return api
	}
	a, err := jsonscan.Parse(api)
	if err != nil {
		return authority
	}
	both, err := jsonscan.Merge(a, b)
	if err != nil || len(both) > maxClaims {
		return api
	}
	return both
}

var (
	// errStepUp: a new token did not help, so a new sign-in must (RFC 9470 section 3).
	errStepUp = fmt.Errorf("the way in which the user signed in is not enough for it, or too long ago: %w", latchkey.ErrInteractionRequired)

	errNoResult  = errors.New("Transport.Source returned neither a token nor an error")
	errNoToken   = errors.New("the authority gave no access token: ask for a scope of the API")
	errNotBearer = errors.New("the token is no bearer token, and only those can be sent")
	errBadToken  = errors.New("the token has characters that no header can have")
	errNoAnswer  = errors.New("apiclient: Transport.Base returned neither a response nor an error")
)

// A RefusedError says that a request was not sent, because it would have got a token
// although it is not certain where that goes, and what to change.
type RefusedError struct {
	// Origin is where the request was to go: scheme, host and port.
	Origin string
	// Reason is what is wrong with the request and what to do.
	Reason string
}

// Error returns the origin and the reason.
func (e *RefusedError) Error() string {
	return "apiclient: a request to " + e.Origin + " was not sent: " + e.Reason
}
