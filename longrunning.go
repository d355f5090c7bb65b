//go:build !js

package latchkey

import (
	"context"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/host"
)

// A LongRunningKey opens the tokens of a long-running process. It is a secret as good as
// a refresh token: keep it in the job, on the server, and take it from nowhere else. It
// prints redacted, marshals in full, and is of use only together with its user's account.
type LongRunningKey struct{ text *string }

// String says what it is, without the secret.
func (k LongRunningKey) String() string { return "long-running key [redacted]" }

// GoString is String.
func (k LongRunningKey) GoString() string { return k.String() }

// MarshalText returns the key in full.
func (k LongRunningKey) MarshalText() ([]byte, error) {
	if k.text == nil {
		return nil, nil
	}
	return []byte(*k.text), nil
}

// UnmarshalText reads what MarshalText wrote.
func (k *LongRunningKey) UnmarshalText(text []byte) error {
	s := string(text)
	if raw, err := b64.Decode(s); err != nil || len(raw) != 32 {
		return &ArgumentError{"LongRunningKey", "is not a key that was marshalled before"}
	}
	k.text = &s
	return nil
}

// BeginLongRunningProcess exchanges an assertion as AcquireTokenOnBehalfOf does, and keeps
// a refresh token, so that the service can go on for the user when the assertion has
// ended. The key is new and random; AcquireTokenInLongRunningProcess takes it.
func (c *ConfidentialClient) BeginLongRunningProcess(ctx context.Context, assertion string, r OnBehalfOfRequest) (LongRunningKey, *Result, error) {
	a, err := c.onBehalfOf(ctx, assertion, &r)
	if err != nil {
		return LongRunningKey{}, nil, err
	}
	random, err := host.Random(32)
	if err != nil {
		return LongRunningKey{}, nil, err
	}
	text := b64.EncodeString(random)
	key := LongRunningKey{&text}
	if a.correlation, err = correlationID(a.correlation); err != nil {
		return LongRunningKey{}, nil, err
	}
	q, err := onBehalfOfGrant{assertion: assertion, renewable: true}.form(c.client, &a, nil)
	if err != nil {
		return LongRunningKey{}, nil, err
	}
	q.subject = func(homeAccountID string) (string, error) { return key.subject(homeAccountID) }
	result, err := c.settle(ctx, "long-running:"+text, q, reasonSignIn)
	if err != nil {
		return LongRunningKey{}, nil, err
	}
	return key, result, nil
}

// AcquireTokenInLongRunningProcess is AcquireTokenSilent for a process that
// BeginLongRunningProcess began. r.Account must be the account that its Result brought:
// the key opens nothing for another user (rule R27).
func (c *ConfidentialClient) AcquireTokenInLongRunningProcess(ctx context.Context, key LongRunningKey, r SilentRequest) (*Result, error) {
	a, err := c.silentAcquisition(ctx, r)
	if err != nil {
		return nil, err
	}
	if a.partition, err = c.longRunningPartition(a.metadata.Environment, key, r.Account); err != nil {
		return nil, err
	}
	return c.acquire(ctx, &a)
}

// EndLongRunningProcess removes the tokens of a long-running process.
func (c *ConfidentialClient) EndLongRunningProcess(ctx context.Context, key LongRunningKey, account Account) error {
	_, m, err := c.resolve(ctx, "")
	if err != nil {
		return err
	}
	p, err := c.longRunningPartition(m.Environment, key, account)
	if err != nil {
		return err
	}
	return c.vault.remove(ctx, p)
}

func (c *client) longRunningPartition(cloud string, key LongRunningKey, account Account) (cache.Partition, error) {
	switch {
	case key.text == nil:
		return cache.Partition{}, &ArgumentError{"LongRunningKey", "is empty: give the one that BeginLongRunningProcess returned"}
	case account.HomeAccountID == "":
		return cache.Partition{}, &ArgumentError{"Account", "is empty: give the account that BeginLongRunningProcess brought"}
	}
	subject, err := key.subject(account.HomeAccountID)
	return c.partition(cache.KindOnBehalfOf, cloud, subject), err
}

// subject names the partition of a process: only key and user together find it.
func (k LongRunningKey) subject(homeAccountID string) (string, error) {
	return hashText(cache.Key("long-running", *k.text, homeAccountID))
}
