package latchkey

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/host"
)

func TestR35_AuthorizationRequest(t *testing.T) {
	w := newWire(t)
	c := w.public(func(cfg *Config) { cfg.Capabilities = []string{"CP1"} })
	flow := w.begin(c.client, AuthCodeRequest{
		Scopes: []string{"a"}, ExtraScopesToConsent: []string{"b"}, Account: Account{Username: "alice@contoso.example"},
		DomainHint: "contoso.example", SessionID: "sid-1", Prompt: "consent", ACRValues: []string{"x", "y"}, ResponseMode: "fragment",
		ClaimsChallenge: `{"id_token":{"acr":null}}`,
	})
	if !strings.HasPrefix(flow.URL(), wireIssuer+"/authorize?") {
		t.Errorf("URL %q", flow.URL())
	}
	challenge, err := host.Digest(256, flow.state.verifier)
	if err != nil {
		t.Fatal(err)
	}
	q := authorizeFields(t, flow)
	for name, want := range map[string]string{
		"client_id": wireClient, "response_type": "code", "redirect_uri": redirectURI, "scope": "a b openid", "state": flow.State(),
		"nonce": flow.state.nonce, "code_challenge": b64.Encode(challenge), "code_challenge_method": "S256", "prompt": "consent",
		"login_hint": "alice@contoso.example", "domain_hint": "contoso.example", "sid": "sid-1", "acr_values": "x y", "response_mode": "fragment",
		"claims": `{"id_token":{"acr":null},"access_token":{"xms_cc":{"values":["CP1"]}}}`,
	} {
		if got := q.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"max_age", "client_secret", "code_verifier", "resource"} {
		if q.Has(name) {
			t.Errorf("%s was sent", name)
		}
	}
	// RFC 7636 section 4.1 wants 43 characters at least; 32 random bytes are that.
	for _, random := range []string{flow.state.state, flow.state.nonce, flow.state.verifier} {
		if len(random) != 43 {
			t.Errorf("%d characters", len(random))
		}
	}
	other := w.begin(c.client, AuthCodeRequest{})
	if other.state.state == flow.state.state || other.state.nonce == flow.state.nonce || other.state.verifier == flow.state.verifier ||
		flow.state.state == flow.state.nonce || flow.state.nonce == flow.state.verifier {
		t.Error("two secrets are equal")
	}
}

