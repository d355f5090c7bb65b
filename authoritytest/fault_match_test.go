package authoritytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// met counts: name, matched, applied of each rule.
func (a *api) met() string {
	var list []string
	for _, f := range a.s.FaultStatus() {
		list = append(list, fmt.Sprintf("%s %d/%d", f.Fault.Name, f.Applied, f.Matched))
	}
	return strings.Join(list, ", ")
}

var unavailable = &FaultError{Code: "temporarily_unavailable"}

func TestFaultSecondRefresh(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		a.inject(Fault{Endpoint: EndpointToken, Grant: "refresh_token", Skip: 1, Times: 1, Error: &FaultError{Code: "invalid_grant", Suberror: "bad_token", Codes: []int{50173, 70000}}})
		tokens := a.signIn()
		for i, want := range []int{200, 400, 200} {
			status, body := a.token(a.app("web"), "grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string))
			if status != want {
				t.Fatalf("refresh %d: status %d", i+1, status)
			}
			if status == 200 {
				tokens = body
				continue
			}
			wantError(t, status, body, 400, "invalid_grant")
			if a.shape == ShapeEntra && (body["suberror"] != "bad_token" || fmt.Sprint(body["error_codes"]) != "[50173 70000]" || !strings.HasPrefix(body["error_description"].(string), "AADSTS50173: The rule fault-1 ")) {
				t.Errorf("got %v", body)
			}
			if a.shape == ShapeOIDC && len(body) != 2 {
				t.Errorf("plain OIDC has more than a code and a description: %v", body)
			}
		}
		if got := a.met(); got != "fault-1 1/3" {
			t.Error(got)
		}
	})
}

