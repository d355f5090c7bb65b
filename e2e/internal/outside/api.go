package outside

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// An Access is what an API wants of an access token. What is empty is not looked at.
type Access struct {
	Issuer string   // whose metadata the API trusts; "" = the Entra shape's issuer of the first tenant
	ByURI  bool     // the API is known by its ID URI, as in plain OIDC and AD FS, else by its client id
	API    string   // name of the app that the token is for; "" = api
	Client string   // name of the app that it was issued to
	User   string   // username that an Entra token has
	Scopes []string // each is there
	Roles  []string // each is there
	XMSCC  []string // the capabilities that the client declared
	ACRS   []string // the authentication contexts that were reached
}

// Admit fails the test unless the API accepts the token.
func (a *Authority) Admit(t authoritytest.TB, token string, want Access) {
	t.Helper()
	if err := a.check(token, want); err != nil {
		t.Fatalf("the API refuses the token: %v", err)
	}
}

// The claims that say who may do what; Entra and plain OIDC (RFC 9068) each have names of their own.
type accessClaims struct {
	Azp      string   `json:"azp"`
	ClientID string   `json:"client_id"`
	Username string   `json:"preferred_username"`
	Scp      string   `json:"scp"`
	Scope    string   `json:"scope"`
	Roles    []string `json:"roles"`
	XMSCC    []string `json:"xms_cc"`
	ACRS     []string `json:"acrs"`
}

func (a *Authority) check(token string, want Access) error {
	api := a.Directory.App("api")
	if want.API != "" {
		api = a.Directory.App(want.API)
	}
	audience := api.ClientID
	if want.ByURI {
		audience = api.IDURI
	}
	if want.Issuer == "" {
		want.Issuer = a.Issuer("")
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return err
	}
	issuer, keys, err := a.trusted(want.Issuer)
	if err != nil {
		return err
	}
	var standard jwt.Claims
	var got accessClaims
	if err := parsed.Claims(keys, &standard, &got); err != nil {
		return err
	}
	expected := jwt.Expected{Issuer: issuer, AnyAudience: jwt.Audience{audience}, Time: a.Clock.Now()}
	if err := standard.Validate(expected); err != nil {
		return err
	}
	return got.lack(want, a.Directory.App(want.Client).ClientID)
}

// lack returns an error that names what is wanted and not there.
func (got accessClaims) lack(want Access, client string) error {
	scopes := strings.Fields(got.Scp + " " + got.Scope)
	switch {
	case want.Client != "" && got.Azp != client && got.ClientID != client:
		return errors.New("it was issued to another client")
	case want.User != "" && got.Username != want.User:
		return fmt.Errorf("it is for the user %q", got.Username)
	case !contains(scopes, want.Scopes):
		return fmt.Errorf("its scopes are %q", scopes)
	case !contains(got.Roles, want.Roles):
		return fmt.Errorf("its roles are %q", got.Roles)
	case !contains(got.XMSCC, want.XMSCC):
		return fmt.Errorf("its xms_cc is %q", got.XMSCC)
	case !contains(got.ACRS, want.ACRS):
		return fmt.Errorf("its acrs is %q", got.ACRS)
	}
	return nil
}

func contains(all, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// trusted fetches who issues access tokens for an issuer, and with what they are signed.
func (a *Authority) trusted(issuer string) (iss string, keys *jose.JSONWebKeySet, err error) {
	var metadata struct {
		Issuer            string `json:"issuer"`
		AccessTokenIssuer string `json:"access_token_issuer"` // of AD FS
		JWKS              string `json:"jwks_uri"`
	}
	if err := a.get(issuer+"/.well-known/openid-configuration", &metadata); err != nil {
		return "", nil, err
	}
	keys = &jose.JSONWebKeySet{}
	return cmp.Or(metadata.AccessTokenIssuer, metadata.Issuer), keys, a.get(metadata.JWKS, keys)
}

func (a *Authority) get(address string, v any) error {
	resp, err := a.Client().Get(address)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d", resp.Request.URL.Path, resp.StatusCode)
	}
	return json.NewDecoder(resp.Body).Decode(v)
}
