package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/filecache"
)

// tellDamaged tells of users of a client whose records are damaged. The cache cannot say who
// they are, so they count as not signed in.
func tellDamaged(ctx context.Context, w io.Writer, store *filecache.Store, clientID string) {
	if store == nil {
		return
	}
	found, _ := store.Damaged(ctx, cache.KindUser, clientID) // what else is wrong is the command's error
	for _, err := range found {
		fmt.Fprintf(w, "A user counts as signed out: %s\n", oneLine(withoutPackage(err.Error())))
	}
}

// removeDamaged removes what is damaged of all that a client keeps.
func removeDamaged(ctx context.Context, store *filecache.Store, clientID string) error {
	var failures []error
	for _, k := range []cache.Kind{cache.KindUser, cache.KindApp, cache.KindOnBehalfOf, cache.KindInteraction} {
		failures = append(failures, store.RemoveDamaged(ctx, k, clientID))
	}
	return errors.Join(failures...)
}
