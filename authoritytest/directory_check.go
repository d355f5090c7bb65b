package authoritytest

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// A check collects what is wrong with a directory.
type check struct {
	d     Directory
	errs  []error
	seen  map[string]bool
	names map[string]bool // full names of every API's scopes
	roles map[string]bool // full names of every API's roles
}

// check returns an error that lists everything that is wrong with the directory, or nil.
func (d Directory) check() error {
	k := &check{d: d, seen: map[string]bool{}, names: map[string]bool{}, roles: map[string]bool{}}
	if len(d.Tenants) == 0 {
		k.fail("tenants: there is none; add one with a GUID and a domain")
	}
	for i, t := range d.Tenants {
		k.tenant(fmt.Sprintf("tenants[%d]", i), t)
	}
	for _, a := range d.Apps {
		for _, s := range a.Scopes {
			k.names[a.Scope(s.Name)] = true
		}
		for _, r := range a.AppRoles {
			k.roles[a.Scope(r.Value)] = true
		}
	}
	for i, u := range d.Users {
		k.user(fmt.Sprintf("users[%d]", i), u)
	}
	for i, a := range d.Apps {
		k.app(fmt.Sprintf("apps[%d]", i), a)
	}
	for i, q := range d.Requirements {
		k.requirement(fmt.Sprintf("requirements[%d]", i), q)
	}
	for i, c := range d.Consents {
		k.consent(fmt.Sprintf("consents[%d]", i), c)
	}
	if len(k.errs) == 0 {
		return nil
	}
	return fmt.Errorf("authoritytest: the directory is inconsistent: %w", errors.Join(k.errs...))
}

func (k *check) fail(format string, args ...any) {
	k.errs = append(k.errs, fmt.Errorf(format, args...))
}

// unique fails if something else of the kind has the same value.
func (k *check) unique(where, kind, value string) {
	key := kind + "\x00" + strings.ToLower(value)
	if k.seen[key] {
		k.fail("%s: the %s %q is taken; give each its own", where, kind, value)
	}
	k.seen[key] = true
}

func (k *check) guid(where, field, value string) {
	if !isGUID(value) {
		k.fail("%s: %s must be a GUID, such as %s, not %q", where, field, randomGUID(), value)
	}
}

// reserved are first path segments that no tenant can have.
var reserved = []string{tenantCommon, tenantOrgs, tenantConsumers, "op", "control", "sign-in", "oidc", "devicelogin", ".well-known", "adfs", "tfp"}

func (k *check) tenant(where string, t Tenant) {
	k.guid(where, "id", t.ID)
	k.unique(where, "tenant", t.ID)
	k.unique(where, "tenant", t.Domain)
	if !isHostText(t.Domain) || slices.Contains(reserved, strings.ToLower(t.Domain)) {
		k.fail("%s: domain must be a domain such as contoso.test, not %q", where, t.Domain)
	}
	k.policies(where, t)
}

