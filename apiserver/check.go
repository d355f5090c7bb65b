package apiserver

import (
	"slices"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// check makes every check of a token that needs neither its issuer nor a key, and returns
// what it says. A token that passes is not accepted yet.
func (c *Config) check(t *token) (*Claims, error) {
	now := c.Clock()
	claims := &Claims{
		Issuer: text(t.claims.iss), Subject: text(t.claims.sub), Tenant: text(t.claims.tid), ObjectID: text(t.claims.oid),
		Expires: instant(t.claims.exp), IssuedAt: instant(t.claims.iat), AuthTime: instant(t.claims.authTime),
		ACR: text(t.claims.acr),
		raw: t.claims, compact: t.compact, checked: now, leeway: c.Leeway,
	}
	if problem := c.checkType(t); problem != "" {
		return nil, invalid("typ", problem, nil)
	}
	claims.ClientID, claims.AppOnly = c.client(&t.claims)
	if problem := c.checkKind(&t.claims, claims); problem != "" {
		return nil, invalid("typ", problem, nil)
	}
	if t.claims.cnf.Exists() {
		return nil, invalid("cnf", "the token is bound to its client's key (DPoP or mutual TLS), and the proof of it is not checked here; have the authority issue bearer tokens", nil)
	}
	if claims.Audience = c.audience(t.claims.aud); claims.Audience == "" {
		return nil, invalid("aud", "the token is for "+foreign(t.claims.aud)+", not for "+quoted(strings.Join(c.Audiences, " or ")), nil)
	}
	if err := checkTimes(&t.claims, now, c.Leeway); err != nil {
		return nil, err
	}
	return claims, nil
}

// checkType checks the typ of the header: what is meant for something else, such as a
// logout token, is no access token (RFC 8725 section 3.11).
func (c *Config) checkType(t *token) (problem string) {
	isAccessToken := strings.EqualFold(t.typ, "at+jwt") || strings.EqualFold(t.typ, "application/at+jwt")
	switch {
	case isAccessToken:
	case c.Shape == ShapeRFC9068:
		return "its type is " + quoted(t.typ) + ", not at+jwt; if the authority cannot write that, see Config.Shape"
	case t.typ != "" && !strings.EqualFold(t.typ, "JWT"):
		return "its type is " + quoted(t.typ) + ", not at+jwt or JWT"
	}
	return ""
}

// client returns the app that got the token, and whether it acts for itself.
func (c *Config) client(raw *rawClaims) (id string, appOnly bool) {
	if c.Shape != ShapeEntra {
		id = text(raw.clientID)
		appOnly = id != "" && id == text(raw.sub)
		if id == "" && c.Shape == ShapeUntyped {
			id = text(raw.azp) // Keycloak's name for it; ID tokens have it too
		}
		return id, appOnly
	}
	if id = text(raw.azp); id == "" {
		id = text(raw.appid) // version 1
	}
	oid := text(raw.oid)
	appOnly = oid != "" && oid == text(raw.sub)
	if raw.idtyp.Exists() {
		appOnly = text(raw.idtyp) == "app"
	}
	return id, appOnly && !raw.scoped()
}

// checkKind tells access tokens from ID tokens, whose audience may be the same: an API
// can have the client id of its own front end (rule R43).
func (c *Config) checkKind(raw *rawClaims, claims *Claims) (problem string) {
	const isID = "it is an ID token, which tells a client who its user is; send the access token"
	switch c.Shape {
	case ShapeRFC9068:
		// The type has said it. These are required by RFC 9068 section 2.2.
		if claims.ClientID == "" || claims.IssuedAt.IsZero() {
			return "it lacks client_id or iat, which an access token has (RFC 9068)"
		}
	case ShapeEntra:
		// Entra lets nobody write azp, appid, scp and idtyp into an ID token. B2C's access
		// tokens have a nonce.
		switch {
		case raw.atHash.Exists(), raw.cHash.Exists(), raw.nonce.Exists() && !raw.scoped():
			return isID
		case claims.ClientID == "":
			return "it names no client (azp or appid), so that it is no access token; if it is an ID token, send the access token"
		case !raw.scoped() && !claims.AppOnly:
			return "it has no scp and is not an app's own, so that it is no access token; if it is an ID token, send the access token"
		}
	case ShapeUntyped:
		switch {
		case raw.atHash.Exists(), raw.cHash.Exists(), raw.nonce.Exists():
			return isID
		case !raw.scoped() && !raw.clientID.Exists():
			return "it has neither scope, scp nor client_id, so that it is no access token; if it is an ID token, send the access token"
		}
	}
	if claims.Subject == "" {
		return "it lacks sub, so that nobody is known by it"
	}
	return ""
}

// audience returns the audience that the token is for; empty if it is for none of them.
func (c *Config) audience(aud jsonscan.Value) (audience string) {
	list(aud, func(a string) bool {
		if slices.Contains(c.Audiences, a) {
			audience = a
		}
		return audience == ""
	})
	return audience
}

// checkTimes checks exp, nbf and iat (RFC 7519 section 4.1).
func checkTimes(raw *rawClaims, now time.Time, leeway time.Duration) error {
	early, late := now.Add(-leeway).Unix(), now.Add(leeway).Unix()
	exp, ok := numericDate(raw.exp)
	switch {
	case !ok:
		return invalid("exp", "the token does not say when it ends", nil)
	case early >= exp:
		return invalid("exp", "the token ended at "+moment(exp)+", and it is "+moment(now.Unix())+"; if it should not have, compare the clocks", nil)
	}
	for _, begin := range []struct {
		name  string
		value jsonscan.Value
	}{{"nbf", raw.nbf}, {"iat", raw.iat}} {
		if !begin.value.Exists() {
			continue
		}
		at, ok := numericDate(begin.value)
		switch {
		case !ok:
			return invalid(begin.name, "the claim is no number of seconds", nil)
		case at > late:
			return invalid(begin.name, "the token begins at "+moment(at)+", and it is "+moment(now.Unix())+"; compare the clocks", nil)
		}
	}
	return nil
}

func moment(seconds int64) string {
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}

// foreign returns the strings of a claim for a message.
func foreign(v jsonscan.Value) string {
	found := all(list, v)
	if len(found) == 0 {
		return "nobody"
	}
	return quoted(strings.Join(found, ", "))
}
