package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
)

// A recorder is a Base that keeps what it is to send.
type recorder struct {
	sent   []*http.Request
	answer func(r *http.Request) (*http.Response, error)
}

func (b *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	b.sent = append(b.sent, r)
	if r.Body != nil {
		r.Body.Close()
	}
	if b.answer != nil {
		return b.answer(r)
	}
	resp := httptest.NewRecorder().Result()
	resp.Request = r
	return resp, nil
}

// recorded gives the user's tokens to api.example.com, in scopes that the user has.
func recorded(w *world) (*apiclient.Transport, *recorder) {
	base := &recorder{}
	tr := w.transport()
	tr.Base = base
	tr.Resources = []apiclient.Resource{
		{Pattern: "https://api.example.com/*", Scopes: w.scopes(), Methods: map[string][]string{"OPTIONS": nil}},
		{Pattern: "https://api.example.com/public/*"},
		{Pattern: "https://other.example.com/*", Scopes: w.scopes()},
		{Pattern: "https://*.eu.example.com:8443/v1/*/users", Scopes: w.scopes()},
		{Pattern: "http://localhost:8080/*", Scopes: w.scopes()},
	}
	return tr, base
}

// request makes a request without parsing more than net/url does.
func request(t *testing.T, method, raw string) *http.Request {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	r := (&http.Request{Method: method, URL: u, Host: u.Host, Header: http.Header{"X-A": {"b"}}}).WithContext(t.Context())
	return r
}

