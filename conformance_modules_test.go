//go:build !js

package latchkey_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/transport"
)

// discovered is the authority's metadata.
func (w *faultWorld) discovered() map[string]any {
	w.t.Helper()
	var m map[string]any
	w.fetch(w.srv.OIDCIssuer()+"/.well-known/openid-configuration", "", &m)
	return m
}

// fetch gets JSON, as an API is asked.
func (w *faultWorld) fetch(from, authorization string, into any) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, from, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := w.srv.Client().Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("status %d, %v", resp.StatusCode, err)
	}
}

// userinfo asks the userinfo endpoint with the token of a result in the header, and fails
// the test unless it tells of the same user.
func (w *faultWorld) userinfo(r *latchkey.Result) map[string]any {
	w.t.Helper()
	var claims map[string]any
	w.fetch(w.discovered()["userinfo_endpoint"].(string), r.Header(), &claims)
	if claims["sub"] != r.Claims().Text("sub") {
		w.t.Errorf("userinfo is about %v, the ID token about %s", claims["sub"], r.Claims().Text("sub"))
	}
	return claims
}

// website signs a user in as a web application does, for claims about the user.
func (w *faultWorld) website(cfg latchkey.Config) (*latchkey.ConfidentialClient, *latchkey.Result) {
	w.t.Helper()
	c := w.confidentialFrom("web", cfg)
	flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: "https://web.contoso.test/callback", Scopes: []string{"profile", "email"}})
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := c.AcquireTokenByCode(w.ctx, flow, w.browse(flow.URL()))
	if err != nil {
		w.t.Fatal(err)
	}
	w.checkUser(r)
	return c, r
}

// happyPath: authorize, token, userinfo with the token in the header.
func happyPath(t *testing.T, w *faultWorld) {
	_, r := w.website(w.config("web"))
	w.userinfo(r)
	if n := len(w.srv.Requests().Matching(authoritytest.Request{Endpoint: "userinfo", Status: http.StatusOK})); n != 1 {
		t.Errorf("%d answers of userinfo", n)
	}
}

func refusedIDToken(defect authoritytest.TokenDefect, check string) faultScenario {
	return func(_ *testing.T, w *faultWorld) {
		c := w.public()
		w.inject(authoritytest.Fault{Times: 1, Token: &authoritytest.FaultToken{Defect: defect}})
		r, err := w.tryCode(c)
		if r != nil {
			w.t.Error("there is a result")
		}
		w.refusedBy(err, check)
		w.nobody(c)
		w.again(c)
	}
}

func refusedRefresh(defect authoritytest.TokenDefect, check string) faultScenario {
	return func(t *testing.T, w *faultWorld) {
		c, had := w.signedIn()
		w.inject(authoritytest.Fault{Grant: "refresh_token", Times: 1, Token: &authoritytest.FaultToken{Defect: defect}})
		r, err := w.tryRenewal(c, had)
		if r != nil {
			t.Error("there is a result")
		}
		w.refusedBy(err, check)
		w.kept(c, had)
	}
}

// publishedKeys are those of the key set, as JSON.
func (w *faultWorld) publishedKeys() []map[string]any {
	w.t.Helper()
	var set struct{ Keys []map[string]any }
	w.fetch(w.discovered()["jwks_uri"].(string), "", &set)
	return set.Keys
}

// withoutKid has ID tokens name no key: one that a published key signed, and one that
// none did.
func (w *faultWorld) withoutKid() {
	w.t.Helper()
	w.inject(authoritytest.Fault{Times: 1, Token: &authoritytest.FaultToken{Defect: authoritytest.DefectMissingKid}})
	r, err := w.tryCode(w.public())
	w.check(r, err, latchkey.FromAuthority, "sign-in")
	c := w.public()
	w.inject(authoritytest.Fault{Times: 1, Token: &authoritytest.FaultToken{Defect: authoritytest.DefectUnpublishedNoKid}})
	_, err = w.tryCode(c)
	w.refusedBy(err, "signature")
	w.nobody(c)
}

