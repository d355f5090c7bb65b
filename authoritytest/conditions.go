package authoritytest

import "net/http"

// Where an [Answer] appears.
const (
	AtAuthorize = "authorize"    // in the redirect back to the client
	AtPage      = "page"         // on a page of the authority, where the person stays
	AtToken     = "token"        // the token endpoint, for every other grant than the next two
	AtRefresh   = "refresh"      // the token endpoint, for a refresh token
	AtBehalf    = "on-behalf-of" // the token endpoint, for on-behalf-of
)

// A Condition is a reason for which the Entra shape refuses something, as
// [Conditions] tells it.
type Condition struct {
	Name     string   // stable, such as mfa-required
	Number   int      // the AADSTS number
	Suberror string   // the member suberror; "" = there is none
	Claims   bool     // a claims challenge comes with it, for the next authorization request
	Answers  []Answer // how it is said in each place where it appears
	Remedy   string   // what satisfies it, or ends it
	Source   string   // where Microsoft documents it, and what is not documented
}

// An Answer is how a [Condition] is said in one place.
type Answer struct {
	At     string // one of the At constants
	Error  string // error code of RFC 6749 and its relatives
	Status int    // HTTP status
}

// Conditions returns what the Entra shape refuses, and how: the table of
// docs/authority-errors.md. Each answer can be had from a running server.
func Conditions() []Condition {
	list := make([]Condition, len(conditionRows))
	for i, row := range conditionRows {
		k := row.condition
		list[i] = Condition{Name: row.name, Number: k.number, Suberror: k.suberror, Claims: k.claims, Remedy: row.remedy, Source: row.source}
		for _, at := range row.at {
			list[i].Answers = append(list[i].Answers, k.answer(at))
		}
	}
	return list
}

// answer returns how the Entra shape says the condition in one place.
func (k condition) answer(at string) Answer {
	r := &refusal{condition: k}
	switch at {
	case AtAuthorize:
		return Answer{at, r.answering(k.authorizeCode).codeIn(ShapeEntra), http.StatusSeeOther}
	case AtBehalf:
		r = r.answering(k.behalfCode)
	}
	return Answer{at, r.codeIn(ShapeEntra), r.statusIn(ShapeEntra)}
}

// A conditionRow is a condition with what people are told about it.
type conditionRow struct {
	name      string
	condition condition
	at        []string
	remedy    string
	source    string
}

// Microsoft's documents.
const (
	docErrors  = "[error codes](https://learn.microsoft.com/entra/identity-platform/reference-error-codes)"
	docCode    = "[authorization code flow](https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow)"
	docRefresh = "[refresh tokens](https://learn.microsoft.com/entra/identity-platform/refresh-tokens)"
	docBehalf  = "[on-behalf-of flow](https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow)"
	docDevice  = "[device code flow](https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code)"
	docTerms   = "[terms of use](https://learn.microsoft.com/entra/identity/conditional-access/terms-of-use)"
	docMSAL    = "[MSAL on conditional access](https://learn.microsoft.com/entra/msal/dotnet/advanced/exceptions/msal-error-handling)"
)
