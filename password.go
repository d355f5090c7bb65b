//go:build !js

package latchkey

import (
	"context"

	"github.com/latchkey-auth/latchkey/cache"
)

// A UsernamePasswordRequest says which token is wanted for a user name and password.
type UsernamePasswordRequest struct {
	// Scopes are what the token must be good for. None: the user only signs in.
	Scopes []string
	// Resource is whom the token is for, where the scopes do not say (RFC 8707).
	Resource string
	// Tenant is another tenant to sign in to (Microsoft Entra). Empty: the client's.
	Tenant string
	// Claims asks for particular claims.
	Claims ClaimsRequest
	// Extra are further parameters of the token request. None replaces one that
	// latchkey sets. Tokens got with them are kept apart.
	Extra map[string]string
	// CorrelationID is sent with the request. Empty: a random one.
	CorrelationID string
}

// AcquireTokenByUsernamePassword signs in with a password (RFC 6749 section 4.3). It is
// meant for tests: RFC 9700 section 2.4 forbids this grant elsewhere, it shows the
// password to the program, and no second factor works with it.
func (c *client) AcquireTokenByUsernamePassword(ctx context.Context, username, password string, r UsernamePasswordRequest) (*Result, error) {
	switch {
	case username == "":
		return nil, &ArgumentError{"username", "is empty"}
	case password == "":
		return nil, &ArgumentError{"password", "is empty"}
	}
	p, err := c.newParameters(parameters{scopes: r.Scopes, resource: r.Resource, claims: r.Claims, extra: r.Extra})
	if err != nil {
		return nil, err
	}
	where, m, err := c.resolve(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	q, err := c.newTokenRequest(where, m, grantPassword, userScopes(&c.config.Profile, m, r.Scopes), p)
	if err != nil {
		return nil, err
	}
	if q.correlation, err = correlationID(r.CorrelationID); err != nil {
		return nil, err
	}
	key, err := correlationID("") // no other call may join this one
	if err != nil {
		return nil, err
	}
	q.form.Set("username", username)
	q.form.Set("password", password)
	q.user = true
	q.partition = c.partition(cache.KindUser, m.Environment, "")
	return c.settle(ctx, "password:"+key, q, reasonSignIn)
}
