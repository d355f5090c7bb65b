package oauth2source

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/oauth2"

	"github.com/latchkey-auth/latchkey"
)

// A Source gets tokens: [ForUser], [ForService], or a function that calls another method of
// a client. It is called for each token, so it should ask a cache first, as the methods of
// clients do, and by many goroutines at once. It may choose whose token to give by values
// of ctx.
type Source func(ctx context.Context) (*latchkey.Result, error)

// A UserClient gets tokens for users: a [*latchkey.PublicClient] or a
// [*latchkey.ConfidentialClient].
type UserClient interface {
	// AcquireTokenSilent is as the clients have it.
	AcquireTokenSilent(ctx context.Context, r latchkey.SilentRequest) (*latchkey.Result, error)
}

// ForUser gives tokens of one user, without asking the user. ClaimsChallenge, Rejected and
// ForceRefresh of the request must be empty: they would cost a renewal for each token.
func ForUser(c UserClient, r latchkey.SilentRequest) Source {
	return func(ctx context.Context) (*latchkey.Result, error) {
		switch {
		case c == nil:
			return nil, errNoClient
		case r.ClaimsChallenge != "", r.Rejected != "", r.ForceRefresh:
			return nil, errOnce
		}
		return c.AcquireTokenSilent(ctx, r)
	}
}

// ForService gives tokens of the service itself. ClaimsChallenge, Rejected and ForceRefresh
// of the request must be empty: they would cost a new token each time.
func ForService(c *latchkey.ConfidentialClient, r latchkey.ClientCredentialRequest) Source {
	return func(ctx context.Context) (*latchkey.Result, error) {
		switch {
		case c == nil:
			return nil, errNoClient
		case r.ClaimsChallenge != "", r.Rejected != "", r.ForceRefresh:
			return nil, errOnce
		}
		return c.AcquireTokenByClientCredential(ctx, r)
	}
}

// Token returns a token that is good now. Its Extra has "scope" and, if the user's sign-in
// brought one, "id_token"; it never has the refresh token. A zero Expiry means that the
// authority did not say, and not that the token never ends. The error is the source's, or a
// [*latchkey.ArgumentError].
func (s Source) Token(ctx context.Context) (*oauth2.Token, error) {
	if s == nil {
		return nil, errNoSource
	}
	r, err := s(ctx)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, errNoResult
	case r.AccessToken() == "": // it would be sent as "Bearer "
		return nil, errNoToken
	}
	extra := map[string]any{"scope": strings.Join(r.Scopes(), " ")}
	if id := r.IDToken(); id != "" {
		extra["id_token"] = id
	}
	token := &oauth2.Token{AccessToken: r.AccessToken(), TokenType: r.TokenType(), Expiry: r.ExpiresOn}
	return token.WithExtra(extra), nil
}

// TokenSource returns a source of tokens for as long as ctx lasts: each call of its Token
// method is one of [Source.Token] with ctx, and fails once ctx has ended. It keeps no
// token. Make one for each call that needs one; the package comment tells why.
func (s Source) TokenSource(ctx context.Context) oauth2.TokenSource {
	return &bound{ctx, s}
}

// A bound source holds a context, which nothing else here may do: the interface leaves no
// other place for it.
type bound struct {
	ctx    context.Context
	source Source
}

// Token gets a token, unless the context has ended.
func (b *bound) Token() (*oauth2.Token, error) {
	if b.ctx.Err() != nil {
		return nil, fmt.Errorf("oauth2source: this TokenSource was made for a call that has ended: make one for each call, or with a context that lasts as long: %w", context.Cause(b.ctx))
	}
	return b.source.Token(b.ctx)
}

var (
	errNoSource = &latchkey.ArgumentError{Field: "Source", Problem: "is nil: set ForUser, ForService or a function of your own"}
	errNoClient = &latchkey.ArgumentError{Field: "Source", Problem: "its client is nil: make one with NewPublic or NewConfidential"}

	errOnce = &latchkey.ArgumentError{
		Field:   "Source",
		Problem: "its request has ClaimsChallenge, Rejected or ForceRefresh, which are for one call: leave them empty, and give them to the client's own method when they are needed",
	}

	errNoResult = errors.New("oauth2source: the Source returned neither a token nor an error")
	errNoToken  = errors.New("oauth2source: the authority gave no access token: ask for a scope of the API")
)
