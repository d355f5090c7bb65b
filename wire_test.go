package latchkey

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/form"
	"github.com/latchkey-auth/latchkey/transport"
)

const (
	wireIssuer  = "https://op.example"
	wireCloud   = "https://login.microsoftonline.com/"
	wireClient  = "app"
	homeID      = "11111111-2222-3333-4444-55555555aaaa" // a tenant
	guestID     = "99999999-2222-3333-4444-55555555bbbb" // another
	redirectURI = "http://127.0.0.1:4321/back"
)

// A wire is an authority in the hand of a test: a transport that answers discovery, gives token requests to a function
// of the test, and keeps them. Its clock stands still until it is moved.
type wire struct {
	t        testing.TB
	profile  authority.Profile
	url      string               // of the authority
	document members              // the discovery document, if the profile needs one
	token    func(r asked) answer // the token endpoint; nil: grant
	user     string               // who signs in: sub, oid and uid

	seconds atomic.Int64
	mu      sync.Mutex
	log     []asked
	nonce   string
	issued  int
}

// asked is a request to the token endpoint.
type asked struct {
	form.Values
	url    string
	header transport.Header
}

type answer struct {
	status int // 0 means 200
	header transport.Header
	body   string
	err    error
}

// members are a JSON object.
type members map[string]any

