//go:build js

package jsvalue

import (
	"context"
	"syscall/js"
)

// Func makes a function for the page. It must not block, and a panic in it harms nothing:
// the page gets undefined. f is called with as many arguments as the page gave; see [Arg].
func Func(f func(args []js.Value) any) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) (result any) {
		defer func() {
			if recover() != nil {
				result = nil
			}
		}()
		return f(args)
	})
}

// Arg returns the i-th argument; undefined if there are fewer.
func Arg(args []js.Value, i int) js.Value {
	if i >= len(args) {
		return js.Undefined()
	}
	return args[i]
}

// Go runs f in a goroutine. A panic ends f alone, and not the program.
func Go(f func()) {
	go func() {
		defer func() { _ = recover() }()
		f()
	}()
}

type settled struct {
	value js.Value
	err   error
}

// Await waits until a promise is settled, or ctx ends. The error is a [*Thrown] or ctx's.
// It must not be called in a function that the page called.
func Await(ctx context.Context, promise js.Value) (js.Value, error) {
	done := make(chan settled, 1)
	var kept, broken js.Func
	settle := func(s settled) any {
		kept.Release()
		broken.Release()
		done <- s
		return nil
	}
	kept = Func(func(args []js.Value) any { return settle(settled{value: Arg(args, 0)}) })
	broken = Func(func(args []js.Value) any { return settle(settled{err: thrown(Arg(args, 0))}) })
	// Promise.resolve makes sure that only one of the two is called, and once.
	safe, err := Call(js.Global().Get("Promise"), "resolve", promise)
	if err == nil {
		_, err = Call(safe, "then", kept, broken)
	}
	if err != nil {
		kept.Release()
		broken.Release()
		return js.Undefined(), err
	}
	select {
	case s := <-done:
		return s.value, s.err
	case <-ctx.Done():
		return js.Undefined(), context.Cause(ctx)
	}
}

// AwaitCall is [Call] and then [Await] for what it returns.
func AwaitCall(ctx context.Context, v js.Value, method string, args ...any) (js.Value, error) {
	promise, err := Call(v, method, args...)
	if err != nil {
		return js.Undefined(), err
	}
	return Await(ctx, promise)
}

// NewPromise returns a promise and the two functions that settle it.
func NewPromise() (promise, resolve, reject js.Value) {
	executor := Func(func(args []js.Value) any {
		resolve, reject = Arg(args, 0), Arg(args, 1)
		return nil
	})
	defer executor.Release() // the constructor has called it
	promise = js.Global().Get("Promise").New(executor)
	return promise, resolve, reject
}

// Promise runs f in a goroutine and returns the promise of its result. What f fails with
// is shown to the page as reason makes it; a panic is shown as the nil error.
func Promise(f func() (any, error), reason func(error) any) js.Value {
	promise, resolve, reject := NewPromise()
	Go(func() {
		finished := false
		defer func() {
			if !finished {
				_ = recover()
				reject.Invoke(reason(nil))
			}
		}()
		value, err := f()
		finished = true
		if err != nil {
			reject.Invoke(reason(err))
			return
		}
		resolve.Invoke(value)
	})
	return promise
}

// Bytes returns the bytes of an ArrayBuffer or a typed array.
func Bytes(buffer js.Value) ([]byte, error) {
	array, err := New("Uint8Array", buffer)
	if err != nil {
		return nil, err
	}
	b := make([]byte, array.Length())
	js.CopyBytesToGo(b, array)
	return b, nil
}

// Array returns a Uint8Array with the bytes.
func Array(b []byte) js.Value {
	array := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(array, b)
	return array
}
