package apiserver

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/internal/jws"
)

// MaxToken is the longest token that is looked at, in bytes.
const MaxToken = 16 << 10

// encoding is base64url as RFC 7515 section 2 has it.
var encoding = base64.RawURLEncoding.Strict()

// A token is a JWT of which nothing can be believed yet.
type token struct {
	compact string
	typ     string // of the header
	payload string
	claims  rawClaims
}

func parseToken(compact string) (token, error) {
	if len(compact) > MaxToken {
		return token{}, invalid("token", "it is longer than 16 KB; if it lists the user's groups, have the authority leave them out", nil)
	}
	head, rest, _ := strings.Cut(compact, ".")
	body, _, _ := strings.Cut(rest, ".")
	header, _, err := part(head)
	if err != nil {
		// It knows best what else the text may be, such as an opaque token.
		_, err := jws.ParseHeader(compact)
		return token{}, invalid("token", "it cannot be read", err)
	}
	claims, payload, err := part(body)
	if err != nil {
		return token{}, invalid("token", "its claims are no JSON object in base64url", err)
	}
	return token{compact, text(header.Get("typ")), payload, readClaims(claims)}, nil
}

// part decodes the header or the claims of a token. That the header is sound in all else
// is checked with the signature.
func part(s string) (object jsonscan.Value, decoded string, err error) {
	b, err := encoding.DecodeString(s)
	if err != nil {
		return object, "", errors.New("not base64url")
	}
	decoded = string(b)
	object, err = jsonscan.Parse(decoded)
	if err == nil && object.Kind() != jsonscan.Object {
		err = errors.New("not an object")
	}
	return object, decoded, err
}

// rawClaims are the claims that are looked at, as they came. Of several with one name
// the last one counts (RFC 7519 section 4).
type rawClaims struct {
	object jsonscan.Value

	iss, sub, aud, exp, nbf, iat, jti jsonscan.Value // RFC 7519
	clientID, scope, roles            jsonscan.Value // RFC 9068
	acr, authTime, cnf                jsonscan.Value // RFC 9470, RFC 7800
	nonce, atHash, cHash, azp         jsonscan.Value // OpenID Connect
	tid, oid, appid, scp, idtyp, acrs jsonscan.Value // Microsoft Entra
}

// readClaims reads the object once: it may be 12 KB.
func readClaims(object jsonscan.Value) rawClaims {
	c := rawClaims{object: object}
	object.Each(func(name string, v jsonscan.Value) bool {
		if slot := c.slot(name); slot != nil {
			*slot = v
		}
		return true
	})
	return c
}

func (c *rawClaims) slot(name string) *jsonscan.Value {
	switch name {
	case "iss":
		return &c.iss
	case "sub":
		return &c.sub
	case "aud":
		return &c.aud
	case "exp":
		return &c.exp
	case "nbf":
		return &c.nbf
	case "iat":
		return &c.iat
	case "jti":
		return &c.jti
	case "client_id":
		return &c.clientID
	case "scope":
		return &c.scope
	case "roles":
		return &c.roles
	case "acr":
		return &c.acr
	case "auth_time":
		return &c.authTime
	case "cnf":
		return &c.cnf
	case "nonce":
		return &c.nonce
	case "at_hash":
		return &c.atHash
	case "c_hash":
		return &c.cHash
	case "azp":
		return &c.azp
	case "tid":
		return &c.tid
	case "oid":
		return &c.oid
	case "appid":
		return &c.appid
	case "scp":
		return &c.scp
	case "idtyp":
		return &c.idtyp
	case "acrs":
		return &c.acrs
	}
	return nil
}

// text returns a string, "" if v is none.
func text(v jsonscan.Value) string {
	s, _ := v.Text()
	return s
}

// numericDate returns the whole seconds of a NumericDate (RFC 7519 section 2).
func numericDate(v jsonscan.Value) (seconds int64, ok bool) {
	n, ok := v.Truncated()
	if !ok || n < -1<<53 || n > 1<<53 {
		return 0, false
	}
	return n, true
}

// list calls f with the strings of an array, or with the one string that v is, until f
// returns false.
func list(v jsonscan.Value, f func(s string) bool) {
	if s, ok := v.Text(); ok {
		f(s)
		return
	}
	v.Items(func(item jsonscan.Value) bool {
		s, ok := item.Text()
		return !ok || f(s)
	})
}

// words is list for the claims scp and scope, where spaces separate the words of a
// string (RFC 8693 section 4.2). Some authorities send an array.
func words(v jsonscan.Value, f func(s string) bool) {
	s, ok := v.Text()
	if !ok {
		list(v, f)
		return
	}
	for s != "" {
		var word string
		word, s, _ = strings.Cut(s, " ")
		if word != "" && !f(word) {
			return
		}
	}
}
