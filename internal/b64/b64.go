// Package b64 is base64url without padding (RFC 4648 section 5, RFC 7515 section 2): the alphabet of JWTs, PKCE
// challenges, client_info and random identifiers.
//
// [Decode] is strict, so that one value has exactly one text: no padding, no '+' or '/', no line breaks, and the bits
// that are left over in the last character must be zero. A token whose signature part could be respelled would have two
// names in a cache or a deny list. Browsers have no such decoder and encoding/base64 is not part of the page build.
package b64

import "strconv"

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// Encode returns the text of b.
func Encode(b []byte) string {
	return encode(string(b))
}

// EncodeString returns the text of the bytes of s.
func EncodeString(s string) string {
	return encode(s)
}

func encode(s string) string {
	out := make([]byte, 0, len(s)/3*4+3)
	i := 0
	for ; i+3 <= len(s); i += 3 {
		n := uint32(s[i])<<16 | uint32(s[i+1])<<8 | uint32(s[i+2])
		out = append(out, alphabet[n>>18], alphabet[n>>12&63], alphabet[n>>6&63], alphabet[n&63])
	}
	switch len(s) - i {
	case 1:
		n := uint32(s[i]) << 4
		out = append(out, alphabet[n>>6], alphabet[n&63])
	case 2:
		n := uint32(s[i])<<10 | uint32(s[i+1])<<2
		out = append(out, alphabet[n>>12], alphabet[n>>6&63], alphabet[n&63])
	}
	return string(out)
}

// A SyntaxError means that a text is not strict base64url. It never has a piece of the text.
type SyntaxError struct {
	Offset int    // in bytes, of the offending character
	Reason string // what is wrong there
}

// Error returns the reason and the offset.
func (e *SyntaxError) Error() string {
	return "b64: malformed at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

// Decode returns the bytes of s. The error is a *[SyntaxError]; then there are no bytes. "" is no bytes and no error.
func Decode(s string) ([]byte, error) {
	if len(s)%4 == 1 {
		return nil, &SyntaxError{len(s), "length cannot be that of base64url text"}
	}
	out := make([]byte, 0, len(s)/4*3+2)
	i := 0
	for ; i+4 <= len(s); i += 4 {
		a, b, c, d := digit(s[i]), digit(s[i+1]), digit(s[i+2]), digit(s[i+3])
		if a|b|c|d < 0 {
			break // the loop below finds which
		}
		bits := uint32(a)<<18 | uint32(b)<<12 | uint32(c)<<6 | uint32(d)
		out = append(out, byte(bits>>16), byte(bits>>8), byte(bits))
	}
	var bits uint32 // the characters not yet written, at most 3 of them
	for ; i < len(s); i++ {
		d := digit(s[i])
		if d < 0 {
			return nil, &SyntaxError{i, "not a character of unpadded base64url"}
		}
		bits = bits<<6 | uint32(d)
	}
	switch len(s) % 4 {
	case 2:
		if bits&0xf != 0 {
			return nil, &SyntaxError{len(s) - 1, "unused bits of the last character are not zero"}
		}
		out = append(out, byte(bits>>4))
	case 3:
		if bits&3 != 0 {
			return nil, &SyntaxError{len(s) - 1, "unused bits of the last character are not zero"}
		}
		out = append(out, byte(bits>>10), byte(bits>>2))
	}
	return out, nil
}

// digit returns the value of a character of the alphabet, and -1 of any other.
func digit(c byte) int8 {
	if c -= '-'; int(c) < len(digits) {
		return int8(digits[c])
	}
	return -1
}

// digits has the values of '-' to 'z'. It is a text, which is there without being made.
const digits = "" +
	"\x3e\xff\xff\x34\x35\x36\x37\x38\x39\x3a\x3b\x3c\x3d\xff\xff\xff\xff\xff\xff\xff\x00\x01\x02\x03" +
	"\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\xff\xff" +
	"\xff\xff\x3f\xff\x1a\x1b\x1c\x1d\x1e\x1f\x20\x21\x22\x23\x24\x25\x26\x27\x28\x29\x2a\x2b\x2c\x2d" +
	"\x2e\x2f\x30\x31\x32\x33"
