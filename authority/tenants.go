package authority

import (
	"context"
	"sync"
)

// tenantsPerShard bounds what is remembered of tenants that a caller names: with all
// shards 16 384 tenants, in some 20 MB.
const tenantsPerShard = 256

// Tenants remembers the authorities that [Resolver.ResolveTenant] made, so that a service
// of many tenants finds each by one lookup that allocates nothing.
type tenants [64]struct {
	mu    sync.RWMutex
	known map[tenantKey]*namedTenant
}

type tenantKey struct{ of, tenant string }

type namedTenant struct {
	authority Authority
	builtIn   *Metadata // nil: ask the resolver
}

// ResolveTenant is [Authority.WithTenant] and [Resolver.Resolve] of what that returns. It
// remembers the authority, so it is cheaper for a tenant that is named again. The
// authority is returned with an error of Resolve too.
func (r *Resolver) ResolveTenant(ctx context.Context, a Authority, tenant string) (Authority, *Metadata, error) {
	s := &r.tenants[tenantShard(tenant)]
	key := tenantKey{a.key, tenant}
	s.mu.RLock()
	t := s.known[key]
	s.mu.RUnlock()
	if t == nil {
		named, err := a.WithTenant(tenant)
		if err != nil {
			return named, nil, err
		}
		t = &namedTenant{named, knownMetadata(named)}
		s.mu.Lock()
		if s.known == nil {
			s.known = make(map[tenantKey]*namedTenant)
		}
		for old := range s.known {
			if len(s.known) < tenantsPerShard {
				break
			}
			delete(s.known, old)
		}
		s.known[key] = t
		s.mu.Unlock()
	}
	if t.builtIn != nil {
		return t.authority, t.builtIn, nil
	}
	m, err := r.Resolve(ctx, t.authority)
	return t.authority, m, err
}

// tenantShard spreads tenants by FNV-1a over their first bytes.
func tenantShard(tenant string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(tenant) && i < 16; i++ {
		h = (h ^ uint32(tenant[i])) * 16777619
	}
	return (h ^ h>>16) % uint32(len(tenants{}))
}

// knownMetadata returns the metadata of a built-in cloud's tenant that takes no request to
// learn; nil if one is needed.
func knownMetadata(a Authority) *Metadata {
	if c := builtInCloud(a); c != nil {
		if id, known := knownTenantID(a.tenant); known {
			return builtIn(a, c, id)
		}
	}
	return nil
}
