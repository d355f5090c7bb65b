package azurecredential

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/latchkey-auth/latchkey"
)

// A Credential is an [azcore.TokenCredential]: make one with [ForUser] or [ForService]. It
// is safe for concurrent use.
type Credential struct {
	// Tenants are the ids of further tenants that a service may ask a token from, or
	// [AnyTenant] alone. Nil: none. It is set before the first use and not changed
	// afterwards.
	Tenants []string

	tenant  string // of the request
	own     string // the tenant that needs no permission; empty if it is not known
	acquire func(ctx context.Context, o policy.TokenRequestOptions) (*latchkey.Result, error)
}

var _ azcore.TokenCredential = (*Credential)(nil)

// AnyTenant, as the only one of [Credential.Tenants], lets a service ask a token from any
// tenant, which is meant for programs that manage the tenants of others.
const AnyTenant = "*"

// A UserClient gets tokens for users: a [*latchkey.PublicClient] or a
// [*latchkey.ConfidentialClient].
type UserClient interface {
	// AcquireTokenSilent is as the clients have it.
	AcquireTokenSilent(ctx context.Context, r latchkey.SilentRequest) (*latchkey.Result, error)
}

// ForUser gives tokens of one user, without asking the user. The request says who that is
// (Account, Tenant), and what else each token request is to have; its Scopes,
// ClaimsChallenge, Rejected and ForceRefresh must be left to the SDK.
func ForUser(c UserClient, r latchkey.SilentRequest) *Credential {
	return &Credential{
		tenant: r.Tenant,
		own:    cmp.Or(r.Tenant, r.Account.TenantID),
		acquire: func(ctx context.Context, o policy.TokenRequestOptions) (*latchkey.Result, error) {
			switch {
			case c == nil:
				return nil, errNoClient
			case r.Scopes != nil, r.ClaimsChallenge != "", r.Rejected != "", r.ForceRefresh:
				return nil, errTemplate
			}
			q := r
			q.Scopes, q.ClaimsChallenge = o.Scopes, o.Claims
			q.Tenant = cmp.Or(o.TenantID, r.Tenant)
			q.Claims = withCAE(r.Claims, o.EnableCAE)
			return c.AcquireTokenSilent(ctx, q)
		},
	}
}

// ForService gives tokens of the service itself. The request says what each token request
// is to have (Tenant, Extra); its Scopes, ClaimsChallenge, Rejected and ForceRefresh must be
// left to the SDK.
func ForService(c *latchkey.ConfidentialClient, r latchkey.ClientCredentialRequest) *Credential {
	return &Credential{
		tenant: r.Tenant,
		own:    r.Tenant,
		acquire: func(ctx context.Context, o policy.TokenRequestOptions) (*latchkey.Result, error) {
			switch {
			case c == nil:
				return nil, errNoClient
			case r.Scopes != nil, r.ClaimsChallenge != "", r.Rejected != "", r.ForceRefresh:
				return nil, errTemplate
			}
			q := r
			q.Scopes, q.ClaimsChallenge = o.Scopes, o.Claims
			q.Tenant = cmp.Or(o.TenantID, r.Tenant)
			q.Claims = withCAE(r.Claims, o.EnableCAE)
			return c.AcquireTokenByClientCredential(ctx, q)
		},
	}
}

// GetToken returns a token for the scopes, as [azcore.TokenCredential] demands: the SDK's
// clients call it. The error is a [*TokenError].
func (c *Credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if c == nil || c.acquire == nil {
		return azcore.AccessToken{}, newTokenError("", o, errNoClient)
	}
	r, err := c.token(ctx, o)
	if err != nil {
		return azcore.AccessToken{}, newTokenError(c.tenant, o, err)
	}
	return azcore.AccessToken{Token: r.AccessToken(), ExpiresOn: r.ExpiresOn.UTC(), RefreshOn: r.RefreshOn.UTC()}, nil
}

func (c *Credential) token(ctx context.Context, o policy.TokenRequestOptions) (*latchkey.Result, error) {
	if err := c.checkTenant(o.TenantID); err != nil {
		return nil, err
	}
	r, err := c.acquire(ctx, o)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, errNoResult
	case r.AccessToken() == "":
		return nil, errNoToken
	}
	return r, nil
}

// checkTenant refuses a tenant that a service names and nobody has permitted: what is
// received does not pick an authority (rule R11).
func (c *Credential) checkTenant(tenant string) error {
	same := func(t string) bool { return strings.EqualFold(t, tenant) }
	switch {
	case tenant == "", same(c.own), slices.ContainsFunc(c.Tenants, same):
		return nil
	case len(c.Tenants) == 1 && c.Tenants[0] == AnyTenant:
		return nil
	}
	return &latchkey.ArgumentError{
		Field:   "Credential.Tenants",
		Problem: "does not have the tenant " + tenant + ", which the service wants a token from: if that is right, add it, or set Tenant in the request that the Credential is made with",
	}
}

// withCAE asks for a token of continuous access evaluation. What is asked for in the access
// token keeps tokens apart in the cache (rule R25).
func withCAE(r latchkey.ClaimsRequest, enable bool) latchkey.ClaimsRequest {
	if !enable {
		return r
	}
	r.AccessToken = maps.Clone(r.AccessToken)
	if r.AccessToken == nil {
		r.AccessToken = map[string]latchkey.ClaimRequest{}
	}
	r.AccessToken["xms_cc"] = latchkey.ClaimRequest{Values: []string{"CP1"}}
	return r
}

var (
	errNoClient = &latchkey.ArgumentError{Field: "Credential", Problem: "has no client: make it by ForUser or ForService, with a client of NewPublic or NewConfidential"}

	errTemplate = &latchkey.ArgumentError{
		Field:   "Credential",
		Problem: "its request has Scopes, ClaimsChallenge, Rejected or ForceRefresh: leave them empty, the SDK's clients say what they need",
	}

	errNoResult = errors.New("azurecredential: the client returned neither a token nor an error")
	errNoToken  = errors.New("azurecredential: the authority gave no access token")
)
