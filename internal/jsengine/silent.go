//go:build js

package jsengine

import (
	"context"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/browser"
	"github.com/latchkey-auth/latchkey/cache"
)

// acquireSilent is acquireTokenSilent: cache, refresh token, hidden frame.
func (e *engine) acquireSilent(ctx context.Context, q *request) (*latchkey.Result, error) {
	if !e.hasAccount(q) {
		return nil, fail(classBrowser, "no_account_error", "there is no account: give one in the request, or set the active account")
	}
	way := routeOf(q.policy, q.force || q.claims != "")
	result, err := e.withoutFrame(ctx, q, way)
	if err == nil || !way.frame {
		return result, err
	}
	first := failureOf(err, online())
	if !frameHelps(first) {
		return nil, first
	}
	return e.byFrame(ctx, q, way, first)
}

// withoutFrame asks the cache, and then the authority by the refresh token.
func (e *engine) withoutFrame(ctx context.Context, q *request, way route) (*latchkey.Result, error) {
	r := e.silentRequest(q)
	if way.cache {
		r.CacheOnly = true
		result, err := e.client.AcquireTokenSilent(ctx, r)
		if err == nil || !way.refresh || failureOf(err, true).code != "token_refresh_required" {
			return result, err
		}
		r.CacheOnly = false
	}
	if !way.refresh {
		return nil, errTokenRefreshRequired()
	}
	e.emitRequest(eventNetworkStart, typeSilent, q)
	r.ForceRefresh = !way.cache && q.claims == ""
	return e.client.AcquireTokenSilent(ctx, r)
}

// A frameRun is a hidden frame that others wait for rather than opening their own.
type frameRun struct {
	done chan struct{}
	ok   bool
}

// byFrame asks in a hidden frame, one at a time: whoever comes meanwhile takes what that one
// brought, or fails with its own first failure.
func (e *engine) byFrame(ctx context.Context, q *request, way route, first *failure) (*latchkey.Result, error) {
	e.frames.Lock()
	other := e.frame
	own := &frameRun{done: make(chan struct{})}
	if other == nil {
		e.frame = own
	}
	e.frames.Unlock()
	if other != nil && q.policy != policySkip {
		select {
		case <-other.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if !other.ok {
			return nil, first
		}
		return e.withoutFrame(ctx, q, route{cache: true, refresh: true})
	}
	defer func() {
		e.frames.Lock()
		if e.frame == own {
			e.frame = nil
		}
		e.frames.Unlock()
		close(own.done)
	}()
	result, err := e.leasedFrame(ctx, q, way)
	own.ok = err == nil
	return result, err
}

// leasedFrame holds the lease of the account's silent sign-in, which all tabs share that share a
// storage: the second tab looks first whether the first one brought what it needs.
func (e *engine) leasedFrame(ctx context.Context, q *request, way route) (*latchkey.Result, error) {
	if e.page != nil {
		unlock, err := e.page.Lock(ctx, cache.Partition{Kind: cache.KindInteraction, Cloud: e.settings.authority, Owner: e.settings.clientID, Subject: q.account.home})
		if err != nil {
			return nil, err
		}
		defer unlock()
	} else {
		e.turns.Lock()
		defer e.turns.Unlock()
	}
	if way.cache {
		if result, err := e.withoutFrame(ctx, q, route{cache: true}); err == nil {
			return result, nil
		}
	}
	result, err := e.signInSilently(ctx, q)
	if err != nil && failureOf(err, online()).code == "invalid_grant" { // the code was spent or lost: another one may do
		result, err = e.signInSilently(ctx, q)
	}
	return result, err
}

// signInSilently is one hidden frame.
func (e *engine) signInSilently(ctx context.Context, q *request) (*latchkey.Result, error) {
	r := e.interactive(q)
	if r.Prompt != "no_session" {
		r.Prompt = "none"
	}
	if hint := e.loginHint(q); hint != "" {
		r.LoginHint = hint
	}
	if q.sid != "" {
		r.Extra["sid"] = q.sid
	}
	result, err := e.client.AcquireTokenInteractive(ctx, &browser.Frame{RedirectURI: q.redirectURI, Timeout: e.settings.frameTimeout}, r)
	if err != nil {
		return nil, err
	}
	if q.account.home != "" && result.Account.HomeAccountID != q.account.home {
		return nil, fail(classInteractionRequired, "login_required", "the authority's session is another user's: ask interactively, with the account as login hint")
	}
	return result, nil
}

// account returns the account of a request, from the cache if it is known there.
func (e *engine) account(q *request) latchkey.Account {
	if known := e.accountsNow().find(q.account); known != nil {
		return known.identity.Account
	}
	return latchkey.Account{
		HomeAccountID: q.account.home, LocalAccountID: q.account.local, TenantID: q.account.tenant,
		Environment: q.account.environment, Username: q.account.username,
	}
}

// loginHint is the hint that the authority itself gave for the account; empty if it gave none.
func (e *engine) loginHint(q *request) string {
	if known := e.accountsNow().find(q.account); known != nil && q.domainHint == "" && known.identity.LoginHint != "" {
		return known.identity.LoginHint
	}
	return q.loginHint
}

// scopesOf are the scopes of a request, OpenID Connect's own if it names none.
func scopesOf(q *request) []string {
	if len(q.scopes) == 0 {
		return []string{"openid", "profile", "offline_access"}
	}
	return q.scopes
}

// interactive is what the root is asked for.
func (e *engine) interactive(q *request) latchkey.InteractiveRequest {
	extra := map[string]string{}
	for name, value := range q.extra {
		extra[name] = value
	}
	for name, value := range q.tokenExtra {
		extra[name] = value
	}
	if q.sid != "" && q.prompt == "none" {
		extra["sid"] = q.sid
	}
	return latchkey.InteractiveRequest{
		Scopes: q.scopes, ExtraScopesToConsent: q.extraScopes, Resource: q.resource, Account: e.account(q),
		LoginHint: q.loginHint, DomainHint: q.domainHint, Prompt: q.prompt, Tenant: q.tenant,
		ClaimsChallenge: q.claims, Extra: extra, CorrelationID: q.correlationID,
	}
}
