//go:build !js

package authority_test

import (
	"context"
	"testing"
)

// A tenant that was named before costs no allocation.
func TestResolveTenantAgain(t *testing.T) {
	r, a := offline(t)
	n := testing.AllocsPerRun(100, func() {
		if _, _, err := r.ResolveTenant(context.Background(), a, "00000000-2222-3333-4444-555555555555"); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