func TestFaultCounts(t *testing.T) {
	for name, tt := range map[string]struct {
		fault Fault
		want  string // x for each request that is met
	}{
		"always":                {Fault{}, "xxxxxxxx"},
		"twice":                 {Fault{Times: 2}, "xx......"},
		"after three":           {Fault{Skip: 3}, "...xxxxx"},
		"the third":             {Fault{Skip: 2, Times: 1}, "..x....."},
		"every third":           {Fault{Every: 3}, "..x..x.."},
		"every second, twice":   {Fault{Every: 2, Times: 2}, ".x.x...."},
		"every second after 1":  {Fault{Every: 2, Skip: 1}, "..x.x.x."},
		"every one is each one": {Fault{Every: 1}, "xxxxxxxx"},
	} {
		a := entra(t, NewServer(t))
		tt.fault.Error = unavailable
		tt.fault.Endpoint = EndpointToken
		a.inject(tt.fault)
		got := ""
		for range 8 {
			resp, _, err := a.ask(t.Context())
			switch {
			case err != nil:
				t.Fatal(err)
			case resp.StatusCode == 503:
				got += "x"
			default:
				got += "."
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestFaultCountsAreExactUnderConcurrency(t *testing.T) {
	var told sync.Map
	s := start(t, &Server{OnFault: func(f FaultStatus) { told.Store(f.Applied, f.Matched) }})
	a := entra(t, s)
	a.inject(Fault{Name: "some", Endpoint: EndpointToken, Skip: 10, Every: 3, Times: 9, Error: unavailable}, Fault{Name: "rest", Endpoint: EndpointToken, Error: unavailable})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if _, _, err := a.ask(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := a.met(); got != "some 9/80, rest 71/80" {
		t.Error(got)
	}
	logged := 0
	for _, r := range a.s.Requests() {
		if r.Fault == "some" {
			logged++
		}
	}
	if logged != 9 {
		t.Errorf("%d requests of the log met the rule", logged)
	}
	for i := range 71 {
		if _, ok := told.Load(i + 1); !ok {
			t.Errorf("OnFault was not told of application %d", i+1)
		}
	}
}

// The first rule that would act does; the others count.
func TestFaultOrder(t *testing.T) {
	a := entra(t, NewServer(t))
	a.inject(Fault{Name: "a", Times: 1, Endpoint: EndpointToken, Answer: &FaultAnswer{Status: 501}},
		Fault{Name: "b", Skip: 1, Times: 1, Answer: &FaultAnswer{Status: 502}},
		Fault{Name: "c", Shape: ShapeEntra, Answer: &FaultAnswer{Status: 503}})
	var got []int
	for range 3 {
		resp, _, err := a.ask(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, resp.StatusCode)
	}
	if !slices.Equal(got, []int{501, 502, 503}) || a.met() != "a 1/3, b 1/3, c 1/3" {
		t.Error(got, a.met())
	}
}

func TestFaultWindow(t *testing.T) {
	a := entra(t, NewServer(t))
	now := a.s.Clock.Now()
	a.inject(Fault{Name: "w", From: now.Add(time.Hour), Until: now.Add(2 * time.Hour), Error: unavailable})
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{0, 200}, {time.Hour, 503}, {119 * time.Minute, 503}, {2 * time.Hour, 200}} {
		a.s.Clock.Set(now.Add(tt.after))
		if resp, _, err := a.ask(t.Context()); err != nil || resp.StatusCode != tt.want {
			t.Errorf("after %v: %v, %v", tt.after, resp, err)
		}
	}
	if a.met() != "w 2/2" {
		t.Error(a.met())
	}
}

// Each criterion lets the right request through, and no other.
func TestFaultCriteria(t *testing.T) {
	a := entra(t, NewServer(t))
	tokens := a.signIn("scope", "openid profile offline_access "+graphIDURI+"/User.Read")
	refresh := func(list ...string) func() int {
		return func() int {
			status, body := a.token(a.app("web"), append([]string{"grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string)}, list...)...)
			if status == 200 {
				tokens = body
			}
			return status
		}
	}
	daemon := func(a *api) func() int {
		return func() int {
			status, _ := a.token(a.app("daemon"), "grant_type", grantClient, "scope", graphIDURI+"/.default", "resource", "-")
			return status
		}
	}
	get := func(u string) func() int { return func() int { status, _, _ := a.get(u); return status } }
	password := func(user string) func() int {
		return func() int {
			status, _ := a.token(a.app("native"), "grant_type", "password", "username", user, "password", string(a.s.Directory.User(user).Password), "scope", "openid")
			return status
		}
	}
	device := a.device()
	poll := func() int { status, _ := a.poll(device); return status }
	userinfo := func() int { return a.userinfoStatus(tokens["access_token"]) }
	for name, tt := range map[string]struct {
		fault Fault
		met   func() int
		not   []func() int
	}{
		"endpoint discovery":   {Fault{Endpoint: EndpointDiscovery}, get(a.s.Issuer("") + discoverySuffix), []func() int{daemon(a)}},
		"endpoint instance":    {Fault{Endpoint: EndpointInstance}, get(a.s.URL() + instancePath + "?api-version=1.1&authorization_endpoint=" + a.endpoint("authorization_endpoint")), []func() int{daemon(a)}},
		"endpoint jwks":        {Fault{Endpoint: EndpointJWKS}, get(a.endpoint("jwks_uri")), []func() int{daemon(a)}},
		"endpoint userinfo":    {Fault{Endpoint: EndpointUserinfo}, userinfo, []func() int{daemon(a)}},
		"endpoint none":        {Fault{Endpoint: EndpointNone}, get(a.s.URL() + "/nowhere/at/all"), []func() int{daemon(a)}},
		"endpoint device":      {Fault{Endpoint: EndpointDevice}, get(a.s.URL() + entraDevicePage), []func() int{daemon(a)}},
		"endpoint logout":      {Fault{Endpoint: EndpointLogout}, get(a.endpoint("end_session_endpoint")), []func() int{daemon(a)}},
		"shape oidc":           {Fault{Shape: ShapeOIDC}, get(a.s.OIDCIssuer() + discoverySuffix), []func() int{daemon(a), get(a.s.Issuer("") + discoverySuffix)}},
		"client by name":       {Fault{Client: "daemon"}, daemon(a), []func() int{refresh(), get(a.endpoint("jwks_uri"))}},
		"client by id":         {Fault{Client: defaultDaemon}, daemon(a), []func() int{refresh()}},
		"client of a token":    {Fault{Client: "web", Endpoint: EndpointUserinfo}, userinfo, nil},
		"user of a refresh":    {Fault{User: "AVERY@contoso.test"}, refresh(), []func() int{password(blake), daemon(a), get(a.endpoint("jwks_uri"))}},
		"user of a password":   {Fault{User: blake}, password(blake), []func() int{password(avery), refresh()}},
		"user of userinfo":     {Fault{User: avery, Endpoint: EndpointUserinfo}, userinfo, []func() int{refresh()}},
		"grant refresh_token":  {Fault{Grant: "refresh_token"}, refresh(), []func() int{password(avery), daemon(a)}},
		"grant device, short":  {Fault{Grant: "device_code"}, poll, []func() int{daemon(a)}},
		"grant device, long":   {Fault{Grant: grantDevice}, poll, []func() int{daemon(a)}},
		"scope as asked":       {Fault{Scope: graphIDURI + "/User.Read"}, refresh("scope", "openid "+graphIDURI+"/User.Read"), []func() int{refresh("scope", "openid"), daemon(a)}},
		"scope of the grant":   {Fault{Scope: graphIDURI + "/User.Read"}, refresh(), []func() int{daemon(a)}},
		"client of the device": {Fault{Client: "native", Grant: "device_code"}, poll, []func() int{refresh()}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.fault.Name, tt.fault.Answer = "x", &FaultAnswer{Status: 599}
			a.inject(tt.fault)
			defer a.s.ClearFaults()
			if status := tt.met(); status != 599 {
				t.Errorf("it was not met: status %d", status)
			}
			for i, f := range tt.not {
				if status := f(); status == 599 {
					t.Errorf("request %d was met", i)
				}
			}
		})
	}
}

func TestFaultCriteriaOfCodes(t *testing.T) {
	a := oidc(t, NewServer(t))
	a.inject(Fault{Name: "code", Client: "web", User: avery, Grant: "authorization_code", Scope: "profile", Change: &FaultChange{Header: map[string]string{"X": "y"}}},
		Fault{Name: "device", Endpoint: EndpointDeviceCode, Client: "native", Scope: "offline_access", Delay: time.Nanosecond},
		Fault{Name: "page", Endpoint: EndpointSignIn, User: avery, Client: "web", Shape: ShapeOIDC, Scope: "openid", Delay: time.Nanosecond},
		Fault{Name: "hint", Endpoint: EndpointAuthorize, User: avery, Delay: time.Nanosecond})
	a.signIn()
	a.device()
	b := a.s.NewBrowser()
	a.callback(b, a.app("web"), "login_hint", avery)
	a.callback(b, a.app("web")) // signed in already
	if got := a.met(); got != "code 1/1, device 1/1, page 2/2, hint 2/2" {
		t.Error(got)
	}
}

func TestFaultsLeavePreflightsAndControlAlone(t *testing.T) {
	a := entra(t, NewServer(t))
	a.inject(Fault{Name: "all", Answer: &FaultAnswer{Status: 599}})
	req, err := http.NewRequest("OPTIONS", a.endpoint("token_endpoint"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := a.do(req); status != 204 {
		t.Errorf("a preflight has status %d", status)
	}
	if status, _ := a.controlDo("GET", "/clock", "", nil); status != 200 {
		t.Errorf("the control endpoint has status %d", status)
	}
	if a.met() != "all 0/0" {
		t.Error(a.met())
	}
}

func TestAddFaultNames(t *testing.T) {
	s := NewServer(t)
	f := Fault{Error: unavailable}
	named := func(name string) Fault { return Fault{Name: name, Error: unavailable} }
	for _, list := range [][]Fault{{named("fault-2"), f}, {f, f}, {named("x")}} {
		if err := s.AddFault(list...); err != nil {
			t.Fatal(err)
		}
	}
	a := &api{t: t, s: s}
	if a.met() != "fault-2 0/0, fault-1 0/0, fault-3 0/0, fault-4 0/0, x 0/0" {
		t.Error(a.met())
	}
	if err := s.AddFault(named("y"), named("x")); err == nil || !strings.Contains(err.Error(), "name x") || strings.Contains(a.met(), "y") {
		t.Errorf("got %v, %s", err, a.met())
	}
	if !s.RemoveFault("fault-1") || s.RemoveFault("fault-1") {
		t.Error("RemoveFault must say whether there was one")
	}
	s.ClearFaults()
	if a.met() != "" {
		t.Error(a.met())
	}
	if err := s.AddFault(make([]Fault, maxFaults+1)...); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("got %.100v", err)
	}
	if err := (&Server{}).AddFault(f); err == nil || !strings.Contains(err.Error(), "start the server") {
		t.Errorf("got %v", err)
	}
}

// What a caller does to its own value, or to a snapshot, does not reach the server.
func TestFaultsAreCopied(t *testing.T) {
	a := entra(t, NewServer(t))
	set := map[string]any{"token_type": "mac"}
	a.inject(Fault{Endpoint: EndpointToken, Change: &FaultChange{Set: set}})
	set["token_type"] = "x"
	a.s.FaultStatus()[0].Fault.Change.Set["token_type"] = "y"
	_, body, err := a.ask(t.Context())
	var got map[string]any
	if err != nil || json.Unmarshal(body, &got) != nil || got["token_type"] != "mac" {
		t.Errorf("got %v, %v", got["token_type"], err)
	}
}

// aTest is a test that can end.
type aTest struct {
	TB
	failed string
	undo   []func()
}

func (a *aTest) Helper()                           {}
func (a *aTest) Cleanup(f func())                  { a.undo = append(a.undo, f) }
func (a *aTest) Fatalf(format string, args ...any) { a.failed = fmt.Sprintf(format, args...) }

func TestInjectFault(t *testing.T) {
	s := NewServer(t)
	inner := &aTest{}
	s.InjectFault(inner, Fault{Error: unavailable}, Fault{Name: "b", Error: unavailable})
	if len(s.FaultStatus()) != 2 || inner.failed != "" {
		t.Fatal(inner.failed)
	}
	for _, f := range inner.undo {
		f()
	}
	if len(s.FaultStatus()) != 0 {
		t.Error("the rules outlive their test")
	}
	s.InjectFault(inner, Fault{})
	if !strings.Contains(inner.failed, "it does nothing") {
		t.Error(inner.failed)
	}
}
