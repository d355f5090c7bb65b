package latchkey

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/form"
	"github.com/latchkey-auth/latchkey/transport"
)

func TestR4_Resource(t *testing.T) {
	ctx := context.Background()
	const api = "https://api.example/v1?x=1&y=2"

	t.Run("R4 OIDC", func(t *testing.T) {
		w := newWire(t)
		c := w.public()
		flow := w.begin(c.client, AuthCodeRequest{Resource: api})
		if got := authorizeFields(t, flow).Get("resource"); got != api {
			t.Errorf("authorization request: resource %q", got)
		}
		r, err := c.AcquireTokenByCode(ctx, flow, "code=c&state="+flow.State())
		if err != nil || w.last().Get("resource") != api {
			t.Fatalf("code: %v, resource %q", err, w.last().Get("resource"))
		}
		if _, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Resource: "urn:other"}); err != nil {
			t.Fatal(err)
		}
		if got := w.last(); got.Get("grant_type") != grantRefresh || got.Get("resource") != "urn:other" {
			t.Errorf("refresh: resource %q", got.Get("resource"))
		}
		hit, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Resource: api})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, hit, "at-1", FromCache, reasonValid)
	})
	t.Run("R4 a provider that says audience", func(t *testing.T) {
		w := newWire(t)
		w.profile.ResourceParameter = "audience"
		c := w.public()
		flow := w.begin(c.client, AuthCodeRequest{Resource: api})
		if q := authorizeFields(t, flow); q.Get("audience") != api || q.Has("resource") {
			t.Errorf("audience %q, resource %q", q.Get("audience"), q.Get("resource"))
		}
	})
	t.Run("R4 Entra has none", func(t *testing.T) {
		w := newEntraWire(t, homeID)
		c := w.public()
		_, err := c.AuthCodeURL(ctx, AuthCodeRequest{RedirectURI: redirectURI, Resource: api})
		wantArgument(t, err, "Resource")
		_, err = c.AcquireTokenSilent(ctx, SilentRequest{Account: Account{HomeAccountID: "u"}, Scopes: []string{"a"}, Resource: api})
		wantArgument(t, err, "Resource")
	})
	t.Run("R4 Entra, if the caller insists", func(t *testing.T) {
		w := newEntraWire(t, homeID)
		c := w.public()
		r := w.signIn(c.client, "a")
		_, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}, Extra: map[string]string{"resource": api}})
		if err != nil || w.last().Get("resource") != api {
			t.Errorf("%v, resource %q", err, w.last().Get("resource"))
		}
	})
}

// authorizeFields returns the parameters of the URL that the browser is sent to.
func authorizeFields(t testing.TB, flow *AuthCodeFlow) form.Values {
	t.Helper()
	_, query, ok := strings.Cut(flow.URL(), "?")
	if !ok {
		t.Fatalf("the URL has no query")
	}
	fields, err := form.Parse(query)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if len(fields.All(f.Name)) != 1 {
			t.Errorf("the parameter %s is there more than once", f.Name)
		}
	}
	return fields
}

func TestR4_ExtraReplacesNothing(t *testing.T) {
	ctx := context.Background()
	sets := func(q form.Values) []string {
		var names []string
		for _, f := range q {
			names = append(names, f.Name)
		}
		return names
	}
	for _, w := range []*wire{newWire(t), newEntraWire(t, homeID)} {
		t.Run("R4 "+w.profile.Name, func(t *testing.T) {
			c := w.public(func(cfg *Config) { cfg.Capabilities = []string{"CP1"} })
			code := AuthCodeRequest{RedirectURI: redirectURI, Scopes: []string{"a"}, Account: Account{Username: "u"}}
			flow := w.begin(c.client, code)
			taken := append(sets(authorizeFields(t, flow)), reservedParameters...)
			for _, name := range append(taken, "") {
				code.Extra = map[string]string{name: "mine"}
				_, err := c.AuthCodeURL(ctx, code)
				wantArgument(t, err, "Extra")
			}
			code.Extra = map[string]string{"x": "é &=", "State": "s"}
			if q := authorizeFields(t, w.begin(c.client, code)); q.Get("x") != "é &=" || q.Get("State") != "s" {
				t.Error("the caller's own parameter is missing")
			}

			r := w.signIn(c.client, "a")
			silent := SilentRequest{Account: r.Account, Scopes: []string{"a"}, ForceRefresh: true}
			if _, err := c.AcquireTokenSilent(ctx, silent); err != nil {
				t.Fatal(err)
			}
			sent := len(w.requests(""))
			for _, name := range append(append(sets(w.last().Values), reservedParameters...), "") {
				silent.Extra = map[string]string{name: "mine"}
				_, err := c.AcquireTokenSilent(ctx, silent)
				wantArgument(t, err, "Extra")
				_, err = c.SignOut(ctx, SignOutRequest{Account: r.Account, Extra: map[string]string{"client_id": "mine"}})
				wantArgument(t, err, "Extra")
			}
			if n := len(w.requests("")); n != sent {
				t.Errorf("%d requests were sent all the same", n-sent)
			}
			silent.Extra = map[string]string{"x": "1"}
			if _, err := c.AcquireTokenSilent(ctx, silent); err != nil || w.last().Get("x") != "1" {
				t.Errorf("the caller's own parameter: %v, %q", err, w.last().Get("x"))
			}
		})
	}
}

