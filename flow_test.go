//go:build !js

package latchkey_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

// A shape is one of the ways in which the test authority can be asked.
type shape struct {
	name      string
	profile   authority.Profile
	authority func(*authoritytest.Server) string
	tls       bool                                                 // it has hosts of its own
	lacks     []string                                             // grants that the product does not have
	account   func(*world, *latchkey.Result) (homeID, name string) // of the user; nil: any id, and the user's name
}

// The first two are those in which most is tested; shapes_test.go has the others.
var shapes = []shape{
	{name: "entra", profile: authority.Entra(), authority: func(s *authoritytest.Server) string { return s.Authority("") }, account: entraAccount},
	{name: "oidc", profile: authority.OIDC(), authority: (*authoritytest.Server).OIDCIssuer},
}

// eachShape runs a test in the first two shapes, each with an authority of its own.
func eachShape(t *testing.T, test func(t *testing.T, w *world)) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, s))
		})
	}
}

// A world is an authority and what its tests need.
type world struct {
	t     *testing.T
	shape shape
	srv   *authoritytest.Server
	user  authoritytest.User
	scope string
	ctx   context.Context
}

func newWorld(t *testing.T, s shape) *world {
	t.Helper()
	srv := &authoritytest.Server{DeviceInterval: time.Second, RefreshReuseInterval: 0, TLS: s.tls}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return &world{
		t: t, shape: s, srv: srv,
		user:  srv.Directory.User("avery@contoso.test"),
		scope: srv.Directory.App("api").Scope("Tasks.Read"),
		ctx:   t.Context(),
	}
}

func (w *world) config(app string) latchkey.Config {
	return latchkey.Config{
		Authority: w.shape.authority(w.srv),
		Profile:   w.profile(),
		ClientID:  w.srv.Directory.App(app).ClientID,
		Transport: transport.NetHTTP(w.srv.Client()),
		Clock:     w.srv.Clock.Now,
	}
}

func (w *world) public() *latchkey.PublicClient {
	w.t.Helper()
	return w.publicFrom(w.config("native"))
}

func (w *world) publicFrom(cfg latchkey.Config) *latchkey.PublicClient {
	w.t.Helper()
	c, err := latchkey.NewPublic(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) confidential(app string) *latchkey.ConfidentialClient {
	w.t.Helper()
	return w.confidentialFrom(app, w.config(app))
}

func (w *world) confidentialFrom(app string, cfg latchkey.Config) *latchkey.ConfidentialClient {
	w.t.Helper()
	c, err := latchkey.NewConfidential(cfg, latchkey.Secret(string(w.srv.Directory.App(app).Secrets[0])))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// scopes are those of a user grant. In the plain shape a name must be asked for.
func (w *world) scopes() []string { return []string{w.scope, "profile"} }

// appRequest asks for a token of a service's own.
func (w *world) appRequest() latchkey.ClientCredentialRequest {
	api := w.srv.Directory.App("api").IDURI
	if w.shape.profile.ResourceParameter != "" {
		return latchkey.ClientCredentialRequest{Resource: api}
	}
	return latchkey.ClientCredentialRequest{Scopes: []string{api + "/.default"}}
}

// importRequest takes over a refresh token. In the plain shape it asks for what was
// granted: R3 keeps openid out of what is not known to be granted.
func (w *world) importRequest() latchkey.RefreshTokenRequest {
	if w.shape.name == "oidc" {
		return latchkey.RefreshTokenRequest{}
	}
	return latchkey.RefreshTokenRequest{Scopes: w.scopes()}
}

// redirectURI is one of the native app's, on some port.
func (w *world) redirectURI() string { return "http://" + w.shape.profile.LoopbackHost + ":4321" }

// signIn signs a user in by password, the shortest way to an account.
func (w *world) signIn(c *latchkey.PublicClient) *latchkey.Result {
	w.t.Helper()
	if slices.Contains(w.shape.lacks, "password") {
		return w.signInByCode(c, w.scopes()...)
	}
	r, err := c.AcquireTokenByUsernamePassword(w.ctx, w.user.Username, string(w.user.Password), latchkey.UsernamePasswordRequest{Scopes: w.scopes()})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// browse takes the user through the authority's pages and returns the callback's query.
func (w *world) browse(authURL string) string {
	w.t.Helper()
	back, err := w.srv.Complete(w.ctx, authURL, w.user.Username)
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		w.t.Fatal(err)
	}
	return u.RawQuery
}

// tokenRequests counts the requests to the token endpoint, by grant if one is given.
func (w *world) tokenRequests(grant string) int {
	n := 0
	for _, r := range w.srv.Requests() {
		if r.Endpoint == "token" && (grant == "" || r.GrantType == grant) {
			n++
		}
	}
	return n
}

// check fails the test unless the result is whole, and from where it should be.
func (w *world) check(r *latchkey.Result, err error, from latchkey.Origin, reason string) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	if r.AccessToken() == "" || r.Header() != "Bearer "+r.AccessToken() || !r.ExpiresOn.After(w.srv.Clock.Now()) {
		w.t.Errorf("incomplete result %v, expires %v", r, r.ExpiresOn)
	}
	if r.Source.From != from || r.Source.Reason != reason {
		w.t.Errorf("got it from %s because %q, want %s because %q", r.Source.From, r.Source.Reason, from, reason)
	}
	if !strings.Contains(" "+strings.Join(r.Scopes(), " ")+" ", w.scope) {
		w.t.Errorf("scopes are %q, want %s among them", r.Scopes(), w.scope)
	}
}

// checkUser fails the test unless the result is the user's.
func (w *world) checkUser(r *latchkey.Result) {
	w.t.Helper()
	a := r.Account
	id, name := a.HomeAccountID, w.user.Name
	if w.shape.account != nil {
		id, name = w.shape.account(w, r)
	}
	if a.Username != w.user.Username || a.HomeAccountID == "" || a.HomeAccountID != id || a.LocalAccountID == "" || a.Name != name {
		w.t.Errorf("account is %+v, want that of %s", a, w.user.Username)
	}
	if r.IDToken() == "" || r.Claims().Text("sub") == "" {
		w.t.Error("no ID token")
	}
}

// afterwards asks silently: a hit, then a renewal after expiry.
func (w *world) afterwards(c interface {
	AcquireTokenSilent(context.Context, latchkey.SilentRequest) (*latchkey.Result, error)
}, first *latchkey.Result) {
	w.t.Helper()
	before := w.tokenRequests("")
	r, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()})
	w.check(r, err, latchkey.FromCache, "valid")
	w.checkUser(r)
	if r.AccessToken() != first.AccessToken() || w.tokenRequests("") != before {
		w.t.Error("the hit was not a hit")
	}
	w.srv.Clock.Advance(2 * time.Hour)
	r, err = c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()})
	w.check(r, err, latchkey.FromAuthority, "expired")
	w.checkUser(r)
	if got := w.tokenRequests("refresh_token"); got != 1 {
		w.t.Errorf("%d refreshes, want 1", got)
	}
}

