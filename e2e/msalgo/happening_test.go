package msalgo

import (
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// What befalls a user reaches the caller of AcquireTokenSilent in the response of CallErr, with the claims for the
// interaction that solves it; and after that one renewals work again.
func TestHappenings(t *testing.T) {
	for _, h := range outside.Happenings() {
		t.Run(h.Name, func(t *testing.T) {
			kept := &storage{}
			client := newPublic(t, public.WithCache(kept))
			account := signIn(t, client).Account
			renew := func() error {
				kept.age(t, 2*time.Hour)
				_, err := client.AcquireTokenSilent(t.Context(), []string{scope("Tasks.Read")}, public.WithSilentAccount(account))
				return err
			}
			h.Befall(t, at, avery)
			w := at.Watch()
			got := refusalOf(t, renew())
			w.Want(t, refused)
			want := refusal{Status: 400, Error: "invalid_grant", Suberror: h.Suberror, Claims: got.Claims}
			if got != want || (got.Claims != "") != h.Claims {
				t.Errorf("the answer is %+v", got)
			}
			if !h.Solved {
				return
			}
			account = signIn(t, client, public.WithClaims(got.Claims)).Account
			w = at.Watch()
			if err := renew(); err != nil {
				t.Fatal(err)
			}
			w.Want(t, "token refresh_token native 200")
		})
	}
}

// An API that evaluates access continuously refuses a token and says by claims which one it wants; AcquireTokenSilent
// with these claims passes the cached token over.
func TestClaimsChallenge(t *testing.T) {
	client := newPublic(t, public.WithClientCapabilities([]string{"CP1"}))
	first := signIn(t, client)
	silent := func(claims string) (public.AuthResult, error) {
		return client.AcquireTokenSilent(t.Context(), []string{scope("Tasks.Read")}, public.WithSilentAccount(first.Account), public.WithClaims(claims))
	}
	w := at.Watch()
	second, err := silent(at.FromNowOn())
	if err != nil {
		t.Fatal(err)
	}
	w.Want(t, "token refresh_token native 200")
	access := read
	access.XMSCC = []string{"CP1"}
	at.Admit(t, second.AccessToken, access)
	if second.AccessToken == first.AccessToken {
		t.Error("the token that the API refused is used on")
	}
	// A challenge for an authentication context ends in an interaction.
	outside.StepUp().Befall(t, at, avery)
	_, err = silent(outside.ContextClaims)
	if got := refusalOf(t, err); got.Suberror != "basic_action" || got.Claims == "" {
		t.Errorf("the answer is %+v", got)
	}
	access.ACRS = []string{"c1"}
	at.Admit(t, signIn(t, client, public.WithClaims(outside.ContextClaims)).AccessToken, access)
}

// What the API behind the API demands reaches the one in front with the claims that it passes on to its caller.
func TestOnBehalfOfDemand(t *testing.T) {
	caller := signIn(t, newPublic(t))
	client := newConfidential(t, "api", secretOf(t, "api"))
	outside.Verification().Befall(t, at, avery)
	w := at.Watch()
	_, err := client.AcquireTokenOnBehalfOf(t.Context(), caller.AccessToken, []string{at.Directory.App("graph").Scope("User.Read")})
	if got := refusalOf(t, err); got.Error != "interaction_required" || got.Claims == "" {
		t.Errorf("the answer is %+v", got)
	}
	w.Want(t, "token jwt-bearer api 400 interaction_required")
}
