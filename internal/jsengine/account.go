package jsengine

import (
	"strings"

	"github.com/latchkey-auth/latchkey"
)

// An accountList is what the page's synchronous methods read: every account in every tenant,
// as an AccountInfo of msal-browser in JSON. It does not change.
type accountList []accountEntry

type accountEntry struct {
	identity latchkey.Identity
	json     string
}

func newAccountList(found []latchkey.Identity) accountList {
	for i := 1; i < len(found); i++ { // msal-react compares by position; a page has few accounts
		for j := i; j > 0 && before(found[j].Account, found[j-1].Account); j-- {
			found[j], found[j-1] = found[j-1], found[j]
		}
	}
	list := make(accountList, len(found))
	for i := range found {
		list[i] = accountEntry{found[i], accountJSON(found[i], found)}
	}
	return list
}

func before(a, b latchkey.Account) bool {
	if a.HomeAccountID != b.HomeAccountID {
		return a.HomeAccountID < b.HomeAccountID
	}
	return a.TenantID < b.TenantID
}

func accountJSON(i latchkey.Identity, all []latchkey.Identity) string {
	var o object
	o.text("homeAccountId", i.Account.HomeAccountID)
	o.text("environment", i.Account.Environment)
	o.text("tenantId", i.Account.TenantID)
	o.text("username", i.Account.Username)
	o.text("localAccountId", i.Account.LocalAccountID)
	o.optional("loginHint", i.LoginHint)
	o.optional("name", i.Account.Name)
	claims := i.Claims()
	o.optional("upn", claims.Text("upn"))
	if token := i.IDToken(); token != "" {
		o.text("idToken", token)
		o.raw("idTokenClaims", firstOf(claims.JSON(), "{}"))
	}
	o.text("authorityType", firstOf(i.AuthorityType, "Generic"))
	profiles := []byte{'['}
	for _, other := range all {
		if other.Account.HomeAccountID != i.Account.HomeAccountID || other.Account.Environment != i.Account.Environment {
			continue
		}
		if len(profiles) > 1 {
			profiles = append(profiles, ',')
		}
		profiles = append(profiles, tenantProfileJSON(other)...)
	}
	o.raw("tenantProfiles", string(append(profiles, ']')))
	return o.String()
}

func tenantProfileJSON(i latchkey.Identity) string {
	var o object
	o.text("tenantId", i.Account.TenantID)
	o.text("localAccountId", i.Account.LocalAccountID)
	o.optional("name", i.Account.Name)
	o.optional("username", i.Account.Username)
	o.optional("loginHint", i.LoginHint)
	o.flag("isHomeTenant", i.Account.TenantID == "" || strings.HasSuffix(i.Account.HomeAccountID, "."+i.Account.TenantID))
	return o.String()
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// An accountRef names one entry of the list, as a request or the active account does.
type accountRef struct {
	home, local, tenant string
	environment         string
	username            string
}

// find returns the entry that a reference names, that of its tenant first; nil if there is none.
func (l accountList) find(r accountRef) *accountEntry {
	var found *accountEntry
	for i := range l {
		a := &l[i].identity.Account
		if r.home == "" || a.HomeAccountID != r.home || r.environment != "" && a.Environment != r.environment {
			continue
		}
		if r.tenant == "" || a.TenantID == r.tenant {
			return &l[i]
		}
		if found == nil {
			found = &l[i]
		}
	}
	return found
}

// exact returns the entry that is the active account; nil if it has gone.
func (l accountList) exact(r accountRef) *accountEntry {
	for i := range l {
		a := &l[i].identity.Account
		if a.HomeAccountID == r.home && a.LocalAccountID == r.local && a.TenantID == r.tenant {
			return &l[i]
		}
	}
	return nil
}

// json is the array of all accounts.
func (l accountList) json() string {
	b := []byte{'['}
	for i := range l {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, l[i].json...)
	}
	return string(append(b, ']'))
}

// compare reports who is in l and not in old, and whether somebody has gone since.
func (l accountList) compare(old accountList) (come []*accountEntry, gone bool) {
	for i := range l {
		a := &l[i].identity.Account
		if old.exact(accountRef{home: a.HomeAccountID, local: a.LocalAccountID, tenant: a.TenantID}) == nil {
			come = append(come, &l[i])
		}
	}
	return come, len(l)-len(come) < len(old)
}
