package apiclient_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

// A world is an authority, a user who has signed in, a service, and an API.
type world struct {
	t    *testing.T
	srv  *authoritytest.Server
	app  *latchkey.PublicClient
	user latchkey.Account
	svc  *latchkey.ConfidentialClient
	api  *api
	now  *still // of the transports

	mu        sync.Mutex
	intercept func(r *transport.Request) *transport.Response // of the authority's requests; nil result: not this one
	alter     func(body string) string                       // of token answers
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, srv: authoritytest.NewServer(t), api: newAPI(t), now: &still{time: time.Unix(1_800_000_000, 0)}}
	var err error
	if w.app, err = latchkey.NewPublic(w.config("native")); err != nil {
		t.Fatal(err)
	}
	if w.svc, err = latchkey.NewConfidential(w.config("daemon"), latchkey.Secret(string(w.srv.Directory.App("daemon").Secrets[0]))); err != nil {
		t.Fatal(err)
	}
	w.user = w.signIn("avery@contoso.test")
	return w
}

func (w *world) config(app string) latchkey.Config {
	return latchkey.Config{
		Authority: w.srv.Authority(""),
		ClientID:  w.srv.Directory.App(app).ClientID,
		Profile:   authority.Entra(),
		Transport: w.send,
		Clock:     w.srv.Clock.Now,
	}
}

// send is the way to the authority.
func (w *world) send(ctx context.Context, r *transport.Request) (*transport.Response, error) {
	w.mu.Lock()
	intercept, alter := w.intercept, w.alter
	w.mu.Unlock()
	token := r.Method == "POST" && strings.HasSuffix(r.URL, "/token")
	if intercept != nil && token {
		if answer := intercept(r); answer != nil {
			return answer, nil
		}
	}
	resp, err := transport.NetHTTP(w.srv.Client())(ctx, r)
	if err == nil && alter != nil && token {
		resp.Body = alter(resp.Body)
	}
	return resp, err
}

// meddle sets what happens to the requests to the authority.
func (w *world) meddle(intercept func(*transport.Request) *transport.Response, alter func(string) string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.intercept, w.alter = intercept, alter
}

// refuse is an intercept that answers with an OAuth error.
func refuse(members map[string]string) func(*transport.Request) *transport.Response {
	body, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return func(*transport.Request) *transport.Response {
		return &transport.Response{Status: 400, Header: transport.Header{{Name: "Content-Type", Value: "application/json"}}, Body: string(body)}
	}
}

func (w *world) signIn(username string) latchkey.Account {
	w.t.Helper()
	password := w.srv.Directory.User(username).Password
	r, err := w.app.AcquireTokenByUsernamePassword(w.t.Context(), username, string(password), latchkey.UsernamePasswordRequest{Scopes: w.scopes()})
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Account
}

func (w *world) scopes() []string {
	return []string{w.srv.Directory.App("api").Scope("Tasks.Read")}
}

// transport gives the user's tokens to everything at the API but /public.
func (w *world) transport() *apiclient.Transport {
	return &apiclient.Transport{
		Source: apiclient.ForUser(w.app, latchkey.SilentRequest{Account: w.user}),
		Resources: []apiclient.Resource{
			{Pattern: w.api.url + "/*", Scopes: w.scopes()},
			{Pattern: w.api.url + "/public/*"},
		},
		Clock: w.now.Now,
	}
}

// service is transport for the service's own token.
func (w *world) service() *apiclient.Transport {
	tr := w.transport()
	tr.Source = apiclient.ForService(w.svc, latchkey.ClientCredentialRequest{})
	tr.Resources[0].Scopes = []string{w.srv.Directory.App("api").IDURI + "/.default"}
	return tr
}

// renewals counts the requests for tokens other than sign-ins.
func (w *world) renewals() int {
	n := 0
	for _, r := range w.srv.Requests() {
		if r.Endpoint == authoritytest.EndpointToken && r.GrantType != "password" {
			n++
		}
	}
	return n
}

// leaks fails the test if a text has a secret of the authority in it.
func (w *world) leaks(where string, texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		for _, secret := range w.srv.Secrets() {
			if strings.Contains(text, secret) {
				w.t.Errorf("%s shows a secret: %.200q", where, text)
			}
		}
	}
}

// A still is a clock that moves only when it is told to.
type still struct {
	mu   sync.Mutex
	time time.Time
}

func (c *still) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *still) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
}

// An api is a server that answers as the test wants it, and keeps the requests.
type api struct {
	url    string
	client *http.Client // without tokens

	mu     sync.Mutex
	answer func(w http.ResponseWriter, r seen)
	seen   []seen
}

// A seen request.
type seen struct {
	*http.Request
	token  string         // of the Authorization header; empty if there is none
	claims map[string]any // of the token
	body   string
}

func newAPI(t *testing.T) *api {
	a := &api{}
	srv := httptest.NewServer(http.HandlerFunc(a.handle))
	t.Cleanup(srv.Close)
	a.url, a.client = srv.URL, srv.Client()
	return a
}

func (a *api) handle(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s := seen{Request: r, body: string(body)}
	s.token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.claims = claimsOf(s.token)
	a.mu.Lock()
	a.seen = append(a.seen, s)
	answer := a.answer
	a.mu.Unlock()
	if answer != nil {
		answer(w, s)
	}
}

func claimsOf(token string) map[string]any {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var claims map[string]any
	if json.Unmarshal(payload, &claims) != nil {
		return nil
	}
	return claims
}

func (a *api) set(answer func(w http.ResponseWriter, r seen)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer, a.seen = answer, nil
}

func (a *api) requests() []seen {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]seen(nil), a.seen...)
}

// unauthorized answers 401 with a challenge.
func unauthorized(w http.ResponseWriter, lines ...string) {
	for _, line := range lines {
		w.Header().Add("WWW-Authenticate", line)
	}
	w.WriteHeader(http.StatusUnauthorized)
	io.WriteString(w, "no")
}

// insufficient is the challenge for claims, as Microsoft's APIs write it.
func insufficient(claims string) string {
	return `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="` +
		base64.StdEncoding.EncodeToString([]byte(claims)) + `"`
}

// A probe is a request body that tells whether it was closed.
type probe struct {
	io.Reader
	closed chan struct{}
	once   sync.Once
}

func newProbe(text string) *probe {
	return &probe{Reader: strings.NewReader(text), closed: make(chan struct{})}
}

func (p *probe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// wait fails the test unless the body is closed, which a RoundTripper may do after it has returned.
func (p *probe) wait(t *testing.T, what string) {
	t.Helper()
	select {
	case <-p.closed:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: the body was not closed", what)
	}
}

// do sends a request and reads the answer.
func do(t *testing.T, rt http.RoundTripper, method, url, body string) (*http.Response, error) {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = bytes.NewReader([]byte(body))
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, reader)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: rt}).Do(r)
	if err == nil {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	return resp, err
}

// status is do for those who expect an answer.
func status(t *testing.T, rt http.RoundTripper, method, url, body string) int {
	t.Helper()
	resp, err := do(t, rt, method, url, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return resp.StatusCode
}

// interaction returns the *TokenError of an error that only the user can mend.
func interaction(t *testing.T, err error) *apiclient.TokenError {
	t.Helper()
	var need *apiclient.TokenError
	if !errors.Is(err, latchkey.ErrInteractionRequired) || !errors.As(err, &need) {
		t.Fatalf("got %v, want an error that the user can mend", err)
	}
	return need
}
