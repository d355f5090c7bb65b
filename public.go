package latchkey

import (
	"context"

	"github.com/latchkey-auth/latchkey/cache"
)

// A PublicClient acquires tokens for users of a program that cannot keep a secret,
// such as a command, a desktop app or a single-page app (RFC 6749 section 2.1). It is
// safe for concurrent use: make one and share it.
type PublicClient struct{ *client }

// NewPublic returns a client that has sent nothing yet. The error is an
// [*ArgumentError] or an [*authority.Error] and names the field to mend.
func NewPublic(cfg Config) (*PublicClient, error) {
	c, err := newClient(cfg, Credential{})
	if err != nil {
		return nil, err
	}
	return &PublicClient{c}, nil
}

// Accounts returns the users who have signed in to this client and have not been
// removed, in no particular order. With a Config.Cache that cannot list its partitions
// (see [cache.Lister]), they are the users of this process.
func (c *PublicClient) Accounts(ctx context.Context) ([]Account, error) {
	return c.accounts(ctx)
}

func (c *client) accounts(ctx context.Context) ([]Account, error) {
	_, m, err := c.resolve(ctx, "")
	if err != nil {
		return nil, err
	}
	var found []Account
	err = c.vault.list(ctx, c.partition(cache.KindUser, m.Environment, ""), func(r *cache.Record) {
		found = appendAccounts(found, r)
	})
	return found, err
}

// onlyAccount returns the account to use when a request names none.
func (c *client) onlyAccount(ctx context.Context) (Account, error) {
	if c.credential.kind != noCredential {
		return Account{}, &ArgumentError{"SilentRequest.Account", "is empty: a confidential client serves many users, so name one; ConfidentialClient.Account finds it"}
	}
	found, err := c.accounts(ctx)
	switch {
	case err != nil:
		return Account{}, err
	case len(found) == 0:
		return Account{}, &signInError{"nobody is signed in to this client"}
	case len(found) > 1:
		return Account{}, &ArgumentError{"SilentRequest.Account", "is empty, and several users are signed in: pick one of PublicClient.Accounts"}
	}
	return found[0], nil
}
