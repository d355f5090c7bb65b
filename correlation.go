package latchkey

import "github.com/latchkey-auth/latchkey/internal/host"

// correlationID returns the caller's id, or a random UUID (RFC 9562 section 5.4).
func correlationID(given string) (string, error) {
	if len(given) > 128 {
		return "", &ArgumentError{"CorrelationID", "is longer than 128 characters"}
	}
	for i := 0; i < len(given); i++ {
		if given[i] <= ' ' || given[i] >= 0x7f {
			return "", &ArgumentError{"CorrelationID", "has a character that a header cannot have: use letters, digits and -"}
		}
	}
	if given != "" {
		return given, nil
	}
	random, err := host.Random(16)
	if err != nil {
		return "", err
	}
	b := []byte(random)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	const digits = "0123456789abcdef"
	text := make([]byte, 0, 36)
	for i, v := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = append(text, digits[v>>4], digits[v&15])
	}
	return string(text), nil
}
