package form

import (
	"strings"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// String returns the quoted name, and [redacted] instead of the value.
func (f Field) String() string {
	return `"` + printable.Escape(f.Name) + `"=[redacted]`
}

// GoString is the same as String.
func (f Field) GoString() string { return f.String() }

// String returns the quoted names in order, with [redacted] instead of the values.
func (v Values) String() string {
	parts := make([]string, len(v))
	for i := range v {
		parts[i] = v[i].String()
	}
	return "form[" + strings.Join(parts, " ") + "]"
}
