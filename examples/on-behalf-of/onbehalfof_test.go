package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/examples/internal/webtest"
)

const (
	avery = "avery@contoso.test" // has consented that the tasks API reads the calendar
	blake = "blake@contoso.test" // has not
)

// started is everything, beside an authority of the test.
func started(t *testing.T) (*authoritytest.Server, settings) {
	t.Helper()
	srv := &authoritytest.Server{Directory: directory(), Clock: &authoritytest.Clock{}}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	s := free().registered(srv)
	sites, err := s.listen()
	if err != nil {
		t.Fatal(err)
	}
	running(t, func(ctx context.Context) error { return serve(ctx, s, sites) })
	return srv, s
}

func free() settings {
	anywhere := party{listen: "127.0.0.1:0"}
	return settings{web: anywhere, tasks: anywhere, calendar: anywhere}
}

// running runs f until the test ends.
func running(t *testing.T, f func(ctx context.Context) error) {
	t.Helper()
	log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// exchanges counts the tokens that the tasks API got.
func exchanges(srv *authoritytest.Server) int {
	n := 0
	for _, r := range srv.Requests() {
		if strings.HasSuffix(r.GrantType, ":jwt-bearer") && r.Status == http.StatusOK {
			n++
		}
	}
	return n
}

func TestOnBehalfOf(t *testing.T) {
	srv, s := started(t)
	v := webtest.NewVisitor(t, srv, s.web.url)
	v.SignIn(avery)
	for range 3 {
		if page := v.Open("/tasks"); !strings.Contains(page.Body, "be in time for lunch at noon (the calendar of Avery Howard)") {
			t.Fatalf("%+v", page)
		}
	}
	if n := exchanges(srv); n != 1 {
		t.Errorf("%d exchanges for one user, want 1", n)
	}
	if back := v.Complete(v.Press("/sign-out", nil).Location, avery); back != s.web.url+"/signed-out" {
		t.Errorf("after the sign-out: %s", back)
	}
	if page := v.Open("/tasks"); page.Location != s.web.url+"/" {
		t.Errorf("still signed in: %+v", page)
	}
}

// The second user has not consented: the tasks API says so, and the web app asks.
func TestConsent(t *testing.T) {
	srv, s := started(t)
	v := webtest.NewVisitor(t, srv, s.web.url)
	v.SignIn(blake)
	page := v.Open("/tasks")
	if !strings.Contains(page.Body, `href="`+s.tasks.url+`/consent"`) {
		t.Fatalf("without consent: %+v", page)
	}
	back := v.Complete(v.Open(s.tasks.url+"/consent").Location, blake)
	if !strings.HasPrefix(back, s.tasks.url+"/consented?") {
		t.Fatalf("the authority sends the browser to %s", back)
	}
	if page := v.Open(back); !strings.Contains(page.Body, `href="`+s.web.url+`/tasks"`) {
		t.Errorf("after the consent: %+v", page)
	}
	if page := v.Open("/tasks"); !strings.Contains(page.Body, "the calendar of Blake Martin") {
		t.Errorf("with consent: %+v", page)
	}
	if page := v.Open(s.tasks.url + "/consented?error=access_denied"); page.Status != http.StatusForbidden {
		t.Errorf("declined: %+v", page)
	}
}

// A sign-in of ten minutes ago is too old for the calendar: what it demands comes through
// the tasks API to the web app, whose next sign-in brings it.
func TestStepUp(t *testing.T) {
	srv, s := started(t)
	srv.Clock.Advance(-10 * time.Minute)
	v := webtest.NewVisitor(t, srv, s.web.url)
	v.SignIn(avery)
	srv.Clock.Advance(10 * time.Minute)
	if page := v.Open("/tasks"); !strings.Contains(page.Body, "Please sign in again") {
		t.Fatalf("an old sign-in: %+v", page)
	}
	callback := v.Callback(avery)
	if page := v.Open(v.Open(callback).Location); !strings.Contains(page.Body, "Avery Howard") {
		t.Fatalf("after the second sign-in: %+v", page)
	}
	if page := v.Open("/tasks"); !strings.Contains(page.Body, "lunch at noon") {
		t.Errorf("a new sign-in: %+v", page)
	}
}

func TestStepUpIsAskedOfTheAuthority(t *testing.T) {
	srv, s := started(t)
	srv.Clock.Advance(-10 * time.Minute)
	v := webtest.NewVisitor(t, srv, s.web.url)
	v.SignIn(avery)
	v.Open("/tasks")
	u, err := url.Parse(v.Open("/sign-in").Location)
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query(); q.Get("max_age") != "60" || !strings.Contains(q.Get("claims"), "auth_time") {
		t.Errorf("the sign-in asks for %v", q)
	}
}

// Each API takes tokens for itself only: nobody gets to the calendar around the tasks API.
func TestTokensForAnotherAPI(t *testing.T) {
	srv, s := started(t)
	client, err := latchkey.NewConfidential(latchkey.Config{Authority: s.authority, Profile: s.profile, ClientID: s.web.clientID}, latchkey.Secret(s.web.secret))
	if err != nil {
		t.Fatal(err)
	}
	flow, err := client.AuthCodeURL(t.Context(), latchkey.AuthCodeRequest{RedirectURI: "http://127.0.0.1/callback", Scopes: []string{s.tasks.scope}})
	if err != nil {
		t.Fatal(err)
	}
	callback, err := srv.Complete(t.Context(), flow.URL(), avery)
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(callback, "?")
	token, err := client.AcquireTokenByCode(t.Context(), flow, query)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, url, token string
		status           int
	}{
		{"the tasks API's own", s.tasks.url + "/tasks", token.AccessToken(), 200},
		{"the tasks API's at the calendar", s.calendar.url + "/next", token.AccessToken(), 401},
		{"an ID token", s.tasks.url + "/tasks", token.IDToken(), 401},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, test.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+test.token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != test.status {
			t.Errorf("%s: %s", test.name, resp.Status)
		}
	}
}

