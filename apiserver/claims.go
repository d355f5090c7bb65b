package apiserver

import (
	"fmt"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// Claims are what a verified access token says. A user is known by Issuer and Subject
// together, or in Microsoft Entra by Tenant and ObjectID, which are the same in all APIs;
// names and mail addresses change and identify nobody. Printing Claims shows no claim and
// not the token.
type Claims struct {
	// Issuer is the authority that issued the token (iss).
	Issuer string
	// Subject is the user, or the app if AppOnly, within the Issuer (sub).
	Subject string
	// Audience is the one of [Config].Audiences that the token is for.
	Audience string
	// ClientID is the app that got the token (client_id, azp or appid).
	ClientID string
	// Tenant is the tenant that issued the token (tid); empty outside Microsoft Entra.
	Tenant string
	// ObjectID is the user or app within the Tenant (oid); empty outside Microsoft Entra.
	ObjectID string
	// AppOnly means that there is no user: the app called for itself. In Microsoft
	// Entra idtyp says so, or oid and sub are the same; elsewhere sub is the client's
	// id, so let no user choose a sub (RFC 9068 section 5).
	AppOnly bool
	// Expires is when the token ends (exp).
	Expires time.Time
	// IssuedAt is when the token was issued (iat); zero if it does not say.
	IssuedAt time.Time
	// AuthTime is when the user signed in (auth_time); zero if the token does not say.
	AuthTime time.Time
	// ACR says how the user signed in (acr, OpenID Connect Core 2); empty if the token
	// does not say.
	ACR string

	raw     rawClaims
	compact string
	checked time.Time
	leeway  time.Duration
}

// HasScope reports whether the token has the scope (scp, scope), compared exactly.
func (c *Claims) HasScope(scope string) bool {
	return has(words, c.raw.scp, scope) || has(words, c.raw.scope, scope)
}

// HasRole reports whether the token has the role (roles), compared exactly. Whose role it
// is depends on AppOnly: see [Requirement].AppRoles for an app's.
func (c *Claims) HasRole(role string) bool { return has(list, c.raw.roles, role) }

// Scopes returns the token's scopes (scp, scope).
func (c *Claims) Scopes() []string {
	return append(all(words, c.raw.scp), all(words, c.raw.scope)...)
}

// Roles returns the token's roles.
func (c *Claims) Roles() []string { return all(list, c.raw.roles) }

// Text returns any claim that is a string, else "".
func (c *Claims) Text(name string) string { return text(c.raw.object.Get(name)) }

// Texts returns the strings of any claim that is an array, or the one that it is; nil if
// it is neither.
func (c *Claims) Texts(name string) []string { return all(list, c.raw.object.Get(name)) }

// JSON returns all claims as the JSON object that they came in, for claims of other shapes.
func (c *Claims) JSON() string { return c.raw.object.Raw() }

// Assertion returns the token itself, a secret, which the API can present to its authority
// to call another API on behalf of the same user (RFC 7523, RFC 8693).
func (c *Claims) Assertion() string { return c.compact }

// String says that there are claims, and not which: they are about a person.
func (c Claims) String() string { return "claims of an access token [redacted]" }

// Format writes String, whatever the verb.
func (c Claims) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.String()) }

// A lister is list or words.
type lister func(v jsonscan.Value, f func(string) bool)

func has(each lister, v jsonscan.Value, want string) bool {
	found := false
	each(v, func(s string) bool {
		found = s == want
		return !found
	})
	return found
}

func all(each lister, v jsonscan.Value) []string {
	var found []string
	each(v, func(s string) bool {
		found = append(found, s)
		return true
	})
	return found
}

// scoped reports whether the token has a claim of scopes, even one that cannot be read.
func (c *rawClaims) scoped() bool { return c.scp.Exists() || c.scope.Exists() }

// instant returns a NumericDate, the zero time if v is none.
func instant(v jsonscan.Value) time.Time {
	seconds, ok := numericDate(v)
	if !ok {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}
