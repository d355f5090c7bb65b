package jsengine

import (
	"context"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/internal/fakepage"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

func eval(body string, args ...any) js.Value {
	return js.Global().Get("Function").New(body).Invoke(args...)
}

// A tab is an engine in a fake page with an authority that signs in whoever page.user names.
type tab struct {
	t      *testing.T
	page   js.Value
	engine js.Value
	events *[]string
}

const authorityOfTests = `
const page = arguments[0];
page.user = "avery"; page.sent = []; page.refuse = undefined;
const codes = new Map(), encode = o => btoa(JSON.stringify(o)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
page.visit = url => {
	const q = new URL(url).searchParams, code = "code-" + codes.size;
	page.asked = q.get("prompt");
	page.authorize = Object.fromEntries(q);
	if (page.refuse) return q.get("redirect_uri") + "#" + new URLSearchParams({state: q.get("state"), ...page.refuse});
	codes.set(code, q.get("nonce"));
	return q.get("redirect_uri") + "#" + new URLSearchParams({state: q.get("state"), code});
};
globalThis.fetch = async (url, {body}) => {
	if (url.endsWith("/.well-known/openid-configuration")) return Response.json({
		issuer: "https://op.test", authorization_endpoint: "https://op.test/authorize", token_endpoint: "https://op.test/token",
		jwks_uri: "https://op.test/keys", scopes_supported: ["openid", "offline_access"], end_session_endpoint: "https://op.test/logout",
	});
	const q = new URLSearchParams(body), now = Math.floor(Date.now() / 1000), n = page.sent.push(q.get("grant_type"));
	page.token = Object.fromEntries(q);
	if (page.refuseToken) return Response.json(page.refuseToken, {status: 400});
	const claims = {iss: "https://op.test", sub: page.user, aud: "client", iat: now, exp: now + 3600, preferred_username: page.user + "@contoso.test"};
	if (q.has("code")) claims.nonce = codes.get(q.get("code"));
	return Response.json({access_token: "at-" + n, token_type: "Bearer", expires_in: 3600, refresh_token: "rt-" + n, scope: q.get("scope"),
		id_token: [encode({alg: "RS256"}), encode(claims), "c2ln"].join(".")});
};`

func newTab(t *testing.T, location string) *tab {
	t.Helper()
	page := fakepage.Install()
	eval(authorityOfTests, page)
	return anotherTab(t, page, location)
}

func anotherTab(t *testing.T, page js.Value, location string) *tab {
	t.Helper()
	events := &[]string{}
	host := map[string]any{
		"log":      jsvalue.Func(func([]js.Value) any { return nil }),
		"navigate": jsvalue.Func(func([]js.Value) any { return js.Global().Get("Promise").Call("resolve", false) }),
		"onEvent": jsvalue.Func(func(args []js.Value) any {
			text := strings.TrimPrefix(args[0].String(), "msal:")
			if !args[1].IsNull() {
				text += "/" + args[1].String()
			}
			if !args[3].IsNull() {
				text += "!" + args[3].Get("errorCode").String()
			}
			*events = append(*events, text)
			panic("a listener that throws harms nothing")
		}),
	}
	config := map[string]any{"clientId": "client", "authority": "https://op.test", "protocolMode": "OIDC", "cacheLocation": location, "redirectUri": "/redirect", "popupTimeout": 30000, "frameTimeout": 30000}
	e, err := newEngine(js.ValueOf(config), js.ValueOf(host))
	if err != nil {
		t.Fatal(err)
	}
	tb := &tab{t: t, page: page, engine: e.object(), events: events}
	if _, code := tb.call("start", nil); code != "" {
		t.Fatal(code)
	}
	return tb
}

// call calls a method and returns what its promise is kept with, or the class and code of
// what it is broken with.
func (tb *tab) call(method string, request any) (js.Value, string) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	outcome, err := jsvalue.Await(ctx, eval(`return Promise.resolve(arguments[0]).then(v => [v], e => [undefined, e.class + " " + e.errorCode])`, tb.engine.Call(method, request)))
	if err != nil {
		tb.t.Fatal(err)
	}
	if outcome.Length() == 2 {
		return js.Undefined(), outcome.Index(1).String()
	}
	return outcome.Index(0), ""
}

func (tb *tab) expectEvents(want string) {
	tb.t.Helper()
	if got := strings.Join(*tb.events, " "); got != want {
		tb.t.Errorf("events %s\nwant   %s", got, want)
	}
	*tb.events = nil
}

func (tb *tab) expectCode(method string, request any, want string) {
	tb.t.Helper()
	if _, code := tb.call(method, request); code != want {
		tb.t.Errorf("%s: %q, want %q", method, code, want)
	}
}

