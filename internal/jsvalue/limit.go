//go:build js

package jsvalue

import (
	"context"
	"syscall/js"
	"time"
)

// Within returns a context that ends as ctx does, or after the limit, for the cause. stop
// ends the clock, and not the context. A ctx that this function made keeps its own limit.
//
// It is [context.WithTimeoutCause] of so little code that a page which starts can afford it.
func Within(ctx context.Context, limit time.Duration, cause error) (within context.Context, stop func()) {
	if _, limited := ctx.(*bounded); limited {
		return ctx, func() {}
	}
	if ctx.Done() != nil {
		return context.WithTimeoutCause(ctx, limit, cause)
	}
	b := &bounded{Context: ctx, done: make(chan struct{})}
	ring := Func(func([]js.Value) any {
		ended, end := context.WithCancelCause(ctx)
		end(cause)
		b.Context = ended
		close(b.done)
		return nil
	})
	clock, _ := Call(js.Global(), "setTimeout", ring, limit.Milliseconds())
	return b, func() {
		_, _ = Call(js.Global(), "clearTimeout", clock)
		ring.Release()
	}
}

type bounded struct {
	context.Context // has ended when done is closed
	done            chan struct{}
}

func (b *bounded) Done() <-chan struct{} { return b.done }
