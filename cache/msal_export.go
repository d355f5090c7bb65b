//go:build !js

package cache

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// ExportMSAL writes the users and tokens of clients as MSAL's unified cache, for a program
// that still uses MSAL Node, MSAL Go or MSAL Python. It removes nothing: whoever signed out
// here is still in Base. Two programs that keep tokens of one user apart spend the same
// refresh token; Microsoft Entra allows that, an authority with strict rotation does not.
//
// What MSAL would take for something else is skipped; the report says what, and why. The
// store must be a [Lister]. The error is an [*MSALError] if the request or Base is wrong,
// ctx's or the store's otherwise.
func ExportMSAL(ctx context.Context, from Store, x MSALExport) ([]byte, *MSALReport, error) {
	report := new(MSALReport)
	lister, ok := from.(Lister)
	switch {
	case !ok:
		return nil, report, &MSALError{"the store", "it cannot list its partitions, so nobody knows what is in it: give one that is a cache.Lister", nil}
	case len(x.ClientIDs) == 0:
		return nil, report, &MSALError{"MSALExport.ClientIDs", "it is empty: name the clients whose tokens to write", nil}
	case x.For < MSALNode || x.For > MSALPython:
		return nil, report, &MSALError{"MSALExport.For", "there is no such library", nil}
	}
	base := new(msalFile)
	if len(strings.TrimSpace(string(x.Base))) > 0 {
		var err error
		if base, err = readMSAL(x.Base, x.Environments); err != nil {
			return nil, report, err
		}
	}
	e := newMSALExporter(&x, base)
	for _, client := range x.ClientIDs {
		for _, kind := range []Kind{KindUser, KindApp, KindOnBehalfOf} {
			all, err := listAll(ctx, lister, kind, client)
			if err != nil {
				return nil, report, err
			}
			for _, p := range all {
				if err := e.partition(ctx, from, p, report); err != nil {
					return nil, report, err
				}
			}
		}
	}
	text := e.file.encode()
	report.Skipped = e.skipped.list
	slices.SortFunc(report.Taken, func(a, b MSALPartition) int { return strings.Compare(a.Partition.Name(), b.Partition.Name()) })
	return text, report, nil
}

func listAll(ctx context.Context, from Lister, kind Kind, owner string) ([]Partition, error) {
	var all []Partition
	err := from.List(ctx, kind, owner, func(p Partition) bool {
		all = append(all, p)
		return true
	})
	slices.SortFunc(all, func(a, b Partition) int { return strings.Compare(a.Name(), b.Name()) })
	return slices.Compact(all), err
}

// An msalExporter puts what is in a store into a file.
type msalExporter struct {
	library MSALLibrary
	hosts   map[string]string
	now     int64
	file    *msalOutput
	skipped skips
}

func newMSALExporter(x *MSALExport, base *msalFile) *msalExporter {
	now := clockOf(x.Now)().Unix()
	return &msalExporter{library: x.For, hosts: x.Hosts, now: now, file: newMSALOutput(base, x.For)}
}

// partition writes one partition.
func (m *msalExporter) partition(ctx context.Context, from Store, p Partition, report *MSALReport) error {
	e, err := from.Load(ctx, p)
	if errors.Is(err, ErrDamaged) {
		m.skip(p, "", MSALUnreadable)
		return nil
	}
	if err != nil || e.Version == "" {
		return err
	}
	r, err := DecodeRecord(e.Data)
	switch {
	case err != nil:
		m.skip(p, "", MSALUnreadable)
		return nil
	case p.Kind == KindOnBehalfOf:
		m.skip(p, msalSectionName(sectionAccessToken), MSALOnBehalfOf)
		return nil
	}
	host := m.hosts[p.Cloud]
	if host == "" {
		host = p.Cloud
	}
	if strings.Contains(host, "/") {
		m.skip(p, "", MSALEnvironment)
		return nil
	}
	written := m.record(p, host, r)
	if !written.Empty() {
		report.Taken = append(report.Taken, describe(p, written, false))
	}
	return nil
}

func (m *msalExporter) skip(p Partition, section string, reason MSALReason) {
	s := MSALSkip{Section: section, Reason: reason, ClientID: p.Owner, Environment: p.Cloud}
	if p.Kind == KindUser {
		s.HomeAccountID = p.Subject
	}
	m.skipped.add(s, "")
}

