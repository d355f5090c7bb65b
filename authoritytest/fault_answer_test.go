package authoritytest

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// An OAuth error is worded as the shape words its own.
func TestFaultErrorInEachShape(t *testing.T) {
	s := NewServer(t)
	e := &FaultError{Code: "interaction_required", Description: "Use another door.", Codes: []int{50076, 50079}, Suberror: "basic_action", Claims: `{"access_token":{"acrs":{"essential":true}}}`}
	for shape, tt := range map[string]struct {
		a     *api
		words string
		codes bool // error_codes, suberror and claims are there
	}{
		ShapeEntra: {entra(t, s), `^AADSTS50076: Use another door\. Trace ID: \S+ Correlation ID: \S+ Timestamp: .*Z$`, true},
		ShapeCIAM:  {ciam(t, s, "contoso.test"), `^AADSTS50076: Use another door\. Trace ID: `, true},
		ShapeOIDC:  {oidc(t, s), `^Use another door\.$`, false},
		ShapeB2C:   {b2c(t, s, "B2C_1_signin"), `(?s)^AADB2C50076: Use another door\.\r\nCorrelation ID: .*\r\nTimestamp: `, false},
		ShapeADFS:  {adfs(t, s), `^MSIS50076: Use another door\.$`, false},
	} {
		t.Run(shape, func(t *testing.T) {
			a := tt.a
			a.inject(Fault{Name: "e", Endpoint: EndpointToken, Times: 1, Error: e})
			defer s.ClearFaults()
			status, body := a.token(a.app("web"), "grant_type", "refresh_token", "refresh_token", "x")
			wantError(t, status, body, 400, "interaction_required")
			if text, _ := body["error_description"].(string); !regexp.MustCompile(tt.words).MatchString(text) {
				t.Errorf("description %q", text)
			}
			if _, there := body["error_codes"]; there != tt.codes || tt.codes && (body["suberror"] != e.Suberror || body["claims"] != e.Claims || len(body["error_codes"].([]any)) != 2) {
				t.Errorf("got %v", body)
			}
			if r := a.last(); r.Error != e.Code || r.Fault != "e" || r.Status != 400 {
				t.Errorf("the log says %+v", r)
			}
		})
	}
}

func TestFaultErrorStatus(t *testing.T) {
	a := entra(t, NewServer(t))
	for code, want := range map[string]int{"invalid_grant": 400, "invalid_client": 401, "server_error": 500, "temporarily_unavailable": 503} {
		a.inject(Fault{Name: "e", Endpoint: EndpointToken, Error: &FaultError{Code: code}})
		if resp, _, err := a.ask(t.Context()); err != nil || resp.StatusCode != want {
			t.Errorf("%s: %v %v", code, resp, err)
		}
		a.s.ClearFaults()
	}
	a.inject(Fault{Endpoint: EndpointToken, Error: &FaultError{Code: "invalid_grant", Status: 418}})
	if resp, _, err := a.ask(t.Context()); err != nil || resp.StatusCode != 418 {
		t.Errorf("%v %v", resp, err)
	}
}

func TestFaultErrorAtUserinfo(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		tokens := a.signIn("scope", "openid profile")
		a.inject(Fault{Endpoint: EndpointUserinfo, User: avery, Error: &FaultError{Code: "invalid_token"}})
		status, body, header := a.userinfo(tokens["access_token"])
		wantError(t, status, body, 401, "invalid_token")
		if got := header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
			t.Errorf("WWW-Authenticate: %s", got)
		}
	})
}

// At the authorization endpoint and on the sign-in pages an error goes to the redirect URI,
// in each response mode.
func TestFaultErrorGoesToTheRedirectURI(t *testing.T) {
	shapes(t, func(t *testing.T, a *api) {
		for _, endpoint := range []string{EndpointAuthorize, EndpointSignIn} {
			for _, mode := range []string{"query", "fragment", "form_post"} {
				a.inject(Fault{Name: "e", Endpoint: endpoint, Error: &FaultError{Code: "interaction_required", Suberror: "basic_action", Claims: "{}", Codes: []int{50076}}})
				p := a.callback(a.s.NewBrowser(), a.app("web"), "response_mode", mode)
				if p.Get("error") != "interaction_required" || p.Get("state") != "the state" || p.Has("code") {
					t.Errorf("%s, %s: %v", endpoint, mode, p)
				}
				entra := a.shape == ShapeEntra
				if (p.Get("suberror") == "basic_action") != entra || (p.Get("claims") == "{}") != entra || strings.HasSuffix(p.Get("error_uri"), "?code=50076") != entra || strings.HasPrefix(p.Get("error_description"), "AADSTS50076: ") != entra {
					t.Errorf("%s, %s: %v", endpoint, mode, p)
				}
				r := a.last()
				if r.Error != "interaction_required" || r.Fault != "e" || r.Shape != a.shape || r.ClientID != defaultWeb {
					t.Errorf("%s, %s: the log says %+v", endpoint, mode, r)
				}
				a.s.ClearFaults()
			}
		}
	})
}

