//go:build !js

package authority_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

// A tenant that was named before costs no allocation.
func TestResolveTenantAgain(t *testing.T) {
	send := func(context.Context, *transport.Request) (*transport.Response, error) {
		return nil, errors.New("a request was sent")
	}
	ctx, r := context.Background(), authority.NewResolver(send, time.Now)
	a, err := authority.Parse("https://login.microsoftonline.com/common", authority.Entra())
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(100, func() {
		if _, _, err := r.ResolveTenant(ctx, a, "00000000-2222-3333-4444-555555555555"); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
