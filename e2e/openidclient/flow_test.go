package openidclient

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/nodescript"
)

const (
	callback = "https://web.contoso.test/callback"
	loopback = "http://localhost/callback"
)

func eachShape(t *testing.T, test func(t *testing.T, s shape)) {
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) { test(t, s) })
	}
}

// A web app signs a person in, renews the token, and asks who it is.
func TestAuthorizationCode(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		p := s.discover(t, "web", s.secretMethod)
		w := at.Watch()
		var first, second tokens
		do(t, "redeem", p.respond(t, callback, "openid profile offline_access "+scope("Tasks.Read")), &first)
		w.Want(t, "token authorization_code web 200")
		access := s.access("web")
		access.Scopes = []string{"Tasks.Read"}
		if s.name == "oidc" {
			access.Scopes = []string{scope("Tasks.Read")}
		}
		at.Admit(t, first.AccessToken, access)
		if first.Claims.Iss != s.issuer || first.ExpiresIn <= 0 {
			t.Errorf("the claims are %+v, the lifetime %d s", first.Claims, first.ExpiresIn)
		}
		p.do(t, "refresh", fields{"refreshToken": first.RefreshToken}, &second)
		w.Want(t, "token authorization_code web 200", "token refresh_token web 200")
		at.Admit(t, second.AccessToken, access)
		if second.Claims.Sub != first.Claims.Sub {
			t.Error("the renewed ID token is of another subject")
		}
	})
}

func TestUserinfo(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		p := s.discover(t, "native", "None")
		var got tokens
		do(t, "redeem", p.respond(t, loopback, "openid profile email"), &got)
		w := at.Watch()
		var user struct{ Sub, Name, Email string }
		p.do(t, "userinfo", fields{"accessToken": got.AccessToken, "subject": got.Claims.Sub}, &user)
		w.Want(t, "userinfo native 200")
		if want := at.Directory.User(avery); user.Sub != got.Claims.Sub || user.Name != want.Name || user.Email != want.Email {
			t.Errorf("userinfo says %+v", user)
		}
	})
}

func TestDeviceCode(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		p := s.discover(t, "native", "None")
		w := at.Watch()
		approve := func(_ string, with json.RawMessage) (any, error) {
			code := struct {
				UserCode string `json:"user_code"`
			}{}
			if err := json.Unmarshal(with, &code); err != nil {
				return nil, err
			}
			return nil, at.ApproveDevice(t.Context(), code.UserCode, avery)
		}
		var got tokens
		with := p.with(fields{"parameters": fields{"scope": "openid " + scope("Tasks.Read")}})
		if err := driver.Do(t.Context(), "device", with, approve, &got); err != nil {
			t.Fatal(err)
		}
		w.Want(t, "devicecode native 200", "token device_code native 200")
		at.Admit(t, got.AccessToken, s.access("native"))
	})
}

func TestClientCredentials(t *testing.T) {
	eachShape(t, func(t *testing.T, s shape) {
		for _, method := range []string{s.secretMethod, "PrivateKeyJwt"} {
			t.Run(method, func(t *testing.T) {
				p := s.discover(t, "daemon", method)
				parameters := fields{"scope": scope(".default")}
				if s.name == "oidc" {
					parameters = fields{"resource": at.Directory.App("api").IDURI}
				}
				w := at.Watch()
				var got tokens
				p.do(t, "clientCredentials", fields{"parameters": parameters}, &got)
				w.Want(t, "token client_credentials daemon 200")
				access := s.access("daemon")
				access.Roles = []string{"Tasks.Read.All"}
				at.Admit(t, got.AccessToken, access)
			})
		}
	})
}

// The authority sends iss (RFC 9207), and openid-client refuses a response without it or with another one, with another
// state, and a code that is spent.
func TestRefusedResponses(t *testing.T) {
	s := shapes()[0]
	p := s.discover(t, "native", "None")
	for _, tt := range []struct{ name, parameter, value, code string }{
		{"iss of another authority", "iss", "https://evil.contoso.test", "OAUTH_INVALID_RESPONSE"},
		{"no iss", "iss", "", "OAUTH_INVALID_RESPONSE"},
		{"another state", "state", "forged", "OAUTH_INVALID_RESPONSE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			response := p.respond(t, loopback, "openid")
			response["callback"] = change(t, response["callback"].(string), tt.parameter, tt.value)
			w := at.Watch()
			wantError(t, driver.Do(t.Context(), "redeem", response, nil, nil), tt.code, 0)
			w.Want(t)
		})
	}
	t.Run("spent code", func(t *testing.T) {
		response := p.respond(t, loopback, "openid")
		do(t, "redeem", response, nil)
		wantError(t, driver.Do(t.Context(), "redeem", response, nil, nil), "invalid_grant", http.StatusBadRequest)
	})
	t.Run("the person declines", func(t *testing.T) {
		var request struct {
			URL    string
			Checks json.RawMessage
		}
		p.do(t, "authorize", fields{"parameters": fields{"redirect_uri": loopback, "scope": "openid " + scope("Tasks.Write")}}, &request)
		browser := at.NewBrowser()
		browser.Decline = true
		answer, err := browser.Complete(t.Context(), request.URL, avery)
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, driver.Do(t.Context(), "redeem", p.with(fields{"callback": answer, "checks": request.Checks}), nil, nil), "access_denied", 0)
	})
}

func wantError(t *testing.T, err error, code string, status int) {
	t.Helper()
	var thrown *nodescript.Error
	if !errors.As(err, &thrown) || thrown.Code != code || thrown.Status != status {
		t.Errorf("the error is %v, want %s with status %d", err, code, status)
	}
}

// OpenID Connect RP-Initiated Logout: the browser comes back to the app with its state.
func TestEndSession(t *testing.T) {
	s := shapes()[0]
	p := s.discover(t, "web", s.secretMethod)
	var got tokens
	do(t, "redeem", p.respond(t, callback, "openid"), &got)
	var address string
	p.do(t, "endSession", fields{"parameters": fields{
		"id_token_hint": got.IDToken, "post_logout_redirect_uri": "https://web.contoso.test/signed-out", "state": "bye",
	}}, &address)
	w := at.Watch()
	browser := at.Client()
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if len(w.Requests(authoritytest.EndpointLogout)) != 1 {
		t.Error("the authority was not asked to sign out")
	}
	target, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || target.Path != "/signed-out" || target.Query().Get("state") != "bye" {
		t.Errorf("the browser is sent to %v, %v", target, err)
	}
}
