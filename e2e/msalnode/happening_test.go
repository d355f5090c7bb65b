package msalnode

import (
	"errors"
	"testing"

	"github.com/latchkey-auth/latchkey/e2e/internal/nodescript"
	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// What befalls a user reaches the caller of acquireTokenSilent as the documented class, with the claims for the
// interaction that solves it; and after that one renewals work again.
func TestHappenings(t *testing.T) {
	for _, h := range outside.Happenings() {
		t.Run(h.Name, func(t *testing.T) {
			c := newPublic(t, nil)
			account := c.signIn(t).Account.HomeAccountID
			request := fields{"scopes": []string{scope("Tasks.Read")}, "homeAccountId": account, "forceRefresh": true}
			h.Befall(t, at, avery)
			w := at.Watch()
			_, err := c.try(t, avery, "acquireTokenSilent", request)
			w.Want(t, refused)

			name := interactionRequired
			if h.Suberror == "" {
				name = serverError // MSAL goes by the suberror
			}
			var thrown *nodescript.Error
			if !errors.As(err, &thrown) {
				t.Fatalf("the error is %v", err)
			}
			if thrown.Name != name || thrown.Code != "invalid_grant" || thrown.SubError != h.Suberror || (thrown.Claims != "") != h.Claims {
				t.Errorf("the error is %s, code %q, suberror %q, claims %q: %q", thrown.Name, thrown.Code, thrown.SubError, thrown.Claims, thrown.Message)
			}
			if !h.Solved {
				return
			}
			c.call(t, "acquireTokenInteractive", fields{"scopes": []string{scope("Tasks.Read")}, "claims": thrown.Claims})
			c.step(t, "acquireTokenSilent", request, read, refreshCall)
		})
	}
}

// An API that evaluates access continuously refuses a token and says by claims which one it wants; acquireTokenSilent
// with these claims passes the cached token over.
func TestClaimsChallenge(t *testing.T) {
	c := newPublic(t, fields{"clientCapabilities": []string{"CP1"}})
	first := c.signIn(t)
	access := read
	access.XMSCC = []string{"CP1"}
	request := fields{"scopes": []string{scope("Tasks.Read")}, "homeAccountId": first.Account.HomeAccountID}
	c.step(t, "acquireTokenSilent", request, access)
	request["claims"] = at.FromNowOn()
	second := c.step(t, "acquireTokenSilent", request, access, refreshCall)
	if second.AccessToken == first.AccessToken {
		t.Error("the token that the API refused is used on")
	}
	// A challenge for an authentication context ends in an interaction.
	outside.StepUp().Befall(t, at, avery)
	request["claims"] = outside.ContextClaims
	_, err := c.try(t, avery, "acquireTokenSilent", request)
	var thrown *nodescript.Error
	if !errors.As(err, &thrown) || thrown.Name != interactionRequired || thrown.Claims == "" {
		t.Fatalf("the error is %v", err)
	}
	r := c.call(t, "acquireTokenInteractive", fields{"scopes": []string{scope("Tasks.Read")}, "claims": outside.ContextClaims})
	access.ACRS = []string{"c1"}
	at.Admit(t, r.AccessToken, access)
}

// What the API behind the API demands reaches the one in front as the class with the claims that it passes on to its
// caller.
func TestOnBehalfOfDemand(t *testing.T) {
	caller := newPublic(t, nil).signIn(t)
	c := newClient(t, "confidential", "api", secretOf("api"))
	outside.Verification().Befall(t, at, avery)
	w := at.Watch()
	_, err := c.try(t, avery, "acquireTokenOnBehalfOf", fields{
		"oboAssertion": caller.AccessToken, "scopes": []string{at.Directory.App("graph").Scope("User.Read")},
	})
	var thrown *nodescript.Error
	if !errors.As(err, &thrown) || thrown.Name != interactionRequired || thrown.Code != "interaction_required" || thrown.Claims == "" {
		t.Errorf("the error is %v", err)
	}
	w.Want(t, "token jwt-bearer api 400 interaction_required")
}