func TestR41_WhoGetsAToken(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		method, url string
		token       bool
	}{
		{"GET", "https://api.example.com/", true},
		{"", "https://api.example.com", true},
		{"POST", "HTTPS://API.Example.com:443/a/b?c=/../d&e=%2e%2e#f/..", true},
		{"GET", "https://api.example.com/a%20b/%C3%A9", true},
		{"GET", "https://a.eu.example.com:8443/v1/x/users/", true},
		{"GET", "http://localhost:8080/a", true},
		{"GET", "https://api.example.com/public/a", false},
		{"OPTIONS", "https://api.example.com/a", false},
		{"CONNECT", "https://api.example.com/a", false},
		{"GET", "https://api.example.com.evil/", false},
		{"GET", "https://api.example.com.evil/public/../..", false},
		{"GET", "https://api.example.com./", false},
		{"GET", "https://xapi.example.com/", false},
		{"GET", "https://example.com/", false},
		{"GET", "https://api.example.com:444/", false},
		{"GET", "http://api.example.com/", false},
		{"GET", "http://api.example.com:443/", false},
		{"GET", "http://localhost/a", false},
		{"GET", "http://localhost.evil:8080/", false},
		{"GET", "http://127.0.0.1:8080/", false},
		{"GET", "https://b.a.eu.example.com:8443/v1/x/users", false},
		{"GET", "https://a.eu.example.com:8443/v1/x/y/users", false},
		{"GET", "https://a.eu.example.com:8443/v1//users", false},
		{"GET", "https://évil.example/", false},
		{"GET", "https://xn--pi-yjc.example.com/", false},
		{"GET", "ftp://api.example.com/", false},
		{"GET", "//api.example.com/", false},
	}
	for _, test := range tests {
		tr, base := recorded(w)
		r := request(t, test.method, test.url)
		resp, err := tr.RoundTrip(r)
		if err != nil {
			t.Errorf("%s %s: %v", test.method, test.url, err)
			continue
		}
		header := base.sent[0].Header.Values("Authorization")
		if len(base.sent) != 1 || len(header) != b2i(test.token) || test.token && !strings.HasPrefix(header[0], "Bearer ey") {
			t.Errorf("R41 %s %s: sent with %.20q", test.method, test.url, header)
		}
		if test.token == (base.sent[0] == r) {
			t.Errorf("%s %s: the caller's request must be sent itself if and only if it is not changed", test.method, test.url)
		}
		if resp.Request != r || !reflect.DeepEqual(r.Header, http.Header{"X-A": {"b"}}) {
			t.Errorf("%s %s: the request was changed: %v", test.method, test.url, r.Header)
		}
		w.leaks("the response", fmt.Sprintf("%+v %+v", resp, resp.Request))
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestR41_Refused(t *testing.T) {
	w := newWorld(t)
	get := func(raw string, change func(*http.Request)) *http.Request {
		r := request(t, "GET", raw)
		if change != nil {
			change(r)
		}
		return r
	}
	const api = "https://api.example.com/a?secret"
	tests := []struct {
		name   string
		r      *http.Request
		reason string
	}{
		{"dot segment", get("https://api.example.com/public/../a", nil), "dot segments"},
		{"dot segment at the end", get("https://api.example.com/a/..", nil), "dot segments"},
		{"single dot", get("https://api.example.com/./a", nil), "dot segments"},
		{"dot segment with a parameter", get("https://api.example.com/public/..;x/a", nil), "dot segments"},
		{"%2e", get("https://api.example.com/public/%2e%2E/a", nil), "%2e"},
		{"%2f", get("https://api.example.com/public%2Fa", nil), "%2f"},
		{"%5c", get(`https://api.example.com/public/..%5ca`, nil), "%5c"},
		{"backslash", get(`https://api.example.com/public\..\a`, nil), "%5c"},
		{"on localhost", get("http://localhost:8080/%2e", nil), "%2e"},
		{"by URL.Path", get(api, func(r *http.Request) { r.URL.Path = "/public/../a" }), "dot segments"},
		{"by URL.RawPath", get(api, func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/public/../a", "/public%2F..%2Fa" }), "%2f"},
		{"another host", get(api, func(r *http.Request) { r.Host = "evil.example" }), "Host"},
		{"another port", get(api, func(r *http.Request) { r.Host = "api.example.com:444" }), "Host"},
		{"a path in the host", get(api, func(r *http.Request) { r.Host = "api.example.com/x" }), "Host"},
		{"a user in the host", get(api, func(r *http.Request) { r.Host = "api.example.com@evil.example" }), "Host"},
		{"another host in the header", get(api, func(r *http.Request) { r.Header["host"] = []string{"evil.example"} }), "Host"},
		{"opaque", get(api, func(r *http.Request) { r.URL.Opaque = "//evil.example/a" }), "Opaque"},
		{"user info", get("https://u:secret@api.example.com/a", nil), "user name"},
	}
	for _, test := range tests {
		tr, base := recorded(w)
		body := newProbe("x")
		test.r.Body = body
		_, err := tr.RoundTrip(test.r)
		var refused *apiclient.RefusedError
		if !errors.As(err, &refused) || len(base.sent) != 0 || !strings.Contains(refused.Reason, test.reason) || !strings.Contains(err.Error(), refused.Origin) || strings.Contains(err.Error(), "secret") {
			t.Errorf("R41 %s: %v, %d requests sent", test.name, err, len(base.sent))
		}
		body.wait(t, test.name)
	}
	// The same is nobody's business where no token would be sent.
	for _, r := range []*http.Request{
		get("https://files.example.com/a/%2e%2e/b%2Fc", nil),
		get("https://files.example.com/", func(r *http.Request) { r.Host = "api.example.com" }),
		get("https://api.example.com/public/", func(r *http.Request) { r.Host = "evil.example" }),
		get("https://api.example.com/../a", func(r *http.Request) { r.Header["authorization"] = nil }),
		get(api, func(r *http.Request) { r.Host = "evil.example"; r.Header.Set("Authorization", "Basic x") }),
	} {
		tr, base := recorded(w)
		if _, err := tr.RoundTrip(r); err != nil || len(base.sent) != 1 || base.sent[0] != r || r.Header.Get("Authorization") != "" && r.Header.Get("Authorization") != "Basic x" {
			t.Errorf("%s with Host %s: %v", r.URL, r.Host, err)
		}
	}
	// Equal is not the same text.
	for _, r := range []*http.Request{
		get(api, func(r *http.Request) { r.Host = "" }),
		get(api, func(r *http.Request) { r.Host = "API.example.com:443" }),
		get("https://api.example.com:443/a", func(r *http.Request) { r.Host = "api.example.com" }),
	} {
		tr, base := recorded(w)
		if _, err := tr.RoundTrip(r); err != nil || base.sent[0].Header.Get("Authorization") == "" {
			t.Errorf("%s with Host %s: %v", r.URL, r.Host, err)
		}
	}
}

// Servers that redirect to each other, as the paths say; the last one gets what http.Client makes of it.
func TestR41_Redirects(t *testing.T) {
	w := newWorld(t)
	other := newAPI(t)
	hop := func(rw http.ResponseWriter, r seen) {
		next := r.URL.Path[1:]
		if next == "" {
			return
		}
		to := w.api.url
		if next[0] == 'b' {
			to = other.url
		}
		http.Redirect(rw, r.Request, to+"/"+next[1:], http.StatusTemporaryRedirect)
	}
	tr := w.transport()
	tr.Resources = append(tr.Resources, apiclient.Resource{Pattern: other.url + "/*", Scopes: w.scopes()})
	tests := []struct {
		way  string // a and b are the servers, after the first, which is a
		want string // who gets a token
	}{
		{"", "+"}, {"a", "++"}, {"aa", "+++"},
		{"b", "+-"}, {"bb", "+--"}, {"ab", "++-"}, {"ba", "+--"}, {"bba", "+---"}, {"bab", "+---"}, {"aba", "++--"},
	}
	for _, test := range tests {
		var got string
		record := func(rw http.ResponseWriter, r seen) {
			if r.token != "" {
				got += "+"
			} else {
				got += "-"
			}
			if r.body != "x" {
				t.Errorf("%s: the body is %q", test.way, r.body)
			}
			hop(rw, r)
		}
		w.api.set(record)
		other.set(record)
		if s := status(t, tr, "POST", w.api.url+"/"+test.way, "x"); s != 200 || got != test.want {
			t.Errorf("R41 by way of a%s: status %d, tokens %s, want %s", test.way, s, got, test.want)
		}
	}
	// Without knowing the way there is no token either.
	w.api.set(nil)
	r := request(t, "GET", w.api.url+"/")
	r.Response = &http.Response{}
	if _, err := tr.RoundTrip(r); err != nil || w.api.requests()[len(w.api.requests())-1].token != "" {
		t.Errorf("R41 after a response of unknown origin: %v", err)
	}
	r.Response.Request = r // for ever
	if _, err := tr.RoundTrip(r); err != nil || w.api.requests()[len(w.api.requests())-1].token != "" {
		t.Errorf("R41 after a circle: %v", err)
	}
}

func TestMethodsAndScopes(t *testing.T) {
	var asked []apiclient.TokenRequest
	fail := errors.New("no")
	tr := &apiclient.Transport{
		Source: func(_ context.Context, r apiclient.TokenRequest) (*latchkey.Result, error) {
			asked = append(asked, r)
			return nil, fail
		},
		Resources: []apiclient.Resource{{
			Pattern: "https://api.example.com/*", Scopes: []string{"read"}, Resource: "api://x",
			Methods: map[string][]string{"POST": {"write", "read"}, "DELETE": {}},
		}},
	}
	for _, method := range []string{"GET", "POST", "DELETE"} {
		_, err := do(t, tr, method, "https://api.example.com/a", "")
		var token *apiclient.TokenError
		if !errors.Is(err, fail) || !errors.As(err, &token) || token.Resource != "api://x" || token.Origin != "https://api.example.com" || !reflect.DeepEqual(token.Scopes, append([]string(nil), asked[len(asked)-1].Scopes...)) {
			t.Errorf("%s: %v", method, err)
		}
	}
	want := []apiclient.TokenRequest{{Scopes: []string{"read"}, Resource: "api://x"}, {Scopes: []string{"write", "read"}, Resource: "api://x"}, {Scopes: []string{}, Resource: "api://x"}}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("asked for %+v", asked)
	}
}

func TestConfigIsChecked(t *testing.T) {
	w := newWorld(t)
	good := func() []apiclient.Resource {
		return []apiclient.Resource{{Pattern: "https://api.example.com/*", Scopes: []string{"a"}}}
	}
	source := apiclient.ForUser(w.app, latchkey.SilentRequest{})
	tests := []struct {
		name  string
		tr    *apiclient.Transport
		field string
	}{
		{"nothing", &apiclient.Transport{}, "Transport.Source"},
		{"no source", &apiclient.Transport{Resources: good()}, "Transport.Source"},
		{"no resources", &apiclient.Transport{Source: source}, "Transport.Resources"},
		{"pattern", &apiclient.Transport{Source: source, Resources: append(good(), apiclient.Resource{Pattern: "https://*/"})}, "Transport.Resources[1].Pattern"},
		{"method", &apiclient.Transport{Source: source, Resources: append(good(), apiclient.Resource{Pattern: "https://b.example.com/", Methods: map[string][]string{"": nil}})}, "Transport.Resources[1].Methods"},
		{"resource", &apiclient.Transport{Source: source, Resources: append(good(), apiclient.Resource{Pattern: "https://b.example.com/", Resource: "api://b"})}, "Transport.Resources[1].Resource"},
		{"nil user client", &apiclient.Transport{Source: apiclient.ForUser(nil, latchkey.SilentRequest{}), Resources: good()}, "Transport.Source"},
		{"nil service client", &apiclient.Transport{Source: apiclient.ForService(nil, latchkey.ClientCredentialRequest{}), Resources: good()}, "Transport.Source"},
		{"scopes in the request", &apiclient.Transport{Source: apiclient.ForUser(w.app, latchkey.SilentRequest{Scopes: []string{"a"}}), Resources: good()}, "Transport.Source"},
		{"force in the request", &apiclient.Transport{Source: apiclient.ForService(w.svc, latchkey.ClientCredentialRequest{ForceRefresh: true}), Resources: good()}, "Transport.Source"},
	}
	for _, test := range tests {
		base := &recorder{}
		test.tr.Base = base
		body := newProbe("x")
		r := request(t, "POST", "https://api.example.com/")
		r.Body = body
		_, err := test.tr.RoundTrip(r)
		var bad *latchkey.ArgumentError
		if !errors.As(err, &bad) || bad.Field != test.field || bad.Problem == "" || len(base.sent) != 0 {
			t.Errorf("%s: %v", test.name, err)
		}
		var token *apiclient.TokenError
		if checked := test.tr.Check(); !errors.As(err, &token) && checked != err {
			t.Errorf("%s: Check says %v", test.name, checked)
		}
		body.wait(t, test.name)
	}
}

// Tokens that cannot be sent are not.
func TestUnusableTokens(t *testing.T) {
	w := newWorld(t)
	answer := func(token, kind string) func(string) string {
		return func(string) string {
			return fmt.Sprintf(`{"access_token":%q,"token_type":%q,"expires_in":3600}`, token, kind)
		}
	}
	for name, alter := range map[string]func(string) string{
		"line break":    answer("a\r\nX-Evil: b", "Bearer"),
		"space":         answer("a b", "Bearer"),
		"not ASCII":     answer("é", "Bearer"),
		"no bearer":     answer("abc", "PoP"),
		"nothing":       answer("", "Bearer"),
		"not even JSON": func(string) string { return "no" },
	} {
		tr := w.service()
		base := &recorder{}
		tr.Base = base
		tr.Source = apiclient.ForService(w.svc, latchkey.ClientCredentialRequest{Extra: map[string]string{"x": name}}) // not from the cache
		w.meddle(nil, alter)
		body := newProbe("x")
		r := request(t, "POST", w.api.url+"/a")
		r.Body = body
		_, err := tr.RoundTrip(r)
		var token *apiclient.TokenError
		if !errors.As(err, &token) || len(base.sent) != 0 || strings.Contains(err.Error(), "Evil") {
			t.Errorf("%s: %v, %d requests sent", name, err, len(base.sent))
		}
		body.wait(t, name)
	}
	for text, result := range map[string]*latchkey.Result{"neither a token nor an error": nil, "no access token": {}} {
		tr := w.transport()
		tr.Source = func(context.Context, apiclient.TokenRequest) (*latchkey.Result, error) { return result, nil }
		if _, err := do(t, tr, "GET", w.api.url+"/a", ""); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v: %v", result, err)
		}
	}
}

// The user has not signed in: the first request says so, and what to ask for.
func TestNobodySignedIn(t *testing.T) {
	w := newWorld(t)
	if err := w.app.RemoveAccount(t.Context(), w.user); err != nil {
		t.Fatal(err)
	}
	tr := w.transport()
	_, err := do(t, tr, "GET", w.api.url+"/a", "")
	if need := interaction(t, err); !reflect.DeepEqual(need.Scopes, w.scopes()) || need.Claims != "" || strings.Contains(err.Error(), "another token") {
		t.Errorf("got %#v", need)
	}
	if len(w.api.requests()) != 0 {
		t.Error("the API was asked")
	}
	// What the authority demands comes along.
	w.signIn("avery@contoso.test")
	w.srv.Clock.Advance(1 << 42)
	w.meddle(refuse(map[string]string{"error": "interaction_required", "claims": `{"a":1}`}), nil)
	_, err = do(t, tr, "GET", w.api.url+"/a", "")
	if need := interaction(t, err); need.Claims != `{"a":1}` {
		t.Errorf("got %#v", need)
	}
}

func TestBaseMisbehaves(t *testing.T) {
	w := newWorld(t)
	tr, base := recorded(w)
	fail := errors.New("no connection")
	base.answer = func(*http.Request) (*http.Response, error) { return nil, fail }
	if _, err := tr.RoundTrip(request(t, "GET", "https://api.example.com/")); err != fail {
		t.Errorf("R41 the error of Base is %v", err)
	}
	base.answer = func(*http.Request) (*http.Response, error) { return nil, nil }
	if resp, err := tr.RoundTrip(request(t, "GET", "https://api.example.com/")); err == nil {
		t.Errorf("no answer: %v", resp)
	}
	base.answer = func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {`Bearer error="invalid_token"`}}}, nil
	}
	r := request(t, "GET", "https://api.example.com/")
	r.Header = nil
	if resp, err := tr.RoundTrip(r); err != nil || resp.StatusCode != 401 || r.Header != nil {
		t.Errorf("without headers and bodies: %v, %v", resp, err)
	}
	if resp, err := tr.RoundTrip(&http.Request{}); err != nil || resp.StatusCode != 401 {
		t.Errorf("without a URL it is Base's business: %v, %v", resp, err)
	}
}

