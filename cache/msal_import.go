//go:build !js

package cache

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// ImportMSAL takes users, their tokens and an application's own tokens out of a cache that
// MSAL Node, MSAL Go or MSAL Python wrote, into a store. What is there twice, by its fields,
// is taken once, and what the store has in a newer state stays: to import a cache again adds
// what has happened since. Members that this package does not know go along.
//
// A client of a family (Microsoft's own programs) gets the family's refresh token. Tokens
// that no client of this module could find or use are skipped; the report says which, and
// why. The error is an [*MSALError] if the data or the request is wrong, ctx's or the
// store's otherwise; then the report has what was done before.
func ImportMSAL(ctx context.Context, to Store, i MSALImport) (*MSALReport, error) {
	report := new(MSALReport)
	if len(i.Environments) == 0 {
		return report, &MSALError{"MSALImport.Environments", "it is empty: give authority.Environments(), or the hosts of your authority", nil}
	}
	file, err := readMSAL(i.Data, i.Environments)
	if err != nil {
		return report, err
	}
	m := newMSALImporter(&i)
	m.take(file.items)
	report.Skipped = m.skipped.list
	for _, p := range m.partitions() {
		taken := m.taken[p]
		saved, err := m.save(ctx, to, p, taken)
		if err != nil {
			return report, err
		}
		report.Taken = append(report.Taken, describe(p, taken, saved))
	}
	return report, nil
}

func describe(p Partition, r *Record, saved bool) MSALPartition {
	d := MSALPartition{
		Partition: p, Saved: saved, Accounts: len(r.Accounts), IDTokens: len(r.IDTokens),
		AccessTokens: len(r.AccessTokens), RefreshTokens: len(r.RefreshTokens),
	}
	for _, a := range r.Accounts {
		if d.Username == "" || a.Realm == homeTenantOf(a.HomeAccountID) && a.Username != "" {
			d.Username = a.Username
		}
	}
	return d
}

// An msalImporter sorts what a file has into partitions.
type msalImporter struct {
	clientID string
	dryRun   bool
	now      int64

	taken    map[Partition]*Record
	users    map[string][]Partition // of a cloud's user, by Key
	families map[string]string      // of a cloud's client, by Key
	behalf   map[Partition]bool     // has on-behalf-of tokens
	own      map[Partition]bool     // has tokens that are not
	skipped  skips
}

func newMSALImporter(i *MSALImport) *msalImporter {
	return &msalImporter{
		clientID: i.ClientID, dryRun: i.DryRun, now: clockOf(i.Now)().Unix(),
		taken: map[Partition]*Record{}, users: map[string][]Partition{}, families: map[string]string{},
		behalf: map[Partition]bool{}, own: map[Partition]bool{},
	}
}

func (m *msalImporter) partitions() []Partition {
	all := make([]Partition, 0, len(m.taken))
	for p := range m.taken {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Partition) int { return strings.Compare(a.Name(), b.Name()) })
	return all
}

func (m *msalImporter) skip(x *msalItem, reason MSALReason) {
	m.skipped.add(MSALSkip{
		Section: msalSectionName(x.section), Reason: reason,
		ClientID: x.client(), HomeAccountID: x.home(), Environment: x.text("environment"),
	}, x.path())
}

// take takes all items: first tokens, which say whose a partition is, then what goes along.
func (m *msalImporter) take(items []*msalItem) {
	for _, x := range items {
		m.note(x)
	}
	for _, x := range items {
		if x.token() {
			if reason := m.refusal(x); reason != "" {
				m.skip(x, reason)
				continue
			}
			m.put(x)
		}
	}
	m.shareFamilies(items)
	for _, x := range items {
		switch {
		case x.e == nil && x.broken == "":
			m.putUnknown(x)
		case x.section == sectionAccount:
			m.putAccount(x)
		}
	}
	for p, r := range m.taken {
		if r.extra != nil {
			for i := range r.extra.entities {
				r.extra.entities[i].unique()
			}
		}
		if p.Kind == KindUser && len(r.Accounts) == 0 {
			r.Accounts = []*Account{accountFromTokens(p, r)}
		}
		r.Accounts, r.IDTokens = mergeWith(r.Accounts, mergedAccount), mergeWith(r.IDTokens, newerIDToken)
		r.AccessTokens, r.RefreshTokens = merge(r.AccessTokens), merge(r.RefreshTokens)
	}
}