func TestAuthorizationCode(t *testing.T) {
	eachProvider(t, "authorization_code", func(t *testing.T, w *world) {
		c := w.public()
		flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: w.redirectURI(), Scopes: w.scopes()})
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.AcquireTokenByCode(w.ctx, flow, w.browse(flow.URL()))
		w.check(r, err, latchkey.FromAuthority, "sign-in")
		w.checkUser(r)
		w.afterwards(c, r)
	})
}

func TestAuthorizationCodeConfidential(t *testing.T) {
	eachProvider(t, "authorization_code", func(t *testing.T, w *world) {
		c := w.confidential("web")
		flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: "https://web.contoso.test/callback", Scopes: w.scopes()})
		if err != nil {
			t.Fatal(err)
		}
		kept, err := json.Marshal(flow) // in the web server's session
		if err != nil {
			t.Fatal(err)
		}
		var restored latchkey.AuthCodeFlow
		if err := json.Unmarshal(kept, &restored); err != nil {
			t.Fatal(err)
		}
		r, err := c.AcquireTokenByCode(w.ctx, &restored, w.browse(flow.URL()))
		w.check(r, err, latchkey.FromAuthority, "sign-in")
		w.checkUser(r)
		found, err := c.Account(w.ctx, r.Account.HomeAccountID)
		if err != nil || found != r.Account {
			t.Errorf("Account gave %+v, %v, want %+v", found, err, r.Account)
		}
		w.afterwards(c, r)
	})
}

func TestDeviceCode(t *testing.T) {
	eachProvider(t, "device_code", func(t *testing.T, w *world) {
		c := w.public()
		shown := 0
		r, err := c.AcquireTokenByDeviceCode(w.ctx, func(ctx context.Context, code latchkey.DeviceCode) error {
			shown++
			if code.UserCode == "" || code.VerificationURI == "" || code.Interval != time.Second {
				t.Errorf("incomplete code %+v", code)
			}
			return w.srv.ApproveDevice(ctx, code.UserCode, w.user.Username)
		}, latchkey.DeviceCodeRequest{Scopes: w.scopes()})
		w.check(r, err, latchkey.FromAuthority, "sign-in")
		w.checkUser(r)
		if shown != 1 {
			t.Errorf("the prompt was called %d times", shown)
		}
		w.afterwards(c, r)
	})
}

func TestDeviceCodeDenied(t *testing.T) {
	eachProvider(t, "device_code", func(t *testing.T, w *world) {
		_, err := w.public().AcquireTokenByDeviceCode(w.ctx, func(ctx context.Context, code latchkey.DeviceCode) error {
			return w.srv.DenyDevice(ctx, code.UserCode, w.user.Username)
		}, latchkey.DeviceCodeRequest{Scopes: w.scopes()})
		var refused *latchkey.Error
		if !errors.As(err, &refused) || refused.Code != "access_denied" || errors.Is(err, latchkey.ErrInteractionRequired) {
			t.Errorf("got %v, want access_denied", err)
		}
	})
}

