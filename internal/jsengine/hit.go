//go:build js

package jsengine

import (
	"context"

	"github.com/latchkey-auth/latchkey"
)

// hit returns the token of a silent request if this page has it, and does not wait: it may
// run in a function that the page called. It returns nil if there is none, or if finding out
// takes longer.
func (e *engine) hit(q *request) *latchkey.Result {
	if len(q.tokenExtra) > 0 { // the hash of them waits
		return nil
	}
	if !routeOf(q.policy, q.force || q.claims != "").cache || !e.hasAccount(q) {
		return nil
	}
	r := e.silentRequest(q)
	r.CacheOnly = true
	result, err := e.client.AcquireTokenSilent(newInstant(), r)
	if err != nil {
		return nil
	}
	return result
}

// An instant is a context that ends as soon as somebody waits for it.
type instant struct {
	context.Context // ended
	over            bool
}

var ended context.Context // made when it is needed: a page is ready without

func newInstant() *instant {
	if ended == nil {
		var end context.CancelFunc
		ended, end = context.WithCancel(context.Background())
		end()
	}
	return &instant{Context: ended}
}

// Done ends the context.
func (i *instant) Done() <-chan struct{} {
	i.over = true
	return i.Context.Done()
}

// Err is nil until then.
func (i *instant) Err() error {
	if i.over {
		return i.Context.Err()
	}
	return nil
}

// hasAccount gives a request without an account the active one, and reports whether it has
// one then.
func (e *engine) hasAccount(q *request) bool {
	if q.account.home == "" {
		if active := e.activeAccount(); active != nil {
			a := &active.identity.Account
			q.account = accountRef{home: a.HomeAccountID, local: a.LocalAccountID, tenant: a.TenantID}
		}
	}
	return q.account.home != ""
}

func (e *engine) silentRequest(q *request) latchkey.SilentRequest {
	return latchkey.SilentRequest{
		Account: e.account(q), Scopes: scopesOf(q), Resource: q.resource, Tenant: q.tenant,
		ClaimsChallenge: q.claims, CorrelationID: q.correlationID, Extra: q.tokenExtra,
	}
}