// note finds out whose tokens are an on-behalf-of session's, and which clients are a family.
func (m *msalImporter) note(x *msalItem) {
	switch e := x.e.(type) {
	case *AccessToken:
		e.CachedAt = min(e.CachedAt, m.now) // MSAL Node rounds up, and a token of the future is not used
		p := userPartition(x)
		m.behalf[p] = m.behalf[p] || e.UserAssertionHash != ""
		m.own[p] = m.own[p] || e.UserAssertionHash == ""
	case *RefreshToken:
		e.CachedAt = min(e.CachedAt, m.now) // a date in the future would win for ever
	case *appMetadata:
		if e.family != "" {
			m.families[Key(x.cloud, e.client)] = e.family
		}
	}
}

// maxMSALUser bounds the clients, and the accounts, of one user: each of the former gets all
// of the latter.
const maxMSALUser = 64

func userPartition(x *msalItem) Partition { return Partition{KindUser, x.cloud, x.client(), x.home()} }

// refusal says why a token is not taken; empty if it is.
func (m *msalImporter) refusal(x *msalItem) MSALReason {
	family := false
	if t, ok := x.e.(*RefreshToken); ok {
		family = t.FamilyID != "" && m.families[Key(x.cloud, m.clientID)] == t.FamilyID
	}
	switch {
	case x.broken != "":
		return MSALMalformed
	case m.clientID != "" && x.client() != m.clientID && !family:
		return MSALOtherClient
	case x.cloud == "":
		return MSALEnvironment
	case x.onBehalfOf():
		return MSALOnBehalfOf
	}
	if p := userPartition(x); m.behalf[p] && !m.own[p] {
		return MSALOnBehalfOf // MSAL Node does not say so in its refresh tokens
	}
	if t, ok := x.e.(*AccessToken); ok {
		if reason := m.unusable(t); reason != "" {
			return reason
		}
	}
	if x.section != sectionRefreshToken && tenantName(x.text("realm")) {
		return MSALTenant
	}
	if n := len(m.users[Key(x.cloud, x.home())]); n >= maxMSALUser && m.taken[userPartition(x)] == nil {
		return MSALTooMany
	}
	return ""
}

func (m *msalImporter) unusable(t *AccessToken) MSALReason {
	switch {
	case !sameTokenType(t.TokenType, "") || t.KeyID != "":
		return MSALBound
	case t.Variant != "":
		return MSALVariant
	case t.usableUntil() <= m.now:
		return MSALEnded
	}
	return ""
}

// record returns what is taken for a partition.
func (m *msalImporter) record(p Partition) *Record {
	r := m.taken[p]
	if r == nil {
		r = new(Record)
		m.taken[p] = r
		if p.Kind == KindUser {
			user := Key(p.Cloud, p.Subject)
			m.users[user] = append(m.users[user], p)
		}
	}
	return r
}

func (m *msalImporter) put(x *msalItem) {
	p := userPartition(x)
	switch e := x.e.(type) {
	case *IDToken:
		r := m.record(p)
		r.IDTokens = append(r.IDTokens, e)
	case *RefreshToken:
		if m.clientID == "" || m.clientID == e.ClientID {
			r := m.record(p)
			r.RefreshTokens = append(r.RefreshTokens, e)
		}
	case *AccessToken:
		if e.HomeAccountID == "" {
			p.Kind, p.Subject = KindApp, e.Realm
		}
		r := m.record(p)
		r.AccessTokens = append(r.AccessTokens, e)
	}
}