func isHostText(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// tenantRef fails unless name is a tenant of the directory.
func (k *check) tenantRef(where, name string) {
	if !slices.ContainsFunc(k.d.Tenants, func(t Tenant) bool { return strings.EqualFold(t.ID, name) || strings.EqualFold(t.Domain, name) }) {
		k.fail("%s: there is no tenant %q; use the id or the domain of one in tenants", where, name)
	}
}

func (k *check) user(where string, u User) {
	if u.Tenant != tenantConsumers && u.Tenant != consumersTenant {
		k.tenantRef(where, u.Tenant)
	}
	k.guid(where, "object_id", u.ObjectID)
	k.unique(where, "object_id", u.ObjectID)
	if strings.TrimSpace(u.Username) == "" {
		k.fail("%s: username is missing", where)
	}
	k.unique(where, "username", strings.TrimSpace(u.Username))
	for _, g := range u.GuestOf {
		k.tenantRef(where+".guest_of", g.Tenant)
		k.guid(where+".guest_of", "object_id", g.ObjectID)
		k.unique(where+".guest_of", "object_id", g.ObjectID)
	}
}

func (k *check) app(where string, a App) {
	if a.Name == "" {
		k.fail("%s: name is missing", where)
	}
	k.unique(where, "app name", a.Name)
	k.guid(where, "client_id", a.ClientID)
	k.unique(where, "client_id", a.ClientID)
	k.tenantRef(where, a.Tenant)
	switch a.Kind {
	case KindPublic, KindSPA:
		if len(a.Secrets)+len(a.Keys)+len(a.Federated) > 0 {
			k.fail("%s: a %s app cannot keep secrets or keys; remove them or make it confidential", where, a.Kind)
		}
		if a.WithoutPKCE && a.Kind == KindSPA {
			k.fail("%s: a spa app cannot do without PKCE; remove without_pkce", where)
		}
	case KindConfidential, KindAPI:
	default:
		k.fail("%s: kind must be public, spa, confidential or api, not %q", where, a.Kind)
	}
	if slices.Contains(a.Secrets, "") {
		k.fail("%s: a secret is empty", where)
	}
	for _, u := range append(slices.Clone(a.RedirectURIs), a.LogoutURIs...) {
		k.redirectURI(where, u, a.Kind)
	}
	k.resource(where, a)
	k.scopes(where+".permissions", a.Permissions)
	for _, name := range a.Assigned {
		if k.d.User(name).ObjectID == "" {
			k.fail("%s: assigned: there is no user %q; use usernames of users", where, name)
		}
	}
	if len(a.SecretExpiry) > len(a.Secrets) {
		k.fail("%s: secret_expiry has more entries than secrets", where)
	}
	for _, r := range a.GrantedRoles {
		if !k.roles[r] {
			k.fail("%s: granted_roles: no API has the role %q; write it as ID URI/value", where, r)
		}
	}
	if !slices.Contains([]string{"", methodBasic, methodPost, methodKey}, a.AuthMethod) {
		k.fail("%s: auth_method must be %s, %s or %s, not %q", where, methodBasic, methodPost, methodKey, a.AuthMethod)
	}
	k.keys(where, a.Keys)
	for i, f := range a.Federated {
		at := fmt.Sprintf("%s.federated[%d]", where, i)
		if f.Issuer == "" || f.Subject == "" || len(f.Keys) == 0 {
			k.fail("%s: issuer, subject and keys are needed", at)
		}
		k.keys(at, f.Keys)
	}
	if !slices.Contains([]string{"", algRS256, algES256}, a.SigningAlg) {
		k.fail("%s: signing_alg must be %s or %s, not %q", where, algRS256, algES256, a.SigningAlg)
	}
}

// keys checks what assertions are to be checked with.
func (k *check) keys(where string, keys []AppKey) {
	for i, key := range keys {
		if _, err := key.read(); err != nil {
			k.fail("%s.keys[%d]: %w", where, i, err)
		}
	}
}

// resource checks what the app is as an API.
func (k *check) resource(where string, a App) {
	if a.IDURI == "" {
		if a.Kind == KindAPI || len(a.Scopes) > 0 {
			k.fail("%s: an API needs an id_uri, such as api://%s", where, a.ClientID)
		}
		return
	}
	u, err := url.Parse(a.IDURI)
	if err != nil || u.Scheme == "" || u.Fragment != "" || !isScopeToken(a.IDURI) || strings.HasSuffix(a.IDURI, "/") {
		k.fail("%s: id_uri must be an absolute URI without fragment and final slash, not %q", where, a.IDURI)
	}
	k.unique(where, "id_uri", a.IDURI)
	for _, s := range a.Scopes {
		if !isScopeToken(s.Name) || strings.Contains(s.Name, "/") || s.Name == ".default" || isOIDCScope(s.Name) {
			k.fail("%s: %q cannot be the name of a scope", where, s.Name)
		}
		k.unique(where, "scope of "+a.ClientID, s.Name)
	}
	for _, r := range a.AppRoles {
		if r.Value == "" {
			k.fail("%s: an app role has no value", where)
		}
		k.unique(where, "role of "+a.ClientID, r.Value)
	}
}

func (k *check) redirectURI(where, uri string, kind Kind) {
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "" || !isScopeToken(uri) || strings.Contains(uri, "*"):
		k.fail("%s: redirect URI %q must be absolute, without spaces and wildcards", where, uri)
	case strings.Contains(uri, "#") || u.User != nil:
		k.fail("%s: redirect URI %q must have no fragment and no user", where, uri)
	case u.Scheme == "http" && !loopbackHost(u.Hostname()):
		k.fail("%s: redirect URI %q must be https; http is for localhost, 127.0.0.1 and [::1]", where, uri)
	case u.Scheme == "https" && u.Host == "":
		k.fail("%s: redirect URI %q has no host", where, uri)
	case u.Scheme != "http" && u.Scheme != "https" && (kind != KindPublic || slices.Contains([]string{"javascript", "data", "vbscript", "file", "blob", "about"}, u.Scheme)):
		k.fail("%s: redirect URI %q must be http or https", where, uri)
	}
}

func (k *check) scopes(where string, scopes []string) {
	for _, s := range scopes {
		if !isOIDCScope(s) && !k.names[s] {
			k.fail("%s: no API has the scope %q; write it as ID URI/name", where, s)
		}
	}
}

func (k *check) consent(where string, c Consent) {
	if k.d.App(c.Client).ClientID == "" {
		k.fail("%s: there is no app %q; use the name or client id of one in apps", where, c.Client)
	}
	if c.User != "" && k.d.User(c.User).ObjectID == "" {
		k.fail("%s: there is no user %q; use the username of one in users, or none for everybody", where, c.User)
	}
	k.scopes(where, c.Scopes)
}
