package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
)

// A tokenAnswer is what latchkey token --output json prints.
type tokenAnswer struct {
	AccessToken string         `json:"access_token"`
	TokenType   string         `json:"token_type"`
	ExpiresOn   int64          `json:"expires_on,omitempty"` // Unix seconds; absent if the authority did not say
	ExpiresAt   string         `json:"expires_at,omitempty"` // the same as RFC 3339 in UTC
	Scopes      []string       `json:"scopes"`
	Account     *accountAnswer `json:"account,omitempty"` // absent for a client's own token
}

// An accountAnswer is the user in it.
type accountAnswer struct {
	Username      string `json:"username"`
	Name          string `json:"name,omitempty"`
	HomeAccountID string `json:"home_account_id"`
	TenantID      string `json:"tenant_id,omitempty"`
}

// errToken means that the token, printed, could do something to a terminal or to the
// header that it is put in (RFC 6749, appendix A.12).
var errToken = errors.New("the authority's access token has characters that no access token may have: nothing is printed")

func printToken(w io.Writer, r *latchkey.Result, output string) error {
	outside := func(c rune) bool { return c < ' ' || c > '~' }
	if strings.ContainsFunc(r.Header(), outside) {
		return errToken
	}
	switch output {
	case outputHeader:
		_, err := fmt.Fprintf(w, "Authorization: %s\n", r.Header())
		return err
	case outputJSON:
		return writeJSON(w, newTokenAnswer(r), true)
	}
	_, err := fmt.Fprintln(w, r.AccessToken())
	return err
}

func newTokenAnswer(r *latchkey.Result) tokenAnswer {
	a := tokenAnswer{AccessToken: r.AccessToken(), TokenType: r.TokenType(), Scopes: r.Scopes()}
	if a.Scopes == nil {
		a.Scopes = []string{}
	}
	if !r.ExpiresOn.IsZero() {
		a.ExpiresOn, a.ExpiresAt = r.ExpiresOn.Unix(), r.ExpiresOn.UTC().Format(time.RFC3339)
	}
	if r.Account.HomeAccountID != "" {
		account := newAccountAnswer(r.Account)
		a.Account = &account
	}
	return a
}

func newAccountAnswer(a latchkey.Account) accountAnswer {
	return accountAnswer{a.Username, a.Name, a.HomeAccountID, a.TenantID}
}
