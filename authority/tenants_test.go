package authority_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

// offline returns a resolver that can send nothing, and an authority of many tenants.
func offline(t *testing.T) (*authority.Resolver, authority.Authority) {
	send := func(context.Context, *transport.Request) (*transport.Response, error) {
		return nil, errors.New("a request was sent")
	}
	a, err := authority.Parse("https://login.microsoftonline.com/common", authority.Entra())
	if err != nil {
		t.Fatal(err)
	}
	return authority.NewResolver(send, time.Now), a
}

// ResolveTenant gives what WithTenant and Resolve give, however often and for however many tenants, without a request.
func TestResolveTenant(t *testing.T) {
	ctx := context.Background()
	r, a := offline(t)
	other, err := authority.Parse("https://login.microsoftonline.us/common", authority.Entra())
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < 20_000; n++ {
		tenant := fmt.Sprintf("%08x-2222-3333-4444-555555555555", n)
		for range [2]int{} {
			where, m, err := r.ResolveTenant(ctx, a, tenant)
			if err != nil || where.Tenant() != tenant || m.TenantID != tenant || where.Host() != a.Host() {
				t.Fatalf("%v, %v", where, err)
			}
		}
	}
	tenant := "00000000-2222-3333-4444-555555555555"
	if where, m, err := r.ResolveTenant(ctx, other, tenant); err != nil || where.Host() != other.Host() || m.Issuer != "https://login.microsoftonline.us/"+tenant+"/v2.0" {
		t.Errorf("the tenant in another cloud: %v, %v", where, err)
	}
	for range [2]int{} {
		if _, _, err := r.ResolveTenant(ctx, a, "../other"); err == nil {
			t.Error("a malformed tenant was accepted")
		}
		if where, _, err := r.ResolveTenant(ctx, a, "contoso.example"); err == nil || where.Tenant() != "contoso.example" {
			t.Errorf("a domain without a request: %v, %v", where, err)
		}
	}
	var none authority.Authority
	if _, _, err := r.ResolveTenant(ctx, none, tenant); err == nil {
		t.Error("the zero Authority was accepted")
	}
}
