//go:build !js

package authority

import (
	"context"
	"sync"
	"sync/atomic"
)

// tenantsPerShard bounds what is remembered of tenants that a caller names: with all
// shards 16 384 tenants, in some 20 MB.
const tenantsPerShard = 256

// Tenants remembers the authorities that [Resolver.ResolveTenant] made, so that a service
// of many tenants finds each by one lookup that allocates nothing.
type tenants [64]struct {
	mu    sync.Mutex   // one replaces known at a time
	known atomic.Value // map[string]*namedTenant by what the tenant was called, replaced and never changed
}

type namedTenant struct {
	of        string // the key of the authority that it was named for
	authority Authority
	builtIn   *Metadata // nil: ask the resolver
}

// ResolveTenant is [Authority.WithTenant] and [Resolver.Resolve] of what that returns. It
// remembers the authority, so it is cheaper for a tenant that is named again. The
// authority is returned with an error of Resolve too.
func (r *Resolver) ResolveTenant(ctx context.Context, a Authority, tenant string) (Authority, *Metadata, error) {
	s := &r.tenants[tenantShard(tenant)]
	known, _ := s.known.Load().(map[string]*namedTenant)
	t := known[tenant]
	if t == nil || t.of != a.key {
		named, err := a.WithTenant(tenant)
		if err != nil {
			return named, nil, err
		}
		t = &namedTenant{a.key, named, knownMetadata(named)}
		s.mu.Lock()
		known, _ = s.known.Load().(map[string]*namedTenant)
		next := make(map[string]*namedTenant, len(known)+1)
		for name, old := range known {
			if len(next) < tenantsPerShard-1 {
				next[name] = old
			}
		}
		next[tenant] = t
		s.known.Store(next)
		s.mu.Unlock()
	}
	if t.builtIn != nil {
		return t.authority, t.builtIn, nil
	}
	m, err := r.Resolve(ctx, t.authority)
	return t.authority, m, err
}

// tenantShard spreads tenants by their first characters.
func tenantShard(tenant string) uint32 {
	h := uint32(0)
	for i := 0; i < len(tenant) && i < 8; i++ {
		h = h*31 + uint32(tenant[i])
	}
	return (h ^ h>>6 ^ h>>12) % uint32(len(tenants{}))
}
