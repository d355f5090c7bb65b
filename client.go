package latchkey

import (
	"context"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/flight"
	"github.com/latchkey-auth/latchkey/transport"
)

// A client is what both kinds of client have in common.
type client struct {
	config       Config
	authority    authority.Authority
	resolver     *authority.Resolver
	credential   Credential // zero: a public client
	vault        *vault
	flights      flight.Group[*Result]
	interactions interactions
	backoff      backoff
	signatures   signatureChecker
	spare        spareVerifier
}

func newClient(cfg Config, credential Credential) (*client, error) {
	switch {
	case cfg.Authority == "":
		return nil, &ArgumentError{"Config.Authority", "is empty: set the authority's URL"}
	case cfg.ClientID == "":
		return nil, &ArgumentError{"Config.ClientID", "is empty: set the id that the authority gave the client"}
	case cfg.RenewBefore < 0:
		return nil, &ArgumentError{"Config.RenewBefore", "is negative"}
	}
	if cfg.Profile.Name == "" {
		cfg.Profile = authority.ProfileFor(cfg.Authority)
	}
	a, err := authority.Parse(cfg.Authority, cfg.Profile)
	if err != nil {
		return nil, err
	}
	if cfg.Transport == nil {
		cfg.Transport = transport.Default()
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.RenewBefore == 0 {
		cfg.RenewBefore = defaultRenewBefore
	}
	if cfg.Trace == nil {
		cfg.Trace = &Trace{}
	}
	cfg.Capabilities = append([]string(nil), cfg.Capabilities...)
	c := &client{config: cfg, authority: a, credential: credential}
	c.resolver = authority.NewResolver(c.traced, cfg.Clock)
	c.vault = newVault(cfg.Cache, cfg.Clock)
	c.observe()
	c.signatures.init(c.traced, cfg.Clock)
	return c, nil
}

// Close waits until no renewal is running and everything that could not be saved
// has been tried once more. The client can still be used. The error is ctx's, or the
// store's if something is still unsaved.
func (c *client) Close(ctx context.Context) error {
	if err := c.flights.Wait(ctx); err != nil {
		return err
	}
	if err := c.resolver.Wait(ctx); err != nil {
		return err
	}
	return c.vault.flush(ctx)
}

func (c *client) now() time.Time { return c.config.Clock() }

// partition returns where the tokens of one subject at one cloud are kept.
func (c *client) partition(kind cache.Kind, cloud, subject string) cache.Partition {
	return cache.Partition{Kind: kind, Cloud: cloud, Owner: c.config.ClientID, Subject: subject}
}

// resolve finds the authority of a request, with its tenant in place of the client's.
func (c *client) resolve(ctx context.Context, tenant string) (authority.Authority, *authority.Metadata, error) {
	if tenant != "" && tenant != c.authority.Tenant() {
		return c.resolver.ResolveTenant(ctx, c.authority, tenant)
	}
	m, err := c.resolver.Resolve(ctx, c.authority)
	return c.authority, m, err
}
