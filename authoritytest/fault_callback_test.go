package authoritytest

import (
	"net/url"
	"testing"
)

func TestFaultCallbacks(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		good := a.callback(a.s.NewBrowser(), a.app("web"))
		plain := a.shape == ShapeOIDC
		for how, check := range map[FaultCallback]func(p url.Values) bool{
			CallbackWrongIss:      func(p url.Values) bool { return p.Has("iss") && p.Get("iss") != good.Get("iss") },
			CallbackMissingIss:    func(p url.Values) bool { return !p.Has("iss") },
			CallbackWrongState:    func(p url.Values) bool { return p.Get("state") != "" && p.Get("state") != "the state" },
			CallbackMissingState:  func(p url.Values) bool { return !p.Has("state") },
			CallbackRepeatedState: func(p url.Values) bool { return len(p["state"]) == 2 && p["state"][1] == "the state" },
			CallbackReplayedCode:  func(p url.Values) bool { return a.refusedCode(p) == spentCode.number },
			CallbackForeignCode:   func(p url.Values) bool { return a.refusedCode(p) == foreignCode.number },
			CallbackUnknownCode:   func(p url.Values) bool { return a.refusedCode(p) == unknownCode.number },
		} {
			for _, mode := range []string{"query", "fragment", "form_post"} {
				a.inject(Fault{Name: string(how), Client: "web", User: avery, Scope: "openid", Times: 1, Callback: how})
				p := a.callback(a.s.NewBrowser(), a.app("web"), "response_mode", mode)
				met := how != CallbackMissingIss || plain
				if p.Get("code") == "" || !check(p) || (a.s.FaultStatus()[0].Applied == 1) != met {
					t.Errorf("%s, %s: %v", how, mode, p)
				}
				if p := a.callback(a.s.NewBrowser(), a.app("web"), "response_mode", mode); p.Get("state") != "the state" || p.Get("iss") != good.Get("iss") {
					t.Errorf("%s, %s: the next one is wrong too: %v", how, mode, p)
				}
				a.s.ClearFaults()
			}
		}
	})
}

// refusedCode redeems a callback's code and returns the number of the refusal, or a
// number that stands for it where there are none.
func (a *api) refusedCode(p url.Values) int {
	a.t.Helper()
	status, body := a.token(a.app("web"), codeGrant(p.Get("code"))...)
	if status != 400 || body["error"] != "invalid_grant" {
		a.t.Errorf("status %d, %v", status, body)
	}
	if a.shape != ShapeEntra {
		for _, k := range []condition{spentCode, foreignCode, unknownCode} {
			if body["error_description"] == k.text {
				return k.number
			}
		}
	}
	codes, _ := body["error_codes"].([]any)
	if len(codes) != 1 {
		return 0
	}
	return int(codes[0].(float64))
}

// A rule about codes waits for a response that has one.
func TestFaultCallbackOfAnError(t *testing.T) {
	a := oidc(t, NewServer(t))
	a.inject(Fault{Name: "code", Callback: CallbackUnknownCode}, Fault{Name: "state", Callback: CallbackWrongState}, Fault{Name: "iss", Callback: CallbackWrongIss})
	if p := a.callback(a.s.NewBrowser(), a.app("web"), "prompt", "none"); p.Get("error") != "login_required" || p.Get("state") == "the state" {
		t.Errorf("got %v", p)
	}
	if p := a.callback(a.s.NewBrowser(), a.app("web"), "prompt", "none", "state", "-"); p.Has("state") || p.Get("iss") != otherIssuer {
		t.Errorf("got %v", p)
	}
	if got := a.met(); got != "code 0/0, state 1/1, iss 1/2" {
		t.Error(got)
	}
}
