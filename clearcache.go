//go:build !js

package latchkey

import (
	"context"
	"errors"

	"github.com/latchkey-auth/latchkey/cache"
)

// ClearCache removes everything that this client keeps at its authority, of all users and of
// itself: accounts, a service's own tokens, and those on behalf of users. A renewal that is
// running brings no user back. Other clients in Config.Cache, and this one at other
// authorities, lose nothing. With a Config.Cache that cannot list its partitions (see
// [cache.Lister]), it removes what this process knows of. The authority is not told: see
// [PublicClient.SignOut]. An error does not keep the rest from being removed.
func (c *client) ClearCache(ctx context.Context) error {
	_, m, err := c.resolve(ctx, "")
	if err != nil {
		return err
	}
	var failures []error
	for _, kind := range []cache.Kind{cache.KindUser, cache.KindApp, cache.KindOnBehalfOf, cache.KindInteraction} {
		failures = append(failures, c.vault.clear(ctx, c.partition(kind, m.Environment, "")))
	}
	return errors.Join(failures...)
}

// clear removes each partition of the same kind, cloud and owner. Those that cannot be read
// go too.
func (v *vault) clear(ctx context.Context, like cache.Partition) error {
	var all []cache.Partition
	add := func(p cache.Partition) {
		if p.Kind == like.Kind && p.Owner == like.Owner && p.Cloud == like.Cloud {
			all = append(all, p)
		}
	}
	var failures []error
	if v.lister != nil {
		err := v.lister.List(ctx, like.Kind, like.Owner, func(p cache.Partition) bool {
			add(p)
			return true
		})
		if err != nil {
			failures = append(failures, &storeError{"list its records", err})
		}
	}
	for _, h := range v.all() {
		add(h.partition)
	}
	for _, p := range all {
		failures = append(failures, v.remove(ctx, p))
	}
	return errors.Join(failures...)
}
