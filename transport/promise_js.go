package transport

import (
	"context"
	"syscall/js"
)

// An aborter stops one fetch and everything that waits for it.
type aborter struct {
	controller js.Value
	stopped    js.Value // a promise that abort resolves
	resolve    js.Value
}

func newAborter() *aborter {
	a := &aborter{controller: js.Global().Get("AbortController").New()}
	executor := js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer func() { _ = recover() }()
		a.resolve = args[0]
		return nil
	})
	defer executor.Release() // the constructor has called it
	a.stopped = js.Global().Get("Promise").New(executor)
	return a
}

func (a *aborter) signal() js.Value { return a.controller.Get("signal") }

func (a *aborter) abort() {
	defer func() { _ = recover() }()
	a.controller.Call("abort")
	a.resolve.Invoke()
}

// await waits until the promise is settled or ctx ends. Its callbacks only send on a
// channel with room for both, and release themselves: the race is settled in any case,
// by abort if the promise never is, and a callback must not be called after its
// release.
func (a *aborter) await(ctx context.Context, promise js.Value) (js.Value, error) {
	type result struct {
		value js.Value
		err   error
	}
	done := make(chan result, 2)
	var kept, refused js.Func
	settle := func(r result) {
		done <- r
		kept.Release()
		refused.Release()
	}
	kept = js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer func() { _ = recover() }()
		settle(result{value: first(args)})
		return nil
	})
	refused = js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer func() { _ = recover() }()
		settle(result{err: thrown(js.Error{Value: first(args)})})
		return nil
	})
	race := js.Global().Get("Promise").Call("race", []any{promise, a.stopped})
	race.Call("then", kept, refused)
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return js.Undefined(), ctx.Err()
	}
}

func first(args []js.Value) js.Value {
	if len(args) == 0 {
		return js.Undefined()
	}
	return args[0]
}
