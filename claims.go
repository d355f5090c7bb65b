package latchkey

import (
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// Claims are what an ID token says about the user (OpenID Connect Core 2 and 5.1).
// The zero Claims say nothing.
type Claims struct{ object jsonscan.Members }

// Text returns the claim if it is a string, else "".
func (c Claims) Text(name string) string {
	text, _ := c.object.Get(name).Text()
	return text
}

// Texts returns the claim's strings if it is an array, or the one if it is a string,
// such as "aud" may be; nil if it is neither.
func (c Claims) Texts(name string) []string {
	v := c.object.Get(name)
	if text, ok := v.Text(); ok {
		return []string{text}
	}
	var all []string
	v.Items(func(item jsonscan.Value) bool {
		if text, ok := item.Text(); ok {
			all = append(all, text)
		}
		return true
	})
	return all
}

// Time returns the claim if it is a NumericDate (RFC 7519 section 2), else the zero time.
func (c Claims) Time(name string) time.Time {
	seconds, ok := numericDate(c.object.Get(name))
	if !ok {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// JSON returns all claims as the JSON object that they came in, for claims of other
// shapes; empty if there are none.
func (c Claims) JSON() string { return c.object.Raw() }

// numericDate returns the whole seconds of a NumericDate, fractions cut.
func numericDate(v jsonscan.Value) (int64, bool) {
	n, ok := v.Truncated()
	if !ok || n < -1<<53 || n > 1<<53 {
		return 0, false
	}
	return n, true
}

// idTokenClaims decodes the claims of a JWT without checking anything of them.
func idTokenClaims(jwt string) (Claims, error) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return Claims{}, &ValidationError{Check: "ID token", Problem: "is not a signed JWT of three parts"}
	}
	payload, err := b64.Decode(parts[1])
	if err != nil {
		return Claims{}, &ValidationError{Check: "ID token", Problem: "its claims are not base64url", Err: err}
	}
	object, err := jsonscan.Parse(string(payload))
	if err != nil || object.Kind() != jsonscan.Object {
		return Claims{}, &ValidationError{Check: "ID token", Problem: "its claims are not a JSON object", Err: err}
	}
	return Claims{object.Members()}, nil
}