func (m members) String() string {
	text, err := json.Marshal(map[string]any(m))
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (m members) with(name string, value any) members {
	m[name] = value
	return m
}

func (m members) without(names ...string) members {
	for _, name := range names {
		delete(m, name)
	}
	return m
}

func (m members) answer() answer { return answer{body: m.String()} }

// refusal is an error answer of a token endpoint.
func refusal(code string) answer {
	return answer{status: 400, body: members{"error": code}.String()}
}

// newWire returns a plain OpenID Connect provider.
func newWire(t testing.TB) *wire {
	w := &wire{t: t, profile: authority.OIDC(), url: wireIssuer, user: "user-1", document: members{
		"issuer":                        wireIssuer,
		"authorization_endpoint":        wireIssuer + "/authorize",
		"token_endpoint":                wireIssuer + "/token",
		"device_authorization_endpoint": wireIssuer + "/device",
		"end_session_endpoint":          wireIssuer + "/bye",
		"jwks_uri":                      wireIssuer + "/keys",
	}}
	w.seconds.Store(1_800_000_000)
	return w
}

// newEntraWire returns the built-in Microsoft cloud, which needs no discovery.
func newEntraWire(t testing.TB, tenant string) *wire {
	w := newWire(t)
	w.profile, w.url, w.document = authority.Entra(), wireCloud+tenant, nil
	return w
}

func (w *wire) now() time.Time          { return time.Unix(w.seconds.Load(), 0) }
func (w *wire) advance(d time.Duration) { w.seconds.Add(int64(d / time.Second)) }

func (w *wire) config() Config {
	return Config{Authority: w.url, Profile: w.profile, ClientID: wireClient, Transport: w.send, Clock: w.now, InsecureSkipSignatureCheck: true}
}

// public returns a public client after edit has changed its config.
func (w *wire) public(edit ...func(*Config)) *PublicClient {
	w.t.Helper()
	cfg := w.config()
	for _, f := range edit {
		f(&cfg)
	}
	c, err := NewPublic(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// confidential returns the core of a confidential client.
func (w *wire) confidential(credential Credential, edit ...func(*Config)) *client {
	w.t.Helper()
	cfg := w.config()
	for _, f := range edit {
		f(&cfg)
	}
	c, err := newClient(cfg, credential)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *wire) send(_ context.Context, req *transport.Request) (*transport.Response, error) {
	if req.Method == "GET" {
		if w.document == nil || !strings.HasSuffix(req.URL, "/.well-known/openid-configuration") {
			return &transport.Response{Status: 404}, nil
		}
		return &transport.Response{Status: 200, Body: w.document.String()}, nil
	}
	fields, err := form.Parse(req.Body)
	if err != nil {
		w.t.Errorf("the body of a request is no form: %v", err)
	}
	r := asked{fields, req.URL, req.Header}
	w.mu.Lock()
	w.log = append(w.log, r)
	w.mu.Unlock()
	token := w.token
	if token == nil {
		token = func(r asked) answer { return w.grant(r).answer() }
	}
	a := token(r)
	if a.err != nil {
		return nil, a.err
	}
	if a.status == 0 {
		a.status = 200
	}
	return &transport.Response{Status: a.status, Header: a.header, Body: a.body}, nil
}

// grant is a good answer to a token request: tokens with a number that counts up, good for an hour.
func (w *wire) grant(r asked) members {
	w.mu.Lock()
	w.issued++
	n := strconv.Itoa(w.issued)
	w.mu.Unlock()
	m := members{"token_type": "Bearer", "access_token": "at-" + n, "expires_in": 3600}
	if scope := r.Get("scope"); scope != "" {
		m["scope"] = scope
	}
	if r.Get("grant_type") == grantClientCredentials {
		return m
	}
	m["refresh_token"] = "rt-" + n
	m["id_token"] = jwt(w.claims(r))
	if w.profile.ClientInfo {
		m["client_info"] = clientInfo(w.user, homeID)
	}
	return m
}

// claims are those of a good ID token.
func (w *wire) claims(r asked) members {
	now := w.seconds.Load()
	c := members{"iss": wireIssuer, "sub": w.user, "aud": wireClient, "iat": now, "exp": now + 3600,
		"preferred_username": w.user + "@contoso.example"}
	if w.profile.TenantPath {
		tenant, _, _ := strings.Cut(strings.TrimPrefix(r.url, wireCloud), "/")
		if !authority.IsGUID(tenant) {
			tenant = homeID
		}
		c["iss"], c["tid"], c["oid"] = wireCloud+tenant+"/v2.0", tenant, w.user
	}
	if r.Get("grant_type") == grantCode {
		w.mu.Lock()
		c["nonce"] = w.nonce
		w.mu.Unlock()
	}
	return c
}

// jwt returns a well-formed token that nobody signed.
func jwt(claims members) string {
	return b64.EncodeString(`{"alg":"RS256","kid":"k"}`) + "." + b64.EncodeString(claims.String()) + "." + b64.EncodeString("signature")
}

func clientInfo(uid, utid string) string {
	return b64.EncodeString(members{"uid": uid, "utid": utid}.String())
}

// requests returns the token requests of a grant type; of all if it is empty.
func (w *wire) requests(grantType string) []asked {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []asked
	for _, r := range w.log {
		if grantType == "" || r.Get("grant_type") == grantType {
			all = append(all, r)
		}
	}
	return all
}

// last returns the last token request.
func (w *wire) last() asked {
	w.t.Helper()
	all := w.requests("")
	if len(all) == 0 {
		w.t.Fatal("nothing was sent")
	}
	return all[len(all)-1]
}

// begin begins a sign-in by code.
func (w *wire) begin(c *client, r AuthCodeRequest) *AuthCodeFlow {
	w.t.Helper()
	if r.RedirectURI == "" {
		r.RedirectURI = redirectURI
	}
	flow, err := c.AuthCodeURL(context.Background(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	w.nonce = flow.state.nonce
	w.mu.Unlock()
	return flow
}

// trySignIn signs in by code.
func (w *wire) trySignIn(c *client, scopes ...string) (*Result, error) {
	w.t.Helper()
	flow := w.begin(c, AuthCodeRequest{Scopes: scopes})
	return c.AcquireTokenByCode(context.Background(), flow, "code=c&state="+flow.State())
}

func (w *wire) signIn(c *client, scopes ...string) *Result {
	w.t.Helper()
	r, err := w.trySignIn(c, scopes...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// silent asks silently for the account's token.
func (w *wire) silent(c *client, a Account, scopes ...string) *Result {
	w.t.Helper()
	r, err := c.AcquireTokenSilent(context.Background(), SilentRequest{Account: a, Scopes: scopes})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// expect checks an access token and where it came from.
func expect(t testing.TB, r *Result, token string, from Origin, reason string) {
	t.Helper()
	if r.AccessToken() != token || r.Source.From != from || r.Source.Reason != reason {
		t.Errorf("token %s from %s (%s), want %s from %s (%s)", r.AccessToken(), r.Source.From, r.Source.Reason, token, from, reason)
	}
}
