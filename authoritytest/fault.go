package authoritytest

import "time"

// A Fault is one rule of a fault script: which requests it is about, which of those it
// meets, and the one thing that it does to them. It never acts at random.
//
// A rule counts each request that fits its criteria; an empty criterion fits every
// request. Of those it lets Skip pass, then meets each Every-th, Times times. The rules
// are asked in the order in which they were added: the first one that would act does, and
// the others have counted the request. CORS preflights, requests that cannot be read, and
// the control endpoint meet no fault.
//
// A rule with Token looks at the tokens that are about to be signed instead of requests,
// and a rule with Callback at the responses that are about to be sent to a redirect URI;
// each token and each response meets at most one rule.
//
// In JSON the fields have the names below, and durations are texts such as "1.5s", or
// numbers of seconds.
type Fault struct {
	Name string `json:"name,omitempty"` // unique; letters, digits, '.', '_' and '-'. "" = the server makes one, such as fault-1

	Endpoint string    `json:"endpoint,omitempty"` // one of the Endpoint constants
	Shape    string    `json:"shape,omitempty"`    // one of the Shape constants
	Client   string    `json:"client,omitempty"`   // name or client id of an app
	User     string    `json:"user,omitempty"`     // username: of what the request redeems, of the sign-in, or of the login_hint
	Grant    string    `json:"grant,omitempty"`    // token endpoint: grant_type; device_code and jwt-bearer stand for their long names too
	Scope    string    `json:"scope,omitempty"`    // one of those that are asked for, spelled as the client does
	Skip     int       `json:"skip,omitempty"`     // so many pass first: the second refresh is Skip 1, Times 1
	Times    int       `json:"times,omitempty"`    // so many are met; 0 = all from then on
	Every    int       `json:"every,omitempty"`    // after Skip, only each Every-th is met; 0 = 1
	From     time.Time `json:"from,omitzero"`      // by the server's Clock, inclusive; zero = always
	Until    time.Time `json:"until,omitzero"`     // by the server's Clock, exclusive; zero = for ever

	Error      *FaultError     `json:"error,omitempty"`      // answer with an OAuth error, without acting on the request
	Answer     *FaultAnswer    `json:"answer,omitempty"`     // answer with this, without acting on the request
	Change     *FaultChange    `json:"change,omitempty"`     // change the real answer
	Connection FaultConnection `json:"connection,omitempty"` // do something to the connection
	Delay      time.Duration   `json:"delay,omitempty"`      // real time to wait before the server acts and answers, at most 10 min
	Token      *FaultToken     `json:"token,omitempty"`      // tamper with a token
	Callback   FaultCallback   `json:"callback,omitempty"`   // tamper with the response to a redirect URI
	Reuse      bool            `json:"reuse,omitempty"`      // treat the refresh token as rotated and used before, which revokes the grant
	Keys       FaultKeys       `json:"keys,omitempty"`       // do something to the signing keys
}

// A FaultError is an OAuth error, worded as the shape of the request words its refusals.
// The authorization endpoint and the sign-in pages send it to the redirect URI; pages
// without one show it.
type FaultError struct {
	Code        string `json:"error"`                       // such as invalid_grant (RFC 6749, section 5.2)
	Description string `json:"error_description,omitempty"` // without number, trace id and timestamp, which the shape adds; "" = a text that names the rule
	Codes       []int  `json:"error_codes,omitempty"`       // AADSTS numbers, in the B2C shape AADB2C and in the AD FS shape MSIS numbers; plain OIDC sends none
	Suberror    string `json:"suberror,omitempty"`          // such as bad_token; sent in the Entra and CIAM shapes only
	Claims      string `json:"claims,omitempty"`            // claims challenge, a JSON object as text; sent in the Entra and CIAM shapes only
	Status      int    `json:"status,omitempty"`            // HTTP status where there is no redirect; 0 = the usual one of Code
}

