//go:build js

package latchkey

import (
	"context"

	"github.com/latchkey-auth/latchkey/cache"
)

// vaultLocks are those of a vault without a store. A page has one thread, so a map is enough,
// and it downloads no [cache.Memory] for them.
type vaultLocks struct {
	held map[place]chan struct{} // closed when the lock is free
}

// Lock takes the partition's lock; ctx bounds the wait.
func (l *vaultLocks) Lock(ctx context.Context, p cache.Partition) (unlock func(), err error) {
	at := place(p.Name())
	for ctx.Err() == nil {
		taken := l.held[at]
		if taken == nil {
			if l.held == nil {
				l.held = map[place]chan struct{}{}
			}
			free := make(chan struct{})
			l.held[at] = free
			return func() {
				delete(l.held, at)
				close(free)
			}, nil
		}
		select {
		case <-taken:
		case <-ctx.Done():
		}
	}
	return nil, context.Cause(ctx)
}
