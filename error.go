package latchkey

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// ErrInteractionRequired means that no token can be had without the user: nobody is
// signed in, the refresh token is spent or revoked, or the authority asks for consent
// or another factor. Match it with [errors.Is]; [errors.As] then finds the [*Error]
// if the authority said so, with the claims to ask for.
var ErrInteractionRequired = errors.New("latchkey: the user must sign in")

// ErrCacheMiss means that the cache has no token that will do, and that nothing was to be
// sent for another: see SilentRequest.CacheOnly.
var ErrCacheMiss = errors.New("latchkey: no token of the cache will do")

// An Error is the authority's refusal of a request (RFC 6749 sections 4.1.2.1 and 5.2,
// RFC 8628 section 3.5, OpenID Connect Core 3.1.2.6). It matches
// [ErrInteractionRequired] if the user can help. Texts are the authority's and are
// limited in length.
type Error struct {
	// Code is the error code of the answer, such as "invalid_grant"; empty if the
	// answer was not one that OAuth defines.
	Code string
	// Description is the authority's text for developers.
	Description string
	// Suberror refines Code, such as "consent_required" (Microsoft Entra).
	Suberror string
	// Numbers are the AADSTS numbers of the answer (Microsoft Entra).
	Numbers []int64
	// Claims is the claims challenge to send with the next interaction, as JSON; empty if none.
	Claims string
	// URI is the page about the error, if the authority names one.
	URI string
	// TraceID, CorrelationID and Timestamp identify the request for the authority's support.
	TraceID, CorrelationID, Timestamp string
	// Status is the HTTP status; zero if the error came in a redirect.
	Status int
	// RetryAfter is how long the authority asks to wait; zero if it does not say.
	RetryAfter time.Duration
	// Grant is the grant type of the refused request; empty if it was none.
	Grant string
	// Endpoint is what was asked: "token", "device_authorization" or "authorization".
	Endpoint string
}

// Error tells the cause and what to do about it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("latchkey: the authority refused the ")
	b.WriteString(strings.ReplaceAll(e.Endpoint, "_", " "))
	b.WriteString(" request")
	if e.Grant != "" {
		b.WriteString(" (" + printable.Escape(e.Grant) + ")")
	}
	b.WriteString(": ")
	if e.Code != "" {
		b.WriteString(printable.Escape(e.Code))
		if e.Suberror != "" {
			b.WriteString(" (" + printable.Escape(e.Suberror) + ")")
		}
	} else {
		b.WriteString("HTTP status " + strconv.Itoa(e.Status))
	}
	if e.Description != "" {
		b.WriteString(": " + printable.Escape(e.Description))
	}
	if e.CorrelationID != "" && !strings.Contains(e.Description, e.CorrelationID) {
		b.WriteString("; correlation id " + printable.Escape(e.CorrelationID))
	}
	if fix := remedy(e); fix != "" {
		b.WriteString("; " + fix)
	}
	return b.String()
}

// Is reports whether target is [ErrInteractionRequired] and the user can help. It
// decides by code, suberror and grant, never by the description.
func (e *Error) Is(target error) bool {
	return target == ErrInteractionRequired && interactionHelps(e.Code, e.Suberror, e.Grant)
}

// transient reports whether the same request may succeed later.
func (e *Error) transient() bool {
	return e.Status == 429 || e.Status >= 500 || e.Code == "temporarily_unavailable"
}

// An ArgumentError says which field of a config, request or callback is missing or
// wrong, and what to put there. Nothing was sent.
type ArgumentError struct {
	// Field is the field or parameter, such as "Config.ClientID".
	Field string
	// Problem is what is wrong and what to do.
	Problem string
}

// Error returns the field and the problem.
func (e *ArgumentError) Error() string {
	return "latchkey: " + e.Field + ": " + printable.Escape(e.Problem)
}

// A ValidationError says that an answer of the authority, or a callback, failed a
// check, and was refused. Nothing of it was kept.
type ValidationError struct {
	// Check is what was checked: "state", "iss", "nonce", "aud", "exp", "signature", ...
	Check string
	// Problem is what was found and what to do.
	Problem string
	// Err is the cause; nil if there is none.
	Err error
}

// Error returns the check and the problem.
func (e *ValidationError) Error() string {
	text := "latchkey: refused, " + e.Check + ": " + printable.Escape(e.Problem)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *ValidationError) Unwrap() error { return e.Err }

// A signInError is a reason of our own for [ErrInteractionRequired].
type signInError struct{ reason string }

func (e *signInError) Error() string {
	return "latchkey: the user must sign in: " + printable.Escape(e.reason)
}

func (e *signInError) Is(target error) bool { return target == ErrInteractionRequired }

// A missError is the reason for [ErrCacheMiss].
type missError struct{ reason string }

func (e *missError) Error() string { return ErrCacheMiss.Error() + ": " + e.reason }

func (e *missError) Is(target error) bool { return target == ErrCacheMiss }
