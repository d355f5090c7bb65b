package msalnode

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// A fields is an object of JavaScript.
type fields map[string]any

// A result is what the tests look at of MSAL's AuthenticationResult.
type result struct {
	AccessToken string
	FromCache   bool
	Account     struct {
		HomeAccountID string
		Username      string
		TenantID      string
	}
}

// A client is one of MSAL's in the driver.
type client struct{ name string }

// scope returns the full name of a scope of the API.
func scope(name string) string { return at.Directory.App("api").Scope(name) }

var read = outside.Access{Client: "native", User: avery, Scopes: []string{"Tasks.Read"}}

// newClient makes a client for an app of the directory. The authority counts as known: MSAL asks nobody about it.
func newClient(t *testing.T, kind, app string, auth fields) client {
	t.Helper()
	all := fields{
		"clientId": at.Directory.App(app).ClientID, "authority": at.Authority(""),
		"knownAuthorities": []string{at.URL()[len("https://"):]},
	}
	for name, value := range auth {
		all[name] = value
	}
	_, asserts := auth["asserts"]
	delete(all, "asserts")
	c := client{t.Name()}
	with := fields{"name": c.name, "kind": kind, "auth": all, "asserts": asserts}
	if err := driver.Do(t.Context(), "create", with, nil, nil); err != nil {
		t.Fatal(err)
	}
	return c
}

func newPublic(t *testing.T, auth fields) client {
	t.Helper()
	return newClient(t, "public", "native", auth)
}

// secretOf returns the setting of an app that has a secret.
func secretOf(app string) fields {
	return fields{"clientSecret": string(at.Directory.App(app).Secrets[0])}
}

// try calls one of MSAL's methods. The person behind its questions is user.
func (c client) try(t *testing.T, user, method string, request fields) (r result, err error) {
	t.Helper()
	answer := func(question string, with json.RawMessage) (any, error) {
		switch question {
		case "browser":
			var asked struct{ URL string }
			if err := json.Unmarshal(with, &asked); err != nil {
				return nil, err
			}
			return nil, at.Visit(t.Context(), asked.URL, user)
		case "device code":
			var code struct{ UserCode string }
			if err := json.Unmarshal(with, &code); err != nil {
				return nil, err
			}
			return nil, at.ApproveDevice(t.Context(), code.UserCode, user)
		case "assertion":
			return at.ClusterToken()
		}
		return nil, fmt.Errorf("unknown question %q", question)
	}
	err = driver.Do(t.Context(), "call", fields{"name": c.name, "method": method, "request": request}, answer, &r)
	return r, err
}

// call is try for a call that must succeed.
func (c client) call(t *testing.T, method string, request fields) result {
	t.Helper()
	r, err := c.try(t, avery, method, request)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return r
}

// signIn signs avery in by the loopback browser of MSAL.
func (c client) signIn(t *testing.T) result {
	t.Helper()
	return c.call(t, "acquireTokenInteractive", fields{"scopes": []string{scope("Tasks.Read")}})
}

// step acquires a token and checks what was asked for it.
func (c client) step(t *testing.T, method string, request fields, access outside.Access, calls ...string) result {
	t.Helper()
	w := at.Watch()
	r := c.call(t, method, request)
	w.Want(t, calls...)
	at.Admit(t, r.AccessToken, access)
	if want := len(calls) == 0; r.FromCache != want {
		t.Errorf("fromCache is %t", r.FromCache)
	}
	return r
}

// authorize asks MSAL for the address of the sign-in page, signs avery in there, and returns the request with the code.
func (c client) authorize(t *testing.T, request fields) fields {
	t.Helper()
	var address string
	with := fields{"name": c.name, "method": "getAuthCodeUrl", "request": request}
	if err := driver.Do(t.Context(), "call", with, nil, &address); err != nil {
		t.Fatal(err)
	}
	callback, err := at.Complete(t.Context(), address, avery)
	if err != nil {
		t.Fatal(err)
	}
	response, err := url.Parse(callback)
	if err != nil {
		t.Fatal(err)
	}
	request["code"] = response.Query().Get("code")
	return request
}

// authorizeWithPKCE is authorize with the verifier and the challenge that MSAL generates.
func (c client) authorizeWithPKCE(t *testing.T, redirectURI string) fields {
	t.Helper()
	var pkce struct{ Verifier, Challenge string }
	if err := driver.Do(t.Context(), "pkce", fields{}, nil, &pkce); err != nil {
		t.Fatal(err)
	}
	request := c.authorize(t, fields{
		"scopes": []string{scope("Tasks.Read")}, "redirectUri": redirectURI, "codeChallenge": pkce.Challenge, "codeChallengeMethod": "S256",
	})
	delete(request, "codeChallenge")
	delete(request, "codeChallengeMethod")
	request["codeVerifier"] = pkce.Verifier
	return request
}

// later sets the clocks of the authority and of the driver forward for one test.
func later(t *testing.T, d time.Duration) {
	t.Helper()
	travel(t, d)
	t.Cleanup(func() { travel(t, -d) })
}

func travel(t *testing.T, d time.Duration) {
	t.Helper()
	at.Clock.Advance(d)
	// Not the test's context, which is done before its cleanup.
	if err := driver.Do(context.Background(), "travel", fields{"milliseconds": d.Milliseconds()}, nil, nil); err != nil {
		t.Error(err)
	}
}
