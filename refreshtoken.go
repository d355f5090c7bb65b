package latchkey

import (
	"context"

	"github.com/latchkey-auth/latchkey/cache"
)

// A RefreshTokenRequest says what a refresh token from elsewhere is to be exchanged for.
type RefreshTokenRequest struct {
	// Scopes are what the token must be good for. None: as originally granted, where
	// the authority allows that.
	Scopes []string
	// Resource is whom the token is for, where the scopes do not say (RFC 8707).
	Resource string
	// Tenant is another tenant to get the token from (Microsoft Entra). Empty: the client's.
	Tenant string
	// Claims asks for particular claims.
	Claims ClaimsRequest
	// Extra are further parameters of the token request. None replaces one that
	// latchkey sets. Tokens got with them are kept apart.
	Extra map[string]string
	// CorrelationID is sent with the request. Empty: a random one.
	CorrelationID string
}

// AcquireTokenByRefreshToken takes over a refresh token that another program got
// (RFC 6749 section 6), for moving users here without asking them to sign in. The
// result is cached; use AcquireTokenSilent from then on. The token given may be spent
// by this.
func (c *client) AcquireTokenByRefreshToken(ctx context.Context, refreshToken string, r RefreshTokenRequest) (*Result, error) {
	if refreshToken == "" {
		return nil, &ArgumentError{"refreshToken", "is empty"}
	}
	p, err := c.newParameters(parameters{scopes: r.Scopes, resource: r.Resource, claims: r.Claims, extra: r.Extra})
	if err != nil {
		return nil, err
	}
	where, m, err := c.resolve(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	scopes, err := refreshScopes(&c.config.Profile, m, r.Scopes, nil)
	if err != nil {
		return nil, err
	}
	q, err := c.newTokenRequest(where, m, grantRefresh, scopes, p)
	if err != nil {
		return nil, err
	}
	if q.correlation, err = correlationID(r.CorrelationID); err != nil {
		return nil, err
	}
	key, err := tokenHash(refreshToken)
	if err != nil {
		return nil, err
	}
	q.form.Set("refresh_token", refreshToken)
	q.user, q.expect.imported = true, true
	q.partition = c.partition(cache.KindUser, m.Environment, "")
	key = fingerprint{"import", key, where.String(), r.Resource, p.variant}.addSet(r.Scopes).key()
	return c.settle(ctx, key, q, reasonImport)
}
