package jsengine

import "testing"

// The account goes whether or not the authority can be asked for its page, and the caller learns what did not happen.
func TestSignOutWhileTheAuthorityIsDown(t *testing.T) {
	down := `globalThis.fetch = async () => { throw new TypeError("Failed to fetch") }`
	for _, tt := range []struct{ method, code, events string }{
		{"clearCache", "", ""},
		{"logoutRedirect", "ClientAuthError endpoints_resolution_error", "logoutStart/redirect logoutFailure/redirect!endpoints_resolution_error logoutEnd/redirect"},
		{"logoutPopup", "ClientAuthError endpoints_resolution_error", "logoutStart/popup logoutFailure/popup!endpoints_resolution_error logoutEnd/popup"},
	} {
		for _, named := range []bool{true, false} {
			first := newTab(t, "sessionStorage")
			if _, code := first.call("popup", asking()); code != "" {
				t.Fatal(code)
			}
			eval(down)
			tb := anotherTab(t, first.page, "sessionStorage") // which knows nothing of the authority
			request := map[string]any{}
			if named {
				request["account"] = tb.engine.Call("accounts").Index(0)
			}
			tb.engine.Call("setActiveAccount", tb.engine.Call("accounts").Index(0))
			*tb.events = nil
			tb.expectCode(tt.method, request, tt.code)
			tb.expectEvents(tt.events)
			if n := tb.engine.Call("accounts").Length(); n != 0 || !tb.engine.Call("activeAccount").IsNull() {
				t.Errorf("%s: %d accounts are left", tt.method, n)
			}
			if n := anotherTab(t, first.page, "sessionStorage").engine.Call("accounts").Length(); n != 0 {
				t.Errorf("%s: %d accounts after a reload", tt.method, n)
			}
		}
	}
}