func TestAuthorizationRequestHints(t *testing.T) {
	w := newWire(t)
	c := w.public()
	user := Account{Username: "user"}
	for _, tt := range []struct {
		name string
		r    AuthCodeRequest
		want string
	}{
		{"account", AuthCodeRequest{Account: user}, "user"},
		{"hint and account", AuthCodeRequest{Account: user, LoginHint: "hint"}, "hint"},
		{"a page to choose from", AuthCodeRequest{Account: user, Prompt: "select_account"}, ""},
		{"a page to choose from, and a hint", AuthCodeRequest{LoginHint: "hint", Prompt: "select_account"}, "hint"},
	} {
		if got := authorizeFields(t, w.begin(c.client, tt.r)).Get("login_hint"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestR40_ResponseMode(t *testing.T) {
	ctx := context.Background()
	tests := []struct {
		name, profile string
		supported     []string
		wanted, want  string // "-": an error
	}{
		{"R40 nothing said", "", nil, "", ""},
		{"R40 profile", "form_post", nil, "", "form_post"},
		{"R40 query", "form_post", nil, "query", "query"},
		{"R40 fragment", "", nil, "fragment", "fragment"},
		{"R40 fragment, not offered", "", []string{"query"}, "fragment", "-"},
		{"R40 form_post, nothing published", "", nil, "form_post", "-"},
		{"R40 form_post, offered", "", []string{"form_post"}, "form_post", "form_post"},
		{"R40 another word", "", []string{"jwt"}, "jwt", "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t)
			w.profile.ResponseMode = tt.profile
			if tt.supported != nil {
				w.document["response_modes_supported"] = tt.supported
			}
			flow, err := w.public().AuthCodeURL(ctx, AuthCodeRequest{RedirectURI: redirectURI, ResponseMode: tt.wanted})
			if tt.want == "-" {
				wantArgument(t, err, "AuthCodeRequest.ResponseMode")
			} else if err != nil || authorizeFields(t, flow).Get("response_mode") != tt.want {
				t.Errorf("%q, %v", authorizeFields(t, flow).Get("response_mode"), err)
			}
		})
	}
}

func TestRedirectURIs(t *testing.T) {
	for uri, ok := range map[string]bool{
		"https://app.example/back": true, "http://localhost:1": true, "com.example.app:/back": true, "app://back?x=y": true,
		"": false, "/back": false, "app.example/back": false, "//app.example": false, "https://app.example/#x": false,
		"https://app.example/ x": false, "https://app.example/\r\n": false, "https:": false, "?x:y": false,
	} {
		if err := checkRedirectURI(uri); ok && err != nil {
			t.Errorf("%q: %v", uri, err)
		} else if !ok {
			wantArgument(t, err, "AuthCodeRequest.RedirectURI")
		}
	}
}

func TestR35_CodeRequest(t *testing.T) {
	for _, credential := range []Credential{{}, Secret("hush")} {
		w := newWire(t)
		c := w.confidential(credential)
		r := w.signIn(c, "a")
		expect(t, r, "at-1", FromAuthority, reasonSignIn)
		q := w.last()
		for name, want := range map[string]string{"grant_type": grantCode, "code": "c", "redirect_uri": redirectURI, "scope": "a openid"} {
			if got := q.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if len(q.Get("code_verifier")) != 43 || q.url != wireIssuer+"/token" {
			t.Errorf("verifier of %d characters, sent to %s", len(q.Get("code_verifier")), q.url)
		}
	}
}

// roundTrip marshals a flow and reads it back, with its JSON changed by edit.
func roundTrip(t *testing.T, flow *AuthCodeFlow, edit func(members)) (*AuthCodeFlow, error) {
	t.Helper()
	text, err := json.Marshal(flow)
	if err != nil {
		t.Fatal(err)
	}
	var m members
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(m)
	}
	var back AuthCodeFlow
	err = json.Unmarshal([]byte(m.String()), &back)
	return &back, err
}

func TestR35_RoundTrip(t *testing.T) {
	w := newWire(t)
	w.document["authorization_response_iss_parameter_supported"] = true
	c := w.public()
	claims, err := ParseClaimsRequest(`{"access_token":{"a":{"value":"é<&\u2028"}},"x":1}`)
	if err != nil {
		t.Fatal(err)
	}
	flow := w.begin(c.client, AuthCodeRequest{Scopes: []string{"a", "b"}, Resource: "https://api.example", MaxAge: time.Hour,
		Account: Account{HomeAccountID: "u"}, Claims: claims, ClaimsChallenge: `{"id_token":{"acr":null}}`, CorrelationID: "co"})
	back, err := roundTrip(t, flow, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := *flow.state
	want.url = ""
	if *back.state != want {
		t.Errorf("%+v\n%+v", *back.state, want)
	}
	if back.URL() != "" || back.State() != flow.State() {
		t.Errorf("URL %q, state %q", back.URL(), back.State())
	}
	byValue, err := json.Marshal(struct{ Flow AuthCodeFlow }{*flow})
	if err != nil || !strings.Contains(string(byValue), flow.state.verifier) {
		t.Errorf("a flow in a struct marshals to %s, %v", byValue, err)
	}
	// The flow finishes in another process.
	w.token = func(q asked) answer {
		return w.grant(q).with("id_token", jwt(w.claims(q).with("auth_time", w.seconds.Load()))).answer()
	}
	r, err := w.public().AcquireTokenByCode(context.Background(), back, "?code=c&iss=https://op.example&state="+flow.State())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, r, "at-1", FromAuthority, reasonSignIn)
	if q := w.last(); q.Get("resource") != "https://api.example" || q.Get("claims") == "" || r.CorrelationID != "co" {
		t.Errorf("resource %q, claims %q, correlation id %q", q.Get("resource"), q.Get("claims"), r.CorrelationID)
	}
}

// What comes back from storage never decides where the code and the verifier go (R11).
func TestR35_Tampering(t *testing.T) {
	tests := []struct {
		name string
		edit func(members)
		want string // "unmarshal", "flow" (an argument) or a check
	}{
		{"R35 another token endpoint", func(m members) { m["token_endpoint"] = "https://evil.example/token" }, "flow"},
		{"R35 another authority", func(m members) { m["authority"] = "https://evil.example" }, "flow"},
		{"R35 another issuer", func(m members) { m["issuer"] = "https://evil.example" }, "flow"},
		{"R35 another client", func(m members) { m["client_id"] = "another" }, "flow"},
		{"R35 another nonce", func(m members) { m["nonce"] = "x" }, "nonce"},
		{"R35 another state", func(m members) { m["state"] = "x" }, "state"},
		{"R35 expired", func(m members) { m["expires"] = 1 }, "expiry"},
		{"R35 iss no longer required", func(m members) { m["iss_required"] = false }, "iss"},
		{"R35 no state", func(m members) { delete(m, "state") }, "unmarshal"},
		{"R35 empty state", func(m members) { m["state"] = "" }, "unmarshal"},
		{"R35 no nonce", func(m members) { delete(m, "nonce") }, "unmarshal"},
		{"R35 no verifier", func(m members) { delete(m, "code_verifier") }, "unmarshal"},
		{"R35 no client", func(m members) { delete(m, "client_id") }, "unmarshal"},
		{"R35 no token endpoint", func(m members) { delete(m, "token_endpoint") }, "unmarshal"},
		{"R35 no expiry", func(m members) { delete(m, "expires") }, "unmarshal"},
		{"R35 the wrong types", func(m members) { m["state"] = 1 }, "unmarshal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t)
			w.document["authorization_response_iss_parameter_supported"] = true
			c := w.public()
			flow := w.begin(c.client, AuthCodeRequest{Scopes: []string{"a"}})
			back, err := roundTrip(t, flow, tt.edit)
			if tt.want == "unmarshal" {
				wantArgument(t, err, "flow")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			callback := "code=c&state=" + flow.State() + "&iss=https://op.example"
			if tt.want == "iss" {
				callback = "code=c&state=" + flow.State()
			}
			_, err = c.AcquireTokenByCode(context.Background(), back, callback)
			if tt.want == "flow" {
				wantArgument(t, err, "flow")
			} else {
				wantCheck(t, err, tt.want)
			}
			if n := len(w.requests("")); n != 0 && tt.want != "nonce" {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestR35_FlowMisuse(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	c := w.public()
	for _, flow := range []*AuthCodeFlow{nil, {}} {
		_, err := c.AcquireTokenByCode(ctx, flow, "code=c&state=s")
		wantArgument(t, err, "flow")
	}
	var zero AuthCodeFlow
	if zero.URL() != "" || zero.State() != "" {
		t.Error("a zero flow has a URL or a state")
	}
	if text, err := json.Marshal(zero); err != nil || string(text) != "null" {
		t.Errorf("a zero flow marshals to %s, %v", text, err)
	}
	for _, text := range []string{"", "null", "[]", "{", `{"state":"s"}`, `"x"`} {
		if err := zero.UnmarshalJSON([]byte(text)); err == nil || zero.state != nil {
			t.Errorf("%q was read: %v", text, err)
		}
	}

	flow := w.begin(c.client, AuthCodeRequest{Scopes: []string{"a"}})
	other := w.public(func(cfg *Config) { cfg.ClientID = "another" })
	_, err := other.AcquireTokenByCode(ctx, flow, "code=c&state="+flow.State())
	wantArgument(t, err, "flow")
	w2 := newWire(t)
	w2.url, w2.document["issuer"] = wireIssuer+"/b", wireIssuer+"/b" // the same endpoints, another issuer
	_, err = w2.public().AcquireTokenByCode(ctx, flow, "code=c&state="+flow.State())
	wantArgument(t, err, "flow")
}

// The authority sees one code once, and its answer goes to the caller that brought it.
func TestR35_Refused(t *testing.T) {
	w := newWire(t)
	w.token = func(asked) answer { return refusal("invalid_grant") }
	_, err := w.trySignIn(w.public().client, "a")
	var e *Error
	if !errors.As(err, &e) || e.Code != "invalid_grant" || e.Grant != grantCode || errors.Is(err, ErrInteractionRequired) || len(w.requests("")) != 1 {
		t.Errorf("%v after %d requests", err, len(w.requests("")))
	}
}

func FuzzAuthCodeFlow(f *testing.F) {
	w := newWire(f)
	flow, err := w.public().AuthCodeURL(context.Background(), AuthCodeRequest{RedirectURI: redirectURI, Scopes: []string{"a"}, MaxAge: time.Hour})
	if err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(flow)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"state":"\ud800","nonce":"n","code_verifier":"v","client_id":"c","token_endpoint":"t","expires":1e2,"max_age":-1}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var one, two AuthCodeFlow
		if err := one.UnmarshalJSON(text); err != nil {
			var e *ArgumentError
			if !errors.As(err, &e) || one.state != nil {
				t.Errorf("error %T, or half a flow", err)
			}
			return
		}
		again, err := one.MarshalJSON()
		if err != nil || !json.Valid(again) {
			t.Fatalf("%q, %v", again, err)
		}
		if err := two.UnmarshalJSON(again); err != nil || *one.state != *two.state {
			t.Errorf("%q: %v\n%+v\n%+v", again, err, *one.state, *two.state)
		}
	})
}
