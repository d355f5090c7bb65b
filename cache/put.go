package cache

import (
	"slices"
	"strings"
)

// PutAccount adds an account to a clone. It replaces the one of the same user, environment
// and realm.
func (r *Record) PutAccount(a *Account) {
	r.Accounts = slices.DeleteFunc(r.Accounts, func(old *Account) bool {
		return old.HomeAccountID == a.HomeAccountID && old.Environment == a.Environment && old.Realm == a.Realm
	})
	r.Accounts = append(r.Accounts, a)
}

// PutIDToken adds an ID token to a clone. It replaces the one of the same user, environment,
// client and realm.
func (r *Record) PutIDToken(t *IDToken) {
	r.IDTokens = slices.DeleteFunc(r.IDTokens, func(old *IDToken) bool {
		return old.HomeAccountID == t.HomeAccountID && old.Environment == t.Environment && old.ClientID == t.ClientID && old.Realm == t.Realm
	})
	r.IDTokens = append(r.IDTokens, t)
}

// PutAccessToken adds an access token to a clone. It replaces every token that [Record.Find]
// could have returned for the request that got t, so that what a claims challenge refused
// is never found again.
func (r *Record) PutAccessToken(t *AccessToken) {
	q := Query{t.Realm, strings.Split(t.RequestedScopes, " "), t.Resource, t.TokenType, t.KeyID, t.Variant}
	r.AccessTokens = slices.DeleteFunc(r.AccessTokens, q.answeredBy)
	r.AccessTokens = append(r.AccessTokens, t)
	r.index.Store(nil)
}

// PutRefreshToken adds a refresh token to a clone. Of the same user, environment and client
// (or family) the newest one stays, by CachedAt, and t if they are of one age. Whoever
// exchanged an old token for t calls [Record.RemoveRefreshToken] with the old one first:
// the clock may have moved backwards between the two.
func (r *Record) PutRefreshToken(t *RefreshToken) {
	for _, old := range r.RefreshTokens {
		if old.CachedAt > t.CachedAt && old.replaces(t) {
			return
		}
	}
	r.RefreshTokens = slices.DeleteFunc(r.RefreshTokens, t.replaces)
	r.RefreshTokens = append(r.RefreshTokens, t)
}

// RemoveRefreshToken removes a refresh token from a clone, wherever it occurs, and reports
// whether it was there.
func (r *Record) RemoveRefreshToken(secret Secret) bool {
	n := len(r.RefreshTokens)
	r.RefreshTokens = slices.DeleteFunc(r.RefreshTokens, func(t *RefreshToken) bool { return t.Secret == secret })
	return len(r.RefreshTokens) != n
}

// RemoveAccessToken removes an access token from a clone, wherever it occurs, and reports
// whether it was there.
func (r *Record) RemoveAccessToken(secret Secret) bool {
	n := len(r.AccessTokens)
	r.AccessTokens = slices.DeleteFunc(r.AccessTokens, func(t *AccessToken) bool { return t.Secret == secret })
	r.index.Store(nil)
	return len(r.AccessTokens) != n
}

// Prune removes from a clone the access tokens that have ended by now (Unix seconds), for
// use in an outage too, and then the least recently used ones (see [AccessToken.Use]; to be
// got counts as use) until at most limit are left; 0 means any number.
func (r *Record) Prune(now int64, limit int) {
	r.AccessTokens = slices.DeleteFunc(r.AccessTokens, func(t *AccessToken) bool { return t.usableUntil() <= now })
	if limit > 0 && len(r.AccessTokens) > limit {
		slices.SortStableFunc(r.AccessTokens, func(a, b *AccessToken) int {
			switch x, y := a.lastUsed(), b.lastUsed(); {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		})
		r.AccessTokens = slices.Clone(r.AccessTokens[len(r.AccessTokens)-limit:])
	}
	r.index.Store(nil)
}
