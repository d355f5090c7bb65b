package latchkey

import (
	"context"
	"strings"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
)

// A SilentRequest says which token is wanted without asking the user.
type SilentRequest struct {
	// Account is the user. A [PublicClient] with exactly one account may leave it out.
	Account Account
	// Scopes are what the token must be good for. Microsoft Entra demands at least one.
	Scopes []string
	// Resource is whom the token is for, where the authority does not name it in the
	// scopes (RFC 8707). Empty: the authority's default.
	Resource string
	// Tenant is another tenant to get the token from, by its id, in which the user is
	// a guest (Microsoft Entra). Empty: the client's, or under "common" and
	// "organizations" the user's own.
	Tenant string
	// Claims asks for particular claims.
	Claims ClaimsRequest
	// ClaimsChallenge is what a resource demanded in its answer 401, as JSON. The
	// cached token is left aside, and the new one takes its place.
	ClaimsChallenge string
	// Extra are further parameters of the token request. None replaces one that
	// latchkey sets. Tokens got with them are kept apart.
	Extra map[string]string
	// ForceRefresh leaves the cached token aside. If a resource refused a token, use
	// Rejected instead: many callers then cause one renewal.
	ForceRefresh bool
	// Rejected is the [Result.TokenHash] of a token that a resource refused. It is
	// renewed only if the cache still has that token.
	Rejected string
	// AllowExtendedExpiry lets a token that has ended serve for as long as its
	// ext_expires_in, but only while the authority is out of order (Microsoft Entra).
	AllowExtendedExpiry bool
	// CacheOnly sends nothing: if no token of the cache will do, the error matches
	// [ErrCacheMiss].
	CacheOnly bool
	// CorrelationID is sent with the requests, to find them in the authority's log.
	// Empty: a random one.
	CorrelationID string
}

// AcquireTokenSilent returns a token without asking the user: from the cache, else by
// the refresh token (RFC 6749 section 6). If neither will do, the error matches
// [ErrInteractionRequired]. A token past the refresh_in that came with it is returned at
// once and renewed in the background.
func (c *client) AcquireTokenSilent(ctx context.Context, r SilentRequest) (*Result, error) {
	if result := c.silentHit(ctx, &r); result != nil {
		return result, nil
	}
	a, err := c.silentAcquisition(ctx, r)
	if err != nil {
		return nil, err
	}
	return c.acquire(ctx, &a)
}

func (c *client) silentAcquisition(ctx context.Context, r SilentRequest) (a acquisition, err error) {
	started := c.now()
	if err := c.needScopes("SilentRequest.Scopes", r.Scopes); err != nil {
		return a, err
	}
	p, err := c.newParameters(parameters{scopes: r.Scopes, resource: r.Resource, claims: r.Claims, challenge: r.ClaimsChallenge, extra: r.Extra})
	if err != nil {
		return a, err
	}
	if r.Account.HomeAccountID == "" {
		if r.Account, err = c.onlyAccount(ctx); err != nil {
			return a, err
		}
	}
	tenant := r.Tenant
	if tenant == "" && c.authority.MultiTenant() {
		tenant = homeTenant(r.Account.HomeAccountID)
	}
	where, m, err := c.resolve(ctx, tenant)
	if err != nil {
		return a, err
	}
	return acquisition{
		authority:  where,
		metadata:   m,
		partition:  c.partition(cache.KindUser, m.Environment, r.Account.HomeAccountID),
		query:      cache.Query{Realm: realmOf(m, r.Account), Scopes: r.Scopes, Resource: r.Resource, Variant: p.variant},
		grant:      refreshGrant{},
		account:    r.Account,
		parameters: p,
		force:      r.ForceRefresh,
		rejected:   r.Rejected,
		outage:     r.AllowExtendedExpiry, correlation: r.CorrelationID, cacheOnly: r.CacheOnly,
		started: started,
	}, nil
}

// realmOf is the tenant whose tokens are wanted (rule R9).
func realmOf(m *authority.Metadata, a Account) string {
	if m.TenantID != "" {
		return m.TenantID
	}
	return homeTenant(a.HomeAccountID)
}

// refreshGrant gets a token by the refresh token of the cache.
type refreshGrant struct{}

func (refreshGrant) grantType() string { return grantRefresh }
func (refreshGrant) needsLock() bool   { return true }
func (refreshGrant) key() []string     { return nil }

func (refreshGrant) form(c *client, a *acquisition, r *cache.Record) (*tokenRequest, error) {
	if r == nil || len(r.Accounts) == 0 && len(r.RefreshTokens) == 0 {
		return nil, &signInError{"the cache does not know this account"}
	}
	token := r.RefreshToken(c.config.ClientID, "")
	if token == nil {
		return nil, &signInError{"there is no refresh token for this account (was offline_access asked for? Some authorities also demand the prompt consent)"}
	}
	if token.ExpiresOn != 0 && token.ExpiresOn <= c.now().Unix() {
		return nil, &signInError{"the refresh token has ended"}
	}
	scopes, err := refreshScopes(&c.config.Profile, a.metadata, a.parameters.scopes, strings.Fields(token.Target))
	if err != nil {
		return nil, err
	}
	q, err := c.newTokenRequest(a.authority, a.metadata, grantRefresh, scopes, a.parameters)
	if err != nil {
		return nil, err
	}
	q.form.Set("refresh_token", string(token.Secret))
	q.user, q.account, q.partition = true, a.account.HomeAccountID, a.partition
	q.refreshed, q.correlation, q.realm = token, a.correlation, a.query.Realm
	if id := r.IDToken(a.query.Realm); id != nil {
		q.expect.previous, _ = idTokenClaims(string(id.Secret))
	}
	return q, nil
}

// flightKey names the flights that an acquisition can share: every field that can
// change the token is in it (rule R24).
func (a *acquisition) flightKey() string {
	f := fingerprint{a.grant.grantType(), a.authority.String(), a.partition.Name(), a.query.Realm,
		a.query.Resource, a.query.TokenType, a.query.KeyID, a.parameters.claims.String(), a.parameters.challenge, a.rejected}
	return f.addFlag(a.force).addSet(a.query.Scopes).addParameters(a.parameters.extra).add(a.grant.key()...).key()
}
