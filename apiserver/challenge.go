package apiserver

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// maxClaims is the most bytes of a claims challenge: encoded it still passes proxies, which
// commonly take headers of 8 KB.
const maxClaims = 4 << 10

// A parameter is one of a challenge. The value is header-safe.
type parameter struct{ name, value string }

// Challenge refuses a request from within its handler because the user must sign in better
// than the token says: 401 with insufficient_user_authentication (RFC 9470), or with
// insufficient_claims if need names an authentication context (Microsoft Entra). r is the
// request as the handler got it. The error is an [*ArgumentError], and then nothing was
// written.
//
// To demand the same of every request to a handler use [Requirement].StepUp.
func Challenge(w http.ResponseWriter, r *http.Request, need StepUp) error {
	if err := need.problem(false); err != nil {
		return err
	}
	check := "acr"
	switch {
	case need.AuthContext != "":
		check = "acrs"
	case len(need.ACRValues) == 0:
		check = "auth_time"
	}
	write(w, realmOf(r), need.refusal(check, ""))
	return nil
}

// ChallengeClaims is [Challenge] for any other claim that the next token must have, as a
// claims request (OpenID Connect Core 5.5) of at most 4 KB:
//
//	{"access_token":{"nbf":{"essential":true,"value":"1763600000"}}}
func ChallengeClaims(w http.ResponseWriter, r *http.Request, claims string) error {
	if len(claims) > maxClaims {
		return &ArgumentError{"claims", "is longer than 4 KB, which no header should be: ask for less"}
	}
	if object, err := jsonscan.Parse(claims); err != nil || object.Kind() != jsonscan.Object {
		return &ArgumentError{"claims", `is not a JSON object, such as {"access_token":{"acrs":{"essential":true,"value":"c1"}}}`}
	}
	write(w, realmOf(r), &Error{
		Status: http.StatusUnauthorized, Code: codeInsufficientClaims, Check: "acrs", more: claimsParameters(claims),
	})
	return nil
}

// authContextClaims is the claims request for an authentication context.
func authContextClaims(id string) string {
	return `{"access_token":{"acrs":{"essential":true,"value":` + jsonscan.Quote(id) + `}}}`
}

// claimsParameters are those of Microsoft's claims challenges. authorization_uri is a
// required one; it is empty, because a client goes to the authority that it knows (R11).
func claimsParameters(claims string) []parameter {
	return []parameter{{"authorization_uri", ""}, {"claims", base64.StdEncoding.EncodeToString([]byte(claims))}}
}

// Refuse answers a request that [Verifier.Authorize] or [Claims.Check] refused with err, as
// RFC 6750 section 3 says. The challenge, and the body, which is the same in JSON, have
// fixed texts and what was configured, nothing of err's text. An error that is no [*Error]
// is answered with 500.
func (v *Verifier) Refuse(w http.ResponseWriter, err error) {
	e := (*Error)(nil)
	if !errors.As(err, &e) {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	write(w, v.realm, e)
}

// write writes the answer that e stands for.
func write(w http.ResponseWriter, realm string, e *Error) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if e.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.FormatInt(int64(retryGap.Seconds()), 10))
		w.WriteHeader(e.Status)
		return
	}
	h.Set("WWW-Authenticate", e.challenge(realm))
	if e.Code == "" {
		w.WriteHeader(e.Status)
		return
	}
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(struct { // the client is gone if it fails
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{e.Code, descriptions[e.Check]})
}

// challenge returns the value of WWW-Authenticate. Every value in it is a constant or was
// checked to be header-safe when it was configured.
func (e *Error) challenge(realm string) string {
	parameters := []parameter{{"realm", realm}}
	if e.Code != "" {
		parameters = append(parameters, parameter{"error", e.Code}, parameter{"error_description", descriptions[e.Check]})
	}
	var b strings.Builder
	b.WriteString("Bearer ")
	for i, p := range append(parameters, e.more...) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.name + `="` + p.value + `"`)
	}
	return b.String()
}

// headerSafe reports whether s can stand between quotes in a header as it is: printable
// ASCII without " and \ (RFC 6750 section 3).
func headerSafe(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
