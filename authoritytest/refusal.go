package authoritytest

import (
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A condition is a reason to refuse a request, as each shape words it.
type condition struct {
	code        string // RFC 6749 and its relatives
	status      int    // 0 = 400
	number      int    // AADSTS number; 0 = none is known
	entraCode   string // "" = code
	entraStatus int    // 0 = status
	suberror    string // Entra shape only
	claims      bool   // Entra shape only: a claims challenge comes with it

	authorizeCode string // instead of code in an authorization response; "" = code
	behalfCode    string // instead of code for on-behalf-of; "" = code
	text          string // format
}

// What is wrong with the request as such.
var (
	badMethod        = condition{code: "invalid_request", status: http.StatusMethodNotAllowed, number: 900561, text: "The endpoint does not accept %s requests."}
	malformedQuery   = condition{code: "invalid_request", number: 9002313, text: "The query is not properly percent-encoded."}
	malformedBody    = condition{code: "invalid_request", number: 9002313, text: "The body could not be read as a form."}
	bodyTooLarge     = condition{code: "invalid_request", status: http.StatusRequestEntityTooLarge, number: 9002313, text: "The body is larger than 1 MB."}
	wrongContentType = condition{code: "invalid_request", number: 900144, text: "The body must be sent as %s."}
	paramInQuery     = condition{code: "invalid_request", number: 9002313, text: "The parameter '%s' must be in the body, not in the URL."}
	missingParam     = condition{code: "invalid_request", number: 900144, text: "The request must contain the following parameter: '%s'."}
	repeatedParam    = condition{code: "invalid_request", number: 9000411, text: "The parameter '%s' is there more than once."}
	invalidParam     = condition{code: "invalid_request", number: 9002313, text: "The value of the parameter '%s' is invalid: %s."}
	unknownTenant    = condition{code: "invalid_request", number: 90002, text: "Tenant '%s' not found. Check that the tenant is one of the directory's."}
	unknownIssuer    = condition{code: "invalid_tenant", number: 90002, text: "Tenant '%s' not found. Check that the tenant is one of the directory's."}
	noTenant         = condition{code: "invalid_request", number: 50059, text: "The request does not say which tenant it is for; use a tenant's id or domain instead of '%s'."}
	unknownInstance  = condition{code: "invalid_instance", number: 50049, text: "Unknown or invalid instance."}
)

// What is wrong with the client.
var (
	unknownClient    = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 700016, entraCode: "unauthorized_client", entraStatus: http.StatusBadRequest, text: "Application with identifier '%s' was not found in the directory."}
	foreignClient    = condition{code: "unauthorized_client", number: 50194, entraCode: "invalid_request", text: "Application '%s' is not multi-tenant; use the endpoint of its own tenant."}
	missingSecret    = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 7000218, text: "The request must contain client authentication: 'client_secret' or 'client_assertion'."}
	wrongSecret      = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 7000215, text: "Invalid client secret provided for application '%s'."}
	publicWithSecret = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 700025, text: "Client is public, so neither 'client_assertion' nor 'client_secret' should be presented."}
	wrongAuthMethod  = condition{code: "invalid_client", status: http.StatusUnauthorized, text: "The client is registered for %s only."}
	twoAuthMethods   = condition{code: "invalid_request", text: "The request has client authentication in the header and in the body; use one."}
	assertionAuth    = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 700027, text: "The client has no key registered to check a client assertion with."}
	grantNotAllowed  = condition{code: "unauthorized_client", number: 7000218, entraCode: "invalid_client", entraStatus: http.StatusUnauthorized, text: "The client may not use the grant '%s'."}
	unsupportedGrant = condition{code: "unsupported_grant_type", number: 70003, text: "The grant type '%s' is not supported."}
)

