//go:build !js

package cache

import (
	"slices"
	"strings"
)

// An msalOutput is the file that is written: what is there already, and what is put to it.
type msalOutput struct {
	library MSALLibrary
	slots   []*msalSlot
	byID    [msalSections]map[string]*msalSlot // by the entity's identity
	keys    [msalSections]map[string]int       // that are taken
	byScope map[string][]*msalSlot             // what was there and MSAL Node would find
	other   members
}

// An msalSlot is one member of a section.
type msalSlot struct {
	section int
	key     string
	id      string // the entity's identity
	host    string // the environment as it is written; part of the key
	e       entity // nil: raw alone is known
	raw     string // as it came; "" if e is newer
	removed bool
}

func newMSALOutput(base *msalFile, library MSALLibrary) *msalOutput {
	o := &msalOutput{library: library, byScope: map[string][]*msalSlot{}, other: base.other}
	for i := range o.byID {
		o.byID[i], o.keys[i] = map[string]*msalSlot{}, map[string]int{}
	}
	for _, x := range base.items {
		o.addBase(x)
	}
	for _, s := range o.slots {
		if t, ok := s.e.(*AccessToken); ok && library == MSALNode && plain(t) {
			for _, key := range scopeKeys(t) {
				o.byScope[key] = append(o.byScope[key], s)
			}
		}
	}
	return o
}

func plain(t *AccessToken) bool {
	return sameTokenType(t.TokenType, "") && t.Variant == "" && t.UserAssertionHash == ""
}

// msalID is the identity of an entity for MSAL, which does not write down what was requested.
func msalID(e entity) string {
	if t, ok := e.(*AccessToken); ok {
		granted := *t
		granted.RequestedScopes = ""
		return granted.identity()
	}
	return e.identity()
}

// addBase adds what is there already. Of two entities of one identity the newer one stays,
// under the key that the library would write.
func (o *msalOutput) addBase(x *msalItem) {
	s := &msalSlot{section: x.section, key: x.key, host: x.host, raw: x.raw.Raw()}
	if x.cloud != "" {
		s.e = x.e
	}
	if s.e != nil {
		s.id = msalID(s.e)
		if old := o.byID[s.section][s.id]; old != nil {
			if compareAge(s.e, old.e) >= 0 {
				old.e, old.raw = withMembers(s.e, old.e), ""
			}
			if old.key != o.key(old) && s.key == o.key(s) {
				old.key, old.host, old.raw = s.key, s.host, ""
			}
			o.keys[s.section][s.key] = 1
			return
		}
		o.byID[s.section][s.id] = s
	}
	o.keys[s.section][s.key] = 1
	o.slots = append(o.slots, s)
}

// key returns the key that the library has for an entity in its place.
func (o *msalOutput) key(s *msalSlot) string {
	e := inEnvironment(s.e, s.host)
	return lowerASCII(o.library.key(e))
}

// key is the library's key, not yet in lower case.
func (l MSALLibrary) key(e entity) string {
	switch e := e.(type) {
	case *Account:
		if _, home, _ := strings.Cut(e.HomeAccountID, "."); l == MSALNode && home != "" {
			return e.HomeAccountID + "-" + e.Environment + "-" + home
		}
	case *IDToken:
		key := e.HomeAccountID + "-" + e.Environment + "-idtoken-" + e.ClientID + "-" + e.Realm
		switch l {
		case MSALGo:
			return key
		case MSALPython:
			return key + "-"
		}
	case *AccessToken:
		if l != MSALNode {
			return e.HomeAccountID + "-" + e.Environment + "-accesstoken-" + e.ClientID + "-" + e.Realm + "-" + e.Target
		}
	case *RefreshToken:
		switch l {
		case MSALGo:
			return strings.TrimSuffix(e.jsonKey(), "---")
		case MSALPython:
			return e.HomeAccountID + "-" + e.Environment + "-refreshtoken-" + e.ClientID + "--" + e.Target
		}
	}
	return e.jsonKey()
}

