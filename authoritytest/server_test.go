package authoritytest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestStartTwice(t *testing.T) {
	s := NewServer(t)
	if err := s.Start(); !errors.Is(err, ErrStarted) {
		t.Errorf("got %v, want ErrStarted", err)
	}
}

func TestStartBusyAddress(t *testing.T) {
	s := NewServer(t)
	other := &Server{Addr: strings.TrimPrefix(s.URL(), "http://")}
	if err := other.Start(); err == nil || !strings.Contains(err.Error(), "set Addr") {
		t.Errorf("got %v", err)
	}
}

func TestCloseIsIdempotentAndRefusesAfterwards(t *testing.T) {
	s := NewServer(t)
	u := s.URL()
	s.Close()
	s.Close()
	if _, err := http.Get(u); err == nil {
		t.Error("a closed server answered")
	}
	(&Server{}).Close() // never started
}

func TestServeStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &Server{}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Serve(ctx) }()
	entra(t, s)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("got %v", err)
	}
	if err := (&Server{Addr: "not an address"}).Serve(ctx); err == nil {
		t.Error("Serve must return the error of Start")
	}
}

func TestPanicBecomes500WithoutItsText(t *testing.T) {
	s := NewServer(t)
	old := endpointInstance.handle
	defer func() { endpointInstance.handle = old }()
	endpointInstance.handle = func(*call) *reply { panic("a token in a panic") }
	a := &api{t: t, s: s}
	status, body, _ := a.get(s.URL() + instancePath)
	if text, _ := body["text"].(string); status != 500 || strings.Contains(text, "token") {
		t.Errorf("got status %d, %v", status, body)
	}
	if r := s.Requests(); r[len(r)-1].Status != 500 {
		t.Error("the request is not in the log")
	}
}

func TestBodyLimit(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		status, body := a.token(a.app("native"), "grant_type", "password", "username", strings.Repeat("x", maxBody))
		wantError(t, status, body, 413, "invalid_request")
	})
}

func TestRequestsLog(t *testing.T) {
	a := entra(t, NewServer(t))
	const id = "8c5e6b8d-0f2a-4e45-9d0e-6a5c9f1b3a7d"
	req, err := http.NewRequest("POST", a.endpoint("token_endpoint")+"?client-request-id="+id, strings.NewReader(pairs(
		"grant_type", "password", "username", avery, "password", "wrong", "client_id", defaultNative, "scope", "openid").Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, body, header := a.do(req)
	list := a.s.Requests()
	got := list[len(list)-1]
	want := Request{
		Seq: 2, Time: got.Time, Endpoint: EndpointToken, Method: "POST", Path: "/" + defaultTenant + "/oauth2/v2.0/token", Shape: ShapeEntra,
		ClientID: defaultNative, GrantType: "password", User: avery, Scope: "openid", Status: 400, Error: "invalid_grant", CorrelationID: id,
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if body["correlation_id"] != id || header.Get("client-request-id") != id {
		t.Error("the correlation id must come back in the body and in the header")
	}
}

func TestRequestLogIsBounded(t *testing.T) {
	var l requestLog
	l.add(Request{Scope: strings.Repeat("é", maxLogged)})
	if got := len(l.list[0].Scope); got > maxLogged+3 {
		t.Errorf("a text of %d bytes was kept", got)
	}
	for range maxRequests + 9 {
		l.add(Request{})
	}
	if len(l.list) > maxRequests || l.list[len(l.list)-1].Seq != maxRequests+10 {
		t.Errorf("%d entries, last %d", len(l.list), l.list[len(l.list)-1].Seq)
	}
}

// TestSecretsAreListedAndNotLogged runs every flow and looks for each secret in the log.
func TestSecretsAreListedAndNotLogged(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		tokens := a.signIn()
		known := map[string]bool{}
		for _, s := range a.s.Secrets() {
			known[s] = true
		}
		for _, name := range []string{"access_token", "refresh_token", "id_token"} {
			if text, _ := tokens[name].(string); !known[text] {
				t.Errorf("the %s is not in Secrets", name)
			}
		}
		for _, s := range []string{string(a.app("web").Secrets[0]), string(a.s.Directory.User(avery).Password), a.s.ControlToken()} {
			if !known[s] {
				t.Error("a secret of the directory or the control token is not in Secrets")
			}
		}
		var log strings.Builder
		for _, r := range a.s.Requests() {
			log.WriteString(r.Path + r.ClientID + r.Scope + r.GrantType + r.User + r.Error)
		}
		for s := range known {
			if strings.Contains(log.String(), s) {
				t.Error("a secret is in the request log")
			}
		}
	})
}

func TestLedgerForgetsTheOldest(t *testing.T) {
	l := ledger[int]{limit: 3}
	for i, key := range []string{"a", "b", "c", "d"} {
		l.put(key, i+1)
	}
	if l.get("a") != 0 || l.get("b") != 2 || l.get("d") != 4 {
		t.Errorf("got %v", l.entries)
	}
	l.remove("c")
	for range 100 {
		l.put("x", 1)
		l.remove("x")
	}
	if l.get("b") != 2 || len(l.order) > 2*l.limit+1 {
		t.Errorf("entries %v, order of %d", l.entries, len(l.order))
	}
}
