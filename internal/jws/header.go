package jws

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/printable"
)

// A Header is what a token says about its signature (RFC 7515 section 4.1). Nothing of
// it can be believed before the signature is checked.
type Header struct {
	Algorithm string // alg: one that this package can check
	KeyID     string // kid; "" if the token names no key
	Type      string // typ, such as "JWT" or "at+jwt"; "" if absent
}

// ParseHeader reads the header of a token without checking its signature. The error
// matches [ErrMalformed] or [ErrAlgorithm].
func ParseHeader(compact string) (Header, error) {
	if len(compact) > maxToken {
		return Header{}, fmt.Errorf("%w: longer than %d KiB", ErrMalformed, maxToken>>10)
	}
	parts := strings.SplitN(compact, ".", 7) // enough to tell what it is
	if len(parts) != 3 {
		return Header{}, fmt.Errorf("%w: it has %d parts separated by dots instead of 3%s", ErrMalformed, len(parts), shape(len(parts)))
	}
	decoded, err := b64.Decode(parts[0])
	if err != nil {
		return Header{}, fmt.Errorf("%w: the header is not base64url", ErrMalformed)
	}
	m, err := members(decoded)
	if err != nil {
		return Header{}, fmt.Errorf("%w: the header: %v", ErrMalformed, err)
	}
	return readHeader(m)
}

func shape(parts int) string {
	switch parts {
	case 1:
		return ", so it is an opaque token, which only its authority can check (RFC 7662)"
	case 5:
		return ", so it is an encrypted token, which is not supported"
	}
	return ""
}

func readHeader(m map[string]json.RawMessage) (Header, error) {
	for _, name := range []string{"crit", "b64"} {
		if _, ok := m[name]; ok {
			return Header{}, fmt.Errorf("%w: the header %s asks for an extension that is not supported", ErrMalformed, name)
		}
	}
	var h Header
	for name, into := range map[string]*string{"alg": &h.Algorithm, "kid": &h.KeyID, "typ": &h.Type} {
		if err := text(m, name, into); err != nil {
			return Header{}, fmt.Errorf("%w: the header: %v", ErrMalformed, err)
		}
	}
	if _, ok := known[h.Algorithm]; !ok {
		return Header{}, fmt.Errorf("%w: %s", ErrAlgorithm, refusal(h.Algorithm))
	}
	return h, nil
}

func refusal(alg string) string {
	switch {
	case alg == "":
		return "the token names none"
	case strings.EqualFold(alg, "none"):
		return "the token is not signed (none)"
	case len(alg) >= 2 && strings.EqualFold(alg[:2], "HS"):
		return "HMAC needs a shared secret, which published keys are not"
	}
	return fmt.Sprintf("%q is not RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or ES512", short(alg))
}

// members reads a JSON object. A name that comes twice is an error (RFC 7515 section 4):
// two readers of one header must not see two algorithms. Names are case-sensitive,
// which they are not when encoding/json fills a struct.
func members(object []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(object) || !json.Valid(object) {
		return nil, errors.New("not valid JSON")
	}
	d := json.NewDecoder(strings.NewReader(string(object)))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	m := make(map[string]json.RawMessage)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errors.New("not valid JSON")
		}
		if _, twice := m[name.(string)]; twice {
			return nil, errors.New("a member comes twice")
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, errors.New("not valid JSON")
		}
		m[name.(string)] = value
	}
	return m, nil
}

// text reads a member that must be a string. An absent one leaves into as it is.
func text(m map[string]json.RawMessage, name string, into *string) error {
	raw, ok := m[name]
	if !ok {
		return nil
	}
	if raw[0] != '"' || json.Unmarshal(raw, into) != nil {
		return errors.New(name + " is not a string")
	}
	return nil
}

// short limits what an error shows of foreign text.
func short(s string) string {
	const most = 64
	if len(s) > most {
		s = s[:most] + "..."
	}
	return printable.Escape(s)
}
