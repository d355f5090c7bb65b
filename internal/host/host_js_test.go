//go:build js

package host_test

import (
	"strings"
	"syscall/js"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/host"
)

// setCrypto replaces the page's crypto object until the test ends.
func setCrypto(t *testing.T, value any) {
	t.Helper()
	object := js.Global().Get("Object")
	before := object.Call("getOwnPropertyDescriptor", js.Global(), "crypto")
	object.Call("defineProperty", js.Global(), "crypto",
		map[string]any{"value": value, "configurable": true, "writable": true})
	t.Cleanup(func() {
		object.Call("defineProperty", js.Global(), "crypto", before)
	})
}

func function(body string) js.Value {
	return js.Global().Get("Function").New(body)
}

// A page without crypto gets an error that says what to do, and never weaker bytes.
func TestPageWithoutCrypto(t *testing.T) {
	throws := function("throw new Error('s3cr3t')")
	rejects := function("return Promise.reject(new Error('s3cr3t'))")
	resolves := function("return Promise.resolve()")
	short := function("return Promise.resolve(new ArrayBuffer(8))")
	tests := []struct {
		label          string
		crypto         any
		random, digest string
	}{
		{"no crypto", js.Undefined(), "no crypto.getRandomValues", "serve it over https"},
		{"null", js.Null(), "no crypto.getRandomValues", "serve it over https"},
		{"not a secure context", map[string]any{"getRandomValues": throws}, "failed", "serve it over https"},
		{"empty", map[string]any{"subtle": map[string]any{}}, "no crypto.getRandomValues", "serve it over https"},
		{"throws", map[string]any{"getRandomValues": throws, "subtle": map[string]any{"digest": throws}}, "failed", "failed"},
		{"rejects", map[string]any{"subtle": map[string]any{"digest": rejects}}, "getRandomValues", "failed"},
		{"nothing", map[string]any{"subtle": map[string]any{"digest": resolves}}, "getRandomValues", "failed"},
		{"short", map[string]any{"subtle": map[string]any{"digest": short}}, "getRandomValues", "failed"},
	}
	for _, test := range tests {
		t.Run(test.label, func(t *testing.T) {
			setCrypto(t, test.crypto)
			random, err := host.Random(32)
			if random != "" || err == nil || !strings.Contains(err.Error(), test.random) || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("Random = %q, %v; want an error with %q", random, err, test.random)
			}
			sum, err := host.Digest(256, "text")
			if sum != nil || err == nil || !strings.Contains(err.Error(), test.digest) || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("Digest = %x, %v; want an error with %q", sum, err, test.digest)
			}
		})
	}
}
