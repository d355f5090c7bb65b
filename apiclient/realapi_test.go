package apiclient_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// R42: an API that validates for real, and evaluates tokens continuously, refuses one
// that is older than what it was told. That ends in one renewal. After a revocation the
// caller gets the API's claims, and the sign-in with them ends it.
func TestR42_ChallengeOfARealAPI(t *testing.T) {
	w := newWorld(t)
	if err := w.srv.Change(func(d *authoritytest.Directory) error {
		for i := range d.Apps {
			d.Apps[i].CAE = d.Apps[i].Name == "api"
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	cfg := w.config("native")
	cfg.Capabilities = []string{"CP1"}
	app, err := latchkey.NewPublic(cfg)
	if err != nil {
		t.Fatal(err)
	}
	agent := w.srv.UserAgent("avery@contoso.test")
	signIn := func(claims string) latchkey.Account {
		t.Helper()
		r, err := app.AcquireTokenInteractive(t.Context(), agent, latchkey.InteractiveRequest{Scopes: w.scopes(), ClaimsChallenge: claims})
		if err != nil {
			t.Fatal(err)
		}
		return r.Account
	}
	rt := &apiclient.Transport{
		Source:    apiclient.ForUser(app, latchkey.SilentRequest{Account: signIn("")}),
		Resources: []apiclient.Resource{{Pattern: w.srv.API("api") + "/*", Scopes: w.scopes()}},
		Clock:     w.srv.Clock.Now,
	}
	asked := func(want authoritytest.Request) int { return len(w.srv.Requests().Matching(want)) }
	call := func(wantCalls, wantRenewals int) {
		t.Helper()
		if got := status(t, rt, "GET", w.srv.API("api")+"/tasks", ""); got != 200 {
			t.Errorf("status %d", got)
		}
		calls, renewals := asked(authoritytest.Request{Endpoint: authoritytest.EndpointAPI}), asked(authoritytest.Request{GrantType: "refresh_token"})
		if calls != wantCalls || renewals != wantRenewals {
			t.Errorf("R42 %d calls and %d renewals so far, want %d and %d", calls, renewals, wantCalls, wantRenewals)
		}
	}
	call(1, 0)
	if err := w.srv.Challenge("avery@contoso.test", "api", fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, w.srv.Clock.Now().Unix())); err != nil {
		t.Fatal(err)
	}
	call(3, 1) // refused, renewed, let in
	call(4, 1)

	w.srv.Clock.Advance(2 * time.Minute) // past the time in which the same challenge is not answered again
	if err := w.srv.RevokeSessions("avery@contoso.test"); err != nil {
		t.Fatal(err)
	}
	_, err = do(t, rt, "GET", w.srv.API("api")+"/tasks", "")
	need := interaction(t, err)
	if need.Claims == "" || asked(authoritytest.Request{GrantType: "refresh_token"}) != 2 {
		t.Errorf("got %#v", need)
	}
	signIn(need.Claims)
	call(6, 2)
}