// What is wrong with a grant.
var (
	unknownCode      = condition{code: "invalid_grant", number: 70000, text: "The authorization code is unknown."}
	foreignCode      = condition{code: "invalid_grant", number: 70000, text: "The authorization code was issued to another client or by another issuer."}
	spentCode        = condition{code: "invalid_grant", number: 54005, text: "The authorization code was already redeemed; what it gave is revoked. Start a new sign-in."}
	expiredCode      = condition{code: "invalid_grant", number: 70008, text: "The authorization code has expired. Start a new sign-in."}
	redirectMismatch = condition{code: "invalid_grant", number: 500112, text: "The redirect_uri is not the one of the authorization request."}
	wrongVerifier    = condition{code: "invalid_grant", number: 501481, text: "The code_verifier does not match the code_challenge of the authorization request."}
	unknownRefresh   = condition{code: "invalid_grant", number: 70000, suberror: "bad_token", text: "The refresh token is unknown, or was issued to another client."}
	expiredRefresh   = condition{code: "invalid_grant", number: 700082, suberror: "bad_token", text: "The refresh token has expired."}
	revokedRefresh   = condition{code: "invalid_grant", number: 50173, suberror: "bad_token", text: "The grant was revoked. Sign in again."}
	reusedRefresh    = condition{code: "invalid_grant", number: 50173, suberror: "bad_token", text: "The refresh token was used before; the grant is revoked. Sign in again."}
	missingConsent   = condition{code: "invalid_grant", number: 65001, suberror: "consent_required", text: "The user or administrator has not consented to use the application with: %s."}
	wrongPassword    = condition{code: "invalid_grant", number: 50126, text: "Wrong username or password."}
	disabledUser     = condition{code: "invalid_grant", number: 50057, text: "The user account is disabled."}
	unknownUser      = condition{code: "invalid_grant", number: 50034, text: "The user account does not exist in the directory of the tenant."}
)

// What is wrong with the scope.
var (
	invalidScope    = condition{code: "invalid_scope", number: 70011, text: "The scope '%s' is not valid: %s."}
	missingScope    = condition{code: "invalid_scope", number: 900144, entraCode: "invalid_request", text: "The request must contain the following parameter: 'scope'."}
	manyResources   = condition{code: "invalid_target", number: 28000, entraCode: "invalid_scope", text: "The scope asks for more than one resource in one access token."}
	unknownResource = condition{code: "invalid_target", number: 500011, entraCode: "invalid_resource", text: "The resource '%s' was not found."}
	resourceParam   = condition{code: "invalid_request", number: 901002, text: "The 'resource' request parameter isn't supported; ask for the resource's scopes."}
	appScope        = condition{code: "invalid_scope", number: 1002012, text: "A client credentials request must ask for one scope: a resource's identifier with /.default."}
	wideScope       = condition{code: "invalid_scope", number: 70011, text: "The scope '%s' is not part of the original grant."}
)

// Why a device code gives nothing.
var (
	devicePending  = condition{code: "authorization_pending", number: 70016, text: "The user has not finished on the other device. Continue polling."}
	deviceSlower   = condition{code: "slow_down", number: 70016, text: "Polled too often. Wait 5 seconds longer between requests from now on."}
	deviceExpired  = condition{code: "expired_token", number: 70019, text: "The device code has expired. Start again."}
	deviceDeclined = condition{code: "access_denied", number: 65004, entraCode: "authorization_declined", text: "The user declined."}
	unknownDevice  = condition{code: "invalid_grant", number: 70018, entraCode: "bad_verification_code", text: "The device code is unknown, already used, or was issued to another client."}
)

// What an authorization request is answered with.
var (
	unregisteredRedirect = condition{code: "invalid_request", number: 50011, text: "The redirect URI '%s' does not match the redirect URIs registered for application '%s'."}
	wrongResponseType    = condition{code: "unsupported_response_type", number: 700054, text: "The response type must be 'code'."}
	wrongResponseMode    = condition{code: "invalid_request", number: 70007, text: "The response mode must be query, fragment or form_post."}
	missingPKCE          = condition{code: "invalid_request", number: 9002325, text: "Proof Key for Code Exchange is required: send code_challenge, with code_challenge_method=S256."}
	requestObject        = condition{code: "request_not_supported", text: "Request objects are not supported."}
	requestURI           = condition{code: "request_uri_not_supported", text: "Request objects by reference are not supported."}
	registrationParam    = condition{code: "registration_not_supported", text: "The parameter 'registration' is not supported."}
	loginRequired        = condition{code: "login_required", number: 50058, text: "The user is not signed in, and the request does not allow a page."}
	selectionRequired    = condition{code: "account_selection_required", number: 16000, entraCode: "interaction_required", text: "Several users are signed in, and the request does not allow a page."}
	consentRequired      = condition{code: "consent_required", number: 65001, text: "The user or administrator has not consented to use the application with: %s."}
	userDenied           = condition{code: "access_denied", number: 65004, text: "The user declined to consent to access the app."}
	userCancelled        = condition{code: "access_denied", number: 65004, text: "The user cancelled the sign-in."}
)