func TestCloseIdleConnections(t *testing.T) {
	w := newWorld(t)
	tr := w.transport()
	tr.CloseIdleConnections()
	base := &closer{}
	tr.Base = base
	(&http.Client{Transport: tr}).CloseIdleConnections()
	if !base.closed {
		t.Error("Base was not told")
	}
	tr.Base = &recorder{}
	tr.CloseIdleConnections()
}

type closer struct {
	recorder
	closed bool
}

func (c *closer) CloseIdleConnections() { c.closed = true }

// A context that ends while the token is on its way, or the renewal.
func TestContextEnds(t *testing.T) {
	w := newWorld(t)
	tr := w.transport()
	ctx, cancel := context.WithCancel(t.Context())
	w.api.set(func(rw http.ResponseWriter, r seen) { unauthorized(rw, `Bearer error="invalid_token"`) })
	w.meddle(func(*transport.Request) *transport.Response {
		cancel()
		<-ctx.Done()
		return nil
	}, nil)
	r, _ := http.NewRequestWithContext(ctx, "GET", w.api.url+"/a", nil)
	resp, err := (&http.Client{Transport: tr}).Do(r)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", resp, err)
	}
	if err := w.app.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.meddle(nil, nil)
	// The renewal went on and was not in vain.
	w.api.set(nil)
	if got := status(t, tr, "GET", w.api.url+"/a", ""); got != 200 || w.renewals() != 1 {
		t.Errorf("status %d after %d renewals", got, w.renewals())
	}
}

