//go:build !js

package latchkey_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// answerScenarios have something else come in place of the authority's answer.
var answerScenarios = map[string]faultScenario{
	"answer.status":           meetStatuses,
	"answer.html":             meetBodies(func(a *authoritytest.FaultAnswer) { a.HTML = statusText }, "text/html in place of JSON"),
	"answer.text":             meetBodies(func(a *authoritytest.FaultAnswer) { a.Text = statusText }, "text/plain in place of JSON"),
	"answer.json":             meetJSON,
	"answer.header":           meetRedirects,
	"answer.retry_after":      meetRetryAfter(false),
	"answer.retry_after_date": meetRetryAfter(true),
}

// statusText is a body that no error may show.
const statusText = "<h1>proxy.contoso.test is closed &#9749;</h1>"

// unshown fails the test if the error shows the body.
func (w *faultWorld) unshown(err error) {
	w.t.Helper()
	if strings.Contains(err.Error(), "contoso.test is closed") {
		w.t.Errorf("the body is in the error: %v", err)
	}
}

// statuses are those that come in place of an answer.
var statuses = []int{
	http.StatusNoContent, http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusBadRequest, http.StatusForbidden,
	http.StatusNotFound, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// meetStatuses are empty answers with every status that a gateway may give.
func meetStatuses(t *testing.T, w *faultWorld) {
	for _, status := range statuses {
		w.everywhere(authoritytest.Fault{Answer: &authoritytest.FaultAnswer{Status: status}}, 1, func(_ string, err error) {
			refused := w.refusal(err, status, "")
			if !strings.Contains(err.Error(), "the answer is empty") || errors.Is(err, latchkey.ErrInteractionRequired) {
				t.Errorf("status %d: %v", status, err)
			}
			if refused.RetryAfter != 0 {
				t.Errorf("status %d: RetryAfter %v", status, refused.RetryAfter)
			}
		})
	}
	outage(t, w)
}

// outage: while the authority is out of order, a token that is still valid is used on.
func outage(t *testing.T, w *faultWorld) {
	c, had := w.signedIn()
	w.inject(authoritytest.Fault{Name: "outage", Endpoint: "token", Answer: &authoritytest.FaultAnswer{Status: http.StatusServiceUnavailable}})
	w.srv.Clock.Advance(57 * time.Minute)
	request := latchkey.SilentRequest{Account: had.Account, Scopes: w.scopes()}
	r, err := c.AcquireTokenSilent(w.ctx, request)
	w.check(r, err, latchkey.FromCache, "renewal failed")
	w.srv.Clock.Advance(4 * time.Minute)
	r, err = c.AcquireTokenSilent(w.ctx, request)
	if refused := w.refusal(err, http.StatusServiceUnavailable, ""); r != nil || !strings.Contains(refused.Error(), "try again later") {
		t.Errorf("%v, %v", r, err)
	}
	w.srv.RemoveFault("outage")
	w.srv.Clock.Advance(time.Minute)
	r, err = c.AcquireTokenSilent(w.ctx, request)
	w.check(r, err, latchkey.FromAuthority, "expired")
}

// meetBodies are answers of a kind that is no token's, good statuses too, from the token
// endpoint and in place of metadata.
func meetBodies(body func(*authoritytest.FaultAnswer), says string) faultScenario {
	return func(t *testing.T, w *faultWorld) {
		for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusForbidden, http.StatusBadGateway} {
			answer := &authoritytest.FaultAnswer{Status: status}
			body(answer)
			w.everywhere(authoritytest.Fault{Answer: answer}, 1, func(_ string, err error) {
				w.refusal(err, status, "")
				w.unshown(err)
				if !strings.Contains(err.Error(), says) || errors.Is(err, latchkey.ErrInteractionRequired) {
					t.Errorf("status %d: %v", status, err)
				}
			})
			c := w.public()
			w.inject(authoritytest.Fault{Endpoint: "discovery", Times: 1, Answer: answer})
			_, err := w.tryCode(c)
			var refused *authority.Error
			if !errors.As(err, &refused) {
				t.Fatalf("metadata with status %d: %v", status, err)
			}
			w.unshown(err)
			w.nobody(c)
			r, err := w.tryCode(c)
			w.check(r, err, latchkey.FromAuthority, "sign-in")
		}
	}
}

// meetJSON are JSON answers that are no token's: other kinds, and errors with status 200.
func meetJSON(t *testing.T, w *faultWorld) {
	tests := []struct {
		json       any
		code, says string
	}{
		{[]any{}, "", "is not a JSON object"},
		{"a text", "", "is not a JSON object"},
		{map[string]any{}, "access_token", "has none"},
		{map[string]any{"error": "invalid_request", "access_token": "x", "token_type": "Bearer"}, "invalid_request", ""},
		{map[string]any{"error": map[string]any{"code": "x"}}, "", ""},
		{map[string]any{"access_token": 1, "token_type": "Bearer"}, "access_token", "has none"},
		{map[string]any{"access_token": "x", "token_type": "DPoP"}, "token_type", "Bearer was asked for"},
		{map[string]any{"access_token": "x"}, "token_type", "Bearer was asked for"},
		{map[string]any{"access_token": "x\r\nX-Evil: 1", "token_type": "Bearer"}, "access_token", "no header can carry"},
	}
	for _, tt := range tests {
		w.everywhere(authoritytest.Fault{Answer: &authoritytest.FaultAnswer{Status: 200, JSON: tt.json}}, 1, func(_ string, err error) {
			var refused *latchkey.Error
			switch {
			case errors.As(err, &refused):
				w.refusal(err, 200, tt.code)
			default:
				w.refusedBy(err, tt.code)
			}
			if !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "X-Evil") {
				t.Errorf("%v: %v", tt.json, err)
			}
		})
	}
	w.tokenWithStatus()
}

