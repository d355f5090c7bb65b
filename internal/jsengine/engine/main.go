//go:build js

// The command engine is what a page loads: the entry of both engines of the npm package. See
// package jsengine.
package main

import "github.com/latchkey-auth/latchkey/internal/jsengine"

func main() { jsengine.Main() }
