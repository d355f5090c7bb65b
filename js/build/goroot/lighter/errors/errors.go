//go:build gopherjs

package errors

import "github.com/gopherjs/gopherjs/js"

// Is is errors.Is without the reflection that asks whether target can be compared.
func Is(err, target error) bool {
	for err != nil {
		if same(err, target) {
			return true
		}
		if x, ok := err.(interface{ Is(error) bool }); ok && x.Is(target) {
			return true
		}
		next, several := causes(err)
		for _, e := range several {
			if Is(e, target) {
				return true
			}
		}
		err = next
	}
	return target == nil && err == nil
}

// same compares, and says no where Go panics because the values cannot be compared.
func same(a, b error) (equal bool) {
	defer func() {
		if recover() != nil {
			equal = false
		}
	}()
	return a == b
}

// As is errors.As by what the compiler's run time knows of types.
func As(err error, target any) bool {
	if target == nil {
		panic("errors: target cannot be nil")
	}
	pointer := js.InternalObject(target)
	return find(err, target, pointer, pointer.Get("constructor").Get("elem"))
}

func find(err error, target any, pointer, kind *js.Object) bool {
	for err != nil {
		found := js.Global.Call("$assertType", js.InternalObject(err), kind, true)
		if found.Index(1).Bool() {
			pointer.Call("$set", found.Index(0))
			return true
		}
		if x, ok := err.(interface{ As(any) bool }); ok && x.As(target) {
			return true
		}
		next, several := causes(err)
		for _, e := range several {
			if e != nil && find(e, target, pointer, kind) {
				return true
			}
		}
		err = next
	}
	return false
}

// causes returns the one error that err wraps, or all of them.
func causes(err error) (next error, several []error) {
	switch x := err.(type) {
	case interface{ Unwrap() error }:
		return x.Unwrap(), nil
	case interface{ Unwrap() []error }:
		return nil, x.Unwrap()
	}
	return nil, nil
}
