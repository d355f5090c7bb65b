package latchkey

import (
	"slices"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// A ClaimsRequest asks the authority for particular claims (OpenID Connect Core 5.5).
// Claims that are asked for in the access token keep tokens apart in the cache.
type ClaimsRequest struct {
	// IDToken, AccessToken and UserInfo are the claims to put in each, by name.
	IDToken, AccessToken, UserInfo map[string]ClaimRequest

	other string // members of a parsed request that have no field, as a JSON object
}

// A ClaimRequest says how one claim is wanted. The zero value asks for it voluntarily.
type ClaimRequest struct {
	// Essential says that the task needs the claim.
	Essential bool
	// Value is the value that the claim must have; empty: any.
	Value string
	// Values are the values that it may have, the preferred first; empty: any.
	Values []string

	raw string // as parsed, if the fields cannot say it
}

// ParseClaimsRequest reads a claims request: the parameter of OpenID Connect Core 5.5,
// or the optionalClaims object of a Microsoft app manifest. The error is an
// [*ArgumentError].
func ParseClaimsRequest(json string) (ClaimsRequest, error) {
	var r ClaimsRequest
	object, err := parseClaimsObject("claims request", json)
	if err != nil {
		return r, err
	}
	if manifest := object.Get("optionalClaims"); manifest.Exists() {
		return parseOptionalClaims(manifest)
	}
	var other []byte
	object.Each(func(name string, v jsonscan.Value) bool {
		switch name {
		case "id_token":
			r.IDToken, err = parseClaimSet(v)
		case "access_token":
			r.AccessToken, err = parseClaimSet(v)
		case "userinfo":
			r.UserInfo, err = parseClaimSet(v)
		default:
			other = appendMember(other, name, v.Raw())
		}
		return err == nil
	})
	if len(other) > 0 {
		r.other = string(append(other, '}'))
	}
	return r, err
}

// String returns the request as JSON; empty if it asks for nothing.
func (r ClaimsRequest) String() string {
	var b []byte
	for _, set := range []struct {
		name   string
		claims map[string]ClaimRequest
	}{{"access_token", r.AccessToken}, {"id_token", r.IDToken}, {"userinfo", r.UserInfo}} {
		if len(set.claims) > 0 {
			b = appendMember(b, set.name, string(appendClaimSet(nil, set.claims)))
		}
	}
	if len(b) == 0 {
		return r.other
	}
	text := string(append(b, '}'))
	return mergeJSON(text, r.other)
}

// accessTokenClaims are the claims that are asked for in the access token, as JSON.
func (r ClaimsRequest) accessTokenClaims() string {
	if len(r.AccessToken) == 0 {
		return ""
	}
	return string(appendClaimSet(nil, r.AccessToken))
}

func parseClaimsObject(field, json string) (jsonscan.Value, error) {
	if len(json) > maxClaims {
		return jsonscan.Value{}, &ArgumentError{field, "is longer than 8 KB: refuse it"}
	}
	object, err := jsonscan.Parse(json)
	if err != nil || object.Kind() != jsonscan.Object {
		return jsonscan.Value{}, &ArgumentError{field, "is not a JSON object"}
	}
	return object, nil
}

// maxClaims is the most bytes of a claims challenge or request (rule R42).
const maxClaims = 8 << 10

func parseClaimSet(v jsonscan.Value) (map[string]ClaimRequest, error) {
	if v.Kind() == jsonscan.Null {
		return nil, nil
	}
	if v.Kind() != jsonscan.Object {
		return nil, &ArgumentError{"claims request", "its id_token, access_token and userinfo must be objects"}
	}
	set := map[string]ClaimRequest{}
	v.Each(func(name string, v jsonscan.Value) bool {
		set[name] = parseClaim(v)
		return true
	})
	return set, nil
}

func parseClaim(v jsonscan.Value) ClaimRequest {
	var c ClaimRequest
	simple := v.Kind() == jsonscan.Null || v.Kind() == jsonscan.Object
	v.Each(func(name string, v jsonscan.Value) bool {
		var ok bool
		switch name {
		case "essential":
			c.Essential, ok = v.Bool()
		case "value":
			c.Value, ok = v.Text()
		case "values":
			ok = v.Kind() == jsonscan.Array
			v.Items(func(item jsonscan.Value) bool {
				text, isText := item.Text()
				c.Values = append(c.Values, text)
				ok = ok && isText
				return true
			})
		}
		simple = simple && ok
		return true
	})
	if !simple {
		return ClaimRequest{raw: v.Raw()}
	}
	return c
}

// parseOptionalClaims reads {"idToken": [{"name": "auth_time", "essential": true}], ...}.
func parseOptionalClaims(manifest jsonscan.Value) (ClaimsRequest, error) {
	read := func(list string) map[string]ClaimRequest {
		var set map[string]ClaimRequest
		manifest.Get(list).Items(func(item jsonscan.Value) bool {
			name, _ := item.Get("name").Text()
			if name == "" {
				return true
			}
			if set == nil {
				set = map[string]ClaimRequest{}
			}
			essential, _ := item.Get("essential").Bool()
			set[name] = ClaimRequest{Essential: essential}
			return true
		})
		return set
	}
	r := ClaimsRequest{IDToken: read("idToken"), AccessToken: read("accessToken")}
	if r.IDToken == nil && r.AccessToken == nil {
		return r, &ArgumentError{"claims request", "its optionalClaims name no claim under idToken or accessToken"}
	}
	return r, nil
}

func appendClaimSet(b []byte, set map[string]ClaimRequest) []byte {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b = appendMember(b, name, string(appendClaim(nil, set[name])))
	}
	return append(b, '}')
}

