package latchkey

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/host"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// An idTokenExpectation is what an ID token must state beside issuer, audience and
// times (OpenID Connect Core 3.1.3.7).
type idTokenExpectation struct {
	nonce    string // empty: none was sent, so any is refused but on a refresh
	maxAge   int64  // seconds since the user signed in; zero: any
	previous Claims // of the ID token that a refresh follows (OpenID Connect Core 12.2)
	imported bool   // the sign-in was another program's, so its nonce is unknown
}

// clockLeeway is how far the authority's clock may be off, in seconds.
const clockLeeway = 120

// checkIDToken returns the claims of the answer's ID token if every check passes.
func (c *client) checkIDToken(ctx context.Context, answer *tokenAnswer, q *tokenRequest) (Claims, error) {
	claims, err := idTokenClaims(answer.idToken)
	if err != nil {
		return claims, err
	}
	if err := checkIDTokenClaims(claims, q.metadata, c.config.ClientID, q.expect, c.now().Unix()); err != nil {
		return claims, err
	}
	if err := checkAccessTokenHash(claims, answer.idToken, answer.accessToken); err != nil {
		return claims, err
	}
	if c.config.InsecureSkipSignatureCheck {
		return claims, nil
	}
	return claims, c.signatures.check(ctx, q.metadata, answer.idToken, claims)
}

// checkIDTokenClaims checks what can be checked without a key (rule R15). now is Unix seconds.
func checkIDTokenClaims(claims Claims, m *authority.Metadata, clientID string, expect idTokenExpectation, now int64) error {
	if claims.Text("sub") == "" {
		return &ValidationError{Check: "sub", Problem: "the ID token names no user"}
	}
	if err := m.CheckIssuer(claims.Text("iss"), claims.Text("tid")); err != nil {
		return &ValidationError{Check: "iss", Problem: "the ID token is of another issuer", Err: err}
	}
	if err := m.CheckPolicy(claims.Text("tfp"), claims.Text("acr")); err != nil {
		return &ValidationError{Check: "tfp", Problem: "the ID token is of another policy", Err: err}
	}
	audiences := claims.Texts("aud")
	authorized := claims.Text("azp")
	switch {
	case !slices.Contains(audiences, clientID):
		return &ValidationError{Check: "aud", Problem: "the ID token is not for this client"}
	case len(audiences) > 1 && authorized == "":
		return &ValidationError{Check: "azp", Problem: "the ID token is for several audiences and does not say which client asked"}
	case authorized != "" && authorized != clientID:
		return &ValidationError{Check: "azp", Problem: "the ID token was issued to another client"}
	}
	if err := checkIDTokenTimes(claims, expect.maxAge, now); err != nil {
		return err
	}
	if expect.previous.object.Exists() {
		return checkSameUser(claims, expect)
	}
	if nonce := claims.Text("nonce"); nonce != expect.nonce && !expect.imported {
		if nonce == "" {
			return &ValidationError{Check: "nonce", Problem: "the ID token has none, and one was sent"}
		}
		return &ValidationError{Check: "nonce", Problem: "the ID token answers another request"}
	}
	return nil
}

func checkIDTokenTimes(claims Claims, maxAge, now int64) error {
	expires, ok := numericDate(claims.object.Get("exp"))
	if !ok {
		return &ValidationError{Check: "exp", Problem: "the ID token does not say when it ends"}
	}
	issued, ok := numericDate(claims.object.Get("iat"))
	if !ok {
		return &ValidationError{Check: "iat", Problem: "the ID token does not say when it was issued"}
	}
	if expires+clockLeeway <= now {
		return &ValidationError{Check: "exp", Problem: "the ID token has ended"}
	}
	if issued-clockLeeway > now {
		return &ValidationError{Check: "iat", Problem: "the ID token is from the future"}
	}
	if begins, ok := numericDate(claims.object.Get("nbf")); ok && begins-clockLeeway > now {
		return &ValidationError{Check: "nbf", Problem: "the ID token is not good yet"}
	}
	if maxAge > 0 {
		signedIn, ok := numericDate(claims.object.Get("auth_time"))
		if !ok || signedIn+maxAge+clockLeeway < now {
			return &ValidationError{Check: "auth_time", Problem: "the user signed in longer than " + strconv.FormatInt(maxAge, 10) + " seconds ago, or the authority does not say when"}
		}
	}
	return nil
}

// checkSameUser compares the ID token of a refresh with the one before (rule R13).
func checkSameUser(claims Claims, expect idTokenExpectation) error {
	old := expect.previous
	for _, name := range [...]string{"iss", "sub"} {
		if claims.Text(name) != old.Text(name) {
			return &ValidationError{Check: name, Problem: "the refresh brought an ID token of another user: nothing was kept"}
		}
	}
	if !sameSet(claims.Texts("aud"), old.Texts("aud")) {
		return &ValidationError{Check: "aud", Problem: "the refresh brought an ID token for other audiences: nothing was kept"}
	}
	if nonce := claims.Text("nonce"); nonce != "" && nonce != old.Text("nonce") {
		return &ValidationError{Check: "nonce", Problem: "the refresh brought an ID token of another sign-in: nothing was kept"}
	}
	return nil
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// checkAccessTokenHash checks at_hash if it is there (OpenID Connect Core 3.1.3.6).
func checkAccessTokenHash(claims Claims, idToken, accessToken string) error {
	want := claims.object.Get("at_hash")
	if !want.Exists() || accessToken == "" {
		return nil
	}
	alg := jwtAlgorithm(idToken)
	bits := 256
	if strings.HasSuffix(alg, "384") {
		bits = 384
	} else if strings.HasSuffix(alg, "512") {
		bits = 512
	}
	sum, err := host.Digest(bits, accessToken)
	if err != nil {
		return err
	}
	if got, _ := want.Text(); got != b64.Encode(sum[:len(sum)/2]) {
		return &ValidationError{Check: "at_hash", Problem: "the ID token came with another access token"}
	}
	return nil
}

// jwtAlgorithm returns the alg of a JWT's header; empty if it cannot be read.
func jwtAlgorithm(jwt string) string {
	header, _, _ := strings.Cut(jwt, ".")
	text, err := b64.Decode(header)
	if err != nil {
		return ""
	}
	object, err := jsonscan.Parse(string(text))
	if err != nil {
		return ""
	}
	return Claims{object.Members()}.Text("alg")
}
