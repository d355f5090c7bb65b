package authority

import (
	"context"
	"errors"

	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/latchkey-auth/latchkey/transport"
)

// An Error says what is wrong with an authority, and what to do about it.
type Error struct {
	// Authority is the authority's URL; only its origin, or empty, if it was refused.
	Authority string
	// Problem is what was found and what to do. Text that came from the authority is
	// quoted and limited in length.
	Problem string
	// Status is the HTTP status of the refused answer; zero if there was none.
	Status int
	// Err is the cause, such as a [transport.Error]; nil if there is none.
	Err error

	unanswered bool // Err is the transport's
}

// Error returns the authority, the problem and the cause.
func (e *Error) Error() string {
	text := "authority"
	if e.Authority != "" {
		text += ": " + printable.Escape(e.Authority)
	}
	text += ": " + e.Problem
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the authority could not be reached or said that it is
// overloaded or broken (status 429 or 5xx), so that the same call may succeed later.
func (e *Error) Temporary() bool {
	if e.Status != 0 {
		return e.Status == 429 || e.Status >= 500
	}
	return e.unanswered && !errors.Is(e.Err, transport.ErrBodyTooLarge) && !errors.Is(e.Err, context.Canceled)
}

// quoted returns foreign text safe to print.
func quoted(s string) string {
	return `"` + printable.Escape(s) + `"`
}

// temporary reports whether err is worth another try.
func temporary(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Temporary()
}
