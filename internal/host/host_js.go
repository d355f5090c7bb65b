//go:build js

package host

import (
	"errors"
	"syscall/js"
)

// The largest request that getRandomValues takes (Web Cryptography API, section 10.1.1).
const maxRandom = 65536

var (
	errNoRandom = errors.New("host: this page has no crypto.getRandomValues: use a current browser")
	errNoDigest = errors.New("host: this page has no crypto.subtle.digest: serve it over https, or from localhost")
	errFailed   = errors.New("host: the page's Web Crypto API failed")
)

// Random returns n random bytes, fit for keys, states and verifiers. It fails if n is negative and, in a page only, if the
// page has no crypto.getRandomValues. It does not block.
func Random(n int) (random string, err error) {
	if n < 0 {
		return "", errSize
	}
	// What JavaScript throws arrives as a panic.
	defer func() {
		if recover() != nil {
			random, err = "", errFailed
		}
	}()
	crypto := js.Global().Get("crypto")
	if !has(crypto, "getRandomValues") {
		return "", errNoRandom
	}
	b := make([]byte, n)
	for done := 0; done < n; {
		array := js.Global().Get("Uint8Array").New(min(n-done, maxRandom))
		crypto.Call("getRandomValues", array)
		copied := js.CopyBytesToGo(b[done:], array)
		if copied == 0 {
			return "", errFailed
		}
		done += copied
	}
	return string(b), nil
}

// Digest returns the SHA-2 digest of s that has the given number of bits: 256, 384 or 512; any other number is an error.
// In a page it blocks until the page's event loop has run, so a js.FuncOf callback must not call it, and it fails outside
// secure contexts.
func Digest(bits int, s string) (sum []byte, err error) {
	algorithm := ""
	switch bits {
	case 256:
		algorithm = "SHA-256"
	case 384:
		algorithm = "SHA-384"
	case 512:
		algorithm = "SHA-512"
	default:
		return nil, errBits
	}
	defer func() {
		if recover() != nil {
			sum, err = nil, errFailed
		}
	}()
	crypto := js.Global().Get("crypto")
	if !has(crypto, "subtle") || !has(crypto.Get("subtle"), "digest") {
		return nil, errNoDigest
	}
	text := js.Global().Get("Uint8Array").New(len(s))
	js.CopyBytesToJS(text, []byte(s))
	buffer, ok := await(crypto.Get("subtle").Call("digest", algorithm, text))
	if !ok {
		return nil, errFailed
	}
	sum = make([]byte, bits/8)
	if js.CopyBytesToGo(sum, js.Global().Get("Uint8Array").New(buffer)) != len(sum) {
		return nil, errFailed
	}
	return sum, nil
}

// has reports whether object is one and has something called name.
func has(object js.Value, name string) bool {
	return object.Type() == js.TypeObject && object.Get(name).Truthy()
}

// await waits until promise is settled, and returns what it resolves to; ok is false if it is rejected.
func await(promise js.Value) (result js.Value, ok bool) {
	// The callbacks can neither block (the channels have room) nor panic.
	resolved := make(chan js.Value, 1)
	rejected := make(chan struct{}, 1)
	onResolve := js.FuncOf(func(_ js.Value, args []js.Value) any {
		value := js.Undefined()
		if len(args) > 0 {
			value = args[0]
		}
		select {
		case resolved <- value:
		default:
		}
		return nil
	})
	defer onResolve.Release()
	onReject := js.FuncOf(func(js.Value, []js.Value) any {
		select {
		case rejected <- struct{}{}:
		default:
		}
		return nil
	})
	defer onReject.Release()
	promise.Call("then", onResolve, onReject)
	select {
	case result = <-resolved:
		return result, true
	case <-rejected:
		return js.Value{}, false
	}
}
