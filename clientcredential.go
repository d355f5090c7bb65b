//go:build !js

package latchkey

import (
	"context"

	"github.com/latchkey-auth/latchkey/cache"
)

// A ClientCredentialRequest says which token a service wants for itself.
type ClientCredentialRequest struct {
	// Scopes are what the token must be good for. Microsoft Entra takes exactly one,
	// <resource>/.default; other authorities may need none.
	Scopes []string
	// Resource is whom the token is for, where the scopes do not say (RFC 8707).
	Resource string
	// Tenant is the tenant whose token is wanted, by its id or domain, for an
	// application of many tenants (Microsoft Entra). Empty: the client's.
	Tenant string
	// Claims asks for particular claims.
	Claims ClaimsRequest
	// ClaimsChallenge is what a resource demanded in its answer 401, as JSON. The
	// cached token is left aside, and the new one takes its place.
	ClaimsChallenge string
	// Extra are further parameters of the token request. None replaces one that
	// latchkey sets. Tokens got with them are kept apart.
	Extra map[string]string
	// ForceRefresh leaves the cached token aside.
	ForceRefresh bool
	// Rejected is the [Result.TokenHash] of a token that a resource refused. It is
	// replaced only if the cache still has that token.
	Rejected string
	// AllowExtendedExpiry lets a token that has ended serve for as long as its
	// ext_expires_in, but only while the authority is out of order (Microsoft Entra).
	AllowExtendedExpiry bool
	// CorrelationID is sent with the request. Empty: a random one.
	CorrelationID string
}

// AcquireTokenByClientCredential returns a token for the service itself (RFC 6749
// section 4.4): from the cache, or from the authority, once for all who wait for it.
func (c *ConfidentialClient) AcquireTokenByClientCredential(ctx context.Context, r ClientCredentialRequest) (*Result, error) {
	if result := c.clientCredentialHit(ctx, &r); result != nil {
		return result, nil
	}
	a, err := c.clientCredentialAcquisition(ctx, r)
	if err != nil {
		return nil, err
	}
	return c.acquire(ctx, &a)
}

func (c *client) clientCredentialAcquisition(ctx context.Context, r ClientCredentialRequest) (a acquisition, err error) {
	started := c.now()
	if err := c.needScopes("ClientCredentialRequest.Scopes", r.Scopes); err != nil {
		return a, err
	}
	p, err := c.newParameters(parameters{scopes: r.Scopes, resource: r.Resource, claims: r.Claims, challenge: r.ClaimsChallenge, extra: r.Extra})
	if err != nil {
		return a, err
	}
	where, m, err := c.resolve(ctx, r.Tenant)
	if err != nil {
		return a, err
	}
	if where.MultiTenant() {
		return a, &ArgumentError{"ClientCredentialRequest.Tenant", "is empty, and the client's authority is of many tenants: a service's own token comes from one tenant"}
	}
	return acquisition{
		authority:  where,
		metadata:   m,
		partition:  c.partition(cache.KindApp, m.Environment, m.TenantID),
		query:      cache.Query{Realm: m.TenantID, Scopes: r.Scopes, Resource: r.Resource, Variant: p.variant},
		grant:      clientCredentialsGrant{},
		parameters: p,
		force:      r.ForceRefresh,
		rejected:   r.Rejected,
		outage:     r.AllowExtendedExpiry, correlation: r.CorrelationID,
		started: started,
	}, nil
}

// clientCredentialsGrant gets a token by the client's own credential. It spends
// nothing, so it may go without the store's lock (rule R30).
type clientCredentialsGrant struct{}

func (clientCredentialsGrant) grantType() string { return grantClientCredentials }
func (clientCredentialsGrant) needsLock() bool   { return false }
func (clientCredentialsGrant) key() []string     { return nil }

func (clientCredentialsGrant) form(c *client, a *acquisition, _ *cache.Record) (*tokenRequest, error) {
	q, err := c.newTokenRequest(a.authority, a.metadata, grantClientCredentials, a.parameters.scopes, a.parameters)
	if err != nil {
		return nil, err
	}
	q.partition, q.correlation = a.partition, a.correlation
	return q, nil
}
