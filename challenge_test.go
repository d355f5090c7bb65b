package latchkey

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

func TestR25_Challenge(t *testing.T) {
	ctx := context.Background()
	const challenge = `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`
	w := newEntraWire(t, homeID)
	c := w.public(func(cfg *Config) { cfg.Capabilities = []string{"CP1"} })
	r := w.signIn(c.client, "a")
	ask := SilentRequest{Account: r.Account, Scopes: []string{"a"}, ClaimsChallenge: challenge}
	got, err := c.AcquireTokenSilent(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, got, "at-2", FromAuthority, reasonChallenge)
	if sent := w.last().Get("claims"); !strings.Contains(sent, `"nbf":{"essential":true,"value":"1"}`) || !strings.Contains(sent, `"xms_cc":{"values":["CP1"]}`) {
		t.Errorf("claims %s", sent)
	}
	// The refused token is gone, and nobody needs the challenge again.
	expect(t, w.silent(c.client, r.Account, "a"), "at-2", FromCache, reasonValid)
	if w.last().Get("claims") == "" || len(w.requests(grantRefresh)) != 1 {
		t.Errorf("%d refreshes", len(w.requests(grantRefresh)))
	}
	if got, err = c.AcquireTokenSilent(ctx, ask); err != nil {
		t.Fatal(err)
	}
	expect(t, got, "at-3", FromAuthority, reasonChallenge)

	w.token = func(asked) answer { return refusal("interaction_required") }
	if got, err = c.AcquireTokenSilent(ctx, ask); !errors.Is(err, ErrInteractionRequired) {
		t.Errorf("%v, %v: a challenge was answered with an old token", got, err)
	}
	for _, bad := range []string{"claims", "[]", "{", `"{}"`, `{"a":"` + strings.Repeat("x", maxClaims) + `"}`} {
		ask.ClaimsChallenge = bad
		_, err := c.AcquireTokenSilent(ctx, ask)
		wantArgument(t, err, "ClaimsChallenge")
	}
}

func TestR25_Rejected(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	c := w.public()
	r := w.signIn(c.client, "a")
	ask := SilentRequest{Account: r.Account, Scopes: []string{"a"}, Rejected: r.TokenHash()}
	if ask.Rejected == "" || strings.Contains(ask.Rejected, "at-1") {
		t.Errorf("hash %q", ask.Rejected)
	}

	tokens := make([]string, 32)
	var wg sync.WaitGroup
	for i := 0; i < len(tokens); i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			got, err := c.AcquireTokenSilent(ctx, ask)
			if err != nil {
				t.Error(err)
				return
			}
			tokens[i] = got.AccessToken()
		}(i)
	}
	wg.Wait()
	for i, token := range tokens {
		if token != "at-2" {
			t.Errorf("caller %d got %q", i, token)
		}
	}
	if n := len(w.requests(grantRefresh)); n != 1 {
		t.Errorf("R25 %d requests for 32 calls with one refused token, want 1", n)
	}
	got, err := c.AcquireTokenSilent(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, got, "at-2", FromCache, reasonValid)
	ask.Rejected = got.TokenHash()
	if got, err = c.AcquireTokenSilent(ctx, ask); err != nil {
		t.Fatal(err)
	}
	expect(t, got, "at-3", FromAuthority, reasonRejected)
	ask.Rejected = "nonsense"
	if got, err = c.AcquireTokenSilent(ctx, ask); err != nil {
		t.Fatal(err)
	}
	expect(t, got, "at-3", FromCache, reasonValid)
}

func TestR26_Account(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	ask := SilentRequest{Scopes: []string{"a"}}

	c := w.public()
	if _, err := c.AcquireTokenSilent(ctx, ask); !errors.Is(err, ErrInteractionRequired) {
		t.Errorf("R26 nobody is signed in: %v", err)
	}
	first := w.signIn(c.client, "a").Account
	got, err := c.AcquireTokenSilent(ctx, ask)
	if err != nil || got.Account != first {
		t.Errorf("R26 the only account: %v, %v", got, err)
	}
	w.user = "user-2"
	w.signIn(c.client, "a")
	_, err = c.AcquireTokenSilent(ctx, ask)
	wantArgument(t, err, "SilentRequest.Account")
	if err := c.RemoveAccount(ctx, first); err != nil {
		t.Fatal(err)
	}
	if got, err = c.AcquireTokenSilent(ctx, ask); err != nil || got.Account.HomeAccountID != "user-2" {
		t.Errorf("R26 the account that is left: %v, %v", got, err)
	}

	server := w.confidential(Secret("hush"))
	w.signIn(server, "a")
	_, err = server.AcquireTokenSilent(ctx, ask)
	wantArgument(t, err, "SilentRequest.Account")
	account, err := server.Account(ctx, "user-2")
	if err != nil || account.HomeAccountID != "user-2" || account.Username == "" {
		t.Errorf("R26 Account: %+v, %v", account, err)
	}
	if got, err = server.AcquireTokenSilent(ctx, SilentRequest{Account: account, Scopes: []string{"a"}}); err != nil || got.Account != account {
		t.Errorf("R26 with the account: %v, %v", got, err)
	}
	if _, err := server.Account(ctx, "user-1"); !errors.Is(err, ErrInteractionRequired) {
		t.Errorf("R26 an unknown account: %v", err)
	}
	_, err = server.Account(ctx, "")
	wantArgument(t, err, "homeAccountID")
	wantArgument(t, server.RemoveAccount(ctx, Account{}), "Account.HomeAccountID")
}

