package clientkey

import (
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strconv"
	"time"

	"github.com/latchkey-auth/latchkey/internal/b64"
)

// matching returns the certificates for a public key, of which there is one at least.
func matching(certificates []*x509.Certificate, public crypto.PublicKey) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for _, c := range certificates {
		if c == nil || len(c.Raw) == 0 {
			return nil, &Error{Field: "Key.Certificates", Problem: "has one that was not read from a certificate: use x509.ParseCertificate or LoadPEM"}
		}
		if key, ok := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); ok && key.Equal(public) {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return nil, &Error{Field: "Key.Certificates", Problem: "none of the " + strconv.Itoa(len(certificates)) +
			" certificates is for the private key: use the certificate and the key that were made together"}
	}
	return found, nil
}

// current returns the certificate that is valid now and lasts longest.
func current(certificates []*x509.Certificate, now time.Time) (*x509.Certificate, error) {
	last := certificates[0]
	var best *x509.Certificate
	for _, c := range certificates {
		if c.NotAfter.After(last.NotAfter) {
			last = c
		}
		if !now.Before(c.NotBefore) && !now.After(c.NotAfter) && (best == nil || c.NotAfter.After(best.NotAfter)) {
			best = c
		}
	}
	if best == nil {
		return nil, &ValidityError{Certificate: last, Now: now}
	}
	return best, nil
}

// chain returns the certificates from the given one towards its root, each certified by
// the next (RFC 7515 section 4.1.6), as far as they are there.
func chain(from *x509.Certificate, certificates []*x509.Certificate) []string {
	encoded := []string{base64.StdEncoding.EncodeToString(from.Raw)}
	left := slices.Clone(certificates)
	for {
		i := slices.IndexFunc(left, func(c *x509.Certificate) bool {
			return !c.Equal(from) && bytes.Equal(c.RawSubject, from.RawIssuer) && from.CheckSignatureFrom(c) == nil
		})
		if i < 0 {
			return encoded
		}
		from = left[i]
		left = slices.Delete(left, i, i+1) // no certificate twice, so it ends
		encoded = append(encoded, base64.StdEncoding.EncodeToString(from.Raw))
	}
}

// The thumbprints of a certificate (RFC 7515 sections 4.1.7 and 4.1.8). They only name
// it: nothing depends on SHA-1 being hard to collide.
func thumbprintSHA256(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return b64.Encode(sum[:])
}

func thumbprintSHA1(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return b64.Encode(sum[:])
}