func appendClaim(b []byte, c ClaimRequest) []byte {
	if c.raw != "" {
		return append(b, c.raw...)
	}
	if c.Essential {
		b = appendMember(b, "essential", "true")
	}
	if c.Value != "" {
		b = appendMember(b, "value", jsonscan.Quote(c.Value))
	}
	if len(c.Values) > 0 {
		list := []byte{'['}
		for i, value := range c.Values {
			if i > 0 {
				list = append(list, ',')
			}
			list = jsonscan.AppendString(list, value)
		}
		b = appendMember(b, "values", string(append(list, ']')))
	}
	if len(b) == 0 {
		return append(b, "null"...)
	}
	return append(b, '}')
}

// appendMember appends a member to an object that is not closed yet, and opens it if
// b is empty.
func appendMember(b []byte, name, json string) []byte {
	if len(b) == 0 {
		b = append(b, '{')
	} else {
		b = append(b, ',')
	}
	b = jsonscan.AppendString(b, name)
	b = append(b, ':')
	return append(b, json...)
}

// mergeJSON merges two objects, b winning; either may be empty.
func mergeJSON(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	x, errA := jsonscan.Parse(a)
	y, errB := jsonscan.Parse(b)
	if errA != nil || errB != nil {
		return a
	}
	merged, err := jsonscan.Merge(x, y)
	if err != nil {
		return a
	}
	return merged
}

// claimsParameter is the claims parameter of a request: what the caller asks for, the
// challenge that it answers, and the client's capabilities.
func (c *client) claimsParameter(request ClaimsRequest, challenge string) (string, error) {
	claims := request.String()
	if challenge != "" {
		if _, err := parseClaimsObject("ClaimsChallenge", challenge); err != nil {
			return "", err
		}
		claims = mergeJSON(claims, challenge)
	}
	if len(c.config.Capabilities) == 0 {
		return claims, nil
	}
	list := []byte(`{"access_token":{"xms_cc":{"values":[`)
	for i, capability := range c.config.Capabilities {
		if i > 0 {
			list = append(list, ',')
		}
		list = jsonscan.AppendString(list, capability)
	}
	return mergeJSON(claims, string(append(list, `]}}}`...))), nil
}
