package authoritytest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (a *api) controlDo(method, path, body string, change func(*http.Request)) (int, map[string]any) {
	a.t.Helper()
	req, err := http.NewRequest(method, a.s.ControlURL()+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.s.ControlToken())
	req.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(req)
	}
	status, answer, _ := a.do(req)
	return status, answer
}

func TestR46_ControlNeedsTokenHostAndOrigin(t *testing.T) {
	a := &api{t: t, s: NewServer(t)}
	port := a.s.URL()[strings.LastIndex(a.s.URL(), ":"):]
	for name, tt := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"right":                 {nil, 200},
		"own origin":            {func(r *http.Request) { r.Header.Set("Origin", a.s.URL()) }, 200},
		"localhost":             {func(r *http.Request) { r.Host = "localhost" + port }, 200},
		".test":                 {func(r *http.Request) { r.Host = "login.contoso.test" + port }, 200},
		"no token":              {func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		"wrong token":           {func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401},
		"empty token":           {func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, 401},
		"token without Bearer":  {func(r *http.Request) { r.Header.Set("Authorization", a.s.ControlToken()) }, 401},
		"rebound host":          {func(r *http.Request) { r.Host = "evil.example" + port }, 403},
		"rebound host, no port": {func(r *http.Request) { r.Host = "127.0.0.1" }, 403},
		"another port":          {func(r *http.Request) { r.Host = "127.0.0.1:1" }, 403},
		"foreign origin":        {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
		"null origin":           {func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		"https origin":          {func(r *http.Request) { r.Header.Set("Origin", strings.Replace(a.s.URL(), "http", "https", 1)) }, 403},
	} {
		if status, body := a.controlDo("GET", "/requests", "", tt.change); status != tt.status {
			t.Errorf("%s: status %d, %v, want %d", name, status, body["error"], tt.status)
		}
	}
}

func TestControlClock(t *testing.T) {
	a := &api{t: t, s: NewServer(t)}
	before := a.s.Clock.Now()
	status, _ := a.controlDo("POST", "/clock", `{"advance":3600.5}`, nil)
	if moved := a.s.Clock.Now().Sub(before); status != 200 || moved < time.Hour || moved > time.Hour+time.Minute {
		t.Errorf("status %d, moved by %v", status, moved)
	}
	status, body := a.controlDo("POST", "/clock", `{"set":"2031-02-03T04:05:06Z"}`, nil)
	if now, _ := body["now"].(string); status != 200 || !strings.HasPrefix(now, "2031-02-03T04:05:0") {
		t.Errorf("status %d, %v", status, body)
	}
	_, body = a.controlDo("GET", "/clock", "", nil)
	if now, _ := body["now"].(string); !strings.HasPrefix(now, "2031-02-03T04:05:") {
		t.Errorf("got %v", body)
	}
	for _, bad := range []string{``, `{}`, `[]`, `{"advance":1,"set":"2031-02-03T04:05:06Z"}`, `{"set":"tomorrow"}`, `{"advance":1e30}`, `{"advance":1} x`, `{"advanced":1}`, `{"advance":"1"}`} {
		status, body := a.controlDo("POST", "/clock", bad, nil)
		wantError(t, status, body, 400, "invalid_request")
	}
}

func TestControlDirectoryAndRequestsHaveNoSecrets(t *testing.T) {
	a := oidc(t, NewServer(t))
	a.signIn()
	_, directory := a.controlDo("GET", "/directory", "", nil)
	_, requests := a.controlDo("GET", "/requests", "", nil)
	if len(directory["apps"].([]any)) != 6 || len(requests["requests"].([]any)) < 4 {
		t.Errorf("%d apps, %d requests", len(directory["apps"].([]any)), len(requests["requests"].([]any)))
	}
	text := fmt.Sprint(directory, requests)
	for _, s := range a.s.Secrets() {
		if strings.Contains(text, s) {
			t.Error("a secret is in an answer of the control endpoint")
		}
	}
}

func TestControlSignInAndDevice(t *testing.T) {
	a := oidc(t, NewServer(t))
	status, body := a.controlDo("POST", "/signin", fmt.Sprintf(`{"url":%q,"username":%q}`, a.authorizeURL(a.app("web")), avery), nil)
	if callback, _ := body["callback"].(string); status != 200 || !strings.Contains(callback, "code=") {
		t.Errorf("status %d, %v", status, body["error_description"])
	}
	for _, bad := range []string{`{"url":"https://login.example.com/","username":"x"}`, `{"url":"","username":""}`} {
		status, body = a.controlDo("POST", "/signin", bad, nil)
		wantError(t, status, body, 409, "failed")
	}
	for action, want := range map[string]string{"approve": "", "deny": "access_denied"} {
		d := a.device()
		status, _ = a.controlDo("POST", "/device", fmt.Sprintf(`{"user_code":%q,"username":%q,"action":%q}`, d["user_code"], avery, action), nil)
		_, tokens := a.poll(d)
		if code, _ := tokens["error"].(string); status != 200 || code != want {
			t.Errorf("%s: status %d, then %q", action, status, code)
		}
	}
	status, body = a.controlDo("POST", "/device", `{"user_code":"X","username":"`+avery+`","action":"approve"}`, nil)
	wantError(t, status, body, 409, "failed")
	status, body = a.controlDo("POST", "/device", `{"user_code":"X","username":"x","action":"shrug"}`, nil)
	wantError(t, status, body, 400, "invalid_request")
	for _, path := range []string{"/secrets", "", "/", "/clock/x"} {
		status, body = a.controlDo("GET", path, "", nil)
		wantError(t, status, body, 404, "not_found")
	}
	status, body = a.controlDo("POST", "/clock", "advance=1", func(r *http.Request) { r.Header.Set("Content-Type", formType) })
	wantError(t, status, body, 400, "invalid_request")
}
