//go:build js

package authority

// A page knows few tenants, and pays for code with every load.
type tenants struct{}

func (*tenants) named(a Authority, tenant string) (Authority, *Metadata, error) {
	named, err := a.WithTenant(tenant)
	return named, nil, err
}
