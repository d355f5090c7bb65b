//go:build !js

package cache

import (
	"cmp"
	"slices"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// mergeRecord adds what was imported to a record. Of two in one place the newer one stays,
// and the record's if nobody knows.
func mergeRecord(r, imported *Record) {
	r.Accounts = mergeWith(append(slices.Clone(imported.Accounts), r.Accounts...), mergedAccount)
	r.IDTokens = mergeWith(append(slices.Clone(imported.IDTokens), r.IDTokens...), newerIDToken)
	r.AccessTokens = merge(append(slices.Clone(imported.AccessTokens), r.AccessTokens...))
	r.RefreshTokens = merge(append(slices.Clone(imported.RefreshTokens), r.RefreshTokens...))
	r.extra = joinExtras(imported.extra, r.extra)
	r.index.Store(nil)
}

// joinExtras returns what both records have besides entities; of one name, the later one.
func joinExtras(first, later *recordExtra) *recordExtra {
	if first == nil || later == nil {
		return cmp.Or(later, first)
	}
	all := &recordExtra{top: *joinMembers(&first.top, &later.top)}
	for i := range all.entities {
		all.entities[i] = *joinMembers(&first.entities[i], &later.entities[i])
	}
	return all
}

// mergeWith leaves one entity of each identity: what better makes of the first and of each
// later one.
func mergeWith[E entity](list []E, better func(first, later E) E) []E {
	at := make(map[string]int, len(list))
	kept := list[:0]
	for _, e := range list {
		id := e.identity()
		if i, twice := at[id]; twice {
			kept[i] = better(kept[i], e)
			continue
		}
		at[id] = len(kept)
		kept = append(kept, e)
	}
	return kept
}

// newerIDToken returns the ID token that was issued later; the later one if nobody knows.
func newerIDToken(first, later *IDToken) *IDToken {
	if issuedAt(first) > issuedAt(later) {
		return first
	}
	return later
}

// issuedAt is when an ID token was issued, in Unix seconds; 0 if it does not say.
func issuedAt(t *IDToken) int64 {
	at, _ := tokenClaims(t.Secret).Get("iat").Truncated()
	return at
}

// mergedAccount returns the later account with what only the first one says.
func mergedAccount(first, later *Account) *Account {
	a := *later
	a.LocalAccountID = cmp.Or(a.LocalAccountID, first.LocalAccountID)
	a.Username = cmp.Or(a.Username, first.Username)
	a.Name = cmp.Or(a.Name, first.Name)
	a.AuthorityType = cmp.Or(a.AuthorityType, first.AuthorityType)
	a.ClientInfo = cmp.Or(a.ClientInfo, first.ClientInfo)
	a.LoginHint = cmp.Or(a.LoginHint, first.LoginHint)
	if len(a.TenantProfiles) == 0 {
		a.TenantProfiles = first.TenantProfiles
	}
	a.extra = joinMembers(first.extra, later.extra)
	return &a
}

// joinMembers returns the members of both; of one name, the later one.
func joinMembers(first, later *members) *members {
	if first == nil || later == nil {
		return cmp.Or(later, first)
	}
	all := &members{append(slices.Clone(first.list), later.list...)}
	all.unique()
	return all
}

// profileOf reads one of MSAL Node's tenant profiles; absent if it is none.
func profileOf(text string) jsonscan.Value {
	profile, _ := jsonscan.Parse(text)
	return profile
}

func textOf(v jsonscan.Value, name string) string {
	text, _ := v.Get(name).Text()
	return strings.Clone(text)
}

// joinProfiles returns the tenant profiles of both; of one tenant, the later one.
func joinProfiles(first, later []string) []string {
	if len(first) == 0 {
		return later
	}
	tenants := map[string]bool{}
	for _, text := range later {
		tenants[lowerASCII(textOf(profileOf(text), "tenantId"))] = true
	}
	all := slices.Clone(later)
	for _, text := range first {
		if !tenants[lowerASCII(textOf(profileOf(text), "tenantId"))] {
			all = append(all, text)
		}
	}
	return all
}

// guestAccounts makes an account of each tenant profile but that of the account itself.
func guestAccounts(a *Account) []*Account {
	var guests []*Account
	for _, text := range a.TenantProfiles {
		profile := profileOf(text)
		realm := lowerASCII(textOf(profile, "tenantId"))
		if realm == "" || realm == a.Realm || tenantName(realm) {
			continue
		}
		guests = append(guests, &Account{
			HomeAccountID: a.HomeAccountID, Environment: a.Environment, Realm: realm,
			LocalAccountID: textOf(profile, "localAccountId"), AuthorityType: a.AuthorityType,
			Username: cmp.Or(textOf(profile, "username"), a.Username), Name: cmp.Or(textOf(profile, "name"), a.Name),
			LoginHint: textOf(profile, "loginHint"),
		})
	}
	return guests
}

// accountFromTokens makes the account of a user of whom the file has tokens only.
func accountFromTokens(p Partition, r *Record) *Account {
	a := &Account{HomeAccountID: p.Subject, Environment: p.Cloud, Realm: homeTenantOf(p.Subject), AuthorityType: "MSSTS"}
	a.LocalAccountID, _, _ = strings.Cut(p.Subject, ".")
	for _, t := range r.IDTokens {
		if a.Username != "" && t.Realm != a.Realm {
			continue
		}
		claims := tokenClaims(t.Secret)
		a.Realm = cmp.Or(a.Realm, t.Realm)
		a.LocalAccountID = cmp.Or(textOf(claims, "oid"), textOf(claims, "sub"), a.LocalAccountID)
		a.Username = cmp.Or(textOf(claims, "preferred_username"), textOf(claims, "upn"), a.Username)
		a.Name = cmp.Or(textOf(claims, "name"), a.Name)
		a.LoginHint = cmp.Or(textOf(claims, "login_hint"), a.LoginHint)
	}
	return a
}
