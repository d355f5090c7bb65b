package latchkey

import (
	"strconv"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
)

// An AuthCodeFlow is one sign-in on its way (rule R35): what AuthCodeURL made and
// AcquireTokenByCode needs. It holds secrets: it prints without them, but marshals to
// JSON in full, so that a web server can keep it in a session on the server or in an
// encrypted cookie, bound to this browser. It is good for 10 minutes and one use.
type AuthCodeFlow struct{ state *flowState }

type flowState struct {
	url                              string // not kept in JSON
	authority, issuer, tokenEndpoint string
	clientID, redirectURI            string
	state, nonce, verifier           string
	account, tenant                  string
	scopes, resource                 string
	claims, challenge                string
	correlation                      string
	issRequired                      bool  // the authority advertises RFC 9207
	maxAge                           int64 // seconds
	expires                          int64 // Unix seconds
}

// URL is where to send the user's browser. It is empty in a flow that was unmarshalled.
func (f AuthCodeFlow) URL() string {
	if f.state == nil {
		return ""
	}
	return f.state.url
}

// State is the state parameter of the request (RFC 6749 section 10.12), by which a web
// server can find the flow when the user comes back.
func (f AuthCodeFlow) State() string {
	if f.state == nil {
		return ""
	}
	return f.state.state
}

// String says what it is, without its secrets.
func (f AuthCodeFlow) String() string { return "sign-in [redacted]" }

// GoString is String.
func (f AuthCodeFlow) GoString() string { return f.String() }

// texts lists the fields of the JSON form.
func (s *flowState) texts() []struct {
	name  string
	value *string
} {
	return []struct {
		name  string
		value *string
	}{
		{"authority", &s.authority}, {"issuer", &s.issuer}, {"token_endpoint", &s.tokenEndpoint},
		{"client_id", &s.clientID}, {"redirect_uri", &s.redirectURI},
		{"state", &s.state}, {"nonce", &s.nonce}, {"code_verifier", &s.verifier},
		{"account", &s.account}, {"tenant", &s.tenant}, {"scope", &s.scopes}, {"resource", &s.resource},
		{"claims", &s.claims}, {"claims_challenge", &s.challenge}, {"correlation_id", &s.correlation},
	}
}

// MarshalJSON writes the flow in full, secrets included.
func (f AuthCodeFlow) MarshalJSON() ([]byte, error) {
	if f.state == nil {
		return []byte("null"), nil
	}
	var b []byte
	for _, t := range f.state.texts() {
		if *t.value != "" {
			b = appendMember(b, t.name, jsonscan.Quote(*t.value))
		}
	}
	b = appendMember(b, "iss_required", strconv.FormatBool(f.state.issRequired))
	b = appendMember(b, "max_age", strconv.FormatInt(f.state.maxAge, 10))
	b = appendMember(b, "expires", strconv.FormatInt(f.state.expires, 10))
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote. The error is an [*ArgumentError].
func (f *AuthCodeFlow) UnmarshalJSON(data []byte) error {
	object, err := jsonscan.Parse(string(data))
	if err != nil || object.Kind() != jsonscan.Object {
		return &ArgumentError{"flow", "is not a sign-in that was marshalled before"}
	}
	s := &flowState{}
	for _, t := range s.texts() {
		*t.value, _ = object.Get(t.name).Text()
	}
	s.issRequired, _ = object.Get("iss_required").Bool()
	s.maxAge, _ = object.Get("max_age").Int()
	s.expires, _ = object.Get("expires").Int()
	if s.state == "" || s.nonce == "" || s.verifier == "" || s.clientID == "" || s.tokenEndpoint == "" || s.expires == 0 {
		return &ArgumentError{"flow", "is incomplete: it must be kept as it was marshalled"}
	}
	f.state = s
	return nil
}

func flowClaims(s *flowState) (ClaimsRequest, error) {
	if s.claims == "" {
		return ClaimsRequest{}, nil
	}
	return ParseClaimsRequest(s.claims)
}
