//go:build !js

package flight

import (
	"fmt"
	"runtime/debug"
)

func panicError(value any) *PanicError {
	if value == nil {
		return &PanicError{Type: "runtime.Goexit"}
	}
	return &PanicError{Type: fmt.Sprintf("%T", value), Stack: string(debug.Stack())}
}