// What the tasks API passes on to its caller.
func TestRefuse(t *testing.T) {
	const claims = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	log.SetOutput(io.Discard)
	api := &tasksAPI{settings: settings{tasks: party{url: "https://tasks.test"}}}
	for name, test := range map[string]struct {
		err    error
		status int
		says   string // in the challenge, else in the body
	}{
		"the calendar is down":           {errors.New("down"), 502, "the calendar cannot be asked"},
		"the authority refuses":          {&apiclient.TokenError{Err: &latchkey.Error{Code: "invalid_client"}}, 502, "the calendar cannot be asked"},
		"the user must sign in again":    {&apiclient.TokenError{MaxAge: time.Minute, Err: latchkey.ErrInteractionRequired}, 401, `max_age="60"`},
		"the authority demands claims":   {&apiclient.TokenError{Claims: claims, Err: &latchkey.Error{Code: "interaction_required", Claims: claims}}, 401, `claims="eyJhY2Nlc3NfdG9rZW4i`},
		"claims that are none":           {&apiclient.TokenError{Claims: "none", Err: latchkey.ErrInteractionRequired}, 502, "the calendar cannot be asked"},
		"the user has not consented yet": {&apiclient.TokenError{Err: latchkey.ErrInteractionRequired}, 403, "https://tasks.test/consent"},
	} {
		w := httptest.NewRecorder()
		api.refuse(w, httptest.NewRequest(http.MethodGet, "/tasks", nil), test.err)
		said := w.Header().Get("WWW-Authenticate")
		if said == "" {
			said = w.Body.String()
		}
		if w.Code != test.status || !strings.Contains(said, test.says) {
			t.Errorf("%s: %d, %s", name, w.Code, said)
		}
		if w.Code == http.StatusForbidden && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %s", name, w.Body)
		}
	}
}

// The one command says who can sign in and what to open.
func TestDemo(t *testing.T) {
	out, in := io.Pipe()
	running(t, func(ctx context.Context) error { return demo(ctx, free(), in) })
	var said strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if home, ok := strings.CutPrefix(lines.Text(), "Open "); ok {
			resp, err := http.Get(home)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			break
		}
	}
	for _, user := range []string{avery, blake} {
		if !strings.Contains(said.String(), "Sign in as "+user+" with the password ") {
			t.Errorf("it says %s", said.String())
		}
	}
}