// What a bearer token is refused with (RFC 6750, section 3.1).
var (
	invalidToken      = condition{code: "invalid_token", status: http.StatusUnauthorized, text: "The access token is missing, malformed, expired, revoked or not for this resource."}
	insufficientScope = condition{code: "insufficient_scope", status: http.StatusForbidden, text: "The access token was not issued for the scope openid."}
)

// A refusal is a condition met by one request. It is an error so that functions can
// return it, but not a nil pointer as error: use the type.
type refusal struct {
	condition
	description string
	claims      string      // of a claims challenge: a JSON object
	parameters  [][2]string // of a resource's challenge, beyond the usual ones
	challenge   string      // claims that the client is to ask again with, as JSON
}

// answering returns the refusal with another error code, unless that is "".
func (k *refusal) answering(code string) *refusal {
	if code == "" {
		return k
	}
	out := *k
	out.code, out.entraCode, out.authorizeCode, out.behalfCode = code, "", "", ""
	return &out
}

// refused returns a refusal with the condition's text filled in.
func refused(k condition, args ...any) *refusal {
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			args[i] = printable(s)
		}
	}
	return &refusal{condition: k, description: fmt.Sprintf(k.text, args...)}
}

// maxEcho limits how much of a request's own text comes back in a description.
const maxEcho = 200

// printable makes text that a request brought fit for an error_description: ASCII
// without quotes and backslashes (RFC 6749, section 5.2), and short.
func printable(s string) string {
	if len(s) > maxEcho {
		cut := maxEcho
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || r < ' ' || r == '"' || r == '\\' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}

// for Entra or plain: the code and the status as the shape has them.
func (k *refusal) codeIn(shape string) string {
	if w := wordingIn(shape, k.condition); w.code != "" {
		return w.code
	}
	if dialects[shape].entra && k.entraCode != "" {
		return k.entraCode
	}
	return k.code
}

func (k *refusal) statusIn(shape string) int {
	switch d := dialects[shape]; {
	case d.entra && k.entraStatus != 0:
		return k.entraStatus
	case d.microsoft && !d.entra && k.code == "invalid_client":
		return http.StatusBadRequest
	case k.status != 0:
		return k.status
	}
	return http.StatusBadRequest
}

// describe returns the description as the shape words it. Entra puts the number in
// front and the ids behind.
func (c *call) describeRefusal(k *refusal) string {
	if !c.dialect().entra {
		return c.describeShaped(k)
	}
	text := k.description
	if k.number != 0 {
		text = fmt.Sprintf("AADSTS%d: %s", k.number, text)
	}
	return fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s", text, c.trace, c.entry.CorrelationID, c.timestamp())
}

func (c *call) timestamp() string { return c.now.UTC().Format("2006-01-02 15:04:05Z") }

// An errorBody is the JSON of an error response (RFC 6749, section 5.2), and what the
// Entra shape adds to it.
type errorBody struct {
	Error         string `json:"error"`
	Description   string `json:"error_description,omitempty"`
	Codes         []int  `json:"error_codes,omitempty"`
	Timestamp     string `json:"timestamp,omitempty"`
	TraceID       string `json:"trace_id,omitempty"`
	CorrelationID string `json:"correlation_id,omitempty"`
	Suberror      string `json:"suberror,omitempty"`
	Claims        string `json:"claims,omitempty"` // a claims challenge, as text
}

func (c *call) errorBody(k *refusal) errorBody {
	body := errorBody{Error: k.codeIn(c.route.shape), Description: c.describeRefusal(k)}
	if c.dialect().entra {
		body.Timestamp, body.TraceID, body.CorrelationID = c.timestamp(), c.trace, c.entry.CorrelationID
		body.Suberror, body.Claims = k.suberror, k.challenge
		if k.number != 0 {
			body.Codes = []int{k.number}
		}
	}
	return body
}

// refuse answers the call with a condition: as a page if the endpoint is for people,
// else as JSON.
func (c *call) refuse(k condition, args ...any) *reply { return c.refusal(refused(k, args...)) }

func (c *call) refusal(k *refusal) *reply {
	c.entry.Error = k.codeIn(c.route.shape)
	if c.route.endpoint.page {
		return c.errorPage(k)
	}
	rep := jsonReply(k.statusIn(c.route.shape), c.errorBody(k))
	if rep.status == http.StatusUnauthorized && c.entry.Error == "invalid_client" {
		rep.header.Set("WWW-Authenticate", `Basic realm="token endpoint"`)
	}
	return rep
}
