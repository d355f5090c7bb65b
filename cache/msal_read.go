//go:build !js

package cache

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// sectionAppMetadata is a section of MSAL's cache beside those of a record.
const (
	sectionAppMetadata = sectionCount
	msalSections       = sectionCount + 1
)

func msalSectionName(section int) string {
	if section == sectionAppMetadata {
		return "AppMetadata"
	}
	return sectionNames[section]
}

// An appMetadata says of which family a client is.
type appMetadata struct {
	client, environment, family string

	extra *members
}

var appMetadataNames = names{always: []string{"client_id", "environment"}, ifSet: []string{"family_id"}}

func (a *appMetadata) names() names       { return appMetadataNames }
func (a *appMetadata) extras() **members  { return &a.extra }
func (a *appMetadata) credential() string { return "" }
func (a *appMetadata) cachedAt() int64    { return 0 }
func (a *appMetadata) identity() string   { return Key(a.environment, a.client) }
func (a *appMetadata) jsonKey() string    { return "appmetadata-" + a.environment + "-" + a.client }

func (a *appMetadata) slot(name string) slot {
	switch name {
	case "client_id":
		return slot{text: &a.client}
	case "environment":
		return slot{text: &a.environment}
	case "family_id":
		return slot{text: &a.family}
	}
	return slot{}
}

// An msalItem is one member of a section of MSAL's cache.
type msalItem struct {
	section  int
	position int // in its section
	key      string
	raw      jsonscan.Value

	e      entity // nil: it is none, or malformed
	cloud  string // by the name in this cache; "" if the host is not known
	host   string // as it is written
	broken string // which member is wrong; "" if none
}

func (x *msalItem) path() string {
	path := msalSectionName(x.section) + "[" + strconv.Itoa(x.position) + "]"
	if x.broken != "" {
		path += "." + x.broken
	}
	return path
}

// token reports whether it is, or should be, a token.
func (x *msalItem) token() bool {
	switch x.section {
	case sectionIDToken, sectionAccessToken, sectionRefreshToken:
		return x.e != nil || x.broken != ""
	}
	return false
}

// text returns a member that each kind of entity has, "" if this one does not.
func (x *msalItem) text(name string) string {
	if x.e != nil {
		if s := x.e.slot(name); s.text != nil {
			return *s.text
		}
		return ""
	}
	text, _ := x.raw.Get(name).Text()
	return text
}

func (x *msalItem) client() string { return x.text("client_id") }
func (x *msalItem) home() string   { return x.text("home_account_id") }

// onBehalfOf reports whether a token says that it was got for an assertion.
func (x *msalItem) onBehalfOf() bool {
	for _, name := range []string{"user_assertion_hash", "userAssertionHash"} {
		if text, _ := x.raw.Get(name).Text(); text != "" {
			return true
		}
	}
	return false
}

// An msalFile is MSAL's cache, read but not judged.
type msalFile struct {
	items []*msalItem // in the order of the data; of one key, the last one
	other members     // top-level members that are no section

	at [msalSections]map[string]int // items by key
}

