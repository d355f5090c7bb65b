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
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// An engine is one client of the page.
type engine struct {
	settings *settings
	host     js.Value
	client   *latchkey.PublicClient // nil until start is done
	store    cache.Store
	page     *browser.Store // store, if it is one of the page; nil: memory
	hints    *browser.Hints // nil: no other tab shares the store

	accounts atomic.Pointer[accountList]
	refresh  sync.Mutex // one at a time reads the accounts again
	active   accountRef
	shown    map[string]js.Value // results as JSON, by access token

	started  js.Value // the promise of start
	returned map[string]js.Value
	answer   string // the answer that the page was opened with

	frames  sync.Mutex
	frame   *frameRun // the hidden frame that is open; nil: none
	leaving *request  // the redirect on which the page is about to leave
}

func newEngine(config, host js.Value) (*engine, error) {
	s, err := readSettings(config)
	if err != nil {
		return nil, err
	}
	if _, err := latchkey.NewPublic(s.config()); err != nil {
		f := failureOf(err, true)
		if f.code == "endpoints_resolution_error" {
			f.class, f.code = classClientConfig, "url_parse_error"
		}
		return nil, f
	}
	e := &engine{settings: s, host: host, returned: map[string]js.Value{}, shown: map[string]js.Value{}}
	e.accounts.Store(&accountList{})
	e.takeAnswer()
	return e, nil
}

// startLimit bounds each of the two waits of start: for the storage, without which tokens stay
// in memory, and for the accounts in it.
const startLimit = 15 * time.Second

// open is start's work.
func (e *engine) open(ctx context.Context) error {
	if !jsvalue.IsObject(jsvalue.Get(js.Global().Get("crypto"), "subtle")) {
		return fail(classBrowser, "crypto_nonexistent", "this page has no Web Crypto: serve it over https, or from localhost")
	}
	e.store = cache.NewMemory()
	if e.settings.cacheLocation != "memoryStorage" {
		area := browser.Session
		if e.settings.cacheLocation == "localStorage" {
			area = browser.Local
		}
		opening, cancel := context.WithTimeoutCause(ctx, startLimit, browser.ErrStalled)
		page, err := browser.Open(opening, area)
		cancel()
		if err != nil {
			e.log(logWarning, "tokens stay in memory: "+err.Error())
		} else {
			page.Damaged = func(err error) { e.log(logWarning, err.Error()) }
			e.page, e.store = page, page
		}
	}
	config := e.settings.config()
	config.Cache = e.store
	client, err := latchkey.NewPublic(config)
	if err != nil {
		return err
	}
	e.client = client
	e.readActive()
	if e.page != nil && e.settings.cacheLocation == "localStorage" {
		if e.hints, err = browser.Listen(e.settings.clientID, e.heard); err != nil {
			e.log(logWarning, err.Error())
		}
	}
	reading, cancel := context.WithTimeoutCause(ctx, startLimit, browser.ErrStalled)
	defer cancel()
	e.update(reading)
	return nil
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
