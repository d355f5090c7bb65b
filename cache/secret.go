package cache

const redacted = "[redacted]"

// A Secret is a text that must not be shown, such as a token. Package fmt prints it as
// [redacted] and encoding/json encodes it so; string(s) is the text itself.
//
// Package fmt cannot call the methods of what is in an unexported field. A type that keeps
// a Secret there, or a pointer to a struct with one, needs String and GoString methods of
// its own, or fmt prints the text.
type Secret string

// String returns "[redacted]", or "" for the empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString returns what String does, quoted, for %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// MarshalText returns what String does. Encoders that look for this method, encoding/json
// and log/slog among them, therefore never write the text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
