package cachetest_test

import (
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/cachetest"
)

func ExampleRun() {
	// In a test file of the store's package:
	_ = func(t *testing.T) {
		cachetest.Run(t, func(*testing.T) cache.Store { return cache.NewMemory() })
	}
}
