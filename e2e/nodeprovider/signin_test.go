package nodeprovider

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/loopback"
)

// comeBack brings a person to the redirect URI.
func comeBack(t *testing.T, app *latchkey.ConfidentialClient, p *person, r latchkey.AuthCodeRequest) (*latchkey.AuthCodeFlow, string) {
	t.Helper()
	r.RedirectURI = callback
	flow, err := app.AuthCodeURL(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	reached, err := p.visit(flow.URL())
	if err != nil {
		t.Fatal(err)
	}
	if reached.address != callback {
		t.Fatalf("the sign-in ended at %q, on the page %q", reached.address, reached.title)
	}
	return flow, reached.answer
}

// signIn signs a person in at a client of comeBack.
func signIn(t *testing.T, app *latchkey.ConfidentialClient, p *person, r latchkey.AuthCodeRequest) *latchkey.Result {
	t.Helper()
	flow, answer := comeBack(t, app, p, r)
	result, err := app.AcquireTokenByCode(t.Context(), flow, answer)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// forever is a request that brings a refresh token: oidc-provider gives one only with consent (OpenID Connect Core 11).
func forever(scopes ...string) latchkey.AuthCodeRequest {
	return latchkey.AuthCodeRequest{Scopes: scopes, Prompt: "consent"}
}

// refused checks that the provider refused with the code.
func refused(t *testing.T, err error, code string, interaction bool) *latchkey.Error {
	t.Helper()
	var e *latchkey.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("got %v, want the code %s", err, code)
	}
	if errors.Is(err, latchkey.ErrInteractionRequired) != interaction {
		t.Errorf("%v: interaction required is not %v", err, interaction)
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("the error has the secret: %v", err)
	}
	return e
}

// invalid checks that the client refused an answer by the check.
func invalid(t *testing.T, err error, check string) {
	t.Helper()
	var e *latchkey.ValidationError
	if !errors.As(err, &e) || e.Check != check {
		t.Errorf("got %v, want the check %s to fail", err, check)
	}
}

func TestConfidentialSignIn(t *testing.T) {
	for _, mode := range []string{"", "query", "fragment", "form_post"} {
		t.Run(mode, func(t *testing.T) {
			w := &wire{}
			r := signIn(t, newWeb(t, w), newPerson(t, "avery"), latchkey.AuthCodeRequest{ResponseMode: mode, MaxAge: time.Hour})
			if r.Account.HomeAccountID != "avery" || r.Account.Environment != issuer {
				t.Errorf("signed in as %+v", r.Account)
			}
			if r.AccessToken() == "" || r.Claims().Text("sub") != "avery" || time.Since(r.Claims().Time("auth_time")) > time.Minute {
				t.Errorf("%v has the claims %s", r, r.Claims().JSON())
			}
			sent := w.last()
			if len(sent.form.Get("code_verifier")) < 43 || sent.form.Has("client_secret") || !strings.HasPrefix(sent.header.Get("Authorization"), "Basic ") {
				t.Error("a verifier and HTTP Basic authentication were to be sent")
			}
		})
	}
}

func TestPublicSignIn(t *testing.T) {
	w := &wire{}
	app := newPublic(t, config("native", w))
	p := newPerson(t, "blake")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	browser := loopback.Browser{Path: "/", Open: func(_ context.Context, page string) error {
		reached, err := p.visit(page)
		if err != nil {
			t.Error(err)
			cancel()
			return err
		}
		resp, err := http.Post(reached.address, "application/x-www-form-urlencoded", strings.NewReader(reached.answer))
		if err == nil {
			resp.Body.Close()
		}
		return err
	}}
	r, err := app.AcquireTokenInteractive(ctx, browser, latchkey.InteractiveRequest{Prompt: "consent"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Account.HomeAccountID != "blake" || w.last().header.Get("Authorization") != "" || w.last().form.Get("client_id") != "native" {
		t.Errorf("signed in as %+v", r.Account)
	}
	if r, err = app.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{ForceRefresh: true}); err != nil || r.Source.From != latchkey.FromAuthority {
		t.Errorf("renewal: %v, %v", r, err)
	}
}

func TestSingleSignOn(t *testing.T) {
	app, p := newWeb(t, &wire{}), newPerson(t, "avery")
	visit := func(prompt string) bool {
		flow, err := app.AuthCodeURL(t.Context(), latchkey.AuthCodeRequest{RedirectURI: callback, Prompt: prompt})
		if err != nil {
			t.Fatal(err)
		}
		reached, err := p.visit(flow.URL())
		if err != nil || reached.address != callback {
			t.Fatalf("%+v, %v", reached, err)
		}
		if _, err := app.AcquireTokenByCode(t.Context(), flow, reached.answer); err != nil {
			t.Fatal(err)
		}
		return reached.signedIn
	}
	if !visit("") || visit("") || visit("none") || !visit("login") {
		t.Error("the session is not used as the prompt says")
	}
}

func TestR17_IssuerOfTheCallback(t *testing.T) {
	for name, change := range map[string]func(url.Values){
		"missing":      func(v url.Values) { v.Del("iss") },
		"another":      func(v url.Values) { v.Set("iss", "https://other.example") },
		"with a slash": func(v url.Values) { v.Set("iss", issuer+"/") },
	} {
		t.Run(name, func(t *testing.T) {
			w := &wire{}
			app := newWeb(t, w)
			flow, answer := comeBack(t, app, newPerson(t, "avery"), latchkey.AuthCodeRequest{})
			query, err := url.ParseQuery(answer)
			if err != nil || query.Get("iss") != issuer {
				t.Fatalf("the provider said iss=%s, %v", query.Get("iss"), err)
			}
			change(query)
			_, err = app.AcquireTokenByCode(t.Context(), flow, query.Encode())
			invalid(t, err, "iss")
			if w.count() != 0 {
				t.Error("the code was sent")
			}
		})
	}
}

func TestRefusedSignIn(t *testing.T) {
	tests := []struct {
		name        string
		request     latchkey.AuthCodeRequest
		declines    bool
		code        string
		interaction bool
	}{
		{"the user cancels", latchkey.AuthCodeRequest{}, true, "access_denied", false},
		{"no session", latchkey.AuthCodeRequest{Prompt: "none"}, false, "login_required", true},
		{"unknown resource", latchkey.AuthCodeRequest{Resource: "https://unknown.example"}, false, "invalid_target", false},
		{"unknown prompt", latchkey.AuthCodeRequest{Prompt: "sometimes"}, false, "invalid_request", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, p := newWeb(t, &wire{}), newPerson(t, "avery")
			p.declines = tt.declines
			flow, answer := comeBack(t, app, p, tt.request)
			_, err := app.AcquireTokenByCode(t.Context(), flow, answer)
			if e := refused(t, err, tt.code, tt.interaction); e.Endpoint != "authorization" || e.Description == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// The provider shows a page of its own, and nobody comes back.
func TestUnregisteredRedirectURI(t *testing.T) {
	ctx, leave := context.WithCancelCause(t.Context())
	closed := errors.New("the user closed the page")
	browser := loopback.Browser{Path: "/elsewhere", Open: func(_ context.Context, page string) error {
		reached, err := newPerson(t, "avery").visit(page)
		if err == nil && (reached.address != "" || !strings.Contains(reached.text, "invalid_redirect_uri")) {
			t.Errorf("the provider went to %q, on the page %q", reached.address, reached.title)
		}
		leave(closed)
		return err
	}}
	_, err := newPublic(t, config("native", &wire{})).AcquireTokenInteractive(ctx, browser, latchkey.InteractiveRequest{})
	var e *loopback.Error
	if !errors.As(err, &e) || !errors.Is(err, closed) {
		t.Error(err)
	}
}

func TestRefusedCode(t *testing.T) {
	// A flow that somebody changed where it was stored.
	change := func(member, value string) func(*testing.T, *latchkey.AuthCodeFlow) {
		return func(t *testing.T, flow *latchkey.AuthCodeFlow) {
			text, err := flow.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			members := map[string]any{}
			if err := json.Unmarshal(text, &members); err != nil || members[member] == nil {
				t.Fatalf("the flow has no %s: %v", member, err)
			}
			members[member] = value
			if text, err = json.Marshal(members); err == nil {
				err = flow.UnmarshalJSON(text)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name   string
		change func(*testing.T, *latchkey.AuthCodeFlow)
		secret string
		code   string
	}{
		{"another redirect URI", change("redirect_uri", "https://web.example/other"), secret, "invalid_grant"},
		{"another verifier", change("code_verifier", strings.Repeat("v", 43)), secret, "invalid_grant"},
		{"wrong secret", nil, secret + "?", "invalid_client"},
		{"almost the secret", nil, strings.ReplaceAll(secret, "+", " "), "invalid_client"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &wire{}
			app := newConfidential(t, config(web, w), latchkey.Secret(tt.secret))
			flow, answer := comeBack(t, app, newPerson(t, "avery"), latchkey.AuthCodeRequest{})
			if tt.change != nil {
				tt.change(t, flow)
			}
			_, err := app.AcquireTokenByCode(t.Context(), flow, answer)
			if e := refused(t, err, tt.code, false); e.Endpoint != "token" || e.Grant != "authorization_code" || e.Status < 400 {
				t.Errorf("%+v", e)
			}
			if w.count() != 1 {
				t.Errorf("%d requests for a code that is good for one", w.count())
			}
		})
	}
}

// A code that comes twice was seen by somebody else, so the provider takes back what it gave for it (RFC 6749 section
// 4.1.2).
func TestCodeUsedTwice(t *testing.T) {
	app := newWeb(t, &wire{})
	flow, answer := comeBack(t, app, newPerson(t, "avery"), forever())
	r, err := app.AcquireTokenByCode(t.Context(), flow, answer)
	if err != nil {
		t.Fatal(err)
	}
	_, err = app.AcquireTokenByCode(t.Context(), flow, answer)
	refused(t, err, "invalid_grant", false)
	_, err = app.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Account: r.Account, ForceRefresh: true})
	refused(t, err, "invalid_grant", true)
}

// R8: an issuer is compared as it is written, although the same provider answers.
func TestR8_IssuerIsExact(t *testing.T) {
	c := config(web, &wire{})
	c.Authority = strings.Replace(issuer, "127.0.0.1", "localhost", 1)
	_, err := newConfidential(t, c, latchkey.Secret(secret)).AuthCodeURL(t.Context(), latchkey.AuthCodeRequest{RedirectURI: callback})
	var e *authority.Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), issuer) || !strings.Contains(err.Error(), c.Authority) {
		t.Error(err)
	}
}
