// Package host takes random bytes and SHA-2 digests from the platform: from crypto/rand and crypto/sha256 natively, from
// the page's Web Crypto API in a browser, where those packages would cost 100 KB each.
//
// What a page lacks is an error that says so, never a weaker substitute: a page that is not a secure context (neither
// https nor localhost) has no digests.
package host

import "errors"

var (
	errSize = errors.New("host: the number of random bytes must not be negative")
	errBits = errors.New("host: no such digest: want 256, 384 or 512 bits")
)