func kidAbsentOneKey(t *testing.T, w *faultWorld) {
	keys := slices.DeleteFunc(w.publishedKeys(), func(k map[string]any) bool { return k["kty"] != "RSA" })
	if len(keys) != 1 {
		t.Fatalf("%d RSA keys", len(keys))
	}
	w.inject(authoritytest.Fault{Endpoint: "jwks", Change: &authoritytest.FaultChange{Set: map[string]any{"keys": keys}}})
	w.withoutKid()
}

// kidAbsentManyKeys: the client tries the keys of the right type.
func kidAbsentManyKeys(t *testing.T, w *faultWorld) {
	for range 2 {
		w.inject(authoritytest.Fault{Grant: "authorization_code", Times: 1, Keys: authoritytest.KeysRotateKeep})
		r, err := w.tryCode(w.public())
		w.check(r, err, latchkey.FromAuthority, "sign-in")
	}
	if n := len(w.publishedKeys()); n != 6 {
		t.Fatalf("%d keys, want three of each type", n)
	}
	w.withoutKid()
}

// signedBy has an authority sign with an algorithm, rightly and wrongly.
func signedBy(alg string) faultScenario {
	return func(t *testing.T, w *faultWorld) {
		d := authoritytest.DefaultDirectory()
		for i := range d.Apps {
			d.Apps[i].SigningAlg = alg
		}
		w = startFaultWorld(t, w.shape, &authoritytest.Server{Directory: d, RefreshReuseInterval: time.Hour})
		c, had := w.signedIn()
		if got := header(had.IDToken())["alg"]; got != alg {
			t.Fatalf("signed with %v", got)
		}
		for _, defect := range []authoritytest.TokenDefect{authoritytest.DefectBadSignature, authoritytest.DefectUnpublishedKey} {
			w.inject(authoritytest.Fault{Times: 1, Token: &authoritytest.FaultToken{Defect: defect}})
			_, err := w.tryCode(c)
			w.refusedBy(err, "signature")
			w.kept(c, had)
		}
	}
}

// nonceIsSent: the code flow could do without, and does not.
func nonceIsSent(t *testing.T, w *faultWorld) {
	c, seen := w.public(), map[string]bool{}
	for range 3 {
		flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: w.redirectURI(), Scopes: w.scopes()})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(flow.URL())
		if err != nil {
			t.Fatal(err)
		}
		seen[u.Query().Get("nonce")] = true
	}
	if seen[""] || len(seen) != 3 {
		t.Errorf("nonces %v", seen)
	}
	w.inject(authoritytest.Fault{Times: 1, Token: &authoritytest.FaultToken{Defect: authoritytest.DefectMissingNonce}})
	_, err := w.tryCode(c)
	w.refusedBy(err, "nonce")
}

func scopesBringClaims(t *testing.T, w *faultWorld) {
	_, r := w.website(w.config("web"))
	claims := w.userinfo(r)
	if claims["given_name"] != w.user.GivenName || claims["email"] != w.user.Email {
		t.Errorf("userinfo %v", claims)
	}
	if r.Claims().Text("given_name") != w.user.GivenName || r.Claims().Text("email") != w.user.Email {
		t.Error("the ID token has no claims of profile and email")
	}
}

// A recorder keeps what a client sends.
type recorder struct {
	send transport.Func
	mu   sync.Mutex
	sent []*transport.Request
}

func (r *recorder) transport(ctx context.Context, q *transport.Request) (*transport.Response, error) {
	r.mu.Lock()
	r.sent = append(r.sent, q)
	r.mu.Unlock()
	return r.send(ctx, q)
}

// recorded is the config of an app whose requests are recorded.
func (w *faultWorld) recorded(app string) (latchkey.Config, *recorder) {
	cfg := w.config(app)
	r := &recorder{send: cfg.Transport}
	cfg.Transport = r.transport
	return cfg, r
}

