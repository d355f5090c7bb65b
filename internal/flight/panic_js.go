//go:build js

package flight

// panicError knows a few types only, because naming any takes reflection.
func panicError(value any) *PanicError {
	switch value.(type) {
	case nil:
		return &PanicError{Type: "runtime.Goexit"}
	case interface{ RuntimeError() }:
		return &PanicError{Type: "runtime.Error"}
	case error:
		return &PanicError{Type: "error"}
	case string:
		return &PanicError{Type: "string"}
	}
	return &PanicError{Type: "value"}
}
