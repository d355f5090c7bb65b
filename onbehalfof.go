//go:build !js

package latchkey

import (
	"context"
	"crypto/sha256"
	"encoding/base64"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
)

// An OnBehalfOfRequest says which token a service wants in exchange for the one that a
// user's request brought it.
type OnBehalfOfRequest struct {
	// Scopes are what the token must be good for. Microsoft Entra demands at least one.
	Scopes []string
	// Resource is whom the token is for, where the scopes do not say (RFC 8707).
	Resource string
	// Tenant is the tenant whose token is wanted, by its id (Microsoft Entra). Empty:
	// the client's, or the assertion's if the client's authority is of many tenants.
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
	// CorrelationID is sent with the request. Empty: a random one.
	CorrelationID string
}

// AcquireTokenOnBehalfOf returns a token for the user whose access token, assertion, the
// service has received and validated (RFC 7523 section 2.1, Microsoft Entra's on-behalf-of
// flow). It is cached for this assertion alone and no longer than it lasts. If the user
// must act, the error matches [ErrInteractionRequired]: pass its claims on to the caller.
func (c *ConfidentialClient) AcquireTokenOnBehalfOf(ctx context.Context, assertion string, r OnBehalfOfRequest) (*Result, error) {
	if result := c.onBehalfOfHit(ctx, assertion, &r); result != nil {
		return result, nil
	}
	a, err := c.onBehalfOf(ctx, assertion, &r)
	if err != nil {
		return nil, err
	}
	return c.acquire(ctx, &a)
}

// onBehalfOf makes the acquisition of a request.
func (c *ConfidentialClient) onBehalfOf(ctx context.Context, assertion string, r *OnBehalfOfRequest) (a acquisition, err error) {
	started := c.now()
	if assertion == "" {
		return a, &ArgumentError{"assertion", "is empty: give the access token that the user's request brought"}
	}
	if err := c.needScopes("OnBehalfOfRequest.Scopes", r.Scopes); err != nil {
		return a, err
	}
	p, err := c.newParameters(parameters{scopes: r.Scopes, resource: r.Resource, claims: r.Claims, challenge: r.ClaimsChallenge, extra: r.Extra})
	if err != nil {
		return a, err
	}
	where, m, err := c.onBehalfOfAuthority(ctx, r.Tenant, assertion)
	if err != nil {
		return a, err
	}
	return acquisition{
		authority:  where,
		metadata:   m,
		partition:  c.partition(cache.KindOnBehalfOf, m.Environment, c.session(assertion, where)),
		query:      cache.Query{Realm: m.TenantID, Scopes: r.Scopes, Resource: r.Resource, Variant: p.variant},
		grant:      onBehalfOfGrant{assertion: assertion},
		parameters: p,
		force:      r.ForceRefresh,
		rejected:   r.Rejected, correlation: r.CorrelationID,
		started: started,
	}, nil
}

// session names the partition of an assertion (rule R27).
func (c *client) session(assertion string, where authority.Authority) string {
	var buffer [4096]byte // most assertions are shorter
	sum := sha256.Sum256(cache.AppendKey(buffer[:0], assertion, c.config.ClientID, where.String()))
	var text [43]byte
	base64.RawURLEncoding.Encode(text[:], sum[:])
	return string(text[:])
}

// onBehalfOfAuthority is where an assertion is exchanged: an authority of many tenants
// becomes the assertion's, which selects a tenant and never a host (rules R11, R27).
func (c *client) onBehalfOfAuthority(ctx context.Context, tenant, assertion string) (authority.Authority, *authority.Metadata, error) {
	if tenant == "" && c.authority.MultiTenant() {
		claims, _ := idTokenClaims(assertion)
		if tenant = claims.Text("tid"); !authority.IsGUID(tenant) {
			return c.authority, nil, &ArgumentError{"OnBehalfOfRequest.Tenant", "is empty, the client's authority is of many tenants, and the assertion names none (tid)"}
		}
	}
	where, m, err := c.resolve(ctx, tenant)
	if err == nil && where.MultiTenant() {
		err = &ArgumentError{"OnBehalfOfRequest.Tenant", "names many tenants: give one by its id"}
	}
	return where, m, err
}

// onBehalfOfGrant exchanges an assertion. It spends nothing of the cache, so it may go
// without the store's lock (rule R30).
type onBehalfOfGrant struct {
	assertion string
	renewable bool // ask for a refresh token, for a long-running process
}

const grantJWTBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

func (onBehalfOfGrant) grantType() string { return grantJWTBearer }
func (onBehalfOfGrant) needsLock() bool   { return false }
func (onBehalfOfGrant) key() []string     { return nil } // the partition names the assertion

// String hides the assertion.
func (onBehalfOfGrant) String() string { return "on-behalf-of [redacted]" }

func (g onBehalfOfGrant) form(c *client, a *acquisition, _ *cache.Record) (*tokenRequest, error) {
	scopes := userScopes(&c.config.Profile, a.metadata, a.parameters.scopes)
	if !g.renewable {
		scopes = without(scopes, "offline_access") // rule R27
	}
	q, err := c.newTokenRequest(a.authority, a.metadata, grantJWTBearer, scopes, a.parameters)
	if err != nil {
		return nil, err
	}
	q.form.Set("assertion", g.assertion)
	q.form.Set("requested_token_use", "on_behalf_of")
	q.user, q.partition, q.correlation, q.realm = true, a.partition, a.correlation, a.query.Realm
	claims, _ := idTokenClaims(g.assertion) // an opaque assertion is as good
	q.until, _ = numericDate(claims.object.Get("exp"))
	q.dropRefreshToken = !g.renewable
	return q, nil
}

func without(scopes []string, scope string) []string {
	kept := scopes[:0]
	for _, s := range scopes {
		if s != scope {
			kept = append(kept, s)
		}
	}
	return kept
}
