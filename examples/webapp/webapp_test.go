package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/examples/internal/sandbox"
	"github.com/latchkey-auth/latchkey/examples/internal/webtest"
	"github.com/latchkey-auth/latchkey/examples/webapp/app"
)

const (
	avery = "avery@contoso.test"
	blake = "blake@contoso.test"
)

// started is the web app in a sandbox.
func started(t *testing.T, edit ...func(*app.Settings)) (*sandbox.Sandbox, app.Settings) {
	t.Helper()
	world, err := sandbox.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	s := inside(world)
	for _, f := range edit {
		f(&s)
	}
	out, in := io.Pipe()
	running(t, func(ctx context.Context) error { return run(ctx, s, "127.0.0.1:0", in) })
	s.URL = announced(t, out)
	return world, s
}

// announced is the URL that the program prints.
func announced(t *testing.T, out io.Reader) string {
	t.Helper()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "Open "); ok {
			return url
		}
	}
	t.Fatal("it does not say what to open")
	return ""
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

func TestUsers(t *testing.T) {
	world, s := started(t, func(s *app.Settings) { s.API = apiThatSays(t, s) })
	for _, user := range []struct{ username, name string }{{avery, "Avery Howard"}, {blake, "Blake Martin"}} {
		v := webtest.NewVisitor(t, world.Authority, s.URL)
		if page := v.Open("/"); !strings.Contains(page.Body, "Sign in") {
			t.Errorf("the first page: %+v", page)
		}
		if page := v.Open("/tasks"); page.Location != s.URL+"/" {
			t.Errorf("tasks of nobody: %+v", page)
		}
		callback := v.Callback(user.username)
		before := v.Session()
		page := v.Open(v.Open(callback).Location)
		if !strings.Contains(page.Body, user.name) {
			t.Errorf("after the sign-in: %+v", page)
		}
		if v.Session() == before {
			t.Error("the session kept its id when the user signed in")
		}
		if page := v.Open("/tasks"); page.Status != http.StatusOK || !strings.Contains(page.Body, strings.ReplaceAll(world.Authority.Directory.User(user.username).ObjectID, "-", ".")) {
			t.Errorf("the tasks: %+v", page)
		}
		again := v.Open(callback)
		if again.Status != http.StatusBadRequest {
			t.Errorf("the callback was accepted twice: %+v", again)
		}
	}
}

// apiThatSays is the URL of an API that answers who calls, so that users can be told apart.
func apiThatSays(t *testing.T, s *app.Settings) string {
	t.Helper()
	verifier, err := apiserver.NewVerifier(apiserver.Config{
		Authority:  s.Authority,
		Audiences:  []string{strings.TrimSuffix(s.Scope, "/Tasks.Read")},
		Algorithms: []string{"RS256"},
	})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(verifier.Handler(apiserver.Requirement{Scopes: []string{s.Scope}},
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, _ := apiserver.FromContext(r.Context())
			fmt.Fprint(w, claims.Subject)
		})))
	t.Cleanup(api.Close)
	return api.URL
}

func TestSignOut(t *testing.T) {
	world, s := started(t)
	v, other := webtest.NewVisitor(t, world.Authority, s.URL), webtest.NewVisitor(t, world.Authority, s.URL)
	v.SignIn(avery)
	other.SignIn(blake)

	forged := v.Press("/sign-out", http.Header{"Origin": {"https://evil.test"}, "Sec-Fetch-Site": {"cross-site"}})
	if forged.Status != http.StatusForbidden {
		t.Errorf("another site signed the user out: %+v", forged)
	}
	if linked := v.Open("/sign-out"); linked.Status != http.StatusMethodNotAllowed {
		t.Errorf("a link signed the user out: %+v", linked)
	}
	if page := v.Open("/tasks"); page.Status != http.StatusOK {
		t.Errorf("after forged sign-outs: %+v", page)
	}

	session := v.Session()
	out := v.Press("/sign-out", nil)
	if policy := out.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "form-action 'self' "+world.Authority.URL()) {
		t.Errorf("browsers would not follow the form to the authority: %s", policy)
	}
	if back := v.Complete(out.Location, avery); back != s.URL+"/signed-out" {
		t.Errorf("the authority sends the browser to %s", back)
	}
	if page := v.Open("/signed-out"); !strings.Contains(page.Body, "You are signed out") {
		t.Errorf("at the end: %+v", page)
	}
	v.Client.Jar.SetCookies(mustURL(t, s.URL), []*http.Cookie{{Name: "webapp", Value: session}})
	if page := v.Open("/tasks"); page.Location != s.URL+"/" {
		t.Errorf("the old session still opens the tasks: %+v", page)
	}
	if page := other.Open("/tasks"); page.Status != http.StatusOK {
		t.Errorf("one user's sign-out signed out the other: %+v", page)
	}
}

func TestForgedCallback(t *testing.T) {
	world, s := started(t)
	v, attacker := webtest.NewVisitor(t, world.Authority, s.URL), webtest.NewVisitor(t, world.Authority, s.URL)
	mine, theirs := v.Callback(avery), attacker.Callback(blake)
	withState := func(state string) string {
		u := mustURL(t, mine)
		q := u.Query()
		q.Set("state", state)
		u.RawQuery = q.Encode()
		return u.String()
	}
	for name, callback := range map[string]string{
		"another browser's sign-in": theirs,
		"an invented state":         withState("invented"),
		"an empty state":            withState(""),
	} {
		if page := v.Open(callback); page.Status != http.StatusBadRequest {
			t.Errorf("%s: %+v", name, page)
		}
	}
	if page := v.Open(mine); page.Location != s.URL+"/" {
		t.Errorf("the forged callbacks spoiled the true one: %+v", page)
	}
}

