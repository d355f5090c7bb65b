package jsengine

import (
	"context"
	"syscall/js"
	"testing"
	"time"

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