// putUnknown takes along what is no entity, if it says whose it is.
func (m *msalImporter) putUnknown(x *msalItem) {
	r := m.taken[userPartition(x)]
	if r == nil || x.cloud == "" || x.home() == "" || x.section == sectionAppMetadata {
		m.skip(x, MSALUnknown)
		return
	}
	if r.extra == nil {
		r.extra = new(recordExtra)
	}
	r.extra.entities[x.section].put(strings.Clone(x.key), strings.Clone(x.raw.Raw()))
}

// shareFamilies gives the newest refresh token of a family to its clients that have none:
// MSAL keeps one for all, and a partition is one client's.
func (m *msalImporter) shareFamilies(items []*msalItem) {
	newest := map[string]*RefreshToken{}
	of := func(x *msalItem, t *RefreshToken) string { return Key(x.cloud, t.HomeAccountID, t.FamilyID) }
	for _, x := range items {
		if t, ok := x.e.(*RefreshToken); ok && t.FamilyID != "" && m.refusal(x) == "" {
			if old := newest[of(x, t)]; old == nil || t.CachedAt >= old.CachedAt {
				newest[of(x, t)] = t
			}
		}
	}
	for _, x := range items {
		if t, ok := x.e.(*RefreshToken); ok && newest[of(x, t)] == t {
			m.share(x, t)
		}
	}
}

func (m *msalImporter) share(x *msalItem, t *RefreshToken) {
	users := slices.Clone(m.users[Key(x.cloud, t.HomeAccountID)])
	if m.clientID != "" && len(users) == 0 {
		users = []Partition{{KindUser, x.cloud, m.clientID, t.HomeAccountID}}
	}
	for _, p := range users {
		if p.Owner == t.ClientID || m.families[Key(x.cloud, p.Owner)] != t.FamilyID {
			continue
		}
		r := m.record(p)
		if len(r.RefreshTokens) > 0 {
			continue
		}
		its := *t
		its.ClientID = p.Owner
		r.RefreshTokens = append(r.RefreshTokens, &its)
	}
}

// putAccount puts an account, and those of its tenant profiles, beside the tokens of each
// client that the user has.
func (m *msalImporter) putAccount(x *msalItem) {
	a, ok := x.e.(*Account)
	if !ok {
		m.skip(x, MSALMalformed)
		return
	}
	users := m.users[Key(x.cloud, a.HomeAccountID)]
	accounts := append([]*Account{a}, guestAccounts(a)...)
	reason := MSALReason("")
	switch {
	case x.cloud == "":
		reason = MSALEnvironment
	case len(users) == 0:
		reason = MSALNoTokens
	case tenantName(a.Realm):
		reason = MSALTenant
	case len(m.taken[users[0]].Accounts)+len(accounts) > maxMSALUser:
		reason = MSALTooMany
	}
	if reason != "" {
		m.skip(x, reason)
		return
	}
	for _, p := range users {
		m.taken[p].Accounts = append(m.taken[p].Accounts, accounts...)
	}
}

// save merges what was taken into the store, and reports whether that changed anything.
func (m *msalImporter) save(ctx context.Context, to Store, p Partition, taken *Record) (bool, error) {
	const attempts = 16
	var err error
	for range attempts {
		var e Entry
		if e, err = to.Load(ctx, p); err != nil && !errors.Is(err, ErrDamaged) {
			return false, err
		}
		next := new(Record)
		if e.Version != "" {
			if next, err = DecodeRecord(e.Data); errors.Is(err, ErrMalformed) {
				next = new(Record) // a sign-in replaces what nobody can read, and so does this
			} else if err != nil {
				return false, err
			}
		}
		mergeRecord(next, taken)
		next.Prune(m.now, 0)
		data := next.Encode()
		if string(data) == string(e.Data) || m.dryRun {
			return string(data) != string(e.Data), nil
		}
		_, err = to.Save(ctx, p, Entry{Data: data, Version: e.Version, Expires: next.Expires(p.Kind)})
		if !errors.Is(err, ErrConflict) {
			return err == nil, err
		}
	}
	return false, err
}