// A page that was still loading when the user signed out does not sign in again.
func TestSignOutMeanwhile(t *testing.T) {
	asked, answer := make(chan bool, 1), make(chan bool)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- true
		<-answer
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(api.Close)
	world, s := started(t, func(s *app.Settings) { s.API = api.URL })
	v := webtest.NewVisitor(t, world.Authority, s.URL)
	v.SignIn(avery)
	page := make(chan webtest.Answer)
	go func() { page <- v.Open("/tasks") }()
	<-asked
	v.Press("/sign-out", nil)
	close(answer)
	if got := <-page; got.Header.Get("Set-Cookie") != "" {
		t.Errorf("the page began a session: %+v", got)
	}
	if page := v.Open("/"); !strings.Contains(page.Body, "Sign in to see") {
		t.Errorf("still signed in: %+v", page)
	}
}

// A browser that sends the callback several times at once finishes one sign-in.
func TestCallbackIsUsedOnce(t *testing.T) {
	world, s := started(t)
	v := webtest.NewVisitor(t, world.Authority, s.URL)
	callback := v.Callback(avery)
	answers := make(chan int, 8)
	var wg sync.WaitGroup
	for range cap(answers) {
		wg.Go(func() { answers <- v.Open(callback).Status })
	}
	wg.Wait()
	close(answers)
	n := map[int]int{}
	for status := range answers {
		n[status]++
	}
	if n[http.StatusSeeOther] != 1 || n[http.StatusBadRequest] != cap(answers)-1 || world.TokenRequests() != 1 {
		t.Errorf("%v, and %d token requests", n, world.TokenRequests())
	}
}

func TestDeclinedSignIn(t *testing.T) {
	world, s := started(t)
	v := webtest.NewVisitor(t, world.Authority, s.URL)
	state := mustURL(t, v.Open("/sign-in").Location).Query().Get("state")
	answer := url.Values{"state": {state}, "iss": {s.Authority}, "error": {"access_denied"}, "error_description": {"<script>"}}
	page := v.Open("/callback?" + answer.Encode())
	if page.Status != http.StatusForbidden || strings.Contains(page.Body, "<script>") {
		t.Errorf("declined: %+v", page)
	}
}

// A user who signs out in one browser has no tokens left: the other browser must ask again.
func TestSignInAgain(t *testing.T) {
	world, s := started(t)
	v, other := webtest.NewVisitor(t, world.Authority, s.URL), webtest.NewVisitor(t, world.Authority, s.URL)
	v.SignIn(avery)
	other.SignIn(avery)
	other.Press("/sign-out", nil)
	if page := v.Open("/tasks"); !strings.Contains(page.Body, "Please sign in again") {
		t.Errorf("without tokens: %+v", page)
	}
	v.SignIn(avery)
	if page := v.Open("/tasks"); !strings.Contains(page.Body, "water the plants") {
		t.Errorf("after the new sign-in: %+v", page)
	}
}

func TestAPIRefuses(t *testing.T) {
	world, s := started(t)
	client, err := latchkey.NewConfidential(latchkey.Config{Authority: s.Authority, ClientID: s.ClientID}, latchkey.Secret(s.Secret))
	if err != nil {
		t.Fatal(err)
	}
	tokens := func(scope string) *latchkey.Result {
		flow, err := client.AuthCodeURL(t.Context(), latchkey.AuthCodeRequest{RedirectURI: "http://127.0.0.1/callback", Scopes: []string{scope}})
		if err != nil {
			t.Fatal(err)
		}
		callback, err := world.Authority.Complete(t.Context(), flow.URL(), avery)
		if err != nil {
			t.Fatal(err)
		}
		result, err := client.AcquireTokenByCode(t.Context(), flow, mustURL(t, callback).RawQuery)
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	api, graph := world.Authority.Directory.App("api"), world.Authority.Directory.App("graph")
	for _, test := range []struct {
		name, token string
		status      int
		says        string
	}{
		{"no token", "", 401, `Bearer realm="api"`},
		{"its own", tokens(api.Scope("Tasks.Read")).AccessToken(), 200, ""},
		{"another API's", tokens(graph.Scope("User.Read")).AccessToken(), 401, "invalid_token"},
		{"an ID token", tokens(api.Scope("Tasks.Read")).IDToken(), 401, "invalid_token"},
		{"another scope", tokens(api.Scope("Tasks.Write")).AccessToken(), 403, "insufficient_scope"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.API+"/tasks", nil)
		if err != nil {
			t.Fatal(err)
		}
		if test.token != "" {
			req.Header.Set("Authorization", "Bearer "+test.token)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != test.status || !strings.Contains(resp.Header.Get("WWW-Authenticate"), test.says) {
			t.Errorf("%s: %s, %s", test.name, resp.Status, resp.Header.Get("WWW-Authenticate"))
		}
	}
}

// The one command says who can sign in and what to open, and that is there.
func TestDemo(t *testing.T) {
	out, in := io.Pipe()
	var said strings.Builder
	running(t, func(ctx context.Context) error { return demo(ctx, "127.0.0.1:0", in) })
	home := announced(t, io.TeeReader(out, &said))
	if !strings.Contains(said.String(), "Sign in as "+avery+" with the password ") {
		t.Errorf("it says %s", said.String())
	}
	resp, err := http.Get(home)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", home, resp.Status)
	}
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
