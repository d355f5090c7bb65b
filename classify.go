package latchkey

// The grant types that classification and tracing tell apart.
const (
	grantCode              = "authorization_code"
	grantRefresh           = "refresh_token"
	grantClientCredentials = "client_credentials"
	grantDeviceCode        = "urn:ietf:params:oauth:grant-type:device_code"
	grantPassword          = "password"
)

// interactionHelps reports whether an error means that the user can help, by code,
// suberror and grant (rules R20, R21).
func interactionHelps(code, suberror, grant string) bool {
	switch code {
	case "login_required", "interaction_required", "consent_required", "account_selection_required",
		"insufficient_user_authentication", "unmet_authentication_requirements":
		return true
	case "invalid_grant":
		return grant == grantRefresh || grant != grantClientCredentials && interactionSuberror(suberror)
	case "invalid_scope":
		return grant == grantRefresh
	}
	return false
}

// interactionSuberror reports whether an invalid_grant of any grant names something
// that the user can do (Microsoft Entra).
func interactionSuberror(suberror string) bool {
	switch suberror {
	case "basic_action", "additional_action", "message_only", "consent_required", "user_password_expired":
		return true
	}
	return false
}

// remedy returns what the reader of the error can do about it; empty if the code is unknown.
func remedy(e *Error) string {
	for _, n := range e.Numbers {
		if text := entraRemedy(n); text != "" {
			return text
		}
	}
	switch e.Code {
	case "invalid_client":
		return "check the client id and the credential, and how the authority wants the client to authenticate"
	case "invalid_grant":
		switch {
		case interactionHelps(e.Code, e.Suberror, e.Grant):
			return "ask the user to sign in again"
		case e.Grant == grantCode:
			return "the code was used, is too old, or belongs to another client or redirect URI: start the sign-in again"
		case e.Grant == grantPassword:
			return "check the user name and password"
		}
		return "get a new grant"
	case "unauthorized_client":
		return "allow this grant for the client where it is registered"
	case "unsupported_grant_type":
		return "the authority does not offer this grant: use another flow"
	case "invalid_scope":
		return "check the spelling of the scopes and that the client may ask for them"
	case "invalid_target":
		return "check the resource: the authority does not know it (RFC 8707)"
	case "access_denied":
		return "the user or the authority said no"
	case "expired_token", "code_expired":
		return "the user took too long: start again"
	case "temporarily_unavailable", "server_error":
		return "try again later"
	}
	switch {
	case interactionHelps(e.Code, e.Suberror, e.Grant):
		return "ask the user to sign in, and send the claims along if there are any"
	case e.Status == 429:
		return "the authority is throttling: wait for as long as RetryAfter says"
	case e.Status >= 500:
		return "the authority is out of order: try again later"
	case e.Status >= 300 && e.Status < 400:
		return "an authority does not redirect this request: check the authority's URL"
	case e.Code == "":
		return "is this URL an authority's?"
	}
	return ""
}

// entraRemedy returns what to do about an AADSTS number; empty if there is no advice.
// The numbers are those of learn.microsoft.com/entra/identity-platform/reference-error-codes.
func entraRemedy(number int64) string {
	switch number {
	case 50011:
		return "register exactly this redirect URI for the client"
	case 50020, 50178:
		return "this user is not in the tenant: invite the user as a guest, or sign in to the user's own tenant"
	case 50034:
		return "no such user in this tenant: check the user name and the tenant"
	case 50053:
		return "the account is locked: wait, then try again"
	case 50055, 50144:
		return "the password has expired: the user must sign in to change it"
	case 50057:
		return "the account is disabled"
	case 50058:
		return "nobody is signed in: ask without prompt none"
	case 50059, 90002, 900023:
		return "check the tenant in the authority's URL"
	case 50074, 50076, 50079:
		return "the user must sign in with another factor"
	case 50126:
		return "check the user name and password"
	case 50173, 70043, 700082, 700084, 70008:
		return "the refresh token is too old or was revoked: the user must sign in"
	case 53000, 53001, 53003, 53004:
		return "a conditional-access policy blocks this sign-in: the user must meet it, or an administrator must change it"
	case 54005:
		return "the code was used already: start the sign-in again"
	case 65001:
		return "the user or an administrator has not consented to these scopes: ask interactively"
	case 65004:
		return "the user declined to consent"
	case 70000, 9002313:
		return "the grant is malformed or was revoked: start again"
	case 70011, 28002, 28003, 1002012:
		return "check the scopes: a client's own token takes exactly one, <resource>/.default"
	case 70016:
		return "the user has not finished signing in yet"
	case 700016:
		return "no such application in this tenant: check the client id, and that the tenant has it"
	case 7000215:
		return "the client secret is wrong: use the secret's value, not its id"
	case 7000216, 7000218:
		return "this client must prove itself: use a confidential client with a credential, or allow public-client flows"
	case 7000222:
		return "the client secret has expired: make a new one"
	case 700021, 700023:
		return "the client assertion is for another client or authority: check the client id and the authority's URL"
	case 700024:
		return "the client assertion has expired or is not valid yet: set this computer's clock"
	case 700025:
		return "this is a public client: send no credential"
	case 700027:
		return "the key that signed the client assertion is not registered: register its certificate with the application, or use the registered one"
	case 700211, 700212, 700213:
		return "register the issuer, subject and audience of the assertion as a federated credential of the application"
	case 900144, 90014, 900382:
		return "a parameter of the request is missing: this is a bug of the caller or of latchkey"
	case 500011, 650053, 650057:
		return "the tenant does not know this resource or scope: check it, and that the client may ask for it"
	}
	return ""
}
