//go:build !js

package latchkey

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/latchkey-auth/latchkey/cache"
)

// silentHit is the short way of a request that asks for nothing but a token: it returns
// what acquire would return from the cache. nil means that acquire has to decide.
func (c *client) silentHit(ctx context.Context, r *SilentRequest) *Result {
	if r.Account.HomeAccountID == "" || r.ForceRefresh || r.Rejected != "" || r.ClaimsChallenge != "" || len(r.Extra) > 0 || !r.Claims.empty() {
		return nil
	}
	tenant := r.Tenant
	if tenant == "" && c.authority.MultiTenant() {
		tenant = homeTenant(r.Account.HomeAccountID)
	}
	_, m, err := c.resolve(ctx, tenant)
	if err != nil {
		return nil
	}
	return c.hit(ctx, c.partition(cache.KindUser, m.Environment, r.Account.HomeAccountID),
		&cache.Query{Realm: realmOf(m, r.Account), Scopes: r.Scopes, Resource: r.Resource})
}

// clientCredentialHit is silentHit for a service's own token.
func (c *client) clientCredentialHit(ctx context.Context, r *ClientCredentialRequest) *Result {
	if r.ForceRefresh || r.Rejected != "" || r.ClaimsChallenge != "" || len(r.Extra) > 0 || !r.Claims.empty() {
		return nil
	}
	where, m, err := c.resolve(ctx, r.Tenant)
	if err != nil || where.MultiTenant() {
		return nil
	}
	return c.hit(ctx, c.partition(cache.KindApp, m.Environment, m.TenantID),
		&cache.Query{Realm: m.TenantID, Scopes: r.Scopes, Resource: r.Resource})
}

// onBehalfOfHit is silentHit for the user of an assertion.
func (c *client) onBehalfOfHit(ctx context.Context, assertion string, r *OnBehalfOfRequest) *Result {
	if assertion == "" || r.ForceRefresh || r.Rejected != "" || r.ClaimsChallenge != "" || len(r.Extra) > 0 || !r.Claims.empty() {
		return nil
	}
	where, m, err := c.onBehalfOfAuthority(ctx, r.Tenant, assertion)
	if err != nil {
		return nil
	}
	return c.hit(ctx, c.partition(cache.KindOnBehalfOf, m.Environment, c.session(assertion, where)),
		&cache.Query{Realm: m.TenantID, Scopes: r.Scopes, Resource: r.Resource})
}

// empty reports whether the request asks for nothing.
func (r *ClaimsRequest) empty() bool {
	return len(r.IDToken) == 0 && len(r.AccessToken) == 0 && len(r.UserInfo) == 0 && r.other == ""
}

// hit returns the token of the cache if it will do as it is, and nobody wants to hear of it.
func (c *client) hit(ctx context.Context, p cache.Partition, q *cache.Query) *Result {
	h, current := c.vault.look(ctx, p)
	if !current || h.recordOrNil() == nil || c.config.Trace.CacheHit != nil {
		return nil
	}
	f := h.found.find(q)
	if f == nil {
		var searched finding
		if !c.search(h, q, &searched) {
			return nil
		}
		f = &searched
	}
	now := c.now().Unix()
	if now < f.from || now >= f.until {
		return nil
	}
	f.token.Use(now)
	return newResult(f.token, f.account, f.id, Source{From: FromCache, Reason: reasonValid})
}

// search looks for the token in the held record, and notes it where the next request with
// the same scopes sees it first.
func (c *client) search(h *held, q *cache.Query, f *finding) bool {
	if q.Resource != "" && c.config.Profile.ResourceParameter == "" || c.needScopes("", q.Scopes) != nil || checkScopes(q.Scopes) != nil {
		return false
	}
	t := h.record.Find(q)
	if t == nil {
		return false
	}
	*f = finding{realm: t.Realm, scopes: t.RequestedScopes, token: t, from: t.CachedAt, until: c.renewFrom(t)}
	if t.RefreshOn != 0 {
		f.until = min(f.until, t.RefreshOn)
	}
	f.account, f.id = ownerOf(h.record, t)
	if q.Resource == "" && spells(t.RequestedScopes, q.Scopes) {
		h.found.add(f)
	}
	return true
}

// Findings are what requests that ask for scopes alone have found in one state of a record.
// They go with it: what replaces the record begins without.
type findings struct{ last atomic.Pointer[finding] }

type finding struct {
	realm, scopes string // of the request, which was the token's too
	from, until   int64  // the token will do as it is, Unix seconds
	token         *cache.AccessToken
	account       *cache.Account
	id            *cache.IDToken
	before        *finding
	number        int // of findings, with those before
}

// maxFindings bounds the findings of a record: to look through more takes longer than the
// record's own index.
const maxFindings = 4

func (all *findings) find(q *cache.Query) *finding {
	if q.Resource != "" || q.Variant != "" {
		return nil
	}
	f := all.last.Load()
	for f != nil && (f.realm != q.Realm || !spells(f.scopes, q.Scopes)) {
		f = f.before
	}
	return f
}

// add notes f, unless there are enough already or another goroutine just noted something.
func (all *findings) add(f *finding) {
	before := all.last.Load()
	if before != nil && before.number == maxFindings {
		return
	}
	noted := *f
	noted.before, noted.number = before, 1
	if before != nil {
		noted.number += before.number
	}
	all.last.CompareAndSwap(before, &noted)
}

// spells reports whether words are the scopes in their order, with a space between two.
func spells(words string, scopes []string) bool {
	for i, s := range scopes {
		if i > 0 {
			if words == "" || words[0] != ' ' {
				return false
			}
			words = words[1:]
		}
		if !strings.HasPrefix(words, s) || strings.IndexByte(s, ' ') >= 0 {
			return false
		}
		words = words[len(s):]
	}
	return words == "" && len(scopes) > 0
}