func asking(members ...any) map[string]any {
	r := map[string]any{"scopes": []any{"read"}}
	for i := 0; i < len(members); i += 2 {
		r[members[i].(string)] = members[i+1]
	}
	return r
}

func TestEngine(t *testing.T) {
	for _, location := range []string{"localStorage", "sessionStorage", "memoryStorage"} {
		t.Run(location, func(t *testing.T) {
			tb := newTab(t, location)
			tb.expectCode("silent", asking(), "BrowserAuthError no_account_error")
			*tb.events = nil
			r, code := tb.call("popup", asking("state", "mine"))
			if code != "" || r.Get("accessToken").String() != "at-1" || r.Get("state").String() != "mine" || r.Get("fromCache").Bool() || r.Get("expiresOn").Float() < 1e12 {
				t.Fatalf("%s %s", code, js.Global().Get("JSON").Call("stringify", r))
			}
			tb.expectEvents("acquireTokenStart/popup popupOpened/popup acquireTokenSuccess/popup loginSuccess/popup")
			account := tb.engine.Call("accounts").Index(0)
			if account.Get("username").String() != "avery@contoso.test" || account.Equal(tb.engine.Call("accounts").Index(0)) {
				t.Error("no account, or not a fresh one each time")
			}
			if v := tb.engine.Call("setActiveAccount", account); v.Truthy() || tb.engine.Call("activeAccount").Get("homeAccountId").String() != "avery" {
				t.Error("not the active account")
			}
			*tb.events = nil
			if r, code := tb.call("silent", asking()); code != "" || !r.Get("fromCache").Bool() || r.Get("accessToken").String() != "at-1" {
				t.Errorf("hit: %s", code)
			}
			tb.expectEvents("acquireTokenStart/silent acquireTokenSuccess/silent")
			if r, code := tb.call("silent", asking("forceRefresh", true)); code != "" || r.Get("fromCache").Bool() || r.Get("accessToken").String() != "at-2" {
				t.Errorf("refresh: %s", code)
			}
			tb.expectEvents("acquireTokenStart/silent acquireTokenFromNetworkStart/silent acquireTokenSuccess/silent")
			if r, code := tb.call("silent", asking("cacheLookupPolicy", 5)); code != "" || r.Get("accessToken").String() != "at-3" || tb.page.Get("asked").String() != "none" {
				t.Errorf("frame: %s", code)
			}
			if sent := tb.page.Get("sent").Call("join").String(); sent != "authorization_code,refresh_token,authorization_code" {
				t.Errorf("sent %s", sent)
			}
			tb.expectCode("silent", map[string]any{"scopes": []any{"other"}, "cacheLookupPolicy": 1}, "ClientAuthError token_refresh_required")
			if location != "memoryStorage" {
				again := anotherTab(t, tb.page, location)
				if r, code := again.call("silent", asking()); code != "" || r.Get("accessToken").String() != "at-3" {
					t.Errorf("after a reload: %s", code)
				}
			}
			*tb.events = nil
			tb.expectCode("logoutRedirect", map[string]any{"account": account}, "")
			tb.expectEvents("logoutStart/redirect logoutSuccess/redirect logoutEnd/redirect")
			if n := tb.engine.Call("accounts").Length(); n != 0 || !tb.engine.Call("activeAccount").IsNull() {
				t.Errorf("%d accounts after the sign-out", n)
			}
		})
	}
}

// The refresh token fails first, then the frame: what the caller gets is what the frame says.
func TestSilentOrder(t *testing.T) {
	tb := newTab(t, "memoryStorage")
	r, _ := tb.call("popup", asking())
	account := r.Get("account")
	other := func(members ...any) map[string]any {
		return asking(append([]any{"account", account, "scopes", []any{"read"}, "forceRefresh", true}, members...)...)
	}
	tb.page.Set("refuse", map[string]any{"error": "login_required"})
	for _, tt := range []struct{ refusal, want, asked string }{
		{`{"error":"invalid_grant"}`, "InteractionRequiredAuthError login_required", "none"},
		{`{"error":"invalid_grant","suberror":"bad_token"}`, "InteractionRequiredAuthError login_required", "none"},
		{`{"error":"invalid_grant","suberror":"basic_action"}`, "InteractionRequiredAuthError invalid_grant", ""},
		{`{"error":"interaction_required"}`, "InteractionRequiredAuthError interaction_required", ""},
		{`{"error":"server_error"}`, "ServerError server_error", ""},
	} {
		tb.page.Set("refuseToken", js.Global().Get("JSON").Call("parse", tt.refusal))
		tb.page.Set("asked", "")
		tb.expectCode("silent", other(), tt.want)
		if asked := tb.page.Get("asked").String(); asked != tt.asked {
			t.Errorf("%s: a frame with prompt %q, want %q", tt.refusal, asked, tt.asked)
		}
	}
	tb.page.Set("refuseToken", js.Undefined())
	tb.page.Set("refuse", js.Undefined())
	tb.page.Set("user", "blake")
	tb.expectCode("silent", other("cacheLookupPolicy", 5), "InteractionRequiredAuthError login_required") // another user's session
}

