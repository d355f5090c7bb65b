//go:build !js

package latchkey

// A ConfidentialClient acquires tokens for a service that proves its identity with a
// [Credential] (RFC 6749 section 2.1). It is safe for concurrent use: make one and share
// it among all users and requests.
type ConfidentialClient struct{ *client }

// NewConfidential returns a client that has sent nothing yet. The error is an
// [*ArgumentError] or an [*authority.Error] and names the field to mend.
func NewConfidential(cfg Config, credential Credential) (*ConfidentialClient, error) {
	switch {
	case credential.kind == noCredential,
		credential.kind == secretCredential && *credential.secret == "",
		credential.kind == assertionCredential && credential.assertion == nil:
		return nil, &ArgumentError{"credential", "is empty: a confidential client needs a Secret or an Assertion; without one, use NewPublic"}
	}
	c, err := newClient(cfg, credential)
	if err != nil {
		return nil, err
	}
	return &ConfidentialClient{c}, nil
}
