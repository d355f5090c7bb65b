package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/latchkey-auth/latchkey/transport"
)

// A word explains a parameter or a member. Its value is shown only if it is no secret.
type word struct {
	public  bool
	meaning string
}

// parameters are those that a client sends and those that come back with the browser.
var parameters = map[string]word{
	"assertion":             {false, "the token that is exchanged for another one"},
	"acr_values":            {true, "how the user should sign in, the preferred way first"},
	"api-version":           {true, "the version of the answer that is wanted (Microsoft Entra)"},
	"audience":              {true, "the API that the token is for"},
	"claims":                {true, "particular claims that are wanted (OpenID Connect Core, section 5.5)"},
	"client_assertion":      {false, "proves the client by a signature of its key (RFC 7523)"},
	"client_assertion_type": {true, "what kind of proof that is"},
	"client_id":             {true, "who asks"},
	"client_info":           {true, "asks for the user's id beside the tokens (Microsoft Entra)"},
	"client_secret":         {false, "proves the client"},
	"code":                  {false, "what the browser came back with; it is good for one token, and only with its code_verifier"},
	"code_challenge":        {false, "a hash of the code_verifier: who steals the code has not that (PKCE, RFC 7636)"},
	"code_challenge_method": {true, "how that hash is made"},
	"code_verifier":         {false, "proves that whoever redeems the code has begun the sign-in (PKCE, RFC 7636)"},
	"device_code":           {false, "which sign-in this is about; the user enters another code"},
	"domain_hint":           {true, "whose page is shown"},
	"error":                 {true, "why the user was not let in"},
	"error_description":     {true, "the same for developers"},
	"grant_type":            {true, "what the token is asked for"},
	"id_token_hint":         {false, "who is signed in"},
	"iss":                   {true, "which authority answers: a code of another one is refused (RFC 9207)"},
	"login_hint":            {true, "the user name to fill in"},
	"max_age":               {true, "how many seconds ago the user may have signed in"},
	"nonce":                 {false, "must come back in the ID token, so that an old one is noticed"},
	"password":              {false, "the user's password"},
	"prompt":                {true, "what the user must be asked in any case"},
	"redirect_uri":          {true, "where the browser comes back to; it must be registered"},
	"refresh_token":         {false, "stands for the user's consent"},
	"requested_token_use":   {true, "what the exchange is for"},
	"resource":              {true, "the API that the token is for (RFC 8707)"},
	"response_mode":         {true, "how the browser brings the answer"},
	"response_type":         {true, "asks for a code, which only the client can redeem"},
	"scope":                 {true, "what the token must be good for"},
	"session_state":         {false, "the authority's session"},
	"state":                 {false, "must come back with the browser, so that a forged answer is noticed"},
	"username":              {true, "who signs in"},

	"authorization_endpoint": {true, "the authority that is asked about"},
}

// grants say in words what a grant_type is.
var grants = map[string]string{
	"authorization_code": "the code that the browser came back with (RFC 6749, section 4.1)",
	"client_credentials": "the client's own credential: no user is there (RFC 6749, section 4.4)",
	"password":           "the user's password (RFC 6749, section 4.3)",
	"refresh_token":      "the refresh token of an earlier sign-in (RFC 6749, section 6)",
	"urn:ietf:params:oauth:grant-type:device_code": "a sign-in on another device (RFC 8628)",
	"urn:ietf:params:oauth:grant-type:jwt-bearer":  "a token of the user (RFC 7523)",
}

// requestHeaders are those that are shown; of all others there is only the name.
var requestHeaders = map[string]word{
	"accept":            {true, "what may be answered"},
	"authorization":     {false, "proves the client: its id and its secret"},
	"client-request-id": {true, "finds the request in the authority's log"},
	"content-type":      {true, "how the parameters are written"},
}

// maxValue is the longest value that is shown, in bytes.
const maxValue = 200

// shown is a value as it is shown.
func shown(value string) string {
	if len(value) > maxValue {
		value = strings.ToValidUTF8(value[:maxValue], "") + "…"
	}
	return printable.Escape(value)
}

// request explains a request, and returns what it is.
func (e *explanation) request(r *transport.Request) (title string) {
	address, query, _ := strings.Cut(r.URL, "?")
	e.parameters("query", query)
	if len(r.Header) > 0 {
		e.heading("headers")
	}
	for _, h := range r.Header {
		e.word(requestHeaders, strings.ToLower(h.Name), h.Name, h.Value)
	}
	e.parameters("form", r.Body)
	return r.Method + " " + printable.Escape(address)
}

