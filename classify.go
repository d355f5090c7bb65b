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
