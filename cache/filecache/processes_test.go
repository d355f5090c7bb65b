package filecache

import (
	"path/filepath"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/cachetest"
)

func TestProcesses(t *testing.T) {
	cachetest.RunProcesses(t,
		func(t *testing.T) string { return filepath.Join(t.TempDir(), "cache") },
		func(t *testing.T, place string) cache.Store { return openStore(t, place, KeyFileBeside()) })
}
