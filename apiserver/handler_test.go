package apiserver_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
)

var readTasks = apiserver.Requirement{Scopes: []string{"Tasks.Read"}}

// never is a handler that no request may reach.
func never(t *testing.T) http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the request reached the handler")
	})
}

func request(authorization ...string) *http.Request {
	r := httptest.NewRequest("GET", "https://api.example.com/tasks", nil)
	r.Header["Authorization"] = authorization
	return r
}

// The answers, to the letter (RFC 6750 section 3).
func TestAnswers(t *testing.T) {
	w := newWire()
	c := w.config()
	c.Realm = "tasks"
	var told []error
	c.Refused = func(_ *http.Request, err error) { told = append(told, err) }
	v := verifier(t, c)
	sign := func(claims object) string { return "Bearer " + rsaKey().sign(atJWT, oidcClaims().with(claims)) }
	good := sign(nil)
	query := request(good)
	query.URL.RawQuery = "a=1&access_token=x"
	queryOnly := request()
	queryOnly.URL.RawQuery = "access_token=" + good[7:]
	form := httptest.NewRequest("POST", "https://api.example.com/tasks", strings.NewReader("access_token="+good[7:]))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	plain := `Bearer realm="tasks"`
	header := `Bearer realm="tasks", error="invalid_request", error_description="The Authorization header must present one bearer token, and nothing else may"`
	token := func(description string) string {
		return `Bearer realm="tasks", error="invalid_token", error_description="` + description + `"`
	}
	tests := []struct {
		name      string
		request   *http.Request
		require   apiserver.Requirement
		status    int
		challenge string
	}{
		{"no header", request(), readTasks, 401, plain},
		{"an empty header", request(""), readTasks, 401, plain},
		{"another scheme", request("Basic dTpw"), readTasks, 401, plain},
		{"a bound token's scheme", request("DPoP " + good[7:]), readTasks, 401, plain},
		{"a token in the query only", queryOnly, readTasks, 401, plain},
		{"a token in a form only", form, readTasks, 401, plain},
		{"the scheme only", request("Bearer"), readTasks, 400, header},
		{"the scheme and a space", request("Bearer "), readTasks, 400, header},
		{"two words", request("Bearer a b"), readTasks, 400, header},
		{"two tokens", request(good + ", " + good), readTasks, 400, header},
		{"two headers", request(good, good), readTasks, 400, header},
		{"two headers of different schemes", request("Basic dTpw", good), readTasks, 400, header},
		{"a header and a query", query, readTasks, 400, header},
		{"a token in quotes", request(`Bearer "` + good[7:] + `"`), readTasks, 400, header},
		{"no JWT", request("Bearer opaque"), readTasks, 401, token("The access token is malformed or too long")},
		{"expired", request(sign(object{"exp": 1})), readTasks, 401, token("The access token expired")},
		{"for another API", request(sign(object{"aud": "x"})), readTasks, 401, token("The access token is for another API")},
		{"of another authority", request(sign(object{"iss": "x"})), readTasks, 401, token("The access token is from another authority")},
		{"altered", request(good[:len(good)-2]), readTasks, 401, token("The access token's signature cannot be accepted")},
		{"without the scope", request(sign(object{"scope": "openid"})), apiserver.Requirement{Scopes: []string{"Tasks.Read", "Tasks.Write"}}, 403,
			`Bearer realm="tasks", error="insufficient_scope", error_description="The access token lacks a scope", scope="Tasks.Read Tasks.Write"`},
		{"without the role", request(good), apiserver.Requirement{AppRoles: []string{"Tasks.Read.All"}}, 403,
			`Bearer realm="tasks", error="insufficient_scope", error_description="The access token lacks a role"`},
		{"another sign-in method", request(good), apiserver.Requirement{AnyToken: true, StepUp: apiserver.StepUp{ACRValues: []string{"phr", "mfa"}, MaxAge: 5 * time.Minute}}, 401,
			`Bearer realm="tasks", error="insufficient_user_authentication", error_description="Another sign-in method is needed", acr_values="phr mfa", max_age="300"`},
		{"an old sign-in", request(sign(object{"auth_time": 1})), apiserver.Requirement{AnyToken: true, StepUp: apiserver.StepUp{MaxAge: time.Minute}}, 401,
			`Bearer realm="tasks", error="insufficient_user_authentication", error_description="A more recent sign-in is needed", max_age="60"`},
		{"an authentication context", request(good), apiserver.Requirement{AnyToken: true, StepUp: apiserver.StepUp{AuthContext: "c1"}}, 401,
			`Bearer realm="tasks", error="insufficient_claims", error_description="More claims are needed", authorization_uri="", ` +
				`claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			told = nil
			got := httptest.NewRecorder()
			v.Handler(tt.require, never(t)).ServeHTTP(got, tt.request)
			if got.Code != tt.status || got.Header().Get("WWW-Authenticate") != tt.challenge {
				t.Errorf("status %d, %s\nwant %d, %s", got.Code, got.Header().Get("WWW-Authenticate"), tt.status, tt.challenge)
			}
			if got.Header().Get("Cache-Control") != "no-store" {
				t.Error("the answer may be stored")
			}
			if len(told) != 1 {
				t.Errorf("Refused was told %d times", len(told))
			}
			checkBody(t, got, tt.challenge)
		})
	}
}

// checkBody checks that the body says what the challenge says, and nothing if that has no code.
func checkBody(t *testing.T, got *httptest.ResponseRecorder, challenge string) {
	t.Helper()
	if !strings.Contains(challenge, "error=") {
		if got.Body.Len() != 0 {
			t.Errorf("body %q", got.Body)
		}
		return
	}
	var body struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(got.Body.Bytes(), &body); err != nil || body.Description == "" ||
		!strings.Contains(challenge, `error="`+body.Error+`", error_description="`+body.Description+`"`) {
		t.Errorf("body %q, %v", got.Body, err)
	}
	if got.Header().Get("Content-Type") != "application/json" {
		t.Errorf("content type %q", got.Header().Get("Content-Type"))
	}
}

func TestHandlerAdmits(t *testing.T) {
	w := newWire()
	v := verifier(t, w.config())
	token := rsaKey().sign(atJWT, oidcClaims().with(object{"roles": []string{"Admin"}, "acr": "mfa", "email": "avery@contoso.test"}))
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER   "} {
		reached := false
		h := v.Handler(readTasks, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			reached = true
			c, ok := apiserver.FromContext(r.Context())
			if !ok || c.Subject != "user" || c.ClientID != clientID || c.Issuer != opURL || c.Audience != apiURI || c.AppOnly || c.ACR != "mfa" {
				t.Errorf("claims: %+v", c.JSON())
			}
			if !c.Expires.Equal(begin.Add(time.Hour)) || !c.IssuedAt.Equal(begin) || !c.AuthTime.IsZero() {
				t.Errorf("times: %v, %v, %v", c.Expires, c.IssuedAt, c.AuthTime)
			}
			if !c.HasScope("Tasks.Read") || c.HasScope("Tasks") || c.HasScope("") || !c.HasRole("Admin") || c.HasRole("admin") {
				t.Error("scopes or roles")
			}
			if fmt.Sprintf("%v %v %v %v", c.Scopes(), c.Roles(), c.Text("email"), c.Texts("aud")) != "[openid Tasks.Read Tasks.Write] [Admin] avery@contoso.test [api://tasks]" {
				t.Error("accessors", c.Scopes(), c.Roles(), c.Text("email"), c.Texts("aud"))
			}
			if c.Assertion() != token || !strings.Contains(c.JSON(), `"jti":"1"`) {
				t.Error("the token is another one, or its claims are")
			}
		}))
		got := httptest.NewRecorder()
		h.ServeHTTP(got, request(scheme+token))
		if got.Code != 200 || !reached {
			t.Errorf("%q: status %d", scheme, got.Code)
		}
	}
	if _, ok := apiserver.FromContext(t.Context()); ok {
		t.Error("claims without a token")
	}
}

// An expectation that is empty is an error, never "skip".
func TestEmptyRequirement(t *testing.T) {
	w := newWire()
	v := verifier(t, w.config())
	good := "Bearer " + rsaKey().sign(atJWT, oidcClaims())
	argument := (*apiserver.ArgumentError)(nil)
	for name, r := range map[string]apiserver.Requirement{
		"nothing":            {},
		"empty lists":        {Scopes: []string{}, AppRoles: []string{}},
		"step-up only":       {StepUp: apiserver.StepUp{MaxAge: time.Minute}},
		"a contradiction":    {AnyToken: true, Scopes: []string{"a"}},
		"an empty scope":     {Scopes: []string{"a", ""}},
		"two scopes in one":  {Scopes: []string{"a b"}},
		"a scope to inject":  {Scopes: []string{`a", error="x`}},
		"a line break":       {Scopes: []string{"a\r\nX: y"}},
		"an empty role":      {AppRoles: []string{""}},
		"a negative age":     {AnyToken: true, StepUp: apiserver.StepUp{MaxAge: -time.Minute}},
		"a fraction":         {AnyToken: true, StepUp: apiserver.StepUp{MaxAge: time.Millisecond}},
		"an acr to inject":   {AnyToken: true, StepUp: apiserver.StepUp{ACRValues: []string{`a"`}}},
		"an empty acr":       {AnyToken: true, StepUp: apiserver.StepUp{ACRValues: []string{""}}},
		"a broken context":   {AnyToken: true, StepUp: apiserver.StepUp{AuthContext: "c 1"}},
		"context and method": {AnyToken: true, StepUp: apiserver.StepUp{AuthContext: "c1", ACRValues: []string{"mfa"}}},
	} {
		if err := r.Validate(); !errors.As(err, &argument) {
			t.Errorf("%s: Validate: %v", name, err)
		}
		if _, err := v.Authorize(request(good), r); !errors.As(err, &argument) {
			t.Errorf("%s: Authorize: %v", name, err)
		}
		if panicked := panics(func() { v.Handler(r, never(t)) }); !panicked {
			t.Errorf("%s: Handler takes it", name)
		}
		claims, err := v.Verify(t.Context(), good[7:])
		if err != nil {
			t.Fatal(err)
		}
		if err := claims.Check(r); !errors.As(err, &argument) {
			t.Errorf("%s: Check: %v", name, err)
		}
	}
	if !panics(func() { v.Handler(readTasks, nil) }) {
		t.Error("Handler takes no handler")
	}
	got := httptest.NewRecorder()
	v.Refuse(got, apiserver.Requirement{}.Validate())
	if got.Code != 500 || strings.Contains(got.Body.String(), "Requirement") {
		t.Errorf("%d %q", got.Code, got.Body)
	}
}

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}

// What a caller does to its lists later changes nothing.
func TestListsAreCopied(t *testing.T) {
	w := newWire()
	c, r := w.config(), apiserver.Requirement{Scopes: []string{"Tasks.Purge"}}
	c.Audiences = []string{apiURI}
	v := verifier(t, c)
	h := v.Handler(r, never(t))
	c.Audiences[0], c.Algorithms[0], r.Scopes[0] = "x", "PS256", "Tasks.Read"
	got := httptest.NewRecorder()
	h.ServeHTTP(got, request("Bearer "+rsaKey().sign(atJWT, oidcClaims())))
	if got.Code != 403 {
		t.Errorf("status %d", got.Code)
	}
}