// Without a redirect URI that somebody registered the error is a page, whoever asks.
func TestFaultErrorGoesNowhereElse(t *testing.T) {
	a := entra(t, NewServer(t))
	a.inject(Fault{Error: &FaultError{Code: "access_denied", Description: "Not <b>today</b>."}})
	noFollow := *a.s.Client()
	noFollow.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := noFollow.Get(a.s.Authority("") + entraAuthorize + "?" + url.Values{"client_id": {defaultWeb}, "redirect_uri": {"https://evil.example/"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 400 || resp.Header.Get("Location") != "" {
		t.Errorf("status %d, to %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	for _, page := range []string{a.endpoint("end_session_endpoint"), a.s.URL() + entraDevicePage, a.s.URL() + signInPath + "x"} {
		status, body, _ := a.get(page)
		text, _ := body["text"].(string)
		if status != 400 || !strings.Contains(text, "Not &lt;b&gt;today&lt;/b&gt;.") {
			t.Errorf("%s: status %d, %.200s", page, status, text)
		}
	}
}

func TestFaultAnswers(t *testing.T) {
	a := entra(t, NewServer(t))
	at := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	for name, tt := range map[string]struct {
		answer FaultAnswer
		body   string
		header map[string]string
	}{
		"empty":         {FaultAnswer{Status: 502}, "", map[string]string{"Content-Type": ""}},
		"json":          {FaultAnswer{Status: 200, JSON: map[string]any{"a": 1}}, `{"a":1}`, map[string]string{"Content-Type": "application/json; charset=utf-8"}},
		"html":          {FaultAnswer{Status: 503, HTML: "<h1>Maintenance</h1>"}, "<h1>Maintenance</h1>", map[string]string{"Content-Type": "text/html; charset=utf-8"}},
		"text":          {FaultAnswer{Status: 500, Text: "oops"}, "oops", map[string]string{"Content-Type": "text/plain; charset=utf-8"}},
		"headers":       {FaultAnswer{Status: 407, Header: map[string]string{"Proxy-Authenticate": "Basic", "Cache-Control": "public"}}, "", map[string]string{"Proxy-Authenticate": "Basic", "Cache-Control": "public"}},
		"own type":      {FaultAnswer{Status: 200, Text: "{}", Header: map[string]string{"Content-Type": "application/json"}}, "{}", map[string]string{"Content-Type": "application/json"}},
		"retry seconds": {FaultAnswer{Status: 429, RetryAfter: 2500 * time.Millisecond}, "", map[string]string{"Retry-After": "3"}},
		"no body":       {FaultAnswer{Status: 204}, "", nil},
	} {
		a.s.Clock.Set(at)
		a.inject(Fault{Name: "x", Answer: &tt.answer})
		resp, body, err := a.ask(t.Context())
		if err != nil || resp.StatusCode != tt.answer.Status || string(body) != tt.body {
			t.Errorf("%s: %v, %q, %v", name, resp, body, err)
			continue
		}
		for h, want := range tt.header {
			if got := resp.Header.Get(h); got != want {
				t.Errorf("%s: %s is %q, want %q", name, h, got, want)
			}
		}
		a.s.ClearFaults()
	}
	a.inject(Fault{Answer: &FaultAnswer{Status: 429, RetryAfter: time.Hour, RetryAfterDate: true}})
	resp, _, err := a.ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	date, err := http.ParseTime(resp.Header.Get("Retry-After"))
	if left := date.Sub(a.s.Clock.Now()); err != nil || left > time.Hour || left < 50*time.Minute {
		t.Errorf("Retry-After: %s, %v", resp.Header.Get("Retry-After"), err)
	}
}

// Discovery's answer can be changed like any other.
func TestFaultChangesDiscovery(t *testing.T) {
	a := oidc(t, NewServer(t))
	a.inject(Fault{Endpoint: EndpointDiscovery, Change: &FaultChange{Set: map[string]any{"issuer": "https://other.example"}, Remove: []string{"jwks_uri"}}})
	_, meta, _ := a.get(a.s.OIDCIssuer() + discoverySuffix)
	if meta["issuer"] != "https://other.example" || meta["jwks_uri"] != nil || meta["token_endpoint"] != a.meta["token_endpoint"] {
		t.Errorf("got %v", meta)
	}
	a.s.ClearFaults()
	a.inject(Fault{Change: &FaultChange{Set: map[string]any{"x": 1}}})
	if status, body, _ := a.get(a.s.URL() + oidcDevicePage); status != 200 || !strings.Contains(body["text"].(string), "<html") {
		t.Error("a page must stay as it is")
	}
}
