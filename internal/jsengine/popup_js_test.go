package jsengine

import (
	"context"
	"strconv"
	"syscall/js"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/internal/fakepage"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

func TestBlockedPopupIsNobodyElses(t *testing.T) {
	tb := newTab(t, "sessionStorage")
	tb.page.Set("blocked", true)
	first := tb.engine.Call("popup", asking())
	tb.page.Set("blocked", false)
	second := tb.engine.Call("popup", asking()) // while the first one still waits for the authority
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	outcomes, err := jsvalue.Await(ctx, eval(`return Promise.all([...arguments].map(p => p.then(r => r.accessToken, e => e.errorCode)))`, first, second))
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomes.Call("join").String(); got != "popup_window_error,at-1" {
		t.Error(got)
	}
	for i := 0; i < tb.page.Get("windows").Length(); i++ {
		if !tb.page.Get("windows").Index(i).Get("closed").Bool() {
			t.Error("a window is still open")
		}
	}
}

func TestPopupRequests(t *testing.T) {
	tb := newTab(t, "sessionStorage")
	asked := eval(`
		const fetch = globalThis.fetch, asked = [];
		globalThis.fetch = (url, options) => { asked.push(new URL(url).pathname); return fetch(url, options) };
		return asked`)
	for _, want := range []string{"/.well-known/openid-configuration,/token", "/token"} {
		asked.Set("length", 0)
		if _, code := tb.call("popup", asking()); code != "" {
			t.Fatal(code)
		}
		if got := asked.Call("join").String(); got != want {
			t.Errorf("asked for %s, want %s", got, want)
		}
	}
	if n := tb.page.Get("windows").Length(); n != 2 {
		t.Errorf("%d windows", n)
	}
}

// When the authority is known and a verifier is there, the window is opened at the authority, and
// else empty. Each verifier is used once.
func TestPopupOpensAtTheAuthority(t *testing.T) {
	page := fakepage.Install()
	eval(authorityOfTests, page)
	eval(`const page = arguments[0], open = globalThis.open; page.opened = []; page.challenges = new Set();
		globalThis.open = (url, ...args) => { page.opened.push(url.split("?")[0]); return open(url, ...args) };
		const visit = page.visit;
		page.visit = (url, ...args) => { page.challenges.add(new URL(url).searchParams.get("code_challenge")); return visit(url, ...args) };
		globalThis.requestIdleCallback = f => { page.idle = f }`, page)
	t.Cleanup(func() { js.Global().Delete("requestIdleCallback") })
	tb := anotherTab(t, page, "sessionStorage")
	known := eval(`const fetch = globalThis.fetch;
		return new Promise(f => { globalThis.fetch = async (...args) => { const r = await fetch(...args); setTimeout(f, 20); return r } })`)
	page.Call("idle")
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, err := jsvalue.Await(ctx, known); err != nil {
		t.Fatal("the authority was not asked: ", err)
	}
	for i := 0; i < 3; i++ {
		if i == 1 {
			page.Set("idle", js.Undefined()) // whatever was to be done when nothing else is, is not done
			eval(`globalThis.requestIdleCallback = () => {}`)
		}
		done := eval(`const [engine, request] = arguments;
			return new Promise((done, failed) => setTimeout(() => engine.popup(request).then(done, failed)))`, tb.engine, asking()) // from the page, as a click
		if _, err := jsvalue.Await(ctx, done); err != nil {
			t.Fatal(err)
		}
	}
	opened := page.Get("opened").Call("join").String()
	// The engine of the second compiler gets its turn only when the page's handler is over.
	if want := "https://op.test/authorize,about:blank,about:blank"; opened != want && (gopherJS() || opened != "about:blank,about:blank,about:blank") {
		t.Errorf("opened %s", opened)
	}
	if n := page.Get("challenges").Get("size").Int(); n != 3 {
		t.Errorf("%d challenges for 3 sign-ins", n)
	}
}

// gopherJS reports whether this is the JavaScript engine.
func gopherJS() bool { return strconv.IntSize == 32 }

func TestNobodyHeedsEvents(t *testing.T) {
	told := 0
	host := map[string]any{
		"heeded":  false,
		"onEvent": jsvalue.Func(func([]js.Value) any { told++; return nil }),
	}
	e := &engine{host: js.ValueOf(host)}
	e.emit(eventLogoutEnd, typePopup, js.Null(), nil, "")
	if told != 0 {
		t.Error("an event was made for nobody")
	}
	host["heeded"] = true
	e.host = js.ValueOf(host)
	if e.emit(eventLogoutEnd, typePopup, js.Null(), nil, ""); told != 1 {
		t.Error("an event was lost")
	}
}
