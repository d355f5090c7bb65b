package browser

import (
	"context"
	"errors"
	"strings"
	"syscall/js"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/fakepage"
	"github.com/latchkey-auth/latchkey/transport"
)

// newClient is a client whose authority answers every code with invalid_grant: getting that
// far is what these tests are about.
func newClient(t *testing.T) *latchkey.PublicClient {
	t.Helper()
	c, err := latchkey.NewPublic(latchkey.Config{
		Authority: "https://op.test", ClientID: "client",
		Transport: func(_ context.Context, r *transport.Request) (*transport.Response, error) {
			if r.Method == "POST" {
				return &transport.Response{Status: 400, Body: `{"error":"invalid_grant"}`}, nil
			}
			return &transport.Response{Status: 200, Body: `{"issuer":"https://op.test","authorization_endpoint":"https://op.test/authorize",` +
				`"token_endpoint":"https://op.test/token","jwks_uri":"https://op.test/keys"}`}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// leave begins a trip and returns its state.
func leave(t *testing.T, s *Store, c *latchkey.PublicClient, user string) (state string, stay func()) {
	t.Helper()
	trip := &Trip{ReturnTo: "https://app.test/app?x=1", State: user}
	var err error
	trip.Flow, err = c.AuthCodeURL(soon(t), latchkey.AuthCodeRequest{RedirectURI: "https://app.test/redirect", ComposeState: trip.ComposeState})
	if err != nil {
		t.Fatal(err)
	}
	if stay, err = s.Leave(soon(t), "client", trip); err != nil {
		t.Fatal(err)
	}
	return trip.Flow.State(), stay
}

func escape(s string) string { return js.Global().Call("encodeURIComponent", s).String() }

func redeemed(err error) bool {
	var refused *latchkey.Error
	return errors.As(err, &refused) && refused.Code == "invalid_grant"
}

func TestRedirect(t *testing.T) {
	page := fakepage.Install()
	c := newClient(t)
	state, stay := leave(t, openStore(t, Local), c, "mine")
	stay() // the page is gone
	for name, want := range map[string]string{"msal.client.request.origin": "https://app.test/app?x=1", "msal.interaction.status": `{"clientId":"client","type":"signin"}`} {
		if got := sessionItem(name); got != want {
			t.Errorf("%s = %s", name, got)
		}
	}
	if text := sessionItem("latchkey.trip.client"); text == "" || strings.Contains(text, "verifier") {
		t.Errorf("the trip is not sealed: %s", text)
	}
	s := openStore(t, Local) // the page is loaded again
	trip, err := s.Trip(soon(t), "client")
	if err != nil || trip.State != "mine" || trip.ReturnTo != "https://app.test/app?x=1" || trip.Flow.State() != state {
		t.Fatalf("%+v, %v", trip, err)
	}
	// Not our answer: refused, and the trip goes on.
	var invalid *latchkey.ValidationError
	for _, answer := range []string{"#code=c&state=another", "#code=c", "", "#code=c&state=" + escape(state) + "&state=x", "#%zz", "#state=" + escape(state)} {
		if r, err := s.Return(soon(t), c, "client", answer); r != nil || !errors.As(err, &invalid) || !HasTrip("client") {
			t.Errorf("%q: %v, %v; the trip goes on: %v", answer, r, err, HasTrip("client"))
		}
	}
	// Two pages finish it at once: one does.
	results := make(chan error, 2)
	for i := 0; i < 2; i++ {
		go func() {
			_, err := s.Return(context.Background(), c, "client", "#code=c&state="+escape(state))
			results <- err
		}()
	}
	first, second := <-results, <-results
	if redeemed(first) == redeemed(second) || first != nil && second != nil {
		t.Errorf("%v and %v", first, second)
	}
	if n := page.Get("keys").Get("size").Int(); n != 1 || js.Global().Get("sessionStorage").Get("length").Int() != 0 {
		t.Error("something of the trip is left")
	}
}

func TestOneTripATab(t *testing.T) {
	page := fakepage.Install()
	s, c := openStore(t, Local), newClient(t)
	_, stay := leave(t, s, c, "first")
	trip := &Trip{ReturnTo: "https://app.test/"}
	trip.Flow, _ = c.AuthCodeURL(soon(t), latchkey.AuthCodeRequest{RedirectURI: "https://app.test/redirect", ComposeState: trip.ComposeState})
	if _, err := s.Leave(soon(t), "client", trip); !errors.Is(err, ErrBusy) {
		t.Errorf("while the page is leaving: %v", err)
	}
	session := js.Global().Get("sessionStorage")
	page.Call("newTab")
	leave(t, s, c, "another tab")
	js.Global().Set("sessionStorage", session)
	stay() // the lease ends with the page: a trip that never came back is in nobody's way
	state, _ := leave(t, s, c, "second")
	if _, err := s.Return(soon(t), c, "client", "#code=c&state="+escape(state)); !redeemed(err) {
		t.Errorf("the second: %v", err)
	}
}

func TestR47_ReturnAddresses(t *testing.T) {
	page := fakepage.Install()
	s, c := openStore(t, Local), newClient(t)
	flow, _ := c.AuthCodeURL(soon(t), latchkey.AuthCodeRequest{RedirectURI: "https://app.test/redirect"})
	for _, bad := range []string{"", "https://evil.test/", "https://app.test.evil.test/", "http://app.test/", "https://app.test:8443/", "javascript:alert(1)", "data:text/html,x", "//evil.test/", "/app", "https://app.test@evil.test/"} {
		if _, err := s.Leave(soon(t), "client", &Trip{Flow: flow, ReturnTo: bad}); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	page.Call("address", "about:blank")
	if SameOrigin("about:blank") || SameOrigin("data:x") {
		t.Error("opaque origins are the same")
	}
}

func TestDamagedTrip(t *testing.T) {
	fakepage.Install()
	s, c := openStore(t, Local), newClient(t)
	for _, text := range []string{"x", "AAAAAAAAAAAAAAAA.AAAA", `{"flow":{}}`, "."} {
		_, stay := leave(t, s, c, "mine")
		stay()
		if err := setSessionItem(tripItem("client"), text); err != nil {
			t.Fatal(err)
		}
		if r, err := s.Return(soon(t), c, "client", "#code=c&state=s"); r != nil || !errors.Is(err, ErrDamaged) || HasTrip("client") {
			t.Errorf("%q: %v, %v", text, r, err)
		}
	}
	// That of another client does not pass for this one's.
	state, _ := leave(t, s, c, "mine")
	if err := setSessionItem(tripItem("other"), sessionItem(tripItem("client"))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Return(soon(t), c, "other", "#code=c&state="+escape(state)); !errors.Is(err, ErrDamaged) {
		t.Errorf("moved: %v", err)
	}
}

func TestAnswers(t *testing.T) {
	fakepage.Install()
	if TakeAnswer("client") != "" || LeaveAnswer("client", "#code=c") != nil || TakeAnswer("client") != "#code=c" || TakeAnswer("client") != "" {
		t.Error("an answer is not taken once")
	}
	_ = LeaveAnswer("client", strings.Repeat("x", maxPayload+1))
	if TakeAnswer("client") != "" {
		t.Error("an answer of any length is taken")
	}
	for answer, want := range map[string]string{"#code=c&state=a%7Cb": "a|b", "?error=e&state=s": "s", "state=s": "", "#/route?code=c": "", "": "", "#code=%zz&state=s": "", strings.Repeat("a", maxPayload+1): ""} {
		if got := Answered(answer); got != want {
			t.Errorf("Answered(%.30q) = %q", answer, got)
		}
	}
}