func TestR6_ClientAuthentication(t *testing.T) {
	const id, secret = "cli:ent%+ é", "s:%+ é\"&=/?"
	assert := Assertion(func(context.Context, AssertionRequest) (string, error) { return "signed", nil })
	const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	entra := authority.Entra()
	tests := []struct {
		name       string
		profile    authority.Profile
		methods    []string // token_endpoint_auth_methods_supported
		credential Credential
		want       string // "basic", "post", "assertion", "none"; else a part of the error
	}{
		{"public", authority.OIDC(), nil, Credential{}, "none"},
		{"R6 nothing published", authority.OIDC(), nil, Secret(secret), "basic"},
		{"R6 basic published", authority.OIDC(), []string{"client_secret_post", "client_secret_basic"}, Secret(secret), "basic"},
		{"R6 post published", authority.OIDC(), []string{"private_key_jwt", "client_secret_post"}, Secret(secret), "post"},
		{"R6 no secret taken", authority.OIDC(), []string{"private_key_jwt", "tls_client_auth"}, Secret(secret), "takes no client secret"},
		{"R6 Entra", entra, []string{"client_secret_basic"}, Secret(secret), "post"},
		{"R6 assertion", authority.OIDC(), []string{"client_secret_basic"}, assert, "assertion"},
		{"R6 assertion, Entra", entra, nil, assert, "assertion"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t)
			w.profile = tt.profile
			if w.profile.TenantPath {
				w.url = wireCloud + homeID
			}
			if tt.methods != nil {
				w.document["token_endpoint_auth_methods_supported"] = tt.methods
			}
			c := w.confidential(tt.credential, func(cfg *Config) { cfg.ClientID = id })
			_, err := c.AcquireTokenByRefreshToken(context.Background(), "rt", RefreshTokenRequest{})
			if len(w.requests("")) == 0 {
				wantArgument(t, err, "Credential")
				if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), secret) {
					t.Errorf("error %q", err)
				}
				return
			}
			q := w.last()
			got := map[string]string{
				"basic":     q.header.Get("Authorization"),
				"post":      q.Get("client_secret"),
				"assertion": q.Get("client_assertion"),
			}
			want := map[string]string{}
			switch tt.want {
			case "basic":
				want["basic"] = "Basic " + base64.StdEncoding.EncodeToString([]byte(form.Escape(id)+":"+form.Escape(secret)))
			case "post":
				want["post"] = secret
			case "assertion":
				want["assertion"] = "signed"
			}
			for way := range got {
				if got[way] != want[way] {
					t.Errorf("%s: %q, want %q", way, got[way], want[way])
				}
			}
			if wantID := map[bool]string{true: "", false: id}[tt.want == "basic"]; q.Get("client_id") != wantID {
				t.Errorf("client_id %q, want %q", q.Get("client_id"), wantID)
			}
			if isJWT := q.Get("client_assertion_type") == jwtBearer; isJWT != (tt.want == "assertion") {
				t.Errorf("client_assertion_type %q", q.Get("client_assertion_type"))
			}
		})
	}
}

// Every length of the padding, and the letters in which base64 and base64url differ.
func TestR6_BasicIsStandardBase64(t *testing.T) {
	if got, want := basicAuth("a:b", "c%+ é"), "Basic YSUzQWI6YyUyNSUyQislQzMlQTk="; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, secret := range []string{"", "s", "ss", "sss", "~~>>??", strings.Repeat("~", 60)} {
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte("id:"+form.Escape(secret)))
		if got := basicAuth("id", secret); got != want {
			t.Errorf("%q: %q, want %q", secret, got, want)
		}
	}
}