func TestR47_TwoTabs(t *testing.T) {
	first := newTab(t, "localStorage")
	second := anotherTab(t, first.page, "localStorage")
	if _, code := first.call("popup", asking()); code != "" {
		t.Fatal(code)
	}
	seen := func(n int) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); second.engine.Call("accounts").Length() != n; {
			if time.Now().After(deadline) {
				t.Fatalf("the second tab does not see %d accounts", n)
			}
			<-time.After(time.Millisecond)
		}
	}
	seen(1)
	if _, code := first.call("clearCache", map[string]any{}); code != "" {
		t.Fatal(code)
	}
	seen(0)
	// A hint without a change says nothing.
	*second.events = nil
	eval(`const c = new BroadcastChannel("latchkey.hints.1"); c.postMessage({client: "client", accounts: [{homeAccountId: "forged"}]}); c.close()`)
	if _, code := second.call("silent", asking()); code != "BrowserAuthError no_account_error" || second.engine.Call("accounts").Length() != 0 {
		t.Error(code)
	}
}

func TestR49_HostileRequests(t *testing.T) {
	tb := newTab(t, "memoryStorage")
	tests := []struct{ source, want string }{
		{`{get scopes() { throw new Error("no") }}`, "ClientConfigurationError request_cannot_be_made"},
		{`{scopes: "read"}`, "ClientConfigurationError request_cannot_be_made"},
		{`{scopes: [7]}`, "ClientConfigurationError request_cannot_be_made"},
		{`{scopes: ["\ud800"]}`, "ClientConfigurationError request_cannot_be_made"},
		{`{scopes: ["a"], extraQueryParameters: {get x() { throw 1 }}}`, "ClientConfigurationError request_cannot_be_made"},
		{`{scopes: ["a"], extraQueryParameters: {x: 1}}`, "ClientConfigurationError request_cannot_be_made"},
		{`{scopes: ["a"], authority: "https://evil.test"}`, "ClientConfigurationError untrusted_authority"},
		{`{scopes: ["a"], account: "avery"}`, "BrowserAuthError no_account_error"},
		{`{scopes: ["a b"], account: {homeAccountId: "x"}, cacheLookupPolicy: 2}`, "ClientAuthError request_cannot_be_made"},
		{`{scopes: ["a"], account: {homeAccountId: "x"}, claims: "[]", cacheLookupPolicy: 2}`, "ClientConfigurationError invalid_claims"},
		{`{scopes: ["a"], account: {homeAccountId: "x"}, cacheLookupPolicy: 2}`, "InteractionRequiredAuthError no_tokens_found"},
		{`new Proxy({}, {get() { throw 1 }, ownKeys() { throw 1 }})`, "ClientConfigurationError request_cannot_be_made"},
		{`null`, "BrowserAuthError no_account_error"},
		{`undefined`, "BrowserAuthError no_account_error"},
	}
	for _, tt := range tests {
		if _, code := tb.call("silent", eval("return "+tt.source)); code != tt.want {
			t.Errorf("%s: %s, want %s", tt.source, code, tt.want)
		}
	}
	if v := tb.engine.Call("setActiveAccount", eval(`return {get homeAccountId() { throw 1 }}`)); v.Get("error").Get("errorCode").String() != "request_cannot_be_made" {
		t.Error("setActiveAccount takes a hostile account")
	}
	if _, code := tb.call("popup", asking()); code != "" {
		t.Errorf("the next one: %s", code)
	}
}

func TestWrongConfigurations(t *testing.T) {
	fakepage.Install()
	for source, want := range map[string]string{
		`undefined`:                    "request_cannot_be_made",
		`{clientId: 7}`:                "request_cannot_be_made",
		`{get clientId() { throw 1 }}`: "request_cannot_be_made",
		`{clientId: "c", authority: "http://op.test"}`:    "url_parse_error",
		`{clientId: "c", authority: "https://op.test?x"}`: "url_parse_error",
	} {
		if _, err := newEngine(eval("return "+source), js.Undefined()); err == nil || failureOf(err, true).code != want {
			t.Errorf("%s: %v, want %s", source, err, want)
		}
	}
	e, err := newEngine(eval(`return {clientId: "c"}`), js.Undefined())
	if err != nil {
		t.Fatal(err)
	}
	tb := &tab{t: t, engine: e.object()}
	for _, method := range []string{"silent", "ssoSilent", "popup", "redirect", "handleRedirect", "logoutRedirect", "logoutPopup", "clearCache"} {
		tb.expectCode(method, map[string]any{}, "BrowserAuthError uninitialized_public_client_application")
	}
}
