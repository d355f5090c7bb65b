//go:build !js

package cachetest

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

// TestRunFails runs this test binary once more, with a store that ignores versions.
func TestRunFails(t *testing.T) {
	const key = "CACHETEST_BROKEN_STORE"
	if os.Getenv(key) != "" {
		for _, row := range brokenStores {
			if row.name == "ignores versions" {
				Run(t, func(*testing.T) cache.Store { return newBroken(row.make) })
			}
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestRunFails$", "-test.v")
	cmd.Env = append(os.Environ(), key+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("Run passes a store that ignores versions")
	}
	for _, want := range []string{"--- FAIL: TestRunFails/conflict ", "--- PASS: TestRunFails/absent "} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output has no %q:\n%s", want, out)
		}
	}
}
