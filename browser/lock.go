//go:build js

package browser

import (
	"context"
	"errors"
	"syscall/js"

	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// errTaken means that somebody else holds a lock that was not to be waited for.
var errTaken = errors.New("browser: the lock is taken")

// lock takes a Web Lock, which all pages of this origin share and which ends with its tab.
func lock(ctx context.Context, name string) (unlock func(), err error) {
	controller, err := jsvalue.New("AbortController")
	if err != nil {
		return nil, ErrUnavailable
	}
	unlock, err = requestLock(ctx, name, map[string]any{"signal": jsvalue.Get(controller, "signal")})
	if ctx.Err() != nil && unlock == nil {
		_, _ = jsvalue.Call(controller, "abort")
		return nil, context.Cause(ctx)
	}
	return unlock, err
}

// tryLock takes a Web Lock if nobody holds it. The error may be errTaken.
func tryLock(ctx context.Context, name string) (unlock func(), err error) {
	return requestLock(ctx, name, map[string]any{"ifAvailable": true})
}

// requestLock asks for a lock. The browser calls granted with it, and takes it back when the
// promise that granted returns is settled.
func requestLock(ctx context.Context, name string, options map[string]any) (unlock func(), err error) {
	held, release, _ := jsvalue.NewPromise()
	outcome := make(chan error, 1)
	report := func(err error) {
		select {
		case outcome <- err:
		default:
		}
	}
	granted := jsvalue.Func(func(args []js.Value) any {
		if jsvalue.Nothing(jsvalue.Arg(args, 0)) {
			report(errTaken)
			return nil
		}
		report(nil)
		return held
	})
	locks := jsvalue.Get(jsvalue.Get(js.Global(), "navigator"), "locks")
	over, err := jsvalue.Call(locks, "request", name, options, granted)
	if err != nil {
		granted.Release()
		return nil, ErrUnavailable
	}
	jsvalue.Go(func() { // the promise of request is settled when the lock is free again, or never was taken
		defer granted.Release()
		if _, err := jsvalue.Await(context.Background(), over); err != nil {
			report(ErrUnavailable)
		}
	})
	select {
	case err := <-outcome:
		if err != nil {
			return nil, err
		}
		return func() { release.Invoke() }, nil
	case <-ctx.Done():
		release.Invoke() // if it is granted after all
		return nil, context.Cause(ctx)
	}
}
