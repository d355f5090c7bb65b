package apiclient

import (
	"context"

	"github.com/latchkey-auth/latchkey"
)

// A Source gives the tokens of a [Transport]: [ForUser], [ForService], or a function
// that calls another method of a client. It is called for each request, so it should ask
// a cache first, as the methods of clients do, and by many goroutines at once. It may
// choose whose token to give by values of ctx, which is the request's.
//
// The error should match [latchkey.ErrInteractionRequired] if only the user can help.
type Source func(ctx context.Context, r TokenRequest) (*latchkey.Result, error)

// A TokenRequest says which token a [Transport] wants. The fields are those of
// [latchkey.SilentRequest] and mean the same.
type TokenRequest struct {
	// Scopes are those of the [Resource]; may be empty. They must not be changed.
	Scopes []string
	// Resource is that of the [Resource]; empty: as the source has it.
	Resource string
	// ClaimsChallenge is what the API demanded, as JSON; empty: nothing. The cached token
	// must not be given then.
	ClaimsChallenge string
	// Rejected is the hash of the token that the API refused; empty: none. That token
	// must not be given.
	Rejected string
}

// A UserClient gets tokens for users: a [*latchkey.PublicClient] or a
// [*latchkey.ConfidentialClient].
type UserClient interface {
	// AcquireTokenSilent is as the clients have it.
	AcquireTokenSilent(ctx context.Context, r latchkey.SilentRequest) (*latchkey.Result, error)
}

// ForUser gives tokens of one user, without asking the user. The request says who that
// is (Account, Tenant), and what else each token request is to have; its Scopes,
// ClaimsChallenge, Rejected and ForceRefresh must be left to the [Transport].
func ForUser(c UserClient, request latchkey.SilentRequest) Source {
	return func(ctx context.Context, r TokenRequest) (*latchkey.Result, error) {
		switch {
		case c == nil:
			return nil, errNoClient
		case request.Scopes != nil, request.ClaimsChallenge != "", request.Rejected != "", request.ForceRefresh:
			return nil, errTemplate
		}
		q := request
		q.Scopes, q.ClaimsChallenge, q.Rejected = r.Scopes, r.ClaimsChallenge, r.Rejected
		if r.Resource != "" {
			q.Resource = r.Resource
		}
		return c.AcquireTokenSilent(ctx, q)
	}
}

// ForService gives tokens of the service itself. The request says what each token
// request is to have (Tenant, Extra); its Scopes, ClaimsChallenge, Rejected and
// ForceRefresh must be left to the [Transport].
func ForService(c *latchkey.ConfidentialClient, request latchkey.ClientCredentialRequest) Source {
	return func(ctx context.Context, r TokenRequest) (*latchkey.Result, error) {
		switch {
		case c == nil:
			return nil, errNoClient
		case request.Scopes != nil, request.ClaimsChallenge != "", request.Rejected != "", request.ForceRefresh:
			return nil, errTemplate
		}
		q := request
		q.Scopes, q.ClaimsChallenge, q.Rejected = r.Scopes, r.ClaimsChallenge, r.Rejected
		if r.Resource != "" {
			q.Resource = r.Resource
		}
		return c.AcquireTokenByClientCredential(ctx, q)
	}
}

var (
	errNoClient = &latchkey.ArgumentError{Field: "Transport.Source", Problem: "its client is nil: make one with NewPublic or NewConfidential"}

	errTemplate = &latchkey.ArgumentError{
		Field:   "Transport.Source",
		Problem: "its request has Scopes, ClaimsChallenge, Rejected or ForceRefresh: leave them to the Transport, and set scopes in Resource.Scopes",
	}
)