// tokenWithStatus: a token that comes with the status of an error is none.
func (w *faultWorld) tokenWithStatus() {
	w.t.Helper()
	for _, status := range []int{http.StatusCreated, http.StatusBadRequest, http.StatusInternalServerError} {
		answer := &authoritytest.FaultAnswer{Status: status, JSON: map[string]any{"access_token": "x", "token_type": "Bearer", "expires_in": 3600}}
		w.everywhere(authoritytest.Fault{Answer: answer}, 1, func(_ string, err error) { w.refusal(err, status, "") })
	}
}

// meetRedirects: R19, no request follows one, whatever it brings along.
func meetRedirects(t *testing.T, w *faultWorld) {
	for _, status := range []int{http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		answer := &authoritytest.FaultAnswer{Status: status, Header: map[string]string{"Location": w.srv.OIDCIssuer() + "/elsewhere"}}
		w.everywhere(authoritytest.Fault{Answer: answer}, 1, func(_ string, err error) {
			w.refusal(err, status, "")
			if !strings.Contains(err.Error(), "does not redirect") || strings.Contains(err.Error(), "elsewhere") {
				t.Errorf("status %d: %v", status, err)
			}
		})
		for _, endpoint := range []string{"discovery", "jwks"} {
			c := w.public()
			w.inject(authoritytest.Fault{Endpoint: endpoint, Times: 1, Answer: answer})
			if _, err := w.tryCode(c); err == nil {
				t.Errorf("%s with status %d was followed", endpoint, status)
			}
			w.nobody(c)
		}
	}
	if all := w.srv.Requests().Matching(authoritytest.Request{Endpoint: "none"}); len(all) != 0 {
		t.Errorf("followed to\n%v", all)
	}
}

// meetRetryAfter: R28, for as long as the authority says nobody who wants the same asks,
// and everybody else does.
func meetRetryAfter(date bool) faultScenario {
	return func(t *testing.T, w *faultWorld) {
		w.srv.Clock.Advance(36 * time.Hour) // so that a date by another clock would show
		cfg := w.config("native")
		cfg.Clock = func() time.Time { return w.srv.Clock.Now().Add(-90 * time.Second) } // a date is by the authority's clock
		for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			c := w.publicFrom(cfg)
			had, err := w.tryCode(c)
			w.check(had, err, latchkey.FromAuthority, "sign-in")
			w.inject(authoritytest.Fault{
				Grant: "refresh_token", User: w.user.Username, Times: 1,
				Answer: &authoritytest.FaultAnswer{Status: status, RetryAfter: 5 * time.Minute, RetryAfterDate: date},
			})
			_, err = w.tryRenewal(c, had)
			wait := w.refusal(err, status, "").RetryAfter
			if wait < 299*time.Second || wait > 301*time.Second { // a date has whole seconds
				t.Errorf("RetryAfter %v", wait)
			}
			w.kept(c, had)
			before := w.tokenRequests("")
			w.srv.Clock.Advance(4 * time.Minute)
			if _, again := w.tryRenewal(c, had); w.refusal(again, status, "") == nil || w.tokenRequests("") != before {
				t.Errorf("status %d: %d requests within the pause", status, w.tokenRequests("")-before)
			}
			w.others(c, had)
			w.srv.Clock.Advance(2 * time.Minute)
			r, err := w.tryRenewal(c, had)
			w.check(r, err, latchkey.FromAuthority, "forced")
		}
	}
}

// others do not keep the pause of one user's request: the same user's other scopes,
// another user, and a service.
func (w *faultWorld) others(c codeClient, paused *latchkey.Result) {
	w.t.Helper()
	if _, err := c.AcquireTokenSilent(w.ctx, latchkey.SilentRequest{Account: paused.Account, Scopes: w.scopes()[:1], ForceRefresh: true}); err != nil {
		w.t.Errorf("other scopes: %v", err)
	}
	own := w.user
	defer func() { w.user = own }()
	w.user = w.srv.Directory.User("blake@contoso.test")
	r, err := w.tryCode(c)
	w.check(r, err, latchkey.FromAuthority, "sign-in")
	r, err = w.tryRenewal(c, r)
	w.check(r, err, latchkey.FromAuthority, "forced")
	if err := c.RemoveAccount(w.ctx, r.Account); err != nil {
		w.t.Error(err)
	}
	if _, err := w.confidential("daemon").AcquireTokenByClientCredential(w.ctx, w.appRequest()); err != nil {
		w.t.Errorf("a service: %v", err)
	}
}
