package apiclient

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// A demand is what an answer 401 asks for. It never names a host (rule R11): other
// parameters of the challenge are not looked at.
type demand struct {
	kind      demandKind
	claims    string // JSON object; may be empty but for claimsMissing
	acrValues []string
	maxAge    time.Duration // 0: not asked for
}

type demandKind int

const (
	nothing       demandKind = iota
	otherToken               // invalid_token, RFC 6750 section 3.1
	claimsMissing            // insufficient_claims, Microsoft Entra
	stepUp                   // insufficient_user_authentication, RFC 9470 section 3
)

// key is equal for equal demands.
func (d demand) key() string {
	return strconv.Itoa(int(d.kind)) + " " + d.maxAge.String() + " " + d.claims
}

// maxClaims is the most bytes of claims in a challenge, as JSON (rule R42).
const maxClaims = 8 << 10

// demandOf finds what the bearer challenges of an answer demand: nothing, if there is
// nothing that can be done, or if they contradict each other.
func demandOf(h http.Header) demand {
	lines := h.Values("WWW-Authenticate")
	size := 0
	for _, line := range lines {
		size += len(line)
	}
	if size > maxHeader {
		return demand{}
	}
	var found demand
	for _, line := range lines {
		all, err := parseChallenges(line)
		if err != nil {
			continue
		}
		for _, c := range all {
			d := c.demand()
			switch {
			case d.kind == nothing, d.key() == found.key():
			case found.kind == nothing, found.kind == otherToken:
				found = d
			case d.kind != otherToken:
				return demand{} // which one to answer, nobody can say
			}
		}
	}
	return found
}

func (c challenge) demand() demand {
	if !strings.EqualFold(c.scheme, "Bearer") {
		return demand{}
	}
	switch code, _ := c.get("error"); code {
	case "invalid_token":
		return demand{kind: otherToken}
	case "insufficient_claims":
		text, _ := c.get("claims")
		if claims, ok := decodeClaims(text); ok {
			return demand{kind: claimsMissing, claims: claims}
		}
	case "insufficient_user_authentication":
		return c.stepUp()
	}
	return demand{}
}

// decodeClaims reads claims as Microsoft's APIs send them: base64 of either alphabet, padded or not, or the JSON
// object itself.
func decodeClaims(text string) (claims string, ok bool) {
	if len(text) > maxHeader {
		return "", false
	}
	claims = text
	if !strings.HasPrefix(text, "{") {
		encoding := base64.RawStdEncoding
		if strings.HasSuffix(text, "=") {
			encoding = base64.StdEncoding
		}
		b, err := encoding.Strict().DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(text))
		if err != nil {
			return "", false
		}
		claims = string(b)
	}
	if len(claims) > maxClaims {
		return "", false
	}
	v, err := jsonscan.Parse(claims)
	if err != nil || v.Kind() != jsonscan.Object {
		return "", false
	}
	return claims, true
}

// stepUp reads acr_values and max_age (RFC 9470 section 3). As claims (OpenID Connect
// Core 5.5.1.1) they can go with a refresh too.
func (c challenge) stepUp() demand {
	d := demand{kind: stepUp}
	var claims []byte
	if text, ok := c.get("acr_values"); ok {
		d.acrValues = strings.Fields(text)
		for _, value := range d.acrValues {
			claims = append(claims, ',')
			claims = jsonscan.AppendString(claims, value)
		}
		if len(claims) > 0 {
			claims = append([]byte(`,"acr":{"essential":true,"values":[`), claims[1:]...)
			claims = append(claims, `]}`...)
		}
	}
	if text, ok := c.get("max_age"); ok {
		seconds, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return demand{}
		}
		// Zero would read as not asked for, and no sign-in is younger than the second in which it ends.
		d.maxAge = time.Duration(max(seconds, 1)) * time.Second
		claims = append(claims, `,"auth_time":{"essential":true}`...)
	}
	if len(claims) > 0 {
		d.claims = `{"id_token":{` + string(claims[1:]) + `}}`
	}
	if len(d.claims) > maxClaims {
		return demand{}
	}
	return d
}
