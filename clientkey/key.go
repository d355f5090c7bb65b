package clientkey

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"io"
	"time"

	"github.com/latchkey-auth/latchkey"
)

// A Key is what a client proves itself with. Only Signer is required. However it is
// printed, logged or marshalled, it shows nothing of what it holds.
type Key struct {
	// Signer is the private key, or a handle of it: RSA of at least 2048 bits, or ECDSA
	// on P-256, P-384 or P-521. It may be called by several goroutines at once.
	Signer crypto.Signer
	// Certificates has the certificate for Signer's public key and may have those that
	// lead from it to its issuer, in any order. If several are for the key, as after a
	// renewal, the one is used that is valid and lasts longest. Nil: the public key is
	// registered without a certificate.
	Certificates []*x509.Certificate
	// KeyID is the kid under which the public key is registered. Empty: none is sent,
	// which authorities allow if the certificate is named or there is just one key.
	KeyID string
	// Algorithm is how to sign, such as "PS256" (RFC 7518 section 3.1). Empty: as the
	// package comment has it.
	Algorithm string
	// SendChain sends the certificates with each assertion (x5c, RFC 7515 section
	// 4.1.6), for authorities that recognise them by subject and issuer.
	SendChain bool
	// Lifetime is how long an assertion lasts, from one minute to ten. Zero: ten minutes.
	Lifetime time.Duration
	// Clock returns the current time. Nil: [time.Now].
	Clock func() time.Time
}

// Limits of [Key.Lifetime].
const (
	minLifetime = time.Minute
	maxLifetime = 10 * time.Minute
)

// New returns the credential of a client with this key. It signs nothing yet. The error
// is an [*Error] or a [*ValidityError] and says what to do. The credential is safe for
// concurrent use, and several clients may share it.
func New(k Key) (latchkey.Credential, error) {
	p, err := newProver(k)
	if err != nil {
		return latchkey.Credential{}, err
	}
	return latchkey.Assertion(p.assertion), nil
}

const redacted = "clientkey.Key [redacted]"

// Format prints that it is a key, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// MarshalText does for JSON, XML and slog what Format does for fmt: package encoding/json
// writes private keys in full.
func (k Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
