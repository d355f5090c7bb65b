package flight

import "context"

// A PanicError means that the function of a call panicked, or ended its goroutine. Its text has the type of the panic's
// value and never the value, which may hold a secret.
type PanicError struct {
	Type  string // the type of the value; "runtime.Goexit" if there was none; coarse in a page
	Stack string // where it happened, for a debugger; "" in a page
}

// Error names the type.
func (e *PanicError) Error() string {
	return "flight: the call panicked: " + e.Type
}

// ended returns the error of a context that has ended.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || cause == err {
		return err
	}
	return &endedError{err, cause}
}

// An endedError is the end of a context that was given a cause of its own. Callers look for either.
type endedError struct {
	err, cause error
}

func (e *endedError) Error() string { return e.err.Error() + ": " + e.cause.Error() }

func (e *endedError) Unwrap() []error { return []error{e.err, e.cause} }
