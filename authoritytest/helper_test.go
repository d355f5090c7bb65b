package authoritytest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// start starts a server with the given fields.
func start(t testing.TB, s *Server) *Server {
	t.Helper()
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// An api is one shape of a server, as a client that has read the metadata sees it.
type api struct {
	t     testing.TB
	s     *Server
	shape string
	meta  map[string]any
}

func entra(t testing.TB, s *Server) *api { return open(t, s, ShapeEntra, s.Issuer("")) }
func oidc(t testing.TB, s *Server) *api  { return open(t, s, ShapeOIDC, s.OIDCIssuer()) }

func open(t testing.TB, s *Server, shape, issuer string) *api {
	t.Helper()
	a := &api{t: t, s: s, shape: shape}
	status, body, _ := a.get(issuer + "/.well-known/openid-configuration")
	if status != 200 {
		t.Fatalf("discovery: status %d", status)
	}
	a.meta = body
	return a
}

// shapes runs f in both shapes of a new server each.
func shapes(t *testing.T, f func(t *testing.T, a *api)) {
	t.Run("entra", func(t *testing.T) { f(t, entra(t, NewServer(t))) })
	t.Run("oidc", func(t *testing.T) { f(t, oidc(t, NewServer(t))) })
}

func (a *api) endpoint(name string) string {
	a.t.Helper()
	u, ok := a.meta[name].(string)
	if !ok {
		a.t.Fatalf("metadata has no %s", name)
	}
	return u
}

func (a *api) do(req *http.Request) (int, map[string]any, http.Header) {
	a.t.Helper()
	resp, err := a.s.Client().Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	var body map[string]any
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &body); err != nil {
			a.t.Fatalf("not JSON: %v", err)
		}
	} else {
		body = map[string]any{"text": string(raw)}
	}
	return resp.StatusCode, body, resp.Header
}

func (a *api) get(u string) (int, map[string]any, http.Header) {
	a.t.Helper()
	req, err := http.NewRequest("GET", u, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.do(req)
}

// pairs makes url.Values of names and values; a value "-" leaves the name out.
func pairs(list ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(list); i += 2 {
		v.Del(list[i])
		if list[i+1] != "-" {
			v.Set(list[i], list[i+1])
		}
	}
	return v
}

func (a *api) app(name string) App { return a.s.Directory.App(name) }

// post posts a form as an app: with its secret the way the shape prefers.
func (a *api) post(u string, app App, form url.Values) (int, map[string]any, http.Header) {
	a.t.Helper()
	basic := len(app.Secrets) > 0 && a.shape == ShapeOIDC
	if !form.Has("client_id") && !basic {
		form.Set("client_id", app.ClientID)
	}
	if len(app.Secrets) > 0 && !basic && !form.Has("client_secret") {
		form.Set("client_secret", string(app.Secrets[0]))
	}
	req, err := http.NewRequest("POST", u, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		req.SetBasicAuth(url.QueryEscape(app.ClientID), url.QueryEscape(string(app.Secrets[0])))
	}
	return a.do(req)
}

func (a *api) token(app App, list ...string) (int, map[string]any) {
	a.t.Helper()
	status, body, _ := a.post(a.endpoint("token_endpoint"), app, pairs(list...))
	return status, body
}

// mustToken fails the test unless the token request succeeds.
func (a *api) mustToken(app App, list ...string) map[string]any {
	a.t.Helper()
	status, body := a.token(app, list...)
	if status != 200 {
		a.t.Fatalf("token: status %d, %v: %v", status, body["error"], body["error_description"])
	}
	return body
}

const testVerifier = "a-code-verifier-of-more-than-forty-three-characters"

// authorizeURL builds an authorization request; list overrides its parameters.
func (a *api) authorizeURL(app App, list ...string) string {
	a.t.Helper()
	q := pairs(append([]string{
		"client_id", app.ClientID, "response_type", "code", "redirect_uri", "http://127.0.0.1:1234/callback",
		"scope", "openid profile offline_access", "state", "the state", "nonce", "the nonce",
		"code_challenge", challengeOf(testVerifier), "code_challenge_method", "S256",
	}, list...)...)
	u := a.endpoint("authorization_endpoint")
	if strings.Contains(u, "?") {
		return u + "&" + q.Encode()
	}
	return u + "?" + q.Encode()
}

const avery, blake = "avery@contoso.test", "blake@contoso.test"

// callback completes an authorization request and returns the response's parameters.
func (a *api) callback(b *Browser, app App, list ...string) url.Values {
	a.t.Helper()
	back, err := b.Complete(context.Background(), a.authorizeURL(app, list...), avery)
	if err != nil {
		a.t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		a.t.Fatal(err)
	}
	if u.Fragment != "" {
		u.RawQuery = u.Fragment
	}
	return u.Query()
}

// signIn runs the authorization code flow of the web app and returns its tokens.
func (a *api) signIn(list ...string) map[string]any {
	a.t.Helper()
	p := a.callback(a.s.NewBrowser(), a.app("web"), list...)
	if p.Get("code") == "" {
		a.t.Fatalf("no code: %v: %v", p.Get("error"), p.Get("error_description"))
	}
	return a.redeem(p.Get("code"))
}

func (a *api) redeem(code string, list ...string) map[string]any {
	a.t.Helper()
	return a.mustToken(a.app("web"), append(codeGrant(code), list...)...)
}

func codeGrant(code string) []string {
	return []string{"grant_type", "authorization_code", "code", code, "redirect_uri", "http://127.0.0.1:1234/callback", "code_verifier", testVerifier}
}

// claimsOf verifies a token and returns its claims.
func claimsOf(t testing.TB, token any) map[string]any {
	t.Helper()
	text, _ := token.(string)
	claims, _, ok := verify(text)
	if !ok {
		t.Fatalf("not a token of ours")
	}
	return claims
}

// headerOf returns a token's header.
func headerOf(t testing.TB, token any) map[string]any {
	t.Helper()
	text, _ := token.(string)
	head, _, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	var h map[string]any
	if err := json.Unmarshal(raw, &h); err != nil {
		t.Fatal(err)
	}
	return h
}

// wantError fails unless a response is an error with a code.
func wantError(t testing.TB, status int, body map[string]any, wantStatus int, code string) {
	t.Helper()
	if status != wantStatus || body["error"] != code {
		t.Errorf("got status %d, error %v (%v), want %d %s", status, body["error"], body["error_description"], wantStatus, code)
	}
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return b64(sum[:])
}

func (a *api) userinfo(token any) (int, map[string]any, http.Header) {
	a.t.Helper()
	req, err := http.NewRequest("GET", a.endpoint("userinfo_endpoint"), nil)
	if err != nil {
		a.t.Fatal(err)
	}
	if text, ok := token.(string); ok {
		req.Header.Set("Authorization", "Bearer "+text)
	}
	return a.do(req)
}

func (a *api) userinfoStatus(token any) int {
	a.t.Helper()
	status, _, _ := a.userinfo(token)
	return status
}
