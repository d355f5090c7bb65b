package apiserver

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Requirement says what a token must let its bearer do. One of Scopes, AppRoles and
// AnyToken is required; with Scopes and AppRoles either will do, each for its own kind of
// caller.
type Requirement struct {
	// Scopes are scopes that the token must have, all of them (scp, scope). They are
	// compared exactly: Microsoft Entra's have no prefix there. Outside Entra an app's
	// own token may have scopes too.
	Scopes []string

	// AppRoles are roles that the token must have, all of them (roles). Only a token
	// that an app got for itself, without scopes, can meet them.
	AppRoles []string

	// AnyToken admits every token that is for this API, whatever it may do. In
	// Microsoft Entra any app of a tenant can get one, for itself and without a role.
	AnyToken bool

	// StepUp says how well the user must be signed in. Zero: as the authority sees fit.
	StepUp StepUp
}

// A StepUp says how well a user must be signed in. The zero value demands nothing.
type StepUp struct {
	// ACRValues are sign-in methods, the preferred first; the token's acr must be one of
	// them (RFC 9470 section 4). Empty: any.
	ACRValues []string

	// MaxAge is how long ago the user may have signed in (auth_time), in whole seconds.
	// Zero: any time.
	MaxAge time.Duration

	// AuthContext is the id of a Conditional Access authentication context of Microsoft
	// Entra, such as "c1", which the token's acrs must have. Empty: none. It stands
	// alone, since clients answer it in another way.
	AuthContext string
}

// Validate returns an [*ArgumentError] if r demands nothing, contradicts itself, or has
// what no token and no header can have.
func (r Requirement) Validate() error {
	narrow := len(r.Scopes) > 0 || len(r.AppRoles) > 0
	switch {
	case !narrow && !r.AnyToken:
		return &ArgumentError{"Requirement", "is empty: name the scopes or app roles that it takes, or say AnyToken"}
	case narrow && r.AnyToken:
		return &ArgumentError{"Requirement.AnyToken", "contradicts Scopes and AppRoles: leave one out"}
	case slices.Contains(r.AppRoles, ""):
		return &ArgumentError{"Requirement.AppRoles", "has an empty role"}
	case slices.ContainsFunc(r.Scopes, isNotToken):
		return &ArgumentError{"Requirement.Scopes", `has a scope that is empty or has a space, " or \: write each scope by itself`}
	}
	return r.StepUp.problem(true)
}

// problem returns what is wrong with u; to demand nothing is wrong unless it is optional.
func (u StepUp) problem(optional bool) error {
	oidc := len(u.ACRValues) > 0 || u.MaxAge != 0
	switch {
	case !oidc && u.AuthContext == "" && !optional:
		return &ArgumentError{"StepUp", "is empty: say what the next token must have"}
	case oidc && u.AuthContext != "":
		return &ArgumentError{"StepUp.AuthContext", "is Microsoft Entra's, and ACRValues and MaxAge are RFC 9470's: use those of your authority"}
	case u.MaxAge < 0, u.MaxAge%time.Second != 0:
		return &ArgumentError{"StepUp.MaxAge", "is negative or has a fraction of a second"}
	case slices.ContainsFunc(u.ACRValues, isNotToken), u.AuthContext != "" && isNotToken(u.AuthContext):
		return &ArgumentError{"StepUp", `has a value that is empty or has a space, " or \`}
	}
	return nil
}

// isNotToken reports whether s is no scope-token (RFC 6749 section 3.3), which is also what
// an acr value must be to stand in a list, and safe in a header.
func isNotToken(s string) bool { return s == "" || !headerSafe(s) || strings.Contains(s, " ") }

func (r Requirement) clone() Requirement {
	r.Scopes, r.AppRoles = slices.Clone(r.Scopes), slices.Clone(r.AppRoles)
	r.StepUp.ACRValues = slices.Clone(r.StepUp.ACRValues)
	return r
}

// Check checks that the token may do what r demands. The error is an [*Error], or an
// [*ArgumentError] if r is empty.
func (c *Claims) Check(r Requirement) error {
	if err := r.Validate(); err != nil {
		return err
	}
	return c.meets(r)
}

// meets is Check for a requirement that is valid.
func (c *Claims) meets(r Requirement) error {
	if !r.AnyToken {
		if err := c.permits(r); err != nil {
			return err
		}
	}
	return c.steppedUp(r.StepUp)
}

func (c *Claims) permits(r Requirement) error {
	ofApp := c.AppOnly && !c.raw.scoped()
	switch {
	case len(r.Scopes) > 0 && !slices.ContainsFunc(r.Scopes, func(s string) bool { return !c.HasScope(s) }):
		return nil
	case len(r.AppRoles) > 0 && ofApp && !slices.ContainsFunc(r.AppRoles, func(s string) bool { return !c.HasRole(s) }):
		return nil
	case len(r.AppRoles) > 0 && (ofApp || len(r.Scopes) == 0):
		return insufficient("roles", "the token is not an app's own with the roles "+quoted(strings.Join(r.AppRoles, " "))+
			", but has "+foreign(c.raw.roles), nil)
	}
	return insufficient("scope", "the token lacks one of the scopes "+quoted(strings.Join(r.Scopes, " "))+
		", and has "+quoted(strings.Join(c.Scopes(), " ")), []parameter{{"scope", strings.Join(r.Scopes, " ")}})
}

func insufficient(check, problem string, more []parameter) *Error {
	return &Error{Status: http.StatusForbidden, Code: codeInsufficientScope, Check: check, Problem: problem, more: more}
}

// steppedUp checks that the user is signed in as well as u demands.
func (c *Claims) steppedUp(u StepUp) error {
	check, problem := "", ""
	switch {
	case len(u.ACRValues) > 0 && !slices.Contains(u.ACRValues, c.ACR):
		check, problem = "acr", "the user signed in by "+quoted(c.ACR)
	case u.MaxAge > 0 && !c.signedInSince(u.MaxAge):
		check, problem = "auth_time", "the user signed in too long ago, in the future, or at an unknown time (auth_time)"
	case u.AuthContext != "" && !has(list, c.raw.acrs, u.AuthContext):
		check, problem = "acrs", "the token lacks the authentication context "+quoted(u.AuthContext)
	default:
		return nil
	}
	return u.refusal(check, problem)
}

// signedInSince reports whether the user signed in at most age before the token was
// checked. Without auth_time nobody knows.
func (c *Claims) signedInSince(age time.Duration) bool {
	if c.AuthTime.IsZero() {
		return false
	}
	past := c.checked.Sub(c.AuthTime)
	return past <= age+c.leeway && past >= -c.leeway
}

// refusal is the error that asks for what u demands.
func (u StepUp) refusal(check, problem string) *Error {
	e := &Error{Status: http.StatusUnauthorized, Code: codeInsufficientUser, Check: check, Problem: problem}
	if u.AuthContext != "" {
		e.Code, e.more = codeInsufficientClaims, claimsParameters(authContextClaims(u.AuthContext))
		return e
	}
	if len(u.ACRValues) > 0 {
		e.more = append(e.more, parameter{"acr_values", strings.Join(u.ACRValues, " ")})
	}
	if u.MaxAge > 0 {
		e.more = append(e.more, parameter{"max_age", strconv.FormatInt(int64(u.MaxAge/time.Second), 10)})
	}
	return e
}
