package apiserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

const fabrikam = "7f3a9d8e-2c4e-4daa-8f8b-9e1a3c5d6b78"

// A side is one shape of an authority, with an API that takes its tokens.
type side struct {
	t      *testing.T
	srv    *authoritytest.Server
	entra  bool
	issuer string // what the metadata is under
	config apiserver.Config
}

func startServer(t *testing.T) *authoritytest.Server {
	t.Helper()
	d := authoritytest.DefaultDirectory()
	d.Tenants = append(d.Tenants, authoritytest.Tenant{ID: fabrikam, Domain: "fabrikam.test"})
	d.Users = append(d.Users, authoritytest.User{
		Tenant: fabrikam, ObjectID: "9b5c1f0a-4e6a-4fcc-8bad-1a3c5e7f8d90", Username: "emery@fabrikam.test", Password: "emery's", Roles: []string{"Admin"},
	})
	srv := &authoritytest.Server{Directory: d}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return srv
}

func entraSide(t *testing.T, srv *authoritytest.Server) *side {
	return &side{t: t, srv: srv, entra: true, issuer: srv.Issuer(""), config: apiserver.Config{
		Authority: srv.Authority(""), Profile: authority.Entra(), Audiences: audiences(srv),
		Algorithms: []string{"RS256", "ES256"}, Clock: srv.Clock.Now,
	}}
}

func oidcSide(t *testing.T, srv *authoritytest.Server) *side {
	return &side{t: t, srv: srv, issuer: srv.OIDCIssuer(), config: apiserver.Config{
		Authority: srv.OIDCIssuer(), Audiences: audiences(srv),
		Algorithms: []string{"RS256", "ES256"}, Clock: srv.Clock.Now,
	}}
}

// audiences are both names of the API, so that an ID token for its own client has one.
func audiences(srv *authoritytest.Server) []string {
	api := srv.Directory.App("api")
	return []string{api.ClientID, api.IDURI}
}

// grant asks the token endpoint, and returns the answer's strings.
func (s *side) grant(app string, form url.Values) map[string]string {
	s.t.Helper()
	a := s.srv.Directory.App(app)
	form.Set("client_id", a.ClientID)
	if len(a.Secrets) > 0 && s.entra {
		form.Set("client_secret", string(a.Secrets[0]))
	}
	r, err := http.NewRequestWithContext(s.t.Context(), "POST", s.tokenEndpoint(), strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(a.Secrets) > 0 && !s.entra {
		form.Del("client_id")
		r.SetBasicAuth(a.ClientID, url.QueryEscape(string(a.Secrets[0])))
	}
	return s.do(r)
}

func (s *side) tokenEndpoint() string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", s.issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.do(r)["token_endpoint"]
}

func (s *side) do(r *http.Request) map[string]string {
	s.t.Helper()
	resp, err := s.srv.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || resp.StatusCode != 200 {
		s.t.Fatalf("%s: status %d, %v, %v", r.URL.Path, resp.StatusCode, body["error_description"], err)
	}
	texts := map[string]string{}
	for name, v := range body {
		texts[name] = fmt.Sprint(v)
	}
	return texts
}

func (s *side) user(username, scope string) map[string]string {
	s.t.Helper()
	return s.grant("native", url.Values{
		"grant_type": {"password"}, "username": {username}, "password": {string(s.srv.Directory.User(username).Password)},
		"scope": {"openid profile " + scope},
	})
}

func (s *side) app(name, api string) string {
	s.t.Helper()
	uri := s.srv.Directory.App(api).IDURI
	form := url.Values{"grant_type": {"client_credentials"}, "resource": {uri}}
	if s.entra {
		form = url.Values{"grant_type": {"client_credentials"}, "scope": {uri + "/.default"}}
	}
	return s.grant(name, form)["access_token"]
}

// scope is Tasks.Read as this side's tokens have it.
func (s *side) scope() string {
	if s.entra {
		return "Tasks.Read"
	}
	return s.srv.Directory.App("api").Scope("Tasks.Read")
}

func bothSides(t *testing.T, f func(t *testing.T, s, other *side)) {
	t.Run("Entra", func(t *testing.T) {
		srv := startServer(t)
		f(t, entraSide(t, srv), oidcSide(t, srv))
	})
	t.Run("OIDC", func(t *testing.T) {
		srv := startServer(t)
		f(t, oidcSide(t, srv), entraSide(t, srv))
	})
}

