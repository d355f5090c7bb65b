package jsengine

import (
	"context"
	"errors"
	"syscall/js"
	"testing"

	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

func promised(v js.Value) bool { return jsvalue.Get(v, "then").Type() == js.TypeFunction }

// A hit is there when silent returns; what must wait is promised.
func TestHit(t *testing.T) {
	for _, location := range []string{"localStorage", "sessionStorage", "memoryStorage"} {
		t.Run(location, func(t *testing.T) {
			tb := newTab(t, location)
			r, code := tb.call("popup", asking())
			if code != "" {
				t.Fatal(code)
			}
			request := asking("account", r.Get("account"), "correlationId", "mine", "state", "s")
			hit := tb.engine.Call("silent", request)
			if promised(hit) || !hit.Get("fromCache").Bool() || hit.Get("accessToken").String() != "at-1" || hit.Get("correlationId").String() != "mine" || hit.Get("state").String() != "s" {
				t.Error("no hit, or one that is promised")
			}
			hit.Set("accessToken", "changed")
			if again := tb.engine.Call("silent", request); again.Get("accessToken").String() != "at-1" {
				t.Error("results are shared")
			}
			for name, other := range map[string]map[string]any{
				"forced":    asking("account", r.Get("account"), "forceRefresh", true),
				"policy":    asking("account", r.Get("account"), "cacheLookupPolicy", 3),
				"no scopes": {"scopes": []any{"other"}, "account": r.Get("account")},
				"nobody":    asking(),
			} {
				v := tb.engine.Call("silent", other)
				if !promised(v) {
					t.Errorf("%s: not promised", name)
				}
				_, _ = jsvalue.Await(context.Background(), v)
			}
			if location == "memoryStorage" {
				return
			}
			// Another instance signs out: the storage says so, and this one believes it.
			if _, code := anotherTab(t, tb.page, location).call("clearCache", map[string]any{}); code != "" {
				t.Fatal(code)
			}
			request["cacheLookupPolicy"] = 1
			tb.expectCode("silent", request, "ClientAuthError token_refresh_required")
		})
	}
}

// What nobody listens to is not told.
func TestHitUnheeded(t *testing.T) {
	first := newTab(t, "sessionStorage")
	if _, code := first.call("popup", asking()); code != "" {
		t.Fatal(code)
	}
	told := 0
	host := map[string]any{"heeded": false, "onEvent": jsvalue.Func(func([]js.Value) any { told++; return nil })}
	config := map[string]any{"clientId": "client", "authority": "https://op.test", "protocolMode": "OIDC", "cacheLocation": "sessionStorage"}
	e, err := newEngine(js.ValueOf(config), js.ValueOf(host))
	if err != nil {
		t.Fatal(err)
	}
	tb := &tab{t: t, page: first.page, engine: e.object(), events: &[]string{}}
	if _, code := tb.call("start", nil); code != "" {
		t.Fatal(code)
	}
	request := asking("account", tb.engine.Call("accounts").Index(0))
	if _, code := tb.call("silent", request); code != "" { // it finds the authority's metadata
		t.Fatal(code)
	}
	hit := tb.engine.Call("silent", request)
	if promised(hit) || !hit.Get("fromCache").Bool() || told != 0 {
		t.Errorf("told %d events", told)
	}
}

func TestInstant(t *testing.T) {
	i := newInstant()
	if i.Err() != nil {
		t.Error("it has ended before anybody waits")
	}
	select {
	case <-i.Done():
	default:
		t.Error("it lets somebody wait")
	}
	if !errors.Is(i.Err(), context.Canceled) || context.Cause(i) == nil {
		t.Errorf("%v", i.Err())
	}
}