// A FaultAnswer is an answer in place of the real one. At most one of JSON, HTML and Text
// is its body; without any it is empty.
type FaultAnswer struct {
	Status         int               `json:"status"`                     // HTTP status, 200 to 599
	Header         map[string]string `json:"header,omitempty"`           // further headers
	JSON           any               `json:"json,omitempty"`             // body of type application/json
	HTML           string            `json:"html,omitempty"`             // body of type text/html
	Text           string            `json:"text,omitempty"`             // body of type text/plain
	RetryAfter     time.Duration     `json:"retry_after,omitempty"`      // sent as Retry-After, in whole seconds, rounded up; 0 = not sent
	RetryAfterDate bool              `json:"retry_after_date,omitempty"` // true sends it as the date that the server's Clock will show then
}

// A FaultChange is what is changed in the real answer. What is given applies together.
type FaultChange struct {
	Set          map[string]any    `json:"set,omitempty"`           // members that a JSON object gets in place of its own; an answer of another kind stays as it is
	Remove       []string          `json:"remove,omitempty"`        // members that a JSON object loses
	Header       map[string]string `json:"header,omitempty"`        // headers that are set
	RemoveHeader []string          `json:"remove_header,omitempty"` // headers that are not sent
	Pad          int               `json:"pad,omitempty"`           // spaces are appended until the body has so many bytes, at most 1 GB
	Truncate     int               `json:"truncate,omitempty"`      // at most so many bytes of the body are sent, and never its last, though Content-Length announces all
	DripBytes    int               `json:"drip_bytes,omitempty"`    // the body is sent in pieces of so many bytes; needs DripInterval
	DripInterval time.Duration     `json:"drip_interval,omitempty"` // real time between two pieces, at most 10 min
}

// A FaultConnection is what happens to the connection that brought a request. With HTTP/2
// that is the connection of all requests that are under way.
type FaultConnection string

// What can happen to a connection. Some clients then repeat a GET by themselves, Go's over
// an HTTP/1.1 connection that has served requests before; it does not repeat a POST.
const (
	ConnectionReset  FaultConnection = "reset"  // it is reset (TCP RST) before the server acts
	ConnectionHang   FaultConnection = "hang"   // it hangs, before the server acts, until the client leaves, the server closes, or 10 min have passed
	ConnectionLost   FaultConnection = "lost"   // the server acts on the request and closes the connection without an answer
	ConnectionRefuse FaultConnection = "refuse" // nothing listens on the server's address, from From to Until or to RemoveFault; the rule has no other criteria, and its counters say how often the listener was closed
)

// A FaultToken is what is done to a token before the client gets it. The server knows a
// token that it changed as the one that it would have issued.
type FaultToken struct {
	Kind   string         `json:"kind,omitempty"`   // id (also "") or access
	Defect TokenDefect    `json:"defect,omitempty"` // "" = none but Set and Remove
	Set    map[string]any `json:"set,omitempty"`    // claims that the token gets in place of its own, after Defect
	Remove []string       `json:"remove,omitempty"` // claims that it loses, after Defect
}

// A FaultCallback is what is wrong with the response to a redirect URI.
type FaultCallback string

// The defects of a response to a redirect URI. A rule about the code meets responses with
// a code only, and one about iss or state that is missing those that would have it.
const (
	CallbackWrongIss      FaultCallback = "wrong_iss"      // iss (RFC 9207) of another issuer, in every shape
	CallbackMissingIss    FaultCallback = "missing_iss"    // plain OIDC, which alone sends iss, leaves it out
	CallbackWrongState    FaultCallback = "wrong_state"    // another state than the client's
	CallbackMissingState  FaultCallback = "missing_state"  // no state
	CallbackRepeatedState FaultCallback = "repeated_state" // state twice
	CallbackReplayedCode  FaultCallback = "replayed_code"  // a code that was redeemed before
	CallbackForeignCode   FaultCallback = "foreign_code"   // a code that was issued to another client
	CallbackUnknownCode   FaultCallback = "unknown_code"   // a code that nobody issued
)

