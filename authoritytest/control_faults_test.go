package authoritytest

import (
	"net/http"
	"strings"
	"testing"
)

func TestControlFaults(t *testing.T) {
	a := entra(t, NewServer(t))
	list := func(status int, body map[string]any) []any {
		t.Helper()
		if status != 200 {
			t.Fatalf("status %d: %v", status, body["error_description"])
		}
		return body["faults"].([]any)
	}
	if n := len(list(a.controlDo("GET", "/faults", "", nil))); n != 0 {
		t.Errorf("%d rules", n)
	}
	list(a.controlDo("POST", "/faults", `{"name": "busy", "endpoint": "token", "times": 1, "answer": {"status": 429, "retry_after": 3}}`, nil))
	if resp, _, err := a.ask(t.Context()); err != nil || resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "3" {
		t.Errorf("got %v, %v", resp, err)
	}
	a.works()
	rules := list(a.controlDo("POST", "/faults", `[{"reuse": true}, {"keys": "rotate"}]`, nil))
	first := rules[0].(map[string]any)
	if len(rules) != 3 || first["matched"] != 2.0 || first["applied"] != 1.0 || first["fault"].(map[string]any)["name"] != "busy" {
		t.Errorf("got %v", rules)
	}
	if n := len(list(a.controlDo("DELETE", "/faults/fault-2", "", nil))); n != 2 {
		t.Errorf("%d rules", n)
	}
	if n := len(list(a.controlDo("DELETE", "/faults", "", nil))); n != 0 {
		t.Errorf("%d rules", n)
	}
}

func TestControlFaultsRefuses(t *testing.T) {
	a := &api{t: t, s: NewServer(t)}
	for _, tt := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"POST", "/faults", `{"endpont": "token"}`, 400, `unknown field "endpont"`},
		{"POST", "/faults", `[{"delay": 1}, {"client": "nobody"}]`, 400, `faults[1]: client "nobody" is not in the directory; use the name or the client id of one of its apps; faults[1]: it does nothing`},
		{"POST", "/faults", `{"connection": "refuse"}`, 400, "needs until"},
		{"POST", "/faults", ``, 400, "ends too early"},
		{"DELETE", "/faults/nobody", ``, 404, "There is no fault with the name 'nobody'"},
		{"DELETE", "/clock", ``, 404, "no such thing"},
		{"GET", "/faults/x", ``, 404, "no such thing"},
	} {
		status, body := a.controlDo(tt.method, tt.path, tt.body, nil)
		if text, _ := body["error_description"].(string); status != tt.status || !strings.Contains(text, tt.text) {
			t.Errorf("%s %s: status %d, %s", tt.method, tt.path, status, text)
		}
	}
	if len(a.s.FaultStatus()) != 0 {
		t.Error("a refused rule was added")
	}
}

func TestR46_FaultsNeedTokenHostAndOrigin(t *testing.T) {
	a := &api{t: t, s: NewServer(t)}
	a.inject(Fault{Name: "x", Endpoint: EndpointToken, Error: unavailable})
	for name, tt := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"no token":       {func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		"rebound host":   {func(r *http.Request) { r.Host = "evil.example" }, 403},
		"foreign origin": {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
	} {
		for _, request := range [][2]string{{"GET", "/faults"}, {"POST", "/faults"}, {"DELETE", "/faults"}, {"DELETE", "/faults/x"}} {
			if status, _ := a.controlDo(request[0], request[1], `{"reuse": true}`, tt.change); status != tt.status {
				t.Errorf("%s: %s %s: status %d", name, request[0], request[1], status)
			}
		}
	}
	if a.met() != "x 0/0" {
		t.Error(a.met())
	}
}
