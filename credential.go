package latchkey

import "context"

// A Credential is how a confidential client proves itself (RFC 6749 section 2.3): a
// [Secret] or an [Assertion]. It does not print what it holds. The zero Credential is
// none.
type Credential struct {
	kind      credentialKind
	secret    *string // behind a pointer, because fmt prints unexported strings
	assertion func(context.Context, AssertionRequest) (string, error)
}

type credentialKind string

const (
	noCredential        credentialKind = ""
	secretCredential    credentialKind = "secret"
	assertionCredential credentialKind = "assertion"
)

// Secret is the credential of a client that shares a secret with the authority
// (RFC 6749 section 2.3.1).
func Secret(secret string) Credential {
	return Credential{kind: secretCredential, secret: &secret}
}

// Assertion is the credential of a client that proves itself with a signed JWT
// (RFC 7523 section 2.2), such as a federated workload identity; package clientkey makes
// it of a private key. sign is called for each request, maybe by several goroutines at
// once.
func Assertion(sign func(ctx context.Context, r AssertionRequest) (jwt string, err error)) Credential {
	return Credential{kind: assertionCredential, assertion: sign}
}

// An AssertionRequest says what a client assertion must state.
type AssertionRequest struct {
	// ClientID is the issuer and the subject (RFC 7523 section 3).
	ClientID string
	// Audience is whom the assertion is for.
	Audience string
	// Reusable means that the same assertion may be returned until it ends. Otherwise
	// the authority accepts each only once (OpenID Connect Core 9).
	Reusable bool
	// LegacyThumbprint means that the authority wants the certificate's SHA-1
	// thumbprint (x5t) and RS256, as AD FS does: see [authority.Profile].
	LegacyThumbprint bool
}

// An assertionError is the failure of an [Assertion] function.
type assertionError struct{ err error }

func (e *assertionError) Error() string {
	return "latchkey: the credential's assertion function failed: " + e.err.Error()
}
func (e *assertionError) Unwrap() error { return e.err }

// String says what kind of credential it is, never the credential.
func (c Credential) String() string {
	if c.kind == noCredential {
		return "no credential"
	}
	return string(c.kind) + " [redacted]"
}

// GoString is String.
func (c Credential) GoString() string { return c.String() }
