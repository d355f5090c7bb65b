package jsengine

import (
	"context"
	"syscall/js"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/fakepage"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// Where nothing is stored, a page is ready before it has made a key. It begins when it has
// nothing else to do, or when a sign-in begins.
func TestStartOfAnEmptyPage(t *testing.T) {
	for _, first := range []string{"idle", "popup", "redirect"} {
		t.Run(first, func(t *testing.T) {
			page := fakepage.Install()
			eval(authorityOfTests, page)
			eval(`const page = arguments[0], request = navigator.locks.request; page.begun = false;
				navigator.locks.request = (...args) => { page.begun = true; return request(...args) };
				globalThis.requestIdleCallback = f => { page.idle = f }`, page)
			t.Cleanup(func() { js.Global().Delete("requestIdleCallback") })
			tb := anotherTab(t, page, "sessionStorage")
			if n := tb.engine.Call("accounts").Length(); n != 0 || page.Get("begun").Bool() {
				t.Fatalf("%d accounts; or the key is made already", n)
			}
			switch first {
			case "idle":
				page.Call("idle")
				made := eval(`const page = arguments[0]; return (async () => { while (!page.keys.size) await new Promise(f => setTimeout(f)) })()`, page)
				if _, err := jsvalue.Await(context.Background(), made); err != nil {
					t.Error(err)
				}
			case "redirect":
				tb.expectCode("redirect", asking(), "")
				if page.Get("keys").Get("size").Int() != 1 {
					t.Error("a trip was kept without a key")
				}
			}
			if _, code := tb.call("popup", asking()); code != "" {
				t.Fatal(code)
			}
			again := anotherTab(t, page, "sessionStorage")
			if n := again.engine.Call("accounts").Length(); n != 1 {
				t.Errorf("%d accounts after a reload", n)
			}
		})
	}
}

// A storage that does not answer costs what is kept in it: the page starts, and works from
// memory. What waits ten seconds waits for nothing here.
func TestStartWithoutAnAnswer(t *testing.T) {
	for _, location := range []string{"sessionStorage", "localStorage"} {
		t.Run(location, func(t *testing.T) {
			first := newTab(t, location)
			if _, code := first.call("popup", asking()); code != "" {
				t.Fatal(code)
			}
			eval(`const real = globalThis.setTimeout;
				globalThis.setTimeout = (f, ms, ...args) => real(f, ms > 9000 && ms < 16000 ? 0 : ms, ...args);
				arguments[0].real = () => { globalThis.setTimeout = real };
				indexedDB.open = () => ({})`, first.page)
			t.Cleanup(func() { first.page.Call("real") })
			tb := anotherTab(t, first.page, location)
			if n := tb.engine.Call("accounts").Length(); n != 0 {
				t.Errorf("%d accounts", n)
			}
			tb.expectCode("redirect", asking(), "BrowserConfigurationAuthError in_mem_redirect_unavailable")
			if r, code := tb.call("popup", asking()); code != "" || r.Get("accessToken").String() == "" || tb.engine.Call("accounts").Length() != 1 {
				t.Errorf("the sign-in after: %s", code)
			}
		})
	}
}

// What the configuration says reaches the engine whole, and what is no text is refused.
func TestSettings(t *testing.T) {
	fakepage.Install()
	s, err := readSettings(eval(`return {clientId: "c", authority: "https://op.test", knownAuthorities: ["a.test", "b.test"], clientCapabilities: [],
		redirectUri: "/back", postLogoutRedirectUri: null, tokenRenewalOffsetSeconds: 2e6, popupTimeout: 1500.7, frameTimeout: -1, other: () => 1}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.knownAuthorities) != 2 || s.knownAuthorities[1] != "b.test" || s.capabilities == nil || len(s.capabilities) != 0 ||
		s.redirectURI != "https://app.test/back" || !s.noPostLogoutRedirect {
		t.Errorf("%+v", s)
	}
	if s.renewBefore.Seconds() != 1e6 || s.popupTimeout.Milliseconds() != 1500 || s.frameTimeout.Seconds() != 10 || s.leaving.Seconds() != 30 {
		t.Errorf("%v, %v, %v, %v", s.renewBefore, s.popupTimeout, s.frameTimeout, s.leaving)
	}
	for _, source := range []string{
		`{clientId: {}}`, `{clientId: "\ud800"}`, `{knownAuthorities: "a"}`, `{knownAuthorities: {length: 1, 0: "a"}}`, `{clientCapabilities: [1]}`,
		`{popupTimeout: "1"}`, `{tokenRenewalOffsetSeconds: []}`, `new Proxy({}, {get() { throw 1 }})`,
	} {
		if s, err := readSettings(eval("return " + source)); err == nil {
			t.Errorf("%s: %+v", source, s)
		}
	}
}
