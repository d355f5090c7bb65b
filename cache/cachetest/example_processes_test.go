//go:build !js

package cachetest_test

import (
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/cachetest"
)

func ExampleRunProcesses() {
	// openStore stands for the store's own: it opens the store in a folder.
	var openStore func(folder string) cache.Store

	// In a test file of the store's package:
	_ = func(t *testing.T) {
		cachetest.RunProcesses(t,
			func(t *testing.T) string { return t.TempDir() },
			func(t *testing.T, place string) cache.Store { return openStore(place) })
	}
}
