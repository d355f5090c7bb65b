//go:build js

package browser

import (
	"context"
	"errors"
	"syscall/js"
	"time"

	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/host"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// A sealer encrypts by AES-256-GCM under a key that the browser keeps and shows to nobody.
type sealer struct {
	subtle, key js.Value
	database    js.Value // the origin's, open
	kept        bool     // something is sealed already, so there should be a key

	done chan struct{} // closed when all of that is there, or err says why not; nil: nobody has asked
	err  error
}

const (
	databaseName = "latchkey"
	keyStore     = "keys"
	keyName      = "seal"
	versionStore = "versions" // see versions.go

	nonceSize = 12

	// requestLimit bounds the wait for the database, which another page can keep from answering.
	requestLimit = 10 * time.Second
)

// begin begins to find the key of this origin, or to make it. It does not block.
func (s *sealer) begin() {
	if s.done != nil {
		return
	}
	s.done, s.err = make(chan struct{}), ErrUnavailable
	jsvalue.Go(func() {
		defer close(s.done)
		s.subtle = jsvalue.Get(js.Global().Get("crypto"), "subtle")
		ctx, stop := jsvalue.Within(context.Background(), requestLimit, ErrStalled)
		defer stop()
		s.err = s.findKey(ctx)
	})
}

// ready waits until the key is there.
func (s *sealer) ready(ctx context.Context) error {
	s.begin()
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// takeKey opens the database, or makes it if it may, and takes the key in it.
func (s *sealer) takeKey(ctx context.Context, create bool) (found bool, err error) {
	database, err := openDatabase(ctx, create)
	if err != nil {
		return false, err
	}
	key, err := inDatabase(ctx, database, keyStore, "readonly", "get", keyName)
	s.database = database
	if found = jsvalue.IsObject(key); found {
		s.key = key
	}
	return found, err
}

// findKey opens the database and takes the key in it. If there is none it puts one there: this
// page's own if it has one.
func (s *sealer) findKey(ctx context.Context) error {
	if !jsvalue.IsObject(s.subtle) {
		return ErrUnavailable
	}
	if s.kept { // and nothing is to be made, so that no lock is needed
		if found, _ := s.takeKey(ctx, false); found {
			return nil
		}
	}
	// A page that the user leaves in the middle of this is kept for the way back just as it is, its
	// upgrade of the database unfinished, and no page could open the database. A browser drops a
	// page that is kept when another one wants its lock.
	unlock, err := lock(ctx, "latchkey.open")
	if err != nil {
		return err
	}
	defer unlock()
	if found, err := s.takeKey(ctx, true); found || err != nil {
		return err
	}
	if !jsvalue.IsObject(s.key) {
		algorithm := map[string]any{"name": "AES-GCM", "length": 256}
		s.key, err = jsvalue.AwaitCall(ctx, s.subtle, "generateKey", algorithm, false, []any{"encrypt", "decrypt"})
		if err != nil {
			return unavailable(ctx, err)
		}
	}
	_, err = inDatabase(ctx, s.database, keyStore, "readwrite", "add", s.key, keyName) // nobody else has the lock
	return err
}

// versions runs one request on the versions. A browser closes the database when the user clears
// the site's data; then it is opened again.
func (s *sealer) versions(ctx context.Context, mode, method string, args ...any) (js.Value, error) {
	if err := s.ready(ctx); err != nil {
		return js.Undefined(), err
	}
	v, err := inDatabase(ctx, s.database, versionStore, mode, method, args...)
	var closed *jsvalue.Thrown
	if errors.As(err, &closed) && closed.Name == "InvalidStateError" {
		if err = s.findKey(ctx); err == nil {
			v, err = inDatabase(ctx, s.database, versionStore, mode, method, args...)
		}
	}
	return v, err
}

// unavailable keeps what ctx ended with, and the name of what the page threw.
func unavailable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.Join(ErrUnavailable, err)
}

func openDatabase(ctx context.Context, create bool) (js.Value, error) {
	opening, err := jsvalue.Call(jsvalue.Get(js.Global(), "indexedDB"), "open", databaseName, 1)
	if err != nil {
		return opening, unavailable(ctx, err)
	}
	upgrade := jsvalue.Func(func([]js.Value) any {
		if !create {
			_, _ = jsvalue.Call(jsvalue.Get(opening, "transaction"), "abort") // as if nobody had asked
			return nil
		}
		_, _ = jsvalue.Call(jsvalue.Get(opening, "result"), "createObjectStore", keyStore)
		_, _ = jsvalue.Call(jsvalue.Get(opening, "result"), "createObjectStore", versionStore)
		return nil
	})
	defer upgrade.Release()
	if err := jsvalue.Set(opening, "onupgradeneeded", upgrade); err != nil {
		return opening, unavailable(ctx, err)
	}
	return request(ctx, opening)
}

// inDatabase runs one request on an object store, in a transaction of its own. A transaction
// that begins later, in whatever tab, sees what it wrote.
func inDatabase(ctx context.Context, database js.Value, store, mode, method string, args ...any) (js.Value, error) {
	transaction, err := jsvalue.Call(database, "transaction", store, mode)
	if err != nil {
		return transaction, unavailable(ctx, err)
	}
	objects, err := jsvalue.Call(transaction, "objectStore", store)
	if err != nil {
		return objects, unavailable(ctx, err)
	}
	r, err := jsvalue.Call(objects, method, args...)
	if err != nil {
		return r, unavailable(ctx, err)
	}
	return request(ctx, r)
}

// request waits for an IDBRequest. The error may be [ErrStalled].
func request(ctx context.Context, r js.Value) (js.Value, error) {
	ctx, stop := jsvalue.Within(ctx, requestLimit, ErrStalled)
	defer stop()
	promise, resolve, reject := jsvalue.NewPromise()
	success := jsvalue.Func(func([]js.Value) any {
		resolve.Invoke(jsvalue.Get(r, "result"))
		return nil
	})
	defer success.Release()
	failure := jsvalue.Func(func(args []js.Value) any {
		_, _ = jsvalue.Call(jsvalue.Arg(args, 0), "preventDefault") // else the browser logs it as nobody's
		reject.Invoke(jsvalue.Get(r, "error"))
		return nil
	})
	defer failure.Release()
	_ = jsvalue.Set(r, "onsuccess", success)
	_ = jsvalue.Set(r, "onerror", failure)
	result, err := jsvalue.Await(ctx, promise)
	_ = jsvalue.Set(r, "onsuccess", js.Null())
	_ = jsvalue.Set(r, "onerror", js.Null())
	if err != nil {
		return result, unavailable(ctx, err)
	}
	return result, nil
}

// seal encrypts text for the place that bound names. nonce is 16 characters and never
// comes again.
func (s *sealer) seal(ctx context.Context, text []byte, bound func(nonce string) string) (nonce, sealed string, err error) {
	if err := s.ready(ctx); err != nil {
		return "", "", err
	}
	iv, err := host.Random(nonceSize)
	if err != nil {
		return "", "", err
	}
	nonce = b64.EncodeString(iv)
	buffer, err := jsvalue.AwaitCall(ctx, s.subtle, "encrypt", parameters(iv, bound(nonce)), s.key, jsvalue.Array(text))
	if err != nil {
		return "", "", unavailable(ctx, err)
	}
	b, err := jsvalue.Bytes(buffer)
	return nonce, b64.Encode(b), err
}

// open decrypts what seal made for the same place. The error is [ErrDamaged],
// [ErrUnavailable] or ctx's.
func (s *sealer) open(ctx context.Context, nonce, sealed, bound string) ([]byte, error) {
	iv, err := b64.Decode(nonce)
	if err != nil || len(iv) != nonceSize {
		return nil, ErrDamaged
	}
	data, err := b64.Decode(sealed)
	if err != nil {
		return nil, ErrDamaged
	}
	how, sealedData := parameters(string(iv), bound), jsvalue.Array(data)
	if err := s.ready(ctx); err != nil { // at last: a page that starts has done the rest meanwhile
		return nil, err
	}
	buffer, err := jsvalue.AwaitCall(ctx, s.subtle, "decrypt", how, s.key, sealedData)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, ErrDamaged
	}
	return jsvalue.Bytes(buffer)
}

func parameters(iv, bound string) map[string]any {
	return map[string]any{"name": "AES-GCM", "iv": jsvalue.Array([]byte(iv)), "additionalData": jsvalue.Array([]byte(bound))}
}
