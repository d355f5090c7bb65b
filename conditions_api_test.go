//go:build !js

package latchkey_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// apiScenarios are conditions that a client meets because an API has refused its token
// with claims (continuous access evaluation, authentication contexts).
func apiScenarios() []scenario {
	at := authoritytest.AtRefresh
	return []scenario{
		{name: "sessions-revoked", at: at, how: "told by an API", user: true, says: "the user must sign in", meet: func(m *meeting) {
			m.evaluated(m.revoke)
		}},
		{name: "mfa-required", at: at, how: "told by an API", user: true, says: "sign in with another factor", meet: func(m *meeting) {
			m.evaluated(func() {
				if err := m.srv.Challenge(avery, "api", `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`); err != nil {
					m.t.Fatal(err)
				}
			})
		}},
	}
}

// evaluated lets the user call an API that evaluates tokens continuously, and something
// happen, so that the API refuses the token. The sign-in with the API's claims gives one
// that it takes.
func (m *meeting) evaluated(happens func()) {
	m.t.Helper()
	m.editApp("api", func(a *authoritytest.App) { a.CAE = true })
	c := m.native(capable)
	first := m.signIn(c, latchkey.InteractiveRequest{})
	m.takes(first)
	happens()
	claims := m.refuses(first)
	m.ask = func() (*latchkey.Result, error) {
		return c.AcquireTokenSilent(m.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: m.scopes(), ClaimsChallenge: claims})
	}
	m.mend = afterwards(func() {
		if _, err := m.asks(c, latchkey.InteractiveRequest{ClaimsChallenge: claims})(); err != nil {
			m.t.Fatalf("the user did what was demanded: %v", err)
		}
	})
	m.again = func() (*latchkey.Result, error) {
		r, err := c.AcquireTokenSilent(m.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: m.scopes()})
		if err == nil {
			m.takes(r)
		}
		return r, err
	}
}

// capable makes a client say that it answers claims challenges.
func capable(cfg *latchkey.Config) { cfg.Capabilities = []string{"CP1"} }

// takes fails the test unless the API takes a token.
func (m *meeting) takes(r *latchkey.Result) {
	m.t.Helper()
	if resp := m.call(r); resp.StatusCode != http.StatusOK {
		m.t.Errorf("the API answers %s, %s", resp.Status, resp.Header.Get("WWW-Authenticate"))
	}
}

var challengeClaims = regexp.MustCompile(`claims="([^"]+)"`)

// refuses fails the test unless the API refuses a token, and returns the claims that it
// demands.
func (m *meeting) refuses(r *latchkey.Result) string {
	m.t.Helper()
	resp := m.call(r)
	found := challengeClaims.FindStringSubmatch(resp.Header.Get("WWW-Authenticate"))
	if resp.StatusCode != http.StatusUnauthorized || found == nil {
		m.t.Fatalf("the API answers %s, %s", resp.Status, resp.Header.Get("WWW-Authenticate"))
	}
	claims, err := base64.StdEncoding.DecodeString(found[1])
	if err != nil {
		m.t.Fatal(err)
	}
	return string(claims)
}

func (m *meeting) call(r *latchkey.Result) *http.Response {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.ctx, http.MethodGet, m.srv.API("api")+"/tasks", nil)
	if err != nil {
		m.t.Fatal(err)
	}
	req.Header.Set("Authorization", r.Header())
	resp, err := m.srv.Client().Do(req)
	if err != nil {
		m.t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

// R25: the challenge of an API that was told about an event needs no user where the
// session is still good: one renewal, and the new token takes the place of the old one.
func TestR25_ChallengeOfAnAPI(t *testing.T) {
	m := newMeeting(t)
	m.editApp("api", func(a *authoritytest.App) { a.CAE = true })
	c := m.native(capable)
	first, err := m.asks(c, latchkey.InteractiveRequest{})()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.srv.Challenge(avery, "api", fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, m.srv.Clock.Now().Unix())); err != nil {
		t.Fatal(err)
	}
	claims := m.refuses(first)
	r, err := c.AcquireTokenSilent(m.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: m.scopes(), ClaimsChallenge: claims})
	m.check(r, err, latchkey.FromAuthority, "claims challenge")
	m.takes(r)
	again, err := c.AcquireTokenSilent(m.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: m.scopes()})
	m.check(again, err, latchkey.FromCache, "valid")
	if again.AccessToken() != r.AccessToken() || m.keeps(first.AccessToken()) || m.tokenRequests("refresh_token") != 1 {
		t.Errorf("R25 %d renewals; the refused token is kept: %v", m.tokenRequests("refresh_token"), m.keeps(first.AccessToken()))
	}
}

// R22: what is demanded while a token is still valid does not take it away: it is served
// to its end, the demand is in the trace, and nobody is asked twice meanwhile.
func TestR22_DemandWhileTheTokenIsValid(t *testing.T) {
	m := newMeeting(t)
	var traced []error
	c := m.native(func(cfg *latchkey.Config) {
		cfg.Trace = &latchkey.Trace{RenewalFailed: func(_ context.Context, e latchkey.Event) { traced = append(traced, e.Err) }}
	})
	first := m.signIn(c, latchkey.InteractiveRequest{})
	ask := func() (*latchkey.Result, error) {
		return c.AcquireTokenSilent(m.ctx, latchkey.SilentRequest{Account: first.Account, Scopes: m.scopes()})
	}
	m.demand(authoritytest.Requirement{Name: "verify", Demand: authoritytest.DemandMFA})
	m.srv.Clock.Advance(first.ExpiresOn.Sub(m.srv.Clock.Now()) - time.Minute)
	for range 3 {
		r, err := ask()
		m.check(r, err, latchkey.FromCache, "renewal failed")
	}
	var refused *latchkey.Error
	if len(traced) != 1 || !errors.Is(traced[0], latchkey.ErrInteractionRequired) || !errors.As(traced[0], &refused) || refused.Claims == "" {
		t.Fatalf("R22 traced %v", traced)
	}
	m.srv.Clock.Advance(time.Minute)
	if r, err := ask(); !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("after its end: %v, %v", r, err)
	}
	m.meets(c)(refused)
	r, err := ask()
	m.check(r, err, latchkey.FromCache, "valid")
}
