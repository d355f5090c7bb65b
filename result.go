package latchkey

import (
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/printable"
)

// A Result is an access token and what is known about it. Only [Result.AccessToken],
// [Result.Header] and [Result.IDToken] reveal secrets; it prints without them.
type Result struct {
	// Account is the user that the token is for; zero for an application's own token.
	Account Account
	// ExpiresOn is when the access token ends; zero if the authority did not say.
	ExpiresOn time.Time
	// RefreshOn is from when the authority wants the token renewed (refresh_in); zero if
	// it did not say. AcquireTokenSilent sees to it.
	RefreshOn time.Time
	// Source says where the token came from, why, and how long that took.
	Source Source
	// CorrelationID is the id that the requests to the authority carried; empty if
	// nothing was sent.
	CorrelationID string
	// CacheError is the reason why the token could not be saved in Config.Cache; nil if
	// it was. The client keeps it in memory and saves it with the next call or Close. A
	// program that ends now loses it.
	CacheError error

	token *cache.AccessToken
	id    *cache.IDToken
}

// A Source tells how a token was had.
type Source struct {
	// From is [FromCache] or [FromAuthority].
	From Origin
	// Reason is "valid", "renewal failed" or "authority out of order" for a token from
	// the cache; for one from the authority it is why the cache would not do: "no
	// token", "expired", "expires soon", "forced", "claims challenge", "rejected", or
	// "sign-in" and "import", which do not ask the cache.
	Reason string
	// Elapsed is the time from the call to its result; zero for a token that this process
	// had in memory.
	Elapsed time.Duration
}

// An Origin is where a token came from.
type Origin string

const (
	// FromCache means that nothing was sent to get the token.
	FromCache Origin = "cache"
	// FromAuthority means that the authority issued the token for this call.
	FromAuthority Origin = "authority"
)

// The reasons of a Source and of cache misses.
const (
	reasonValid        = "valid"
	reasonStale        = "renewal failed"
	reasonOutage       = "authority out of order"
	reasonNoToken      = "no token"
	reasonExpired      = "expired"
	reasonExpiresSoon  = "expires soon"
	reasonForced       = "forced"
	reasonChallenge    = "claims challenge"
	reasonRejected     = "rejected"
	reasonSignIn       = "sign-in"
	reasonImport       = "import"
	reasonClockMoved   = "the clock moved backwards"
	reasonRefreshAfter = "past refresh_in"
)

// AccessToken returns the access token; empty if the authority gave only an ID token.
func (r *Result) AccessToken() string {
	if r.token == nil {
		return ""
	}
	return string(r.token.Secret)
}

// TokenType returns the access token's type, such as "Bearer" (RFC 6749 section 7.1).
func (r *Result) TokenType() string {
	if r.token == nil {
		return ""
	}
	return r.token.TokenType
}

// Header returns the value of the Authorization header that presents the access token
// (RFC 6750 section 2.1); empty if there is no access token.
func (r *Result) Header() string {
	if r.AccessToken() == "" {
		return ""
	}
	return r.TokenType() + " " + r.AccessToken()
}

// Scopes returns the scopes that were granted, as the authority spelled them. The
// slice is the caller's.
func (r *Result) Scopes() []string {
	if r.token == nil {
		return nil
	}
	return strings.Fields(r.token.Target)
}

// IDToken returns the ID token as it came (OpenID Connect Core 2); empty if there is
// none. It tells this client who signed in; no API takes it.
func (r *Result) IDToken() string {
	if r.id == nil {
		return ""
	}
	return string(r.id.Secret)
}

// Claims returns the claims of the ID token; zero if there is none.
func (r *Result) Claims() Claims {
	if r.id == nil {
		return Claims{}
	}
	claims, err := idTokenClaims(string(r.id.Secret))
	if err != nil {
		return Claims{}
	}
	return claims
}

// TokenHash returns a hash of the access token, for [SilentRequest.Rejected]. It is no secret.
func (r *Result) TokenHash() string {
	hash, err := tokenHash(r.AccessToken())
	if err != nil {
		return ""
	}
	return hash
}

// String describes the result without its secrets.
func (r Result) String() string {
	text := r.TokenType() + " token [redacted]"
	if r.Account.Username != "" {
		text += " of " + printable.Escape(r.Account.Username)
	}
	return text + " from the " + string(r.Source.From) + " (" + r.Source.Reason + ")"
}

// GoString is String.
func (r Result) GoString() string { return r.String() }

// resultOf makes the result of a token in a record.
func resultOf(r *cache.Record, t *cache.AccessToken, source Source) *Result {
	if t == nil {
		return &Result{Source: source}
	}
	account, id := ownerOf(r, t)
	return newResult(t, account, id, source)
}

// ownerOf returns what a record knows about the user of a token; nil of an application's.
func ownerOf(r *cache.Record, t *cache.AccessToken) (*cache.Account, *cache.IDToken) {
	if t.HomeAccountID == "" {
		return nil, nil
	}
	return r.Account(t.Realm), r.IDToken(t.Realm)
}

func newResult(t *cache.AccessToken, account *cache.Account, id *cache.IDToken, source Source) *Result {
	result := &Result{
		ExpiresOn: timeOrZero(t.ExpiresOn),
		RefreshOn: timeOrZero(t.RefreshOn),
		Source:    source,
		token:     t,
		id:        id,
	}
	if account != nil {
		result.Account.fill(account)
	}
	return result
}

// timeOrZero returns the time of Unix seconds; zero if they are.
func timeOrZero(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}
