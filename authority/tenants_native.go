//go:build !js

package authority

import (
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

// named returns the authority with the tenant, and its metadata if they are built in.
func (ts *tenants) named(a Authority, tenant string) (Authority, *Metadata, error) {
	s := &ts[tenantShard(tenant)]
	known, _ := s.known.Load().(map[string]*namedTenant)
	if t := known[tenant]; t != nil && t.of == a.key {
		return t.authority, t.builtIn, nil
	}
	named, err := a.WithTenant(tenant)
	if err != nil {
		return named, nil, err
	}
	t := &namedTenant{a.key, named, knownMetadata(named)}
	s.mu.Lock()
	defer s.mu.Unlock()
	known, _ = s.known.Load().(map[string]*namedTenant)
	next := make(map[string]*namedTenant, len(known)+1)
	for name, old := range known {
		if len(next) < tenantsPerShard-1 {
			next[name] = old
		}
	}
	next[tenant] = t
	s.known.Store(next)
	return t.authority, t.builtIn, nil
}

// tenantShard spreads tenants by their first characters.
func tenantShard(tenant string) uint32 {
	h := uint32(0)
	for i := 0; i < len(tenant) && i < 8; i++ {
		h = h*31 + uint32(tenant[i])
	}
	return (h ^ h>>6 ^ h>>12) % uint32(len(tenants{}))
}
