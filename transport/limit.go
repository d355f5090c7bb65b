package transport

import (
	"context"
	"errors"
	"time"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// timeLimit is for a whole request, body included, if the context has no deadline.
const timeLimit = 30 * time.Second

func withLimit(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, timeLimit)
}

const lateRemedy = "check the network and the proxy, or allow more time"

// ended returns the cause of a request whose context ended: the caller's is ctx,
// and limited is the same with the deadline that this package added. nil if neither did.
func ended(ctx, limited context.Context) error {
	switch err := ctx.Err(); {
	case err == context.DeadlineExceeded:
		return &cause{"the caller's deadline passed before the answer was complete; " + lateRemedy + why(ctx), both(ctx)}
	case err != nil:
		return &cause{"stopped by the caller, " + err.Error() + why(ctx), both(ctx)}
	case limited.Err() != nil:
		return &cause{"no complete answer within this client's time limit; " + lateRemedy, context.DeadlineExceeded}
	}
	return nil
}

// both is the error of ctx and its cause, so that errors.Is finds either.
func both(ctx context.Context) error {
	if context.Cause(ctx) == ctx.Err() {
		return ctx.Err()
	}
	return errors.Join(ctx.Err(), context.Cause(ctx))
}

func why(ctx context.Context) string {
	if context.Cause(ctx) == ctx.Err() {
		return ""
	}
	return " (" + printable.Escape(context.Cause(ctx).Error()) + ")"
}