// An id that names somebody else's partition does not open it.
func TestR26_HostileAccount(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	c := w.public(func(cfg *Config) { cfg.Cache = cache.NewMemory() })
	r := w.signIn(c.client, "a")
	for _, id := range []string{"user-1 ", "USER-1", "6:user-1", "../user-1", "user-1\x00", "*"} {
		if _, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: Account{HomeAccountID: id}, Scopes: []string{"a"}}); !errors.Is(err, ErrInteractionRequired) {
			t.Errorf("%q: %v", id, err)
		}
		if err := c.RemoveAccount(ctx, Account{HomeAccountID: id}); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	expect(t, w.silent(c.client, r.Account, "a"), "at-1", FromCache, reasonValid)
}

func TestSignOut(t *testing.T) {
	ctx := context.Background()
	w := newWire(t)
	c := w.public()
	w.token = func(q asked) answer {
		return w.grant(q).with("id_token", jwt(w.claims(q).with("login_hint", "hint"))).answer()
	}
	r := w.signIn(c.client, "a")
	url, err := c.SignOut(ctx, SignOutRequest{Account: r.Account, PostLogoutRedirectURI: "https://app.example/", State: "s&", Extra: map[string]string{"x": "1"}})
	if err != nil {
		t.Fatal(err)
	}
	q := authorizeFields(t, &AuthCodeFlow{&flowState{url: url}})
	for name, want := range map[string]string{"client_id": wireClient, "id_token_hint": r.IDToken(), "logout_hint": "hint",
		"post_logout_redirect_uri": "https://app.example/", "state": "s&", "x": "1"} {
		if got := q.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.HasPrefix(url, wireIssuer+"/bye?") {
		t.Errorf("URL %q", url)
	}
	if all, err := c.Accounts(ctx); err != nil || len(all) != 0 {
		t.Errorf("accounts %v, %v", all, err)
	}
	if _, err := c.AcquireTokenSilent(ctx, SilentRequest{Account: r.Account, Scopes: []string{"a"}}); !errors.Is(err, ErrInteractionRequired) {
		t.Errorf("after the sign-out: %v", err)
	}

	r = w.signIn(c.client, "a")
	own := map[string]string{"logout_hint": "other", "id_token_hint": "token"}
	url, err = c.SignOut(ctx, SignOutRequest{Account: r.Account, Extra: own})
	if err != nil {
		t.Fatal(err)
	}
	q = authorizeFields(t, &AuthCodeFlow{&flowState{url: url}})
	for name, want := range own {
		if got := q.All(name); len(got) != 1 || got[0] != want {
			t.Errorf("the caller's own %s: %q", name, got)
		}
	}

	e := newEntraWire(t, homeID)
	ec := e.public()
	url, err = ec.SignOut(ctx, SignOutRequest{Account: e.signIn(ec.client, "a").Account})
	if err != nil || strings.Contains(url, "id_token_hint") {
		t.Errorf("Entra: %q, %v", url, err)
	}
	delete(w.document, "end_session_endpoint")
	c = w.public()
	r = w.signIn(c.client, "a")
	if url, err = c.SignOut(ctx, SignOutRequest{Account: r.Account}); url != "" || err != nil {
		t.Errorf("no page: %q, %v", url, err)
	}
	_, err = c.SignOut(ctx, SignOutRequest{})
	wantArgument(t, err, "SignOutRequest.Account")
	r = w.signIn(c.client, "a")
	_, err = c.SignOut(ctx, SignOutRequest{Account: r.Account, PostLogoutRedirectURI: "/bye"})
	wantArgument(t, err, "SignOutRequest.PostLogoutRedirectURI")
	expect(t, w.silent(c.client, r.Account, "a"), r.AccessToken(), FromCache, reasonValid)
}
