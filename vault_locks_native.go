//go:build !js

package latchkey

import "github.com/latchkey-auth/latchkey/cache"

// vaultLocks are those of a vault without a store.
type vaultLocks = cache.Memory
