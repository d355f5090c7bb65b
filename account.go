package latchkey

import (
	"context"
	"strings"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
)

// An Account is a user known to the cache. It holds no secret: store it, log it.
type Account struct {
	// HomeAccountID names the account at its authority, whatever tenant it visits:
	// the subject (OpenID Connect), or uid.utid (Microsoft Entra). It is all that a
	// [SilentRequest] needs.
	HomeAccountID string
	// Environment is the cloud that the account lives in: the issuer, or for Microsoft
	// Entra the name that the cloud's hosts share.
	Environment string
	// TenantID is the tenant that the other fields are about; empty outside Entra.
	TenantID string
	// LocalAccountID names the account in that tenant: its oid, else its sub.
	LocalAccountID string
	// Username is for people to read, such as an email address. It can change; never
	// decide by it.
	Username string
	// Name is the user's display name.
	Name string
}

// Account returns the account with that HomeAccountID, or an error that matches
// [ErrInteractionRequired] if the cache does not know it.
func (c *client) Account(ctx context.Context, homeAccountID string) (Account, error) {
	if homeAccountID == "" {
		return Account{}, &ArgumentError{"homeAccountID", "is empty: give the HomeAccountID of the account that a Result brought"}
	}
	_, m, err := c.resolve(ctx, "")
	if err != nil {
		return Account{}, err
	}
	r, err := c.vault.load(ctx, c.partition(cache.KindUser, m.Environment, homeAccountID))
	if err != nil {
		return Account{}, err
	}
	if found := appendAccounts(nil, r); len(found) > 0 {
		return found[0], nil
	}
	return Account{}, &signInError{"the cache does not know this account"}
}

// TenantProfiles returns what the account is called in each tenant that it has signed in
// to through this client: one Account a tenant, its home among them if it is known, all
// with the same HomeAccountID. Outside Microsoft Entra that is the account alone.
func (c *client) TenantProfiles(ctx context.Context, account Account) ([]Account, error) {
	if account.HomeAccountID == "" {
		return nil, &ArgumentError{"Account.HomeAccountID", "is empty: give an account that Accounts or a Result brought"}
	}
	_, m, err := c.resolve(ctx, "")
	if err != nil {
		return nil, err
	}
	r, err := c.vault.load(ctx, c.partition(cache.KindUser, m.Environment, account.HomeAccountID))
	if err != nil {
		return nil, err
	}
	if r == nil || len(r.Accounts) == 0 {
		return nil, &signInError{"the cache does not know this account"}
	}
	profiles := make([]Account, len(r.Accounts))
	for i, a := range r.Accounts {
		profiles[i] = accountOf(a)
	}
	return profiles, nil
}

// RemoveAccount removes everything of the account from this client's cache, in every
// tenant. A renewal that is running does not bring it back. The authority is not told, and
// not asked if the account names its Environment: see [PublicClient.SignOut].
func (c *client) RemoveAccount(ctx context.Context, account Account) error {
	if account.HomeAccountID == "" {
		return &ArgumentError{"Account.HomeAccountID", "is empty: give an account that Accounts or a Result brought"}
	}
	cloud := account.Environment
	if cloud == "" {
		_, m, err := c.resolve(ctx, "")
		if err != nil {
			return err
		}
		cloud = m.Environment
	}
	return c.vault.remove(ctx, c.partition(cache.KindUser, cloud, account.HomeAccountID))
}

// appendAccounts appends the account of a user's partition: its home tenant's
// profile, else any.
func appendAccounts(to []Account, r *cache.Record) []Account {
	if r == nil || len(r.Accounts) == 0 {
		return to
	}
	best := r.Accounts[0]
	for _, a := range r.Accounts[1:] {
		if a.Realm == homeTenant(a.HomeAccountID) {
			best = a
		}
	}
	return append(to, accountOf(best))
}

func accountOf(a *cache.Account) (to Account) {
	if a != nil {
		to.fill(a)
	}
	return to
}

// fill takes the fields one by one: to copy an Account to the heap as a whole is slower.
func (to *Account) fill(a *cache.Account) {
	to.HomeAccountID = a.HomeAccountID
	to.Environment = a.Environment
	to.TenantID = a.Realm
	to.LocalAccountID = a.LocalAccountID
	to.Username = a.Username
	to.Name = a.Name
}

// homeTenant returns the utid of a uid.utid; empty if the id is of another shape.
func homeTenant(homeAccountID string) string {
	if i := strings.LastIndexByte(homeAccountID, '.'); i >= 0 && authority.IsGUID(homeAccountID[i+1:]) {
		return homeAccountID[i+1:]
	}
	return ""
}
