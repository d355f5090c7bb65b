package cache

import (
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// DecodeRecord reads an encoded record, also one that MSAL wrote. Entities that differ only
// in what they are worth are merged: the newest by CachedAt stays, else the last one. What
// the package does not know is kept for [Record.Encode]. The error matches [ErrMalformed] or
// [ErrNewerFormat] and has no part of the data in it.
func DecodeRecord(data []byte) (*Record, error) {
	top, err := jsonscan.Parse(string(data))
	if err != nil {
		return nil, malformed(err.Error())
	}
	if top.Kind() != jsonscan.Object {
		return nil, malformed("not a JSON object")
	}
	if err := checkFormat(top.Get(formatName)); err != nil {
		return nil, err
	}
	d := decoder{record: new(Record)}
	top.Each(func(name string, v jsonscan.Value) bool {
		err = d.member(name, v)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return d.finish(), nil
}

func checkFormat(v jsonscan.Value) error {
	if !v.Exists() {
		return nil
	}
	n, ok := v.Int()
	switch {
	case !ok || n < 1:
		return malformed(formatName + " is not a format number")
	case n > format:
		return newerFormat(n)
	}
	return nil
}

// A decoder reads one record.
type decoder struct {
	record *Record
	extra  recordExtra
	seen   []string // texts that entities of one record have in common
	wrong  string   // the member that was refused
}

// member reads one member of the top level.
func (d *decoder) member(name string, v jsonscan.Value) error {
	if name == formatName {
		return nil
	}
	for i, section := range sectionNames {
		if name == section {
			return d.section(i, v)
		}
	}
	d.extra.top.put(strings.Clone(name), strings.Clone(v.Raw()))
	return nil
}

func (d *decoder) section(i int, v jsonscan.Value) error {
	switch v.Kind() {
	case jsonscan.Null:
		return nil
	case jsonscan.Object:
	default:
		return malformed(sectionNames[i] + " is not an object")
	}
	var err error
	v.Each(func(key string, v jsonscan.Value) bool {
		err = d.entity(i, key, v)
		return err == nil
	})
	return err
}

// entity reads one member of a section. What does not claim to be an entity of that section
// is kept as it is.
func (d *decoder) entity(section int, key string, v jsonscan.Value) error {
	if v.Kind() != jsonscan.Object || !ours(section, v.Get("credential_type")) {
		d.extra.entities[section].put(strings.Clone(key), strings.Clone(v.Raw()))
		return nil
	}
	switch section {
	case sectionAccount:
		a := new(Account)
		d.record.Accounts = append(d.record.Accounts, a)
		return d.fill(section, a, v)
	case sectionIDToken:
		t := new(IDToken)
		d.record.IDTokens = append(d.record.IDTokens, t)
		return d.fill(section, t, v)
	case sectionAccessToken:
		t := new(AccessToken)
		d.record.AccessTokens = append(d.record.AccessTokens, t)
		return d.accessToken(t, v)
	}
	t := new(RefreshToken)
	d.record.RefreshTokens = append(d.record.RefreshTokens, t)
	return d.fill(section, t, v)
}

// ours reports whether a credential_type belongs into a section. Accounts have none.
func ours(section int, credential jsonscan.Value) bool {
	if section == sectionAccount || !credential.Exists() {
		return true
	}
	text, _ := credential.Text()
	return equalFold(text, sectionNames[section]) ||
		section == sectionAccessToken && equalFold(text, "AccessToken_With_AuthScheme")
}

// accessToken reads an access token, of which MSAL does not say what was requested.
func (d *decoder) accessToken(t *AccessToken, v jsonscan.Value) error {
	if err := d.fill(sectionAccessToken, t, v); err != nil {
		return err
	}
	if !v.Get("requested_scopes").Exists() {
		t.RequestedScopes = t.Target
	}
	// MSAL Node keeps what tokens differ in and no hash of it. Such a token must not be
	// taken for a plain one.
	if parts := v.Get("additionalCacheKeyComponents"); t.Variant == "" && parts.Kind() == jsonscan.Object && parts.Raw() != "{}" {
		t.Variant = strings.ToValidUTF8(strings.Clone(parts.Raw()), "\uFFFD")
	}
	return nil
}

// fill reads the members of an entity.
func (d *decoder) fill(section int, e entity, v jsonscan.Value) error {
	var err error
	v.Each(func(name string, v jsonscan.Value) bool {
		err = d.set(section, e, name, v)
		return err == nil
	})
	(*e.extras()).unique()
	return err
}

func (d *decoder) set(section int, e entity, name string, v jsonscan.Value) error {
	if name == "credential_type" && section != sectionAccount {
		return nil
	}
	s, ok := e.slot(name), true
	switch {
	case s.text != nil:
		*s.text, ok = d.text(v)
	case s.seconds != nil:
		*s.seconds, ok = seconds(v)
	case s.list != nil:
		*s.list, ok = texts(v)
	default:
		extra := e.extras()
		if *extra == nil {
			*extra = new(members)
		}
		(*extra).put(d.intern(name), strings.Clone(v.Raw()))
	}
	if !ok {
		d.wrong = name
		return malformed(sectionNames[section] + ": " + name + " is of the wrong type")
	}
	return nil
}

// text reads a string. What it returns does not keep the whole record's text in memory.
func (d *decoder) text(v jsonscan.Value) (string, bool) {
	if v.Kind() == jsonscan.Null {
		return "", true
	}
	s, ok := v.Text()
	return d.intern(s), ok
}

// intern copies a text, or returns an equal one that was copied before. Ids of users,
// clients and tenants are in each entity, and tokens are unlike each other.
func (d *decoder) intern(s string) string {
	const most, longest = 12, 128
	if len(s) > longest {
		return strings.Clone(s)
	}
	for _, t := range d.seen {
		if s == t {
			return t
		}
	}
	s = strings.Clone(s)
	if len(d.seen) < most {
		d.seen = append(d.seen, s)
	}
	return s
}

// seconds reads a time, which MSAL writes as a string.
func seconds(v jsonscan.Value) (int64, bool) {
	switch v.Kind() {
	case jsonscan.Null:
		return 0, true
	case jsonscan.Number:
		return v.Int()
	}
	s, ok := v.Text()
	if !ok || s == "" {
		return 0, ok
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// texts reads a list of strings; of what is none it takes the JSON text.
func texts(v jsonscan.Value) ([]string, bool) {
	if v.Kind() == jsonscan.Null {
		return nil, true
	}
	var list []string
	v.Items(func(item jsonscan.Value) bool {
		s, ok := item.Text()
		if !ok {
			s = item.Raw()
		}
		list = append(list, strings.Clone(s))
		return true
	})
	return list, v.Kind() == jsonscan.Array
}

func (d *decoder) finish() *Record {
	r := d.record
	r.Accounts = merge(r.Accounts)
	r.IDTokens = merge(r.IDTokens)
	r.AccessTokens = merge(r.AccessTokens)
	r.RefreshTokens = merge(r.RefreshTokens)
	d.extra.top.unique()
	for i := range d.extra.entities {
		d.extra.entities[i].unique()
	}
	if !d.extra.empty() {
		extra := d.extra // a copy, so that the record does not keep the decoder
		r.extra = &extra
	}
	return r
}

func (x *recordExtra) empty() bool {
	n := len(x.top.list)
	for i := range x.entities {
		n += len(x.entities[i].list)
	}
	return n == 0
}

// merge leaves one entity of each identity in a list: the newest one, else the last.
func merge[E entity](list []E) []E {
	if len(list) < 2 {
		return list
	}
	at := make(map[string]int, len(list))
	kept := list[:0]
	for _, e := range list {
		id := e.identity()
		i, twice := at[id]
		switch {
		case !twice:
			at[id] = len(kept)
			kept = append(kept, e)
		case e.cachedAt() >= kept[i].cachedAt():
			kept[i] = e
		}
	}
	return kept
}