// parameters explains those of a query or of a form, in the order in which they are sent.
func (e *explanation) parameters(heading, encoded string) {
	if encoded == "" {
		return
	}
	e.heading("%s", heading)
	for part := range strings.SplitSeq(encoded, "&") {
		name, value, _ := strings.Cut(part, "=")
		plainName, nameErr := url.QueryUnescape(name)
		plainValue, valueErr := url.QueryUnescape(value)
		if nameErr == nil && valueErr == nil {
			name, value = plainName, plainValue
		}
		e.word(parameters, name, name, value)
	}
}

// word explains one value. What the vocabulary does not know is hidden.
func (e *explanation) word(vocabulary map[string]word, key, name, value string) {
	w, known := vocabulary[key]
	if key == "grant_type" && grants[value] != "" {
		w.meaning += ": " + grants[value]
	}
	if known && !w.public {
		e.hide(value)
	}
	if !w.public {
		value = hiddenValue
	}
	e.lines = append(e.lines, explained{shown(e.redacted(name)), shown(e.redacted(value)), w.meaning})
}

// members are those of answers whose value is shown. Of all others there is only the name.
var members = map[string]word{
	"access_token":      {false, "the token, for the API"},
	"claims":            {true, "what the next sign-in must ask for"},
	"client_info":       {false, "who the user is (Microsoft Entra)"},
	"correlation_id":    {true, "finds the request in the authority's log"},
	"device_code":       {false, "with it the command asks whether the user has signed in"},
	"error":             {true, "why there is no token"},
	"error_codes":       {true, "the same as AADSTS numbers (Microsoft Entra)"},
	"error_description": {true, "the same for developers"},
	"expires_in":        {true, "seconds until it ends"},
	"ext_expires_in":    {true, "seconds for which it may serve if the authority is out of order"},
	"id_token":          {false, "who the user is, for this client alone"},
	"interval":          {true, "seconds between two questions"},
	"issuer":            {true, "the authority as it calls itself; another one is refused"},
	"keys":              {false, "the keys that verify the authority's signatures"},
	"refresh_in":        {true, "seconds until it should be renewed"},
	"refresh_token":     {false, "renews the token without the user"},
	"scope":             {true, "what the token is good for"},
	"suberror":          {true, "the same more precisely (Microsoft Entra)"},
	"timestamp":         {true, "the authority's time"},
	"token_endpoint":    {true, "where tokens are asked for"},
	"token_type":        {true, "how the token is presented"},
	"trace_id":          {true, "finds the request in the authority's log"},
	"user_code":         {false, "what the user enters"},
	"verification_uri":  {true, "where the user enters it"},
}

// maxMembers bounds the names of other members.
const maxMembers = 60

// answer explains what came.
func (e *explanation) answer(r *transport.Response, err error) {
	if err != nil {
		e.heading("no answer: %s", oneLine(withoutPackage(err.Error())))
		return
	}
	object, parseErr := jsonscan.Parse(r.Body)
	if parseErr != nil || object.Kind() != jsonscan.Object {
		e.heading("answer: status %d, %d bytes of %s, no JSON object", r.Status, len(r.Body), firstText(shown(r.Header.Get("Content-Type")), "unknown type"))
	} else {
		e.heading("answer: status %d, a JSON object%s", r.Status, purpose(object))
	}
	if after := r.Header.Get("Retry-After"); after != "" {
		e.lines = append(e.lines, explained{"Retry-After", shown(after), "how long the authority wants to be left alone (header)"})
	}
	e.members(object)
	code, _ := object.Get("error").Text()
	e.pending = code == "authorization_pending" || code == "slow_down"
}

// purpose says what an answer is for that is about no token.
func purpose(object jsonscan.Value) string {
	switch {
	case object.Get("token_endpoint").Exists():
		return ": the authority's metadata, which say where to ask for what"
	case object.Get("tenant_discovery_endpoint").Exists():
		return ": the other names of this host (Microsoft Entra)"
	}
	return ""
}

// members explains those of an answer: the known ones one by one, of all others the names.
func (e *explanation) members(object jsonscan.Value) {
	object.Each(func(name string, v jsonscan.Value) bool { // before any is shown
		if w, known := members[name]; known && !w.public {
			e.hide(memberValue(v))
		}
		return true
	})
	var others []string
	object.Each(func(name string, v jsonscan.Value) bool {
		if _, known := members[name]; known {
			e.word(members, name, name, memberValue(v))
		} else {
			others = append(others, shown(e.redacted(name)))
		}
		return true
	})
	if len(others) > maxMembers {
		others = append(others[:maxMembers], fmt.Sprintf("and %d more", len(others)-maxMembers))
	}
	if len(others) > 0 {
		e.heading("  and %s", strings.Join(others, ", "))
	}
}

// memberValue is a string without its quotes, and everything else as it stands.
func memberValue(v jsonscan.Value) string {
	if s, ok := v.Text(); ok {
		return s
	}
	return v.Raw()
}