// A FaultKeys is what happens to the signing keys of the server, or to their publication.
type FaultKeys string

// What can happen to signing keys. A rotation is done before the server acts on the
// request; the other rules are about requests to the endpoint jwks, which they answer.
const (
	KeysRotate     FaultKeys = "rotate"      // new keys sign from now on, and they alone are published
	KeysRotateKeep FaultKeys = "rotate_keep" // new keys sign from now on; the others stay published
	KeysEmpty      FaultKeys = "empty"       // a key set without keys
	KeysGarbage    FaultKeys = "garbage"     // text that is no JSON
	KeysMany       FaultKeys = "many"        // 200 keys, of which the last ones sign
	KeysStale      FaultKeys = "stale"       // the keys before the last rotation; without a rotation keys that sign nothing
)

// A FaultStatus is a rule with what it has done so far.
type FaultStatus struct {
	Fault   Fault `json:"fault"`   // the rule, with the name that the server gave it if it had none
	Matched int   `json:"matched"` // what fitted its criteria
	Applied int   `json:"applied"` // what it met
}

// A TokenDefect is one way in which a token is wrong; most are those of the relying-party
// modules of the OpenID conformance suite.
type TokenDefect string

// The defects of claims.
const (
	DefectWrongIss      TokenDefect = "wrong_iss"       // another issuer
	DefectMissingIss    TokenDefect = "missing_iss"     // no iss
	DefectWrongAud      TokenDefect = "wrong_aud"       // another client's token
	DefectMissingAud    TokenDefect = "missing_aud"     // no aud
	DefectSeveralAud    TokenDefect = "several_aud"     // aud is the right one and another, and there is no azp
	DefectSecondaryAud  TokenDefect = "secondary_aud"   // aud is the right one and one that nobody knows, with the right azp
	DefectArrayAud      TokenDefect = "array_aud"       // aud is an array of the right one, which is valid
	DefectWrongAzp      TokenDefect = "wrong_azp"       // azp is another client
	DefectWrongNonce    TokenDefect = "wrong_nonce"     // another nonce than the client's
	DefectMissingNonce  TokenDefect = "missing_nonce"   // no nonce
	DefectExpired       TokenDefect = "expired"         // exp was an hour ago, iat and nbf two
	DefectMissingExp    TokenDefect = "missing_exp"     // no exp
	DefectMissingIat    TokenDefect = "missing_iat"     // no iat
	DefectFutureIat     TokenDefect = "future_iat"      // iat is in an hour, exp in two
	DefectFutureNbf     TokenDefect = "future_nbf"      // nbf is in an hour, exp in two
	DefectMissingSub    TokenDefect = "missing_sub"     // no sub
	DefectOtherSub      TokenDefect = "other_sub"       // another user's sub
	DefectWrongAtHash   TokenDefect = "wrong_at_hash"   // at_hash of another access token
	DefectMissingAtHash TokenDefect = "missing_at_hash" // no at_hash
	DefectOtherTid      TokenDefect = "other_tid"       // another tenant's tid
	DefectOtherOid      TokenDefect = "other_oid"       // another user's oid
)

// The defects of signatures.
const (
	DefectBadSignature     TokenDefect = "bad_signature"      // one bit of the signature is wrong
	DefectAlgNone          TokenDefect = "alg_none"           // alg none and no signature (RFC 7519, section 6)
	DefectHS256            TokenDefect = "hs256"              // HS256 with the PEM of the public key as the secret
	DefectES256AsRS256     TokenDefect = "es256_as_rs256"     // an ES256 signature under a header that says RS256
	DefectUnpublishedKey   TokenDefect = "unpublished_key"    // signed with an unpublished key, under the kid of a published one
	DefectUnknownKid       TokenDefect = "unknown_kid"        // signed with an unpublished key, under its own kid
	DefectMissingKid       TokenDefect = "missing_kid"        // signed with the right key, without kid, which is valid
	DefectUnpublishedNoKid TokenDefect = "unpublished_no_kid" // signed with an unpublished key, without kid
)
