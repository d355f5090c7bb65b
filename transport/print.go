package transport

import (
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// String returns the method and the URL without its query.
func (r Request) String() string {
	method := r.Method
	if !token(method) {
		method = "[invalid method]"
	}
	scheme, host, path, ok := target(r.URL)
	if !ok {
		return method + " [invalid URL]"
	}
	return method + " " + scheme + "://" + host + path
}

// GoString is the same as String.
func (r Request) GoString() string { return r.String() }

// MarshalText is the same as String, so that no encoder writes the secrets.
func (r Request) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String returns the status and the length of the body.
func (r Response) String() string {
	return "HTTP " + strconv.Itoa(r.Status) + ", body of " + strconv.Itoa(len(r.Body)) + " bytes"
}

// GoString is the same as String.
func (r Response) GoString() string { return r.String() }

// MarshalText is the same as String, so that no encoder writes the secrets.
func (r Response) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String returns the quoted name, fit to print, and [redacted] instead of the value.
func (f Field) String() string { return `"` + printable.Escape(f.Name) + `": [redacted]` }

// GoString is the same as String.
func (f Field) GoString() string { return f.String() }

// MarshalText is the same as String, so that no encoder writes the secrets.
func (f Field) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// String returns the quoted names in order, with [redacted] instead of the values.
func (h Header) String() string {
	parts := make([]string, len(h))
	for i := range h {
		parts[i] = h[i].String()
	}
	return "header[" + strings.Join(parts, " ") + "]"
}

// GoString is the same as String.
func (h Header) GoString() string { return h.String() }
