package clientkey

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"time"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// An Error says why a key cannot be read or used, and what to do about it. It has
// nothing of the key.
type Error struct {
	// Field is what is wrong: a field of [Key], such as "Key.Signer", or "PEM",
	// "PKCS#12" or "AssertionRequest".
	Field string
	// Problem is what was found and what to do.
	Problem string
	// Err is the cause; nil if there is none.
	Err error
}

// Error returns the field, the problem and the cause.
func (e *Error) Error() string {
	text := "clientkey: " + e.Field + ": " + e.Problem
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return printable.Escape(text)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// A ValidityError says that a certificate has expired or is not valid yet.
type ValidityError struct {
	// Certificate is the one that matches the key.
	Certificate *x509.Certificate
	// Now is the time at which it was needed.
	Now time.Time
}

// Error says which certificate it is, by subject and SHA-256 thumbprint, and what to do.
func (e *ValidityError) Error() string {
	sum := sha256.Sum256(e.Certificate.Raw)
	text := `clientkey: the certificate "` + e.Certificate.Subject.String() + `" (SHA-256 ` + hex.EncodeToString(sum[:]) + ") "
	if e.Now.Before(e.Certificate.NotBefore) {
		return printable.Escape(text + "is not valid before " + utc(e.Certificate.NotBefore) + ": it is " + utc(e.Now) +
			" by this computer's clock; check that, or use the certificate that is valid now")
	}
	return printable.Escape(text + "expired at " + utc(e.Certificate.NotAfter) +
		": make a new one, register it with the authority and use that")
}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }
