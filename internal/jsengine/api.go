//go:build js

package jsengine

import (
	"context"
	"errors"
	"syscall/js"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/browser"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/host"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// Version is the version of the engine's interface with the facade.
const Version = 1

// Main publishes globalThis.latchkeyEngine, calls globalThis.latchkeyEngineReady with it if
// that is a function, and does not return.
//
// create(config, host) returns an engine, or {error} if the configuration is wrong: a
// function of Go cannot throw.
func Main() {
	entry := js.Global().Get("Object").New()
	entry.Set("version", Version)
	entry.Set("create", jsvalue.Func(func(args []js.Value) any {
		e, err := newEngine(jsvalue.Arg(args, 0), jsvalue.Arg(args, 1))
		if err != nil {
			return map[string]any{"error": jsonPayload(failureOf(err, true).json())}
		}
		return e.object()
	}))
	js.Global().Set("latchkeyEngine", entry)
	if ready := js.Global().Get("latchkeyEngineReady"); ready.Type() == js.TypeFunction {
		_, _ = jsvalue.Call(js.Global(), "latchkeyEngineReady", entry)
	}
	select {}
}

// object is the engine as the page has it. Its functions live as long as the page.
func (e *engine) object() js.Value {
	o := js.Global().Get("Object").New()
	for name, f := range map[string]func(js.Value) any{
		"start":            func(js.Value) any { return e.start() },
		"accounts":         func(js.Value) any { return jsonPayload(e.accountsNow().json()) },
		"activeAccount":    func(js.Value) any { return e.showActive() },
		"setActiveAccount": func(v js.Value) any { return e.tryNow(e.setActive(v)) },
		"silent":           e.silent,
		"ssoSilent":        e.ssoSilent,
		"popup":            e.popup,
		"redirect":         e.redirect,
		"handleRedirect":   e.handleRedirect,
		"logoutRedirect":   e.logoutRedirect,
		"logoutPopup":      e.logoutPopup,
		"clearCache":       e.clearCache,
	} {
		o.Set(name, method(f))
	}
	return o
}

func method(f func(js.Value) any) js.Func {
	return jsvalue.Func(func(args []js.Value) any { return f(jsvalue.Arg(args, 0)) })
}

// reason is what a promise is rejected with.
func reason(correlationID string) func(error) any {
	return func(err error) any {
		f := failureOf(err, online())
		f.correlationID = firstOf(correlationID, f.correlationID)
		return jsonPayload(f.json())
	}
}

// tryNow returns {error} for a synchronous method that failed.
func (e *engine) tryNow(err error) any {
	if err == nil {
		return nil
	}
	return map[string]any{"error": reason("")(err)}
}

func rejected(correlationID string, err error) js.Value {
	return jsvalue.Promise(func() (any, error) { return nil, err }, reason(correlationID))
}

func (e *engine) showActive() any {
	if active := e.activeAccount(); active != nil {
		return jsonPayload(active.json)
	}
	return nil
}

// begin reads a request, and checks that the engine is ready for it.
func (e *engine) begin(v js.Value) (*request, error) {
	q, err := readRequest(v, e.settings)
	if err == nil && !e.ready {
		err = errNotStarted()
	}
	return q, err
}

// acquire runs a method that brings a token, between its events.
func (e *engine) acquire(q *request, interaction string, run func(ctx context.Context) (*latchkey.Result, error)) js.Value {
	return jsvalue.Promise(func() (any, error) {
		ctx := context.Background()
		old := e.accountsNow()
		result, err := run(ctx)
		e.report(ctx, interaction, old, result, q.state, q.correlationID, err)
		if err != nil {
			return nil, err
		}
		return e.show(result, q.state, q.correlationID), nil
	}, reason(q.correlationID))
}

func (e *engine) silent(v js.Value) any {
	q, err := e.begin(v)
	if err != nil {
		return rejected(q.correlationID, err)
	}
	e.emitRequest(eventAcquireStart, typeSilent, q)
	if result := e.hit(q); result != nil { // no promise: Promise.resolve takes either
		if e.heeded() {
			e.emit(eventAcquireSuccess, typeSilent, e.show(result, q.state, q.correlationID), nil, q.correlationID)
		}
		return e.show(result, q.state, q.correlationID)
	}
	return e.acquire(q, typeSilent, func(ctx context.Context) (*latchkey.Result, error) { return e.acquireSilent(ctx, q) })
}

func (e *engine) ssoSilent(v js.Value) any {
	q, err := e.begin(v)
	if err != nil {
		return rejected(q.correlationID, err)
	}
	e.emitRequest(eventAcquireStart, typeSilent, q)
	return e.acquire(q, typeSilent, func(ctx context.Context) (*latchkey.Result, error) { return e.signInSilently(ctx, q) })
}

// popup opens the window before it returns, in the handler of the user's click. What the
// authority is asked for first is under way by then: opening a window takes a browser as long
// as the answer, and the page stands still meanwhile.
func (e *engine) popup(v js.Value) any {
	q, err := e.begin(v)
	if err != nil {
		return rejected(q.correlationID, err)
	}
	e.emitRequest(eventAcquireStart, typePopup, q)
	p := e.popupOf(q, true)
	p.Ahead = true
	var blocked error
	waiting, stop := context.WithCancel(context.Background())
	promise := e.acquire(q, typePopup, func(context.Context) (*latchkey.Result, error) {
		defer stop()
		defer whenIdle(e.prepare)
		result, err := e.client.AcquireTokenInteractive(waiting, p, e.interactive(q))
		if blocked != nil {
			return nil, blocked
		}
		return result, err
	})
	if blocked = p.Open(); blocked != nil {
		stop() // whoever has joined it opens a window of its own
	}
	if e.page != nil {
		e.page.Begin() // beside the window: what comes is sealed
	}
	return promise
}

func (e *engine) redirect(v js.Value) any {
	q, err := e.begin(v)
	if err == nil && e.leaving != nil {
		err = fail(classBrowser, "interaction_in_progress", "the page is about to leave for another sign-in: wait for it")
	}
	if err != nil {
		return rejected(q.correlationID, err)
	}
	e.leaving = q
	e.emitRequest(eventAcquireStart, typeRedirect, q)
	return jsvalue.Promise(func() (any, error) {
		defer func() { e.leaving = nil }()
		ctx := context.Background()
		err := e.leave(ctx, q)
		if errors.Is(err, errHandled) {
			return nil, nil
		}
		if err != nil {
			e.report(ctx, typeRedirect, nil, nil, "", q.correlationID, err)
		}
		return nil, err
	}, reason(q.correlationID))
}

func (e *engine) handleRedirect(v js.Value) any {
	r := newReader(v)
	hash := r.text("hash")
	toOrigin := r.flag("navigateToLoginRequestUrl", true)
	if !e.ready {
		return rejected("", errNotStarted())
	}
	if again, known := e.returned[hash]; known {
		return again
	}
	promise := jsvalue.Promise(func() (any, error) {
		result, state, err := e.comeBack(context.Background(), hash, toOrigin)
		if result == nil || err != nil {
			return nil, err
		}
		return e.show(result, state, ""), nil
	}, reason(""))
	e.returned[hash] = promise
	return promise
}

func (e *engine) clearCache(v js.Value) any {
	q, err := e.begin(v)
	if err != nil {
		return rejected(q.correlationID, err)
	}
	return jsvalue.Promise(func() (any, error) { return nil, e.clear(context.Background(), q) }, reason(q.correlationID))
}

func (e *engine) logoutRedirect(v js.Value) any {
	q, err := e.begin(v)
	if err != nil {
		return rejected(q.correlationID, err)
	}
	e.emitRequest(eventLogoutStart, typeRedirect, q)
	return e.logout(q, typeRedirect, func(ctx context.Context) error {
		random, err := host.Random(32)
		if err != nil {
			return err
		}
		state := browser.State{ID: b64.EncodeString(random), Interaction: browser.InteractionRedirect, User: q.state}
		url, err := e.signOut(ctx, q, state.String())
		if err != nil {
			return err
		}
		e.emitRequest(eventLogoutSuccess, typeRedirect, q)
		if url == "" {
			return nil
		}
		browser.SigningOut(e.settings.clientID, absolute(""))
		err = e.navigate(ctx, url, false)
		browser.ForgetTrip(e.settings.clientID) // the page is still here
		if !errors.Is(err, errHandled) {
			return err
		}
		return nil
	})
}

func (e *engine) logoutPopup(v js.Value) any {
	q, err := e.begin(v)
	if err != nil {
		return rejected(q.correlationID, err)
	}
	e.emitRequest(eventLogoutStart, typePopup, q)
	p := e.popupOf(q, false)
	opened := p.Open()
	return e.logout(q, typePopup, func(ctx context.Context) error {
		defer p.Close()
		if opened != nil {
			return opened
		}
		random, err := host.Random(32)
		if err != nil {
			return err
		}
		id := b64.EncodeString(random)
		url, err := e.signOut(ctx, q, p.ComposeState(id))
		if err != nil {
			return err
		}
		e.emitRequest(eventLogoutSuccess, typePopup, q)
		if url != "" {
			_, _ = p.Show(ctx, url, id) // signed out here it is, whether or not the window comes back
		}
		if q.mainRedirectURI == "" {
			return nil
		}
		if err := e.navigate(ctx, absolute(q.mainRedirectURI), false); !errors.Is(err, errHandled) {
			return err
		}
		return nil
	})
}

// logout runs a sign-out between its events. Whatever happens, the last one is the end.
func (e *engine) logout(q *request, interaction string, run func(ctx context.Context) error) js.Value {
	return jsvalue.Promise(func() (any, error) {
		err := run(context.Background())
		if err != nil {
			f := failureOf(err, online())
			f.correlationID = q.correlationID
			e.emit(eventLogoutFailure, interaction, js.Null(), f, q.correlationID)
		}
		e.emit(eventLogoutEnd, interaction, js.Null(), nil, q.correlationID)
		return nil, err
	}, reason(q.correlationID))
}
