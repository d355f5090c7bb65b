package b64_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/b64"
)

// The vectors of RFC 4648 section 10 without padding, of RFC 7515 appendix C, and of RFC 7636 appendix B.
var vectors = []struct{ plain, encoded string }{
	{"", ""},
	{"f", "Zg"},
	{"fo", "Zm8"},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg"},
	{"fooba", "Zm9vYmE"},
	{"foobar", "Zm9vYmFy"},
	{"\x03\xec\xff\xe0\xc1", "A-z_4ME"},
	{"\x74\x18\xdf\xb4\x97\x99\xe0\x25\x4f\xfa\x60\x7d\xd8\xad\xbb\xba" +
		"\x16\xd4\x25\x4d\x69\xd6\xbf\xf0\x5b\x58\x05\x58\x53\x84\x8d\x79",
		"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
}

func TestVectors(t *testing.T) {
	for _, test := range vectors {
		if got := b64.EncodeString(test.plain); got != test.encoded {
			t.Errorf("EncodeString(%q) = %q, want %q", test.plain, got, test.encoded)
		}
		if got := b64.Encode([]byte(test.plain)); got != test.encoded {
			t.Errorf("Encode(%q) = %q, want %q", test.plain, got, test.encoded)
		}
		if got, err := b64.Decode(test.encoded); err != nil || string(got) != test.plain {
			t.Errorf("Decode(%q) = %q, %v, want %q", test.encoded, got, err, test.plain)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	const (
		character = "not a character of unpadded base64url"
		length    = "length cannot be that of base64url text"
		trailing  = "unused bits of the last character are not zero"
	)
	tests := []struct {
		in     string
		offset int
		reason string
	}{
		{"Zg==", 2, character},
		{"Zm8=", 3, character},
		{"Zm9v+A", 4, character},
		{"Zm9v/A", 4, character},
		{"Zm9v\nYg", 4, character},
		{" Zm9vYm", 0, character},
		{"Zm9v\x00Ym", 4, character},
		{"Zm9vé", 4, character},
		{"Z", 1, length},
		{"Zm9vY", 5, length},
		{"Zh", 1, trailing},
		{"Zm9", 2, trailing},
		{"Zm9vYh", 5, trailing},
	}
	for _, test := range tests {
		got, err := b64.Decode(test.in)
		var syntax *b64.SyntaxError
		if got != nil || !errors.As(err, &syntax) || syntax.Offset != test.offset || syntax.Reason != test.reason {
			t.Errorf("Decode(%q) = %q, %v; want %q at %d", test.in, got, err, test.reason, test.offset)
			continue
		}
		if want := fmt.Sprintf("b64: malformed at byte %d: %s", test.offset, test.reason); err.Error() != want {
			t.Errorf("Decode(%q): error text %q, want %q", test.in, err, want)
		}
	}
}

// FuzzDecode compares Decode with encoding/base64 in its strict mode, which skips line breaks; ours refuses them.
func FuzzDecode(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.encoded)
	}
	for _, seed := range []string{"Zg==", "Zh", "Z", "Zm9v\n", "\r\n", "A-z_", "A+z/"} {
		f.Add(seed)
	}
	twin := base64.RawURLEncoding.Strict()
	f.Fuzz(func(t *testing.T, s string) {
		got, err := b64.Decode(s)
		want, wantErr := twin.DecodeString(s)
		refused := wantErr != nil || strings.ContainsAny(s, "\r\n")
		if (err != nil) != refused {
			t.Fatalf("Decode(%q): %v, encoding/base64 says %v", s, err, wantErr)
		}
		if err != nil {
			if got != nil {
				t.Fatalf("Decode(%q) gives bytes with its error", s)
			}
			return
		}
		if string(got) != string(want) {
			t.Fatalf("Decode(%q) = %q, encoding/base64 says %q", s, got, want)
		}
		if again := b64.Encode(got); again != s {
			t.Fatalf("two texts of one value: %q and %q", s, again)
		}
	})
}

// FuzzEncode compares Encode with encoding/base64, and checks that Decode reads back what it wrote.
func FuzzEncode(f *testing.F) {
	for _, v := range vectors {
		f.Add([]byte(v.plain))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got := b64.Encode(b)
		if want := base64.RawURLEncoding.EncodeToString(b); got != want {
			t.Fatalf("Encode(%q) = %q, encoding/base64 says %q", b, got, want)
		}
		if b64.EncodeString(string(b)) != got {
			t.Fatalf("Encode and EncodeString of %q differ", b)
		}
		again, err := b64.Decode(got)
		if err != nil || string(again) != string(b) {
			t.Fatalf("Decode(%q) = %q, %v", got, again, err)
		}
	})
}

func ExampleDecode() {
	claims, err := b64.Decode("eyJzdWIiOiJhbGljZSJ9")
	fmt.Println(string(claims), err)
	_, err = b64.Decode("eyJzdWIiOiJhbGljZSJ9==")
	fmt.Println(err)
	// Output:
	// {"sub":"alice"} <nil>
	// b64: malformed at byte 20: not a character of unpadded base64url
}

func ExampleEncodeString() {
	fmt.Println(b64.EncodeString(`{"alg":"RS256"}`))
	// Output: eyJhbGciOiJSUzI1NiJ9
}