// In plain OpenID Connect the resource is a parameter, and there may be no scopes at all.
func TestResourceParameter(t *testing.T) {
	w := newWorld(t)
	cfg := w.config("daemon")
	cfg.Authority, cfg.Profile = w.srv.OIDCIssuer(), authority.OIDC()
	svc, err := latchkey.NewConfidential(cfg, latchkey.Secret(string(w.srv.Directory.App("daemon").Secrets[0])))
	if err != nil {
		t.Fatal(err)
	}
	api := w.srv.Directory.App("api").IDURI
	for _, test := range []struct{ entry, source string }{{api, ""}, {"", api}, {api, "api://other"}} {
		tr := w.transport()
		tr.Source = apiclient.ForService(svc, latchkey.ClientCredentialRequest{Resource: test.source})
		tr.Resources[0].Scopes, tr.Resources[0].Resource = []string{}, test.entry
		w.api.set(func(rw http.ResponseWriter, r seen) {
			if r.claims["aud"] != api {
				t.Errorf("%+v: the token is for %v", test, r.claims["aud"])
			}
			if len(w.api.requests()) == 1 {
				unauthorized(rw, `Bearer error="invalid_token"`)
			}
		})
		if got := status(t, tr, "GET", w.api.url+"/a", ""); got != 200 || len(w.api.requests()) != 2 {
			t.Errorf("%+v: status %d", test, got)
		}
	}
}
