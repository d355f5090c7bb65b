package latchkey

import (
	"context"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/printable"
)

// An Identity is an account in one tenant with what its last ID token said there.
type Identity struct {
	// Account is the user, by the names of the tenant.
	Account Account
	// LoginHint is what to send so that this user signs in again; empty if the authority
	// gave none (Microsoft Entra).
	LoginHint string
	// AuthorityType is "MSSTS", "ADFS" or "Generic", in the words of MSAL's cache.
	AuthorityType string

	id *cache.IDToken
}

// IDToken returns the ID token as it came; empty if there is none.
func (i Identity) IDToken() string {
	if i.id == nil {
		return ""
	}
	return string(i.id.Secret)
}

// Claims returns the claims of the ID token; zero if there is none.
func (i Identity) Claims() Claims {
	if i.id == nil {
		return Claims{}
	}
	claims, _ := idTokenClaims(string(i.id.Secret))
	return claims
}

// String names the account, without its token.
func (i Identity) String() string {
	return "latchkey.Identity{" + printable.Escape(i.Account.HomeAccountID) + "}"
}

// GoString is String.
func (i Identity) GoString() string { return i.String() }

// Identities returns every user of this client in every tenant, those of one user one after
// the other. It sends nothing, so users of any authority that this client id had are among
// them. With the error come those that could be read.
func (c *PublicClient) Identities(ctx context.Context) ([]Identity, error) {
	var found []Identity
	err := c.vault.list(ctx, c.partition(cache.KindUser, anyCloud, ""), func(r *cache.Record) {
		for _, a := range r.Accounts {
			found = append(found, Identity{Account: accountOf(a), LoginHint: a.LoginHint, AuthorityType: a.AuthorityType, id: r.IDToken(a.Realm)})
		}
	})
	return found, err
}
