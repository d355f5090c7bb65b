package azurecredential

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/internal/printable"
)

// A TokenError says that a client of the SDK got no token, and what to ask for. It matches
// [latchkey.ErrInteractionRequired] if only the user can help: sign in with its fields,
// then call again.
type TokenError struct {
	// Scopes are what the token was to be good for.
	Scopes []string
	// Tenant is whose token it was to be; empty: that of the client's authority.
	Tenant string
	// Claims is what the service and the authority demand, as JSON, for the ClaimsChallenge
	// of the next sign-in; empty: nothing in particular.
	Claims string
	// Err is the cause.
	Err error
}

// Error returns the scopes and the cause.
func (e *TokenError) Error() string {
	text := "azurecredential: no token"
	if len(e.Scopes) > 0 {
		text += " for " + printable.Escape(strings.Join(e.Scopes, " "))
	}
	return text + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *TokenError) Unwrap() error { return e.Err }

// NonRetriable keeps azcore's retry policy from sending the same request again: what can be
// tried again, the client has tried again.
func (e *TokenError) NonRetriable() {}

// newTokenError makes the error of a request with the options.
func newTokenError(tenant string, o policy.TokenRequestOptions, err error) *TokenError {
	e := &TokenError{Scopes: slices.Clone(o.Scopes), Tenant: cmp.Or(o.TenantID, tenant), Claims: o.Claims, Err: err}
	var refused *latchkey.Error
	if errors.As(err, &refused) {
		e.Claims = mergeClaims(o.Claims, refused.Claims)
	}
	return e
}

// mergeClaims joins what the service demands with what the authority does, which wins. What
// cannot be joined is left out.
func mergeClaims(service, authority string) string {
	b, err := jsonscan.Parse(authority)
	if err != nil || b.Kind() != jsonscan.Object {
		return service
	}
	a, err := jsonscan.Parse(service)
	if err != nil {
		return authority
	}
	both, err := jsonscan.Merge(a, b)
	if err != nil {
		return authority
	}
	return both
}
