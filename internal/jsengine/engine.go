//go:build js

package jsengine

import (
	"context"
	"sync"
	"sync/atomic"
	"syscall/js"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/browser"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// An engine is one client of the page.
type engine struct {
	settings *settings
	host     js.Value
	client   *latchkey.PublicClient
	ready    bool           // start is done
	page     *browser.Store // nil: memory
	hints    *browser.Hints // nil: no other tab shares the store

	accounts atomic.Pointer[accountList]
	refresh  sync.Mutex // one at a time reads the accounts again
	active   accountRef
	shown    map[string]js.Value // results as JSON, by access token

	started  js.Value // the promise of start
	returned map[string]js.Value
	answer   string // the answer that the page was opened with

	frames  sync.Mutex
	frame   *frameRun  // the hidden frame that is open; nil: none
	turns   sync.Mutex // of frames, in memory
	leaving *request   // the redirect on which the page is about to leave
}

func newEngine(config, host js.Value) (*engine, error) {
	s, err := readSettings(config)
	if err != nil {
		return nil, err
	}
	e := &engine{settings: s, host: host, returned: map[string]js.Value{}, shown: map[string]js.Value{}}
	e.openStore()
	if !e.empty() {
		e.page.Begin() // beside all that follows
	}
	if err := e.makeClient(); err != nil {
		f := failureOf(err, true)
		if f.code == "endpoints_resolution_error" {
			f.class, f.code = classClientConfig, "url_parse_error"
		}
		return nil, f
	}
	e.accounts.Store(&accountList{})
	e.takeAnswer()
	return e, nil
}

// openStore finds the storage that the client is to have.
func (e *engine) openStore() {
	if e.settings.cacheLocation != "memoryStorage" {
		area := browser.Session
		if e.settings.cacheLocation == "localStorage" {
			area = browser.Local
		}
		page, err := browser.Open(area)
		if err == nil {
			page.Damaged = func(err error) { e.log(logWarning, err.Error()) }
			e.page = page
			return
		}
		e.log(logWarning, "tokens stay in memory: "+err.Error())
	}
}

func (e *engine) makeClient() (err error) {
	config := e.settings.config()
	if e.page != nil {
		config.Cache = e.page
	}
	e.client, err = latchkey.NewPublic(config)
	return err
}

// startLimit bounds the waits of start: for the storage, without which tokens stay in memory,
// and for the accounts in it.
const startLimit = 15 * time.Second

// start opens the storage and reads the accounts in it. If it is empty there is nothing to
// wait for.
func (e *engine) start() js.Value {
	if !e.started.IsUndefined() {
		return e.started
	}
	switch {
	case !webCrypto():
		e.started = rejected("", fail(classBrowser, "crypto_nonexistent", "this page has no Web Crypto: serve it over https, or from localhost"))
	case e.empty():
		e.readActive()
		e.ready = true
		whenIdle(e.prepare)
		e.started = js.Global().Get("Promise").Call("resolve")
	default:
		e.started = jsvalue.Promise(func() (any, error) {
			err := e.open(context.Background())
			if err == nil {
				whenIdle(e.prepare)
			}
			return nil, err
		}, reason(""))
	}
	return e.started
}

// empty reports whether there is nothing to wait for in the storage.
func (e *engine) empty() bool { return e.page == nil || e.page.Empty() }

// prepare does ahead what the next request begins with, so that it has less to do, and a window
// can be opened at the authority at once. What fails is tried again when it is needed.
func (e *engine) prepare() {
	if e.page != nil {
		e.page.Begin()
	}
	_, _ = readRequest(js.Undefined(), e.settings) // what reads it is compiled
	jsvalue.Go(func() {
		ctx, stop := jsvalue.Within(context.Background(), startLimit, browser.ErrStalled)
		defer stop()
		_ = e.client.Prepare(ctx)
	})
}

// whenIdle calls f, which does not block, when the page has nothing better to do.
func whenIdle(f func()) {
	var idle js.Func
	idle = jsvalue.Func(func([]js.Value) any {
		idle.Release()
		f()
		return nil
	})
	if _, err := jsvalue.Call(js.Global(), "requestIdleCallback", idle); err != nil {
		_, _ = jsvalue.Call(js.Global(), "setTimeout", idle)
	}
}

func webCrypto() bool {
	return jsvalue.IsObject(jsvalue.Get(js.Global().Get("crypto"), "subtle"))
}

// open waits for the storage, and reads the accounts in it.
func (e *engine) open(ctx context.Context) error {
	ctx, stop := jsvalue.Within(ctx, startLimit, browser.ErrStalled)
	defer stop()
	err := e.page.Sweep(ctx)
	if err == nil {
		e.listen()
		e.update(ctx) // which waits for the key when all else is done
		err = e.page.Ready(ctx)
	}
	if err != nil {
		e.log(logWarning, "tokens stay in memory: "+err.Error())
		if e.hints != nil {
			e.hints.Close()
		}
		e.page, e.hints = nil, nil
		if err := e.makeClient(); err != nil {
			return err
		}
		e.accounts.Store(&accountList{})
	}
	e.readActive()
	e.ready = true
	return nil
}

// listen begins to hear what other tabs do to the storage, before it is read.
func (e *engine) listen() {
	if e.settings.cacheLocation != "localStorage" {
		return
	}
	var err error
	if e.hints, err = browser.Listen(e.settings.clientID, e.heard); err != nil {
		e.log(logWarning, err.Error())
	}
}

// update reads the accounts again, and returns those before.
func (e *engine) update(ctx context.Context) accountList {
	e.refresh.Lock()
	defer e.refresh.Unlock()
	old := *e.accounts.Load()
	found, err := e.client.Identities(ctx)
	if err != nil {
		e.log(logWarning, err.Error())
	}
	list := newAccountList(found)
	e.accounts.Store(&list)
	e.shown = map[string]js.Value{} // they have accounts in them
	return old
}

// heard is called when another tab has changed the storage: the storage says what.
func (e *engine) heard() {
	jsvalue.Go(func() {
		ctx := context.Background()
		old := e.update(ctx)
		now := *e.accounts.Load()
		come, gone := now.compare(old)
		for _, a := range come {
			e.emit(eventLoginSuccess, "", jsonPayload(a.json), nil, "")
		}
		if gone {
			e.emit(eventLogoutSuccess, "", js.Null(), nil, "")
		}
		before := e.active
		if e.readActive(); e.active != before {
			e.emit(eventActiveAccountChanged, "", js.Null(), nil, "")
		}
	})
}

// tell gives the other tabs a hint.
func (e *engine) tell() {
	if e.hints != nil {
		e.hints.Send()
	}
}

func (e *engine) accountsNow() accountList { return *e.accounts.Load() }

// activeAccount returns the active account; nil if there is none, or it has gone.
func (e *engine) activeAccount() *accountEntry {
	if e.active.home == "" {
		return nil
	}
	return e.accountsNow().exact(e.active)
}

// setActive remembers the account. It does not block.
func (e *engine) setActive(account js.Value) error {
	r := newReader(account)
	ref := accountRef{home: r.text("homeAccountId"), local: r.text("localAccountId"), tenant: r.text("tenantId")}
	if r.err != nil {
		return fail(classClient, "request_cannot_be_made", r.err.Error())
	}
	e.active = ref
	e.writeActive()
	e.emit(eventActiveAccountChanged, "", js.Null(), nil, "")
	e.tell()
	return nil
}

// online reports whether the page has a network, as far as it knows.
func online() bool {
	v := jsvalue.Get(js.Global().Get("navigator"), "onLine")
	return v.Type() != js.TypeBoolean || v.Bool()
}