// record writes what MSAL can use of a record, and returns that.
func (m *msalExporter) record(p Partition, host string, r *Record) *Record {
	written := new(Record)
	for _, t := range r.AccessTokens {
		if reason := m.unfit(t); reason != "" {
			m.skip(p, msalSectionName(sectionAccessToken), reason)
			continue
		}
		written.AccessTokens = append(written.AccessTokens, t)
	}
	written.AccessTokens = m.apart(p, written.AccessTokens)
	written.IDTokens, written.RefreshTokens, written.Accounts = r.IDTokens, r.RefreshTokens, r.Accounts
	if written.Empty() {
		return written
	}
	for _, a := range m.accounts(r.Accounts) {
		m.file.put(sectionAccount, host, a)
	}
	for _, t := range written.IDTokens {
		m.file.put(sectionIDToken, host, t)
	}
	for _, t := range written.AccessTokens {
		m.file.put(sectionAccessToken, host, t)
	}
	family := ""
	for _, t := range written.RefreshTokens {
		m.file.put(sectionRefreshToken, host, t)
		if t.ClientID == p.Owner {
			family = t.FamilyID
		}
	}
	m.file.put(sectionAppMetadata, host, &appMetadata{client: p.Owner, environment: p.Cloud, family: family})
	if r.extra != nil {
		m.file.putUnknown(r.extra)
	}
	return written
}

// unfit says why MSAL must not see a token.
func (m *msalExporter) unfit(t *AccessToken) MSALReason {
	switch {
	case !sameTokenType(t.TokenType, "") || t.KeyID != "":
		return MSALBound
	case t.Variant != "":
		return MSALVariant
	case t.Resource != "":
		return MSALResource
	case t.UserAssertionHash != "":
		return MSALOnBehalfOf
	case t.usableUntil() <= m.now:
		return MSALEnded
	}
	return ""
}

// apart leaves tokens that the library can tell apart: those that end last. MSAL Node
// demands that no two of them, and of those in the file, have a scope in common.
func (m *msalExporter) apart(p Partition, tokens []*AccessToken) []*AccessToken {
	sorted := slices.Clone(tokens)
	slices.SortStableFunc(sorted, func(a, b *AccessToken) int { return compareInt64(b.ExpiresOn, a.ExpiresOn) })
	claimed := map[string]bool{}
	kept := sorted[:0]
	for _, t := range sorted {
		keys := []string{msalID(t)}
		if m.library == MSALNode {
			keys = scopeKeys(t)
		}
		if claim(claimed, keys) {
			kept = append(kept, t)
		} else {
			m.skip(p, msalSectionName(sectionAccessToken), MSALOverlap)
		}
	}
	return slices.DeleteFunc(kept, func(t *AccessToken) bool {
		if m.file.longerLived(t) {
			m.skip(p, msalSectionName(sectionAccessToken), MSALOverlap)
			return true
		}
		return false
	})
}

// claim takes keys, unless one of them is taken.
func claim(taken map[string]bool, keys []string) bool {
	for _, key := range keys {
		if taken[key] {
			return false
		}
	}
	for _, key := range keys {
		taken[key] = true
	}
	return true
}

// scopeKeys names each scope by which a token could be found.
func scopeKeys(t *AccessToken) []string {
	var keys []string
	for rest := t.Target; rest != ""; {
		var word string
		if word, rest = nextWord(rest); !identityScope(word) {
			keys = append(keys, Key(t.HomeAccountID, t.Environment, t.ClientID, t.Realm, lowerASCII(word)))
		}
	}
	return keys
}

func compareInt64(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// accounts returns accounts as the library has them: MSAL Node keeps one a user, which names
// the user's tenants.
func (m *msalExporter) accounts(all []*Account) []*Account {
	if m.library != MSALNode || len(all) == 0 {
		return all
	}
	home := *all[0]
	for _, a := range all {
		if a.Realm == homeTenantOf(a.HomeAccountID) {
			home = *a
		}
	}
	profiles := make([]string, 0, len(all))
	for _, a := range all {
		profiles = append(profiles, profileText(a, home.TenantProfiles))
	}
	home.TenantProfiles = profiles
	return []*Account{&home}
}

// profileText returns the profile of an account's tenant, as it is known or as MSAL Node
// would write it.
func profileText(a *Account, known []string) string {
	for _, text := range known {
		if lowerASCII(textOf(profileOf(text), "tenantId")) == a.Realm {
			return text
		}
	}
	w := writer{}
	w.open('{')
	w.text("tenantId", a.Realm)
	w.text("localAccountId", a.LocalAccountID)
	w.text("name", a.Name)
	w.text("username", a.Username)
	if a.LoginHint != "" {
		w.text("loginHint", a.LoginHint)
	}
	w.name("isHomeTenant")
	if a.Realm == homeTenantOf(a.HomeAccountID) {
		w.buf = append(w.buf, "true"...)
	} else {
		w.buf = append(w.buf, "false"...)
	}
	w.close('}')
	return string(w.buf)
}
