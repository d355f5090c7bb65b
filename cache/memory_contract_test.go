package cache_test

import (
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/cachetest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache.Store { return cache.NewMemory() })
}