func (r *recorder) urls() (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range r.sent {
		list = append(list, q.URL)
	}
	return list
}

func secretBasic(t *testing.T, w *faultWorld) {
	cfg, sent := w.recorded("web")
	w.website(cfg)
	last := sent.sent[slices.Index(sent.urls(), w.discovered()["token_endpoint"].(string))]
	if !strings.HasPrefix(last.Header.Get("Authorization"), "Basic ") || strings.Contains(last.Body, "client_secret") || strings.Contains(last.Body, "client_id") {
		t.Error("the client did not authenticate by client_secret_basic alone")
	}
}

func formPostError(t *testing.T, w *faultWorld) {
	c := w.public()
	agent := w.srv.UserAgent(w.user.Username)
	agent.ResponseModes = []string{"form_post"}
	w.inject(authoritytest.Fault{Endpoint: "authorize", Times: 1, Error: &authoritytest.FaultError{Code: "access_denied", Description: "not today"}})
	_, err := c.AcquireTokenInteractive(w.ctx, agent, latchkey.InteractiveRequest{Scopes: w.scopes()})
	if refused := w.refusal(err, 0, "access_denied"); refused.Endpoint != "authorization" || !strings.Contains(refused.Description, "not today") {
		t.Errorf("%v", err)
	}
	w.nobody(c)
	r, err := c.AcquireTokenInteractive(w.ctx, agent, latchkey.InteractiveRequest{Scopes: w.scopes()})
	w.check(r, err, latchkey.FromAuthority, "sign-in")
}

// metadataIsUsed: one request for it, and everything else goes where it says.
func metadataIsUsed(t *testing.T, w *faultWorld) {
	m := w.discovered()
	cfg, sent := w.recorded("native")
	c := w.publicFrom(cfg)
	flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: w.redirectURI(), Scopes: w.scopes()})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(flow.URL(), m["authorization_endpoint"].(string)) {
		t.Errorf("the user is not sent to %v", m["authorization_endpoint"])
	}
	r, err := c.AcquireTokenByCode(w.ctx, flow, w.browse(flow.URL()))
	w.check(r, err, latchkey.FromAuthority, "sign-in")
	want := []string{w.srv.OIDCIssuer() + "/.well-known/openid-configuration", m["token_endpoint"].(string), m["jwks_uri"].(string)}
	if got := sent.urls(); !slices.Equal(got, want) {
		t.Errorf("asked %q, want %q", got, want)
	}
}

// keysOfTheMetadata: no other keys will do.
func keysOfTheMetadata(t *testing.T, w *faultWorld) {
	c := w.public()
	w.inject(authoritytest.Fault{Endpoint: "discovery", Times: 1, Change: &authoritytest.FaultChange{Set: map[string]any{"jwks_uri": w.srv.OIDCIssuer() + "/no/keys"}}})
	_, err := w.tryCode(c)
	w.refusedBy(err, "signature")
	if w.fetches() != 0 || len(w.srv.Requests().Matching(authoritytest.Request{Endpoint: "none"})) != 1 {
		t.Error("the keys were sought elsewhere")
	}
	fresh, had := w.signedIn()
	w.kept(fresh, had)
	if w.fetches() != 1 {
		t.Errorf("%d fetches of keys", w.fetches())
	}
}

// rotatedKeys has the keys change for a client that knows the old ones.
func rotatedKeys(when authoritytest.Fault) faultScenario {
	return func(t *testing.T, w *faultWorld) {
		c, had := w.signedIn()
		when.Times, when.Keys = 1, authoritytest.KeysRotate
		w.inject(when)
		r, err := w.tryCode(c)
		w.check(r, err, latchkey.FromAuthority, "sign-in")
		if header(r.IDToken())["kid"] == header(had.IDToken())["kid"] || w.fetches() != 2 {
			t.Errorf("%d fetches of keys, want one for each", w.fetches())
		}
	}
}

