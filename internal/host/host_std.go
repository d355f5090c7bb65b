//go:build !js

package host

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
)

// Random returns n random bytes, fit for keys, states and verifiers. It fails if n is negative and, in a page only, if the
// page has no crypto.getRandomValues. It does not block.
func Random(n int) (string, error) {
	if n < 0 {
		return "", errSize
	}
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return string(b), nil
}

// Digest returns the SHA-2 digest of s that has the given number of bits: 256, 384 or 512; any other number is an error.
// In a page it blocks until the page's event loop has run, so a js.FuncOf callback must not call it, and it fails outside
// secure contexts.
func Digest(bits int, s string) ([]byte, error) {
	switch bits {
	case 256:
		sum := sha256.Sum256([]byte(s))
		return sum[:], nil
	case 384:
		sum := sha512.Sum384([]byte(s))
		return sum[:], nil
	case 512:
		sum := sha512.Sum512([]byte(s))
		return sum[:], nil
	}
	return nil, errBits
}