// What an authority's tokens come to, in both shapes.
func TestAuthority(t *testing.T) {
	bothSides(t, func(t *testing.T, s, other *side) {
		api := s.srv.Directory.App("api")
		user := s.user("avery@contoso.test", api.Scope("Tasks.Read"))
		good := user["access_token"]
		v := verifier(t, s.config)
		require := apiserver.Requirement{Scopes: []string{s.scope()}, AppRoles: []string{"Tasks.Read.All"}}
		tests := []struct {
			name, token string
			status      int
			check       string
		}{
			{"a user's", good, 200, ""},
			{"an app's", s.app("daemon", "api"), 200, ""},
			{"R43 an app's without role", s.app("web", "api"), 403, "roles"},
			{"R43 a user's ID token", user["id_token"], 401, "typ"},
			{"R43 the ID token of the API's own client", s.ownIDToken(), 401, "typ"},
			{"for another API", s.user("avery@contoso.test", s.srv.Directory.App("graph").Scope("User.Read"))["access_token"], 401, "aud"},
			{"an app's for another API", s.app("daemon", "graph"), 401, "aud"},
			{"R11 of another issuer on the host", other.user("avery@contoso.test", api.Scope("Tasks.Read"))["access_token"], 401, "iss"},
			{"R16 other claims", altered(t, good, 1, `"sub":"`, `"sub":"x`), 401, "signature"},
			{"R16 none", altered(t, good, 0, "RS256", "none"), 401, "signature"},
			{"R16 HS256", altered(t, good, 0, "RS256", "HS256"), 401, "signature"},
			{"R16 another algorithm", altered(t, good, 0, "RS256", "ES256"), 401, "signature"},
		}
		if s.entra {
			fab := *s
			fab.issuer = s.srv.Issuer(fabrikam)
			tests = append(tests, struct {
				name, token string
				status      int
				check       string
			}{"R43 of another tenant", fab.user("emery@fabrikam.test", api.Scope("Tasks.Read"))["access_token"], 401, "iss"})
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				_, err := v.Authorize(request("Bearer "+tt.token), require)
				switch {
				case tt.status == 200 && err != nil:
					t.Error(err)
				case tt.status != 200 && tt.check == "" && err == nil:
					t.Error("admitted")
				case tt.check != "":
					refused(t, err, tt.status, tt.check)
				}
			})
		}
	})
}

// ownIDToken signs a user in to the API's own registration, so that the ID token's audience
// is the API's client id, and its roles are the API's.
func (s *side) ownIDToken() string {
	s.t.Helper()
	form := url.Values{
		"grant_type": {"password"}, "username": {"avery@contoso.test"}, "scope": {"openid profile"},
		"password": {string(s.srv.Directory.User("avery@contoso.test").Password)},
	}
	return s.grant("api", form)["id_token"]
}

// altered changes the text of a token's part.
func altered(t *testing.T, token string, part int, old, new string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	text, err := decode(parts[part])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, old) {
		t.Fatalf("the token has no %s", old)
	}
	parts[part] = b64([]byte(strings.Replace(text, old, new, 1)))
	return strings.Join(parts, ".")
}

// Tokens end, and begin, by the clock.
func TestAuthorityClock(t *testing.T) {
	bothSides(t, func(t *testing.T, s, _ *side) {
		token := "Bearer " + s.app("daemon", "api")
		h := verifier(t, s.config).Handler(apiserver.Requirement{AppRoles: []string{"Tasks.Read.All"}}, http.NotFoundHandler())
		tests := []struct {
			name    string
			advance time.Duration
			status  int
		}{
			{"new", 0, 404},
			{"just before the end", time.Hour - time.Minute, 404},
			{"after the end", 2*time.Minute + time.Second, 401},
			{"before the beginning", -2 * time.Hour, 401},
		}
		for _, tt := range tests {
			s.srv.Clock.Advance(tt.advance)
			got := httptest.NewRecorder()
			h.ServeHTTP(got, request(token))
			if got.Code != tt.status {
				t.Errorf("%s: %d %s", tt.name, got.Code, got.Header().Get("WWW-Authenticate"))
			}
		}
	})
}

// R43: an API for several tenants.
func TestR43_AuthorityTenants(t *testing.T) {
	srv := startServer(t)
	s := entraSide(t, srv)
	s.config.Authority = srv.Authority("organizations")
	fab := *s
	fab.issuer = srv.Issuer(fabrikam)
	scope := srv.Directory.App("api").Scope("Tasks.Read")
	contoso, others := s.user("avery@contoso.test", scope)["access_token"], fab.user("emery@fabrikam.test", scope)["access_token"]
	for _, tt := range []struct {
		tenants []string
		check   string // of the other tenant's
	}{{[]string{srv.Directory.Tenants[0].ID}, "tid"}, {[]string{srv.Directory.Tenants[0].ID, fabrikam}, ""}, {[]string{apiserver.AnyTenant}, ""}} {
		s.config.Tenants = tt.tenants
		v := verifier(t, s.config)
		if c, err := v.Verify(t.Context(), contoso); err != nil || c.Tenant != srv.Directory.Tenants[0].ID {
			t.Errorf("%v: %v", tt.tenants, err)
		}
		c, err := v.Verify(t.Context(), others)
		switch {
		case tt.check != "":
			refused(t, err, 401, tt.check)
		case err != nil || c.Tenant != fabrikam:
			t.Errorf("%v: %v", tt.tenants, err)
		}
	}
}