func TestUsernamePassword(t *testing.T) {
	eachProvider(t, "password", func(t *testing.T, w *world) {
		c := w.public()
		_, err := c.AcquireTokenByUsernamePassword(w.ctx, w.user.Username, "not it", latchkey.UsernamePasswordRequest{Scopes: w.scopes()})
		var refused *latchkey.Error
		if !errors.As(err, &refused) || refused.Code != "invalid_grant" || errors.Is(err, latchkey.ErrInteractionRequired) {
			t.Errorf("a wrong password gave %v", err)
		}
		r := w.signIn(c)
		w.check(r, nil, latchkey.FromAuthority, "sign-in")
		w.checkUser(r)
		w.afterwards(c, r)
	})
}

func TestRefreshTokenImport(t *testing.T) {
	eachProvider(t, "password", func(t *testing.T, w *world) {
		old := w.signInElsewhere()
		c := w.public()
		r, err := c.AcquireTokenByRefreshToken(w.ctx, old, w.importRequest())
		w.check(r, err, latchkey.FromAuthority, "import")
		w.checkUser(r)
		r, err = c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: w.scopes()})
		w.check(r, err, latchkey.FromCache, "valid")
	})
}

// signInElsewhere gets a refresh token as another program would.
func (w *world) signInElsewhere() string {
	w.t.Helper()
	endpoint := w.discover()["token_endpoint"].(string)
	resp, err := w.srv.Client().PostForm(endpoint, url.Values{
		"grant_type": {"password"}, "client_id": {w.srv.Directory.App("native").ClientID},
		"username": {w.user.Username}, "password": {string(w.user.Password)},
		"scope": {"openid profile offline_access " + w.scope},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.RefreshToken == "" {
		w.t.Fatalf("no refresh token to import: %v, status %s", err, resp.Status)
	}
	return answer.RefreshToken
}

func (w *world) discover() map[string]any {
	w.t.Helper()
	resp, err := w.srv.Client().Get(w.shape.authority(w.srv) + w.shape.profile.DiscoveryPath)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var m map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&m); err != nil {
		w.t.Fatal(err)
	}
	return m
}

func TestClientCredential(t *testing.T) {
	eachProvider(t, "client_credentials", func(t *testing.T, w *world) {
		c := w.confidential("daemon")
		request := w.appRequest()
		first, err := c.AcquireTokenByClientCredential(w.ctx, request)
		if err != nil {
			t.Fatal(err)
		}
		if first.Source.From != latchkey.FromAuthority || first.Source.Reason != "no token" || first.Account != (latchkey.Account{}) || first.IDToken() != "" {
			t.Errorf("first: %v, source %+v", first, first.Source)
		}
		second, err := c.AcquireTokenByClientCredential(w.ctx, request)
		if err != nil || second.Source.From != latchkey.FromCache || second.AccessToken() != first.AccessToken() {
			t.Errorf("second: %v, %v", second, err)
		}
		w.srv.Clock.Advance(2 * time.Hour)
		third, err := c.AcquireTokenByClientCredential(w.ctx, request)
		if err != nil || third.Source.Reason != "expired" || third.AccessToken() == first.AccessToken() {
			t.Errorf("third: %v, %v", third, err)
		}
		if got := w.tokenRequests("client_credentials"); got != 2 {
			t.Errorf("%d requests, want 2", got)
		}
	})
}

func TestAccountsRemoveAndSignOut(t *testing.T) {
	eachProvider(t, "authorization_code", func(t *testing.T, w *world) {
		c := w.public()
		if _, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: w.scopes()}); !errors.Is(err, latchkey.ErrInteractionRequired) {
			t.Errorf("with nobody signed in: %v", err)
		}
		first := w.signIn(c)
		w.user = w.srv.Directory.User("blake@contoso.test")
		second := w.signIn(c)
		all, err := c.Accounts(w.ctx)
		if err != nil || len(all) != 2 {
			t.Fatalf("accounts: %v, %v", all, err)
		}
		var wrong *latchkey.ArgumentError
		if _, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: w.scopes()}); !errors.As(err, &wrong) {
			t.Errorf("R26 with two users and none named: %v", err)
		}
		if err := c.RemoveAccount(w.ctx, first.Account); err != nil {
			t.Fatal(err)
		}
		if _, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: w.scopes()}); !errors.Is(err, latchkey.ErrInteractionRequired) {
			t.Errorf("after RemoveAccount: %v", err)
		}
		r, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Scopes: w.scopes()})
		if err != nil || r.Account != second.Account {
			t.Errorf("R26 the only account: %v, %v", r, err)
		}
		page, err := c.SignOut(w.ctx, latchkey.SignOutRequest{Account: second.Account, State: "s1"})
		if err != nil || !strings.HasPrefix(page, w.origin()) || !strings.Contains(page, "state=s1") {
			t.Errorf("SignOut gave %q, %v", page, err)
		}
		resp, err := w.srv.Client().Get(page)
		if err != nil || resp.StatusCode != 200 {
			t.Errorf("the sign-out page: %v, %v", resp, err)
		}
		if all, err = c.Accounts(w.ctx); err != nil || len(all) != 0 {
			t.Errorf("accounts after signing out: %v, %v", all, err)
		}
	})
}
