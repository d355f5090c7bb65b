package jsengine

import (
	"syscall/js"
	"testing"
)

// What a silent request says reaches the authority: by the refresh token, and in the hidden frame.
func TestSilentParameters(t *testing.T) {
	tb := newTab(t, "sessionStorage")
	if _, code := tb.call("popup", asking()); code != "" {
		t.Fatal(code)
	}
	account := tb.engine.Call("accounts").Index(0)
	expect := func(request string, want map[string]string) {
		t.Helper()
		sent := tb.page.Get(request)
		for name, value := range want {
			if got := sent.Get(name); got.Type() != js.TypeString || got.String() != value {
				t.Errorf("%s: %s is %v, want %q", request, name, got, value)
			}
		}
	}
	silent := func(members ...any) {
		t.Helper()
		if _, code := tb.call("silent", asking(append(members, "account", account)...)); code != "" {
			t.Error(code)
		}
	}
	extra := map[string]any{"dc": "west"}
	silent("extraParameters", extra, "resource", "https://api.test", "forceRefresh", true)
	expect("token", map[string]string{"grant_type": "refresh_token", "dc": "west", "resource": "https://api.test"})
	silent("claims", `{"access_token":{"a":null}}`)
	expect("token", map[string]string{"grant_type": "refresh_token", "claims": `{"access_token":{"a":null}}`})

	silent("cacheLookupPolicy", 5, "sid", "session", "domainHint", "contoso.test", "extraQueryParameters", extra, "redirectUri", "/other", "prompt", "select_account")
	expect("authorize", map[string]string{"prompt": "none", "sid": "session", "domain_hint": "contoso.test", "dc": "west", "redirect_uri": "https://app.test/other"})
	if _, code := tb.call("ssoSilent", asking("loginHint", "avery", "sid", "other", "prompt", "no_session")); code != "" {
		t.Error(code)
	}
	expect("authorize", map[string]string{"prompt": "no_session", "sid": "other", "login_hint": "avery"})
}

// A token that further parameters brought is found again by them.
func TestSilentExtraParametersHitTheCache(t *testing.T) {
	tb := newTab(t, "sessionStorage")
	if _, code := tb.call("popup", asking()); code != "" {
		t.Fatal(code)
	}
	request := asking("account", tb.engine.Call("accounts").Index(0), "extraParameters", map[string]any{"dc": "west"})
	for _, fromCache := range []bool{false, true, true} {
		if r, code := tb.call("silent", request); code != "" || r.Get("fromCache").Bool() != fromCache {
			t.Errorf("%s, want from the cache: %t", code, fromCache)
		}
	}
}
