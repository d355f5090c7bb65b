// Package flight makes one call for many waiters.
//
// When a thousand requests find the same token expired, one of them renews it and all get the result:
//
//	var renewals flight.Group[*token]
//	...
//	t, joined, err := renewals.Do(ctx, key, func(ctx context.Context) (*token, error) {
//		return renew(ctx, ...)
//	})
//
// It differs from golang.org/x/sync/singleflight in that the call belongs to no caller. It runs on a context that nobody's
// cancellation reaches, in a goroutine of its own unless its caller's context cannot end either, so that a caller can leave
// at any time and takes nothing from the others; what the call did (spend a refresh token) is never lost. So the function must limit its own time, and a program
// that ends calls [Group.Wait] first.
package flight

import (
	"context"
	"sync"
)

// A Group runs at most one call per key at a time. The zero Group is ready. It is safe for concurrent use, must not be
// copied after its first use, and forgets a call as soon as it has returned: it is not a cache.
type Group[T any] struct {
	mu    sync.Mutex
	calls map[string]*call[T]
	idle  chan struct{} // closed when calls becomes empty; nil while it is
}

// A call is one run of a function. Its result is written before done is closed, and read after.
type call[T any] struct {
	done   chan struct{}
	result T
	err    error
}

// Do returns what f returns, for all the callers with the same key that arrive while it runs: the first caller's f is
// called, once, and joined is false for that caller and true for the others. They share the result and must not change it.
//
// f gets the first caller's context with its values, but without its cancellation and deadline. A caller whose own ctx
// ends before the result is there gets an error that matches both ctx.Err() and context.Cause(ctx), and f goes on; if ctx
// has ended before, f is not called. If f panics, every caller gets a *[PanicError]. f must not call Do with the same key.
func (g *Group[T]) Do(ctx context.Context, key string, f func(ctx context.Context) (T, error)) (v T, joined bool, err error) {
	if ctx.Err() != nil {
		return v, false, ended(ctx)
	}
	c, started := g.start(ctx, key, f, true)
	select {
	case <-c.done:
		return c.result, !started, c.err
	case <-ctx.Done():
	}
	// Both may have been ready, and a result that is there is better than none.
	select {
	case <-c.done:
		return c.result, !started, c.err
	default:
		return v, !started, ended(ctx)
	}
}

// Go starts f in the background if no call with the key is running, and reports whether it did. f gets ctx as in [Group.Do],
// even if ctx has ended; callers of Do that arrive while f runs join it. Nobody else sees its result.
func (g *Group[T]) Go(ctx context.Context, key string, f func(ctx context.Context) (T, error)) bool {
	_, started := g.start(ctx, key, f, false)
	return started
}

// Wait returns nil as soon as no call is running, and an error as [Group.Do] does if ctx ends before.
// It does not keep new calls from starting: stop asking first.
func (g *Group[T]) Wait(ctx context.Context) error {
	g.mu.Lock()
	idle := g.idle
	g.mu.Unlock()
	if idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

// start returns the running call with the key, or a new one of f. A caller that waits for it and cannot leave, because its
// context cannot end, makes the call itself.
func (g *Group[T]) start(ctx context.Context, key string, f func(ctx context.Context) (T, error), waits bool) (c *call[T], started bool) {
	g.mu.Lock()
	if c := g.calls[key]; c != nil {
		g.mu.Unlock()
		return c, false
	}
	c = &call[T]{done: make(chan struct{})}
	if g.calls == nil {
		g.calls = map[string]*call[T]{}
	}
	if g.idle == nil {
		g.idle = make(chan struct{})
	}
	g.calls[key] = c
	g.mu.Unlock()
	if waits && ctx.Done() == nil {
		g.run(ctx, key, c, f)
	} else {
		go g.run(context.WithoutCancel(ctx), key, c, f)
	}
	return c, true
}

// run calls f and finishes c, however f ends.
func (g *Group[T]) run(ctx context.Context, key string, c *call[T], f func(ctx context.Context) (T, error)) {
	returned := false
	defer func() {
		if !returned {
			// recover gives nil if f ended its goroutine with runtime.Goexit.
			c.err = panicError(recover())
		}
		g.finish(key, c)
	}()
	c.result, c.err = f(ctx)
	returned = true
}

// finish lets the waiters of c go and forgets it, so that whoever arrives from now on starts a new call.
func (g *Group[T]) finish(key string, c *call[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.calls, key)
	close(c.done)
	if len(g.calls) == 0 {
		close(g.idle)
		g.idle = nil
	}
}
