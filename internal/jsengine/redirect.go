//go:build js

package jsengine

import (
	"context"
	"errors"
	"strings"
	"syscall/js"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/browser"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// leave is acquireTokenRedirect: it ends with the page, or with an error.
func (e *engine) leave(ctx context.Context, q *request) error {
	if e.page == nil {
		return fail(classBrowserConfig, "in_mem_redirect_unavailable", "a redirect needs a storage of the page: set cacheLocation to sessionStorage or localStorage")
	}
	trip := &browser.Trip{ReturnTo: absolute(q.startPage), State: q.state}
	url, err := e.depart(ctx, q, trip)
	if err != nil {
		return err
	}
	stay, err := e.page.Leave(ctx, e.settings.clientID, trip)
	if err != nil {
		return err
	}
	defer stay()
	err = e.navigate(ctx, url, false)
	if err != nil {
		browser.ForgetTrip(e.settings.clientID)
	}
	return err
}

// depart makes the flow of a trip and returns where it begins.
func (e *engine) depart(ctx context.Context, q *request, trip *browser.Trip) (url string, err error) {
	i := e.interactive(q)
	r := latchkey.AuthCodeRequest{
		RedirectURI: firstOf(q.redirectURI, browser.Here()), Scopes: i.Scopes, ExtraScopesToConsent: i.ExtraScopesToConsent,
		Resource: i.Resource, Account: i.Account, LoginHint: e.loginHint(q), DomainHint: i.DomainHint, Prompt: i.Prompt,
		ResponseMode: "fragment", Tenant: i.Tenant, ClaimsChallenge: i.ClaimsChallenge, Extra: i.Extra,
		CorrelationID: i.CorrelationID, ComposeState: trip.ComposeState,
	}
	if r.Prompt == "select_account" {
		r.LoginHint = q.loginHint
	}
	trip.Flow, err = e.client.AuthCodeURL(ctx, r)
	var argument *latchkey.ArgumentError
	if errors.As(err, &argument) && argument.Field == "AuthCodeRequest.ResponseMode" {
		r.ResponseMode = "query"
		trip.Flow, err = e.client.AuthCodeURL(ctx, r)
	}
	if err != nil {
		return "", err
	}
	return trip.Flow.URL(), nil
}

// errHandled means that the application took the navigation over: the page stays.
var errHandled = errors.New("jsengine: the application handled the navigation")

// navigate leaves the page, and returns only if it did not: errHandled if the host says that
// the page stays.
func (e *engine) navigate(ctx context.Context, url string, noHistory bool) error {
	ctx, cancel := context.WithTimeout(ctx, e.settings.leaving)
	defer cancel()
	leaves, err := jsvalue.AwaitCall(ctx, e.host, "navigate", url, map[string]any{"noHistory": noHistory})
	if err == nil && leaves.Type() == js.TypeBoolean && !leaves.Bool() {
		return errHandled
	}
	if err == nil {
		<-ctx.Done()
	}
	f := fail(classBrowser, "timed_out", "the page did not leave in time")
	f.suberror = "failed_to_redirect"
	return f
}

// takeAnswer takes the answer that the page itself was opened with, and the code out of the
// address bar, before any other script runs (rule R47). Only this client's, if it left.
func (e *engine) takeAnswer() {
	if !browser.HasTrip(e.settings.clientID) {
		return
	}
	location := jsvalue.Get(js.Global(), "location")
	for _, part := range [...]string{"hash", "search"} {
		answer, _ := jsvalue.Text(location, part)
		state, ok := browser.ParseState(browser.Answered(answer))
		if !ok || state.Interaction != browser.InteractionRedirect {
			continue
		}
		e.answer = answer
		href, _ := jsvalue.Text(location, "href")
		clean, _, _ := strings.Cut(href, "#")
		if part == "search" {
			clean, _, _ = strings.Cut(href, "?")
		}
		_, _ = jsvalue.Call(js.Global().Get("history"), "replaceState", js.Null(), "", clean)
		return
	}
}

// comeBack is handleRedirectPromise. It returns nil if no redirect is to be finished.
func (e *engine) comeBack(ctx context.Context, hash string, toOrigin bool) (result *latchkey.Result, state string, err error) {
	answer := firstOf(hash, firstOf(e.answer, browser.TakeAnswer(e.settings.clientID)))
	e.answer = ""
	if answer == "" || e.page == nil || !browser.HasTrip(e.settings.clientID) {
		browser.ForgetTrip(e.settings.clientID) // the user came back without an answer, or from a sign-out
		return nil, "", nil
	}
	e.emit(eventHandleRedirectStart, typeRedirect, js.Null(), nil, "")
	defer e.emit(eventHandleRedirectEnd, typeRedirect, js.Null(), nil, "")
	trip, err := e.page.Trip(ctx, e.settings.clientID)
	old := e.accountsNow()
	if err != nil {
		e.report(ctx, typeRedirect, old, nil, "", "", err)
	}
	if err != nil || trip == nil {
		return nil, "", err
	}
	if toOrigin && browser.SameOrigin(trip.ReturnTo) && pageOf(trip.ReturnTo) != browser.Here() {
		if err := browser.LeaveAnswer(e.settings.clientID, answer); err != nil {
			return nil, "", err
		}
		if err := e.navigate(ctx, trip.ReturnTo, true); !errors.Is(err, errHandled) {
			return nil, "", err
		}
		browser.TakeAnswer(e.settings.clientID)
	}
	result, err = e.page.Return(ctx, e.client, e.settings.clientID, answer)
	if result == nil && err == nil {
		return nil, "", nil // another client of this page was faster
	}
	e.report(ctx, typeRedirect, old, result, trip.State, "", err)
	return result, trip.State, err
}

// pageOf is an address without query and fragment.
func pageOf(address string) string {
	if i := strings.IndexAny(address, "?#"); i >= 0 {
		return address[:i]
	}
	return address
}