func refreshThenUserinfo(t *testing.T, w *faultWorld) {
	c, had := w.website(w.config("web"))
	w.srv.Clock.Advance(2 * time.Hour)
	r, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: had.Account, Scopes: []string{"profile", "email"}})
	if err != nil || r.Source.From != latchkey.FromAuthority || r.AccessToken() == had.AccessToken() {
		t.Fatalf("%v, %v", r, err)
	}
	w.userinfo(r)
}

// signOut ends the session at the authority, which sends the browser back with the state.
func signOut(t *testing.T, w *faultWorld) {
	b := w.srv.NewBrowser()
	c := w.confidential("web")
	login := func(prompt string) (*latchkey.Result, error) {
		flow, err := c.AuthCodeURL(w.ctx, latchkey.AuthCodeRequest{RedirectURI: "https://web.contoso.test/callback", Prompt: prompt})
		if err != nil {
			return nil, err
		}
		back, err := b.Complete(w.ctx, flow.URL(), w.user.Username)
		if err != nil {
			return nil, err
		}
		_, query, _ := strings.Cut(back, "?")
		return c.AcquireTokenByCode(w.ctx, flow, query)
	}
	r, err := login("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := login("none"); err != nil {
		t.Fatalf("there is no session to end: %v", err)
	}
	out, err := c.SignOut(w.ctx, latchkey.SignOutRequest{Account: r.Account, PostLogoutRedirectURI: "https://web.contoso.test/signed-out", State: "s t"})
	if err != nil {
		t.Fatal(err)
	}
	hc := *w.srv.Client()
	hc.Jar = b.Jar()
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := hc.Get(out)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Header.Get("Location"); got != "https://web.contoso.test/signed-out?state=s+t" {
		t.Errorf("sent back to %q with status %d", got, resp.StatusCode)
	}
	if _, err := c.Account(w.ctx, r.Account.HomeAccountID); !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("the account is still there: %v", err)
	}
	if _, err := login("none"); !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("the session is still there: %v", err)
	}
}

// header is the JOSE header of a token.
func header(token string) map[string]any {
	text, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	var h map[string]any
	_ = json.Unmarshal(raw, &h) // no header, no members
	return h
}

// R11: what an ID token names is not fetched: claims of other sources stay where they are.
func TestR11_ClaimSourcesAreNotFetched(t *testing.T) {
	w := newFaultWorld(t, shapes[1])
	w.inject(authoritytest.Fault{Times: 1, Token: &authoritytest.FaultToken{Set: map[string]any{
		"_claim_names":   map[string]any{"credit": "a", "address": "b"},
		"_claim_sources": map[string]any{"a": map[string]any{"endpoint": w.srv.OIDCIssuer() + "/claims", "access_token": "x"}, "b": map[string]any{"JWT": "e30.e30."}},
	}}})
	cfg, sent := w.recorded("native")
	r, err := w.tryCode(w.publicFrom(cfg))
	w.check(r, err, latchkey.FromAuthority, "sign-in")
	if len(sent.urls()) != 3 || r.Claims().Text("credit")+r.Claims().Text("address") != "" || !strings.Contains(r.Claims().JSON(), "_claim_sources") {
		t.Errorf("asked %q", sent.urls())
	}
}

// R16: an authority that says which algorithms it signs with signs with no other.
func TestR16_AlgorithmsOfTheMetadata(t *testing.T) {
	w := newFaultWorld(t, shapes[1])
	c := w.public()
	w.inject(authoritytest.Fault{Endpoint: "discovery", Times: 1, Change: &authoritytest.FaultChange{Set: map[string]any{"id_token_signing_alg_values_supported": []string{"ES256", "PS256"}}}})
	_, err := w.tryCode(c)
	w.refusedBy(err, "signature")
	w.nobody(c)
	w.again(w.public())
}
