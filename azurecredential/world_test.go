package azurecredential_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/azurecredential"
	"github.com/latchkey-auth/latchkey/transport"
)

// fabrikam is a second tenant, in which avery is a guest.
const fabrikam = "9a4d2b1c-7e6f-4b3a-8c5d-1e2f3a4b5c6d"

// A world is an authority, a user who has signed in, and a service.
type world struct {
	t         *testing.T
	srv       *authoritytest.Server
	app       *latchkey.PublicClient
	svc       *latchkey.ConfidentialClient
	user      latchkey.Account
	service   latchkey.ClientCredentialRequest
	scopes    []string // of the user's tokens
	appScopes []string // of the service's tokens

	mu        sync.Mutex
	claims    []string                                       // parameter of each token request after the sign-in
	intercept func(r *transport.Request) *transport.Response // of token requests; a nil result: not this one
}

func newWorld(t *testing.T) *world      { return newWorldOf(t, true) }
func newPlainWorld(t *testing.T) *world { return newWorldOf(t, false) }

func newWorldOf(t *testing.T, entra bool) *world {
	t.Helper()
	d := authoritytest.DefaultDirectory()
	d.Tenants = append(d.Tenants, authoritytest.Tenant{ID: fabrikam, Domain: "fabrikam.test", Name: "Fabrikam"})
	d.Users[0].GuestOf = []authoritytest.Guest{{Tenant: fabrikam, ObjectID: "b7c8d9e0-1f2a-4b3c-8d4e-5f6a7b8c9d0e"}}
	srv := &authoritytest.Server{Directory: d}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	api := srv.Directory.App("api")
	w := &world{t: t, srv: srv, scopes: []string{api.Scope("Tasks.Read")}}
	cfg := latchkey.Config{Authority: srv.OIDCIssuer(), Profile: authority.OIDC(), Transport: w.send, Clock: srv.Clock.Now}
	w.service.Resource = api.IDURI
	if entra {
		cfg.Authority, cfg.Profile = srv.Authority(""), authority.Entra()
		w.service, w.appScopes = latchkey.ClientCredentialRequest{}, []string{api.Scope(".default")}
	}
	var err error
	cfg.ClientID = srv.Directory.App("native").ClientID
	if w.app, err = latchkey.NewPublic(cfg); err != nil {
		t.Fatal(err)
	}
	cfg.ClientID = srv.Directory.App("daemon").ClientID
	if w.svc, err = latchkey.NewConfidential(cfg, latchkey.Secret(string(srv.Directory.App("daemon").Secrets[0]))); err != nil {
		t.Fatal(err)
	}
	avery := srv.Directory.Users[0]
	r, err := w.app.AcquireTokenByUsernamePassword(t.Context(), avery.Username, string(avery.Password), latchkey.UsernamePasswordRequest{Scopes: w.scopes})
	if err != nil {
		t.Fatal(err)
	}
	w.user, w.claims = r.Account, nil
	return w
}

// forUser and forService are the credentials of the two kinds.
func (w *world) forUser() *azurecredential.Credential {
	return azurecredential.ForUser(w.app, latchkey.SilentRequest{Account: w.user})
}

func (w *world) forService() *azurecredential.Credential {
	return azurecredential.ForService(w.svc, w.service)
}

// send is the way to the authority.
func (w *world) send(ctx context.Context, r *transport.Request) (*transport.Response, error) {
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL, "/token") || strings.Contains(r.Body, "grant_type=") {
		form, err := url.ParseQuery(r.Body)
		if err != nil {
			return nil, err
		}
		w.mu.Lock()
		w.claims = append(w.claims, form.Get("claims"))
		intercept := w.intercept
		w.mu.Unlock()
		if intercept != nil {
			if answer := intercept(r); answer != nil {
				return answer, nil
			}
		}
	}
	return transport.NetHTTP(w.srv.Client())(ctx, r)
}

// meddle sets what happens to token requests.
func (w *world) meddle(intercept func(*transport.Request) *transport.Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.intercept = intercept
}

// asked returns and forgets the claims parameters of the token requests.
func (w *world) asked() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.claims
	w.claims = nil
	return asked
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

// A token's claims, which nobody here checks.
type claims map[string]any

func claimsOf(t *testing.T, token string) claims {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// cae reports whether the token says that its client answers claims challenges.
func (c claims) cae() bool {
	list, _ := c["xms_cc"].([]any)
	return slices.Contains(list, any("CP1"))
}

// A service is one of Azure's, over TLS, with a real pipeline of the SDK before it.
type service struct {
	t   *testing.T
	srv *httptest.Server

	mu     sync.Mutex
	tokens []string
	demand func(token string) string // WWW-Authenticate of a 401; empty: the token will do
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{t: t}
	s.srv = httptest.NewTLSServer(s)
	t.Cleanup(s.srv.Close)
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	s.tokens = append(s.tokens, token)
	demand := s.demand
	s.mu.Unlock()
	if demand == nil {
		return
	}
	if challenge := demand(token); challenge != "" {
		w.Header().Set("WWW-Authenticate", challenge)
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// demands sets what answers a token.
func (s *service) demands(demand func(token string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.demand = demand
}

// seen returns and forgets the tokens of the requests.
func (s *service) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.tokens
	s.tokens = nil
	return seen
}

// insufficient is a challenge of continuous access evaluation. What it says about the
// authority is not true.
func insufficient(claims string) string {
	return `Bearer realm="", authorization_uri="https://evil.example/authorize", error="insufficient_claims", claims="` +
		base64.StdEncoding.EncodeToString([]byte(claims)) + `"`
}

// options make retries come at once.
func (s *service) options() *policy.ClientOptions {
	return &policy.ClientOptions{Transport: s.srv.Client(), Retry: policy.RetryOptions{RetryDelay: time.Millisecond}}
}

func (s *service) pipeline(credential azcore.TokenCredential, scopes []string) runtime.Pipeline {
	return runtime.NewPipeline("tasks", "v1.0.0", runtime.PipelineOptions{
		PerRetry: []policy.Policy{runtime.NewBearerTokenPolicy(credential, scopes, nil)},
	}, s.options())
}

// call sends a request through a pipeline and returns the status.
func (s *service) call(ctx context.Context, p runtime.Pipeline) (int, error) {
	s.t.Helper()
	r, err := runtime.NewRequest(ctx, http.MethodGet, s.srv.URL+"/tasks")
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := p.Do(r)
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	return resp.StatusCode, nil
}
