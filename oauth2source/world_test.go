package oauth2source_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/oauth2source"
	"github.com/latchkey-auth/latchkey/transport"
)

// A world is an authority, a user who has signed in, and a service.
type world struct {
	t       *testing.T
	srv     *authoritytest.Server
	app     *latchkey.PublicClient
	svc     *latchkey.ConfidentialClient
	user    latchkey.SilentRequest
	service latchkey.ClientCredentialRequest
}

// eachShape runs a test in both shapes, each with an authority of its own. A wrapper stands
// between the clients and the authority; nil for none.
func eachShape(t *testing.T, wrap func(transport.Func) transport.Func, test func(t *testing.T, w *world)) {
	for _, shape := range []string{"Entra", "OpenID Connect"} {
		t.Run(shape, func(t *testing.T) { test(t, newWorld(t, shape, wrap)) })
	}
}

func newWorld(t *testing.T, shape string, wrap func(transport.Func) transport.Func) *world {
	t.Helper()
	srv := authoritytest.NewServer(t)
	api, avery := srv.Directory.App("api"), srv.Directory.User("avery@contoso.test")
	w := &world{t: t, srv: srv}
	cfg := latchkey.Config{Authority: srv.OIDCIssuer(), Profile: authority.OIDC(), Transport: transport.NetHTTP(srv.Client()), Clock: srv.Clock.Now}
	w.service.Resource = api.IDURI
	if shape == "Entra" {
		cfg.Authority, cfg.Profile = srv.Authority(""), authority.Entra()
		w.service = latchkey.ClientCredentialRequest{Scopes: []string{api.Scope(".default")}}
	}
	if wrap != nil {
		cfg.Transport = wrap(cfg.Transport)
	}
	var err error
	cfg.ClientID = srv.Directory.App("native").ClientID
	if w.app, err = latchkey.NewPublic(cfg); err != nil {
		t.Fatal(err)
	}
	daemon := srv.Directory.App("daemon")
	cfg.ClientID = daemon.ClientID
	if w.svc, err = latchkey.NewConfidential(cfg, latchkey.Secret(string(daemon.Secrets[0]))); err != nil {
		t.Fatal(err)
	}
	scopes := []string{api.Scope("Tasks.Read"), "profile"}
	r, err := w.app.AcquireTokenByUsernamePassword(t.Context(), avery.Username, string(avery.Password), latchkey.UsernamePasswordRequest{Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	w.user = latchkey.SilentRequest{Account: r.Account, Scopes: scopes}
	return w
}

// sources are the user's and the service's.
func (w *world) sources() map[string]oauth2source.Source {
	return map[string]oauth2source.Source{
		"user":    oauth2source.ForUser(w.app, w.user),
		"service": oauth2source.ForService(w.svc, w.service),
	}
}

// tokenRequests counts the token requests of a grant.
func (w *world) tokenRequests(grant string) int {
	n := 0
	for _, r := range w.srv.Requests() {
		if r.Endpoint == authoritytest.EndpointToken && r.GrantType == grant {
			n++
		}
	}
	return n
}

// leaks fails the test if a text has a secret of the authority in it.
func (w *world) leaks(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		for _, secret := range w.srv.Secrets() {
			if strings.Contains(text, secret) {
				w.t.Errorf("a secret is shown: %.200q", text)
			}
		}
	}
}

// An api remembers the Authorization header of each request.
type api struct {
	url    string
	client *http.Client

	mu   sync.Mutex
	seen []string
}

// newAPI serves plain http on this computer; next, if there is one, answers.
func newAPI(t *testing.T, next http.HandlerFunc) *api {
	t.Helper()
	a := &api{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.seen = append(a.seen, r.Header.Get("Authorization"))
		a.mu.Unlock()
		if next != nil {
			next(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	a.url, a.client = srv.URL, srv.Client()
	return a
}

// headers returns and forgets what was seen.
func (a *api) headers() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := a.seen
	a.seen = nil
	return seen
}

// patience is how long a test waits for what comes at once.
const patience = 10 * time.Second

func receive(from <-chan error) error {
	select {
	case err := <-from:
		return err
	case <-time.After(patience):
		return errors.New("nothing came")
	}
}

func get(ctx context.Context, t *testing.T, c *http.Client, url string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	return resp, err
}