// readMSAL reads MSAL's cache. Entities get the cloud's name in this cache as environment,
// and tenants their id, where that is known.
func readMSAL(data []byte, environments map[string]string) (*msalFile, error) {
	if len(data) > MaxMSAL {
		return nil, &MSALError{"", "it has more than " + strconv.Itoa(MaxMSAL) + " bytes: it is no token cache", ErrMalformed}
	}
	if by := encryptedBy(data); by != "" {
		return nil, &MSALError{"", by, ErrEncrypted}
	}
	top, err := jsonscan.Parse(string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	if err != nil {
		return nil, &MSALError{"", "it is not JSON (" + strings.TrimPrefix(err.Error(), "jsonscan: ") + ")", ErrMalformed}
	}
	if top.Kind() != jsonscan.Object {
		return nil, &MSALError{"", "it is JSON, but no object: not a unified cache", ErrMalformed}
	}
	f := new(msalFile)
	top.Each(func(name string, v jsonscan.Value) bool {
		err = f.member(name, v, environments)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	f.other.unique()
	f.nameTenants()
	f.dateRefreshTokens()
	return f, nil
}

// encryptedBy recognises what protects the caches of MSAL's extensions, and says so.
func encryptedBy(data []byte) string {
	dpapi := []byte{1, 0, 0, 0, 0xd0, 0x8c, 0x9d, 0xdf, 1, 0x15, 0xd1, 0x11, 0x8c, 0x7a, 0, 0xc0, 0x4f, 0xc2, 0x97, 0xeb}
	switch {
	case bytes.HasPrefix(data, dpapi):
		return "it is protected by Windows DPAPI: only its user on that computer can open it, so let the program that has it write the cache as plain JSON, or sign in again"
	case bytes.HasPrefix(data, []byte("eyJ")) && bytes.Count(data, []byte(".")) == 4:
		return "it is encrypted as a JSON Web Encryption, whose key is in the keyring of the Linux kernel (azidentity/cache does that): sign in again"
	}
	return ""
}

func (f *msalFile) member(name string, v jsonscan.Value, environments map[string]string) error {
	for section := 0; section < msalSections; section++ {
		if name == msalSectionName(section) {
			return f.section(section, v, environments)
		}
	}
	f.other.put(strings.Clone(name), strings.Clone(v.Raw()))
	return nil
}

func (f *msalFile) section(section int, v jsonscan.Value, environments map[string]string) error {
	switch v.Kind() {
	case jsonscan.Null:
		return nil
	case jsonscan.Object:
	default:
		return &MSALError{msalSectionName(section), "it is not an object", ErrMalformed}
	}
	position := 0
	v.Each(func(key string, v jsonscan.Value) bool {
		x := &msalItem{section: section, position: position, key: key, raw: v}
		x.read(environments)
		f.add(x)
		position++
		return true
	})
	return nil
}

func (f *msalFile) add(x *msalItem) {
	if i, twice := f.at[x.section][x.key]; twice {
		f.items[i] = x
		return
	}
	if f.at[x.section] == nil {
		f.at[x.section] = map[string]int{}
	}
	f.at[x.section][x.key] = len(f.items)
	f.items = append(f.items, x)
}

func (x *msalItem) read(environments map[string]string) {
	if x.raw.Kind() != jsonscan.Object {
		return
	}
	x.host, _ = x.raw.Get("environment").Text()
	x.cloud = environments[lowerASCII(x.host)]
	if x.section != sectionAppMetadata && !ours(x.section, x.raw.Get("credential_type")) {
		return
	}
	var d decoder
	var err error
	switch x.section {
	case sectionAccount:
		x.e = new(Account)
	case sectionIDToken:
		x.e = new(IDToken)
	case sectionRefreshToken:
		x.e = new(RefreshToken)
	case sectionAppMetadata:
		x.e = new(appMetadata)
	case sectionAccessToken:
		t := new(AccessToken)
		x.e, err = t, d.accessToken(t, x.raw)
	}
	switch x.section {
	case sectionAccessToken:
	case sectionAppMetadata:
		err = d.fill(sectionAccount, x.e, x.raw) // which has no credential_type either
	default:
		err = d.fill(x.section, x.e, x.raw)
	}
	if err != nil {
		x.e, x.broken = nil, d.wrong
		return
	}
	for _, name := range []string{"environment", "client_id", "secret"} {
		if s := x.e.slot(name); s.text != nil && *s.text == "" {
			x.e, x.broken = nil, name
			return
		}
	}
	switch x.section {
	case sectionAccount, sectionIDToken, sectionRefreshToken: // an application has access tokens alone
		if x.home() == "" {
			x.e, x.broken = nil, "home_account_id"
			return
		}
	}
	if x.cloud != "" {
		*x.e.slot("environment").text = x.cloud
	}
	if realm := x.e.slot("realm").text; realm != nil {
		*realm = lowerASCII(*realm)
	}
}

// nameTenants replaces the words and domains that MSAL Go and MSAL Python have for a tenant
// by its id: by what the ID token of the same sign-in says, or if the word stands for many
// tenants, by the user's own.
func (f *msalFile) nameTenants() {
	ids := map[string]string{}
	for _, x := range f.items {
		if t, ok := x.e.(*IDToken); ok && tenantName(t.Realm) {
			if tid, _ := tokenClaims(t.Secret).Get("tid").Text(); tid != "" && !tenantName(tid) {
				ids[Key(t.HomeAccountID, x.host, t.Realm)] = lowerASCII(tid)
			}
		}
	}
	for _, x := range f.items {
		if x.e == nil {
			continue
		}
		realm := x.e.slot("realm").text
		if realm == nil || !tenantName(*realm) {
			continue
		}
		if id := ids[Key(x.home(), x.host, *realm)]; id != "" {
			*realm = id
		} else if id := homeTenantOf(x.home()); id != "" && !strings.Contains(*realm, ".") {
			*realm = id
		}
	}
}

// tenantName reports whether a realm is no id: a domain, or a word for many tenants.
func tenantName(realm string) bool {
	switch realm {
	case "common", "organizations", "consumers":
		return true
	}
	return strings.Contains(realm, ".")
}

// homeTenantOf returns the tenant that a home account id of MSAL names, "" if it names none.
func homeTenantOf(home string) string {
	_, tenant, _ := strings.Cut(home, ".")
	if tenantName(tenant) {
		return ""
	}
	return lowerASCII(tenant)
}

// dateRefreshTokens finds out how old refresh tokens are. MSAL Python writes it down; for
// MSAL Node and MSAL Go they came with the newest access token of the same host.
func (f *msalFile) dateRefreshTokens() {
	newest := map[string]int64{}
	of := func(x *msalItem) string { return Key(x.home(), x.host, x.client()) }
	for _, x := range f.items {
		if t, ok := x.e.(*AccessToken); ok && t.CachedAt > newest[of(x)] {
			newest[of(x)] = t.CachedAt
		}
	}
	for _, x := range f.items {
		t, ok := x.e.(*RefreshToken)
		if !ok {
			continue
		}
		// MSAL Python keeps a cached_at that is not its own while it changes the rest.
		modified, _ := seconds(x.raw.Get("last_modification_time"))
		t.CachedAt = max(t.CachedAt, modified, newest[of(x)])
	}
}

// tokenClaims returns the claims of a JSON Web Token, without judging it; absent if it is none.
func tokenClaims(token Secret) jsonscan.Value {
	parts := strings.Split(string(token), ".")
	if len(parts) != 3 {
		return jsonscan.Value{}
	}
	text, err := b64.Decode(parts[1])
	if err != nil {
		return jsonscan.Value{}
	}
	claims, _ := jsonscan.Parse(string(text))
	return claims
}