// put adds an entity of the store, or replaces an older state of it.
func (o *msalOutput) put(section int, host string, e entity) {
	id := msalID(e)
	s := o.byID[section][id]
	switch {
	case s == nil:
		s = &msalSlot{section: section, id: id, host: host, e: e}
		s.key = unique(o.key(s), o.keys[section])
		o.byID[section][id] = s
		o.slots = append(o.slots, s)
	case compareAge(e, s.e) > 0:
		s.e, s.raw = withMembers(e, s.e), ""
	}
	if t, ok := e.(*AccessToken); ok {
		for _, key := range scopeKeys(t) {
			for _, old := range o.byScope[key] {
				old.removed = old.id != id
			}
			delete(o.byScope, key)
		}
	}
}

// longerLived reports whether the file has a token with one of the scopes that ends later.
func (o *msalOutput) longerLived(t *AccessToken) bool {
	id := msalID(t)
	return slices.ContainsFunc(scopeKeys(t), func(key string) bool {
		return slices.ContainsFunc(o.byScope[key], func(s *msalSlot) bool {
			return s.e.(*AccessToken).ExpiresOn >= t.ExpiresOn && s.id != id
		})
	})
}

// putUnknown adds what was taken along because it says whose it is.
func (o *msalOutput) putUnknown(extra *recordExtra) {
	for section := range extra.entities {
		for _, m := range extra.entities[section].list {
			if o.keys[section][m.name] == 0 || !o.has(section, *m.json) {
				o.slots = append(o.slots, &msalSlot{section: section, key: unique(m.name, o.keys[section]), raw: *m.json})
			}
		}
	}
}

// has reports whether the file has a member of a section with a value.
func (o *msalOutput) has(section int, raw string) bool {
	return slices.ContainsFunc(o.slots, func(s *msalSlot) bool { return s.section == section && s.raw == raw })
}

// compareAge returns 1 if e is a later state of an entity than old, and 0 if nobody knows.
func compareAge(e, old entity) int {
	switch e := e.(type) {
	case *Account, *appMetadata:
		return 1 // what old alone says is kept
	case *IDToken:
		return compareInt64(issuedAt(e), issuedAt(old.(*IDToken)))
	}
	return compareInt64(e.cachedAt(), old.cachedAt())
}

// withMembers returns a copy of e with the members of old that this package does not know.
func withMembers(e, old entity) entity {
	switch first := old.(type) {
	case *Account:
		a := mergedAccount(first, e.(*Account))
		a.TenantProfiles = joinProfiles(first.TenantProfiles, a.TenantProfiles)
		return a
	case *appMetadata:
		a := *e.(*appMetadata)
		if a.family == "" {
			a.family = first.family
		}
		e = &a
	default:
		e = inEnvironment(e, *e.slot("environment").text)
	}
	*e.extras() = joinMembers(*old.extras(), *e.extras())
	return e
}

// inEnvironment returns a copy of an entity with another environment.
func inEnvironment(e entity, environment string) entity {
	switch old := e.(type) {
	case *Account:
		a := *old
		e = &a
	case *IDToken:
		t := *old
		e = &t
	case *AccessToken:
		t := *old
		e = &t
	case *RefreshToken:
		t := *old
		e = &t
	case *appMetadata:
		a := *old
		e = &a
	}
	*e.slot("environment").text = environment
	return e
}

// encode writes the file, its sections in the order that MSAL Node has.
func (o *msalOutput) encode() []byte {
	w := writer{buf: make([]byte, 0, 4096)}
	w.open('{')
	for section := 0; section < msalSections; section++ {
		w.name(msalSectionName(section))
		w.open('{')
		written := map[string]bool{}
		for _, s := range o.slots {
			if s.section == section && !s.removed && !written[s.key] {
				written[s.key] = true
				o.slot(&w, s)
			}
		}
		w.close('}')
	}
	w.members(&o.other)
	w.close('}')
	return w.buf
}

func (o *msalOutput) slot(w *writer, s *msalSlot) {
	w.name(s.key)
	if s.raw != "" {
		w.buf = append(w.buf, s.raw...)
		return
	}
	begin := len(w.buf)
	w.entity(inEnvironment(s.e, s.host))
	if o.library == MSALPython {
		// MSAL Python finds an application's token by null, which no other library has.
		text := strings.Replace(string(w.buf[begin:]), `"home_account_id":""`, `"home_account_id":null`, 1)
		w.buf = append(w.buf[:begin], text...)
	}
}
