package cache

import (
	"slices"
	"strconv"
	"sync/atomic"
)

// A Record holds the tokens of one partition. The zero Record is an empty one.
//
// A record that others can see, and an entity that is in a record, are immutable: to change
// a record, change a [Record.Clone] by its Put, Remove and Prune methods and publish that.
// Then any number of goroutines may read it without a lock.
type Record struct {
	Accounts      []*Account      // the user, once a tenant; none in an application's partition
	AccessTokens  []*AccessToken  // in the order in which they came
	RefreshTokens []*RefreshToken // one a client or family
	IDTokens      []*IDToken      // the last one of each tenant

	extra *recordExtra          // what this package does not know
	index atomic.Pointer[index] // of AccessTokens; nil until Find wants one
}

// String says how much is in the record.
func (r *Record) String() string {
	return "cache.Record{" + strconv.Itoa(len(r.Accounts)) + " accounts, " +
		strconv.Itoa(len(r.AccessTokens)) + " access tokens, " +
		strconv.Itoa(len(r.RefreshTokens)) + " refresh tokens, " +
		strconv.Itoa(len(r.IDTokens)) + " ID tokens}"
}

// Clone returns a record with the same entities that may be changed until it is published.
func (r *Record) Clone() *Record {
	return &Record{
		Accounts:      slices.Clone(r.Accounts),
		AccessTokens:  slices.Clone(r.AccessTokens),
		RefreshTokens: slices.Clone(r.RefreshTokens),
		IDTokens:      slices.Clone(r.IDTokens),
		extra:         r.extra,
	}
}

// Empty reports whether nothing is in the record, so that its partition can be removed.
func (r *Record) Empty() bool {
	return len(r.Accounts) == 0 && len(r.AccessTokens) == 0 && len(r.RefreshTokens) == 0 &&
		len(r.IDTokens) == 0 && r.extra == nil
}

// Account returns the account in a realm, or nil. If there are several, the last one put wins.
func (r *Record) Account(realm string) *Account {
	for i := len(r.Accounts) - 1; i >= 0; i-- {
		if r.Accounts[i].Realm == realm {
			return r.Accounts[i]
		}
	}
	return nil
}

// IDToken returns the ID token of a realm, or nil. If there are several, the last one put wins.
func (r *Record) IDToken(realm string) *IDToken {
	for i := len(r.IDTokens) - 1; i >= 0; i-- {
		if r.IDTokens[i].Realm == realm {
			return r.IDTokens[i]
		}
	}
	return nil
}

// RefreshToken returns the newest refresh token that a client may use: its own, or if
// familyID is not "", one of that family. It returns nil if there is none.
func (r *Record) RefreshToken(clientID, familyID string) *RefreshToken {
	var best *RefreshToken
	for _, t := range r.RefreshTokens {
		if t.ClientID != clientID && (familyID == "" || t.FamilyID != familyID) {
			continue
		}
		if best == nil || t.CachedAt >= best.CachedAt {
			best = t
		}
	}
	return best
}
