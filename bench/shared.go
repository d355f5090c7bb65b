package main

import "github.com/latchkey-auth/latchkey/cache"

// newShared returns a store that is no part of the client, as one in a database would be.
func newShared() cache.Store { return struct{ cache.Store }{cache.NewMemory()} }
