//go:build js

package authority

import "context"

// A page knows few tenants, and pays for code with every load.
type tenants struct{}

// ResolveTenant is [Authority.WithTenant] and [Resolver.Resolve] of what that returns. The
// authority is returned with an error of Resolve too.
func (r *Resolver) ResolveTenant(ctx context.Context, a Authority, tenant string) (Authority, *Metadata, error) {
	named, err := a.WithTenant(tenant)
	if err != nil {
		return named, nil, err
	}
	m, err := r.Resolve(ctx, named)
	return named, m, err
}