func TestR7_AssertionAudience(t *testing.T) {
	legacy := newEntraWire(t, homeID)
	legacy.profile.AssertionLegacyThumbprint = true
	endpoint := wireCloud + homeID + "/oauth2/v2.0/token"
	tests := []struct {
		name string
		w    *wire
		want AssertionRequest
	}{
		{"R7 OIDC: the configured issuer", newWire(t), AssertionRequest{wireClient, wireIssuer, false, false}},
		{"R7 Entra: the configured tenant's token endpoint", newEntraWire(t, homeID), AssertionRequest{wireClient, endpoint, true, false}},
		{"as AD FS wants it", legacy, AssertionRequest{wireClient, endpoint, true, true}},
	}
	// Nothing that a document says may become the audience.
	tests[0].w.document["token_endpoint"] = "https://evil.example/token"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked AssertionRequest
			c := tt.w.confidential(Assertion(func(_ context.Context, r AssertionRequest) (string, error) {
				asked = r
				return "signed", nil
			}))
			if _, err := c.AcquireTokenByRefreshToken(context.Background(), "rt", RefreshTokenRequest{}); err != nil {
				t.Fatal(err)
			}
			if asked != tt.want {
				t.Errorf("%+v, want %+v", asked, tt.want)
			}
		})
	}
}

func TestR7_AssertionFails(t *testing.T) {
	w := newWire(t)
	cause := errors.New("no key")
	c := w.confidential(Assertion(func(context.Context, AssertionRequest) (string, error) { return "", cause }))
	if _, err := c.AcquireTokenByRefreshToken(context.Background(), "rt", RefreshTokenRequest{}); !errors.Is(err, cause) {
		t.Errorf("error %v does not wrap its cause", err)
	}
	c = w.confidential(Assertion(func(context.Context, AssertionRequest) (string, error) { return "", nil }))
	_, err := c.AcquireTokenByRefreshToken(context.Background(), "rt", RefreshTokenRequest{})
	wantArgument(t, err, "Credential")
	if n := len(w.requests("")); n != 0 {
		t.Errorf("%d requests were sent without a credential", n)
	}
}

func TestCorrelationID(t *testing.T) {
	ctx := context.Background()
	w := newEntraWire(t, homeID)
	c := w.public()
	import1, err := c.AcquireTokenByRefreshToken(ctx, "rt", RefreshTokenRequest{CorrelationID: "mine"})
	if err != nil || w.last().header.Get("client-request-id") != "mine" || import1.CorrelationID != "mine" {
		t.Errorf("%v, header %q", err, w.last().header.Get("client-request-id"))
	}
	if _, err := c.AcquireTokenByRefreshToken(ctx, "rt", RefreshTokenRequest{}); err != nil || len(w.last().header.Get("client-request-id")) != 36 {
		t.Errorf("%v, random id %q", err, w.last().header.Get("client-request-id"))
	}
	for _, bad := range []string{"a b", "a\r\nX: y", "é", strings.Repeat("a", 129)} {
		_, err := c.AcquireTokenByRefreshToken(ctx, "rt", RefreshTokenRequest{CorrelationID: bad})
		wantArgument(t, err, "CorrelationID")
	}
	o := newWire(t)
	if _, err := o.public().AcquireTokenByRefreshToken(ctx, "rt", RefreshTokenRequest{CorrelationID: "mine"}); err != nil || o.last().header.Get("client-request-id") != "" {
		t.Errorf("OIDC: %v, header %q", err, o.last().header.Get("client-request-id"))
	}
}

// A transport that a caller wrote may return anything.
func TestForeignTransport(t *testing.T) {
	ctx := context.Background()
	cause := errors.New("tunnel is down")
	tests := []struct {
		name string
		send transport.Func
		want error
	}{
		{"an error of its own", func(context.Context, *transport.Request) (*transport.Response, error) { return nil, cause }, cause},
		{"neither answer nor error", func(context.Context, *transport.Request) (*transport.Response, error) { return nil, nil }, nil},
		{"an answer of 2 MB", func(context.Context, *transport.Request) (*transport.Response, error) {
			return &transport.Response{Status: 200, Body: `{"access_token":"a","token_type":"Bearer","x":"` + strings.Repeat("x", 2<<20) + `"}`}, nil
		}, transport.ErrBodyTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newEntraWire(t, homeID).public(func(cfg *Config) { cfg.Transport = tt.send })
			_, err := c.AcquireTokenByRefreshToken(ctx, "rt", RefreshTokenRequest{})
			var e *transport.Error
			if !errors.As(err, &e) || e.Host != "login.microsoftonline.com" {
				t.Errorf("error %T %v, want a *transport.Error", err, err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v does not match %v", err, tt.want)
			}
		})
	}
}
