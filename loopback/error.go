package loopback

import "github.com/latchkey-auth/latchkey/internal/printable"

// An Error says why the user could not be asked, or has not answered, and what to do
// about it. It matches the context's error if that ended the wait.
type Error struct {
	// Field is the field of [Browser] to mend, such as "Port"; empty if none is at fault.
	Field string
	// Problem is what is wrong and what to do.
	Problem string
	// Err is the cause; nil if there is none.
	Err error
}

// Error returns the field, the problem and the cause.
func (e *Error) Error() string {
	text := "loopback: "
	if e.Field != "" {
		text += "Browser." + e.Field + ": "
	}
	text += e.Problem
	if e.Err != nil {
		text += ": " + printable.Escape(e.Err.Error())
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
