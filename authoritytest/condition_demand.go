package authoritytest

import "net/http"

// What refuses a user who has to do more than type a password. An authorization request
// and on-behalf-of answer interaction_required, the other grants invalid_grant.
var (
	mfaRequired       = demanded(50076, "basic_action", "Multi-factor authentication is required to access '%s'.")
	mfaRegistration   = demanded(50079, "basic_action", "The user must set up multi-factor authentication to access '%s'.")
	mfaExpired        = demanded(50078, "basic_action", "The multi-factor authentication has expired and must be done again to access '%s'.")
	passwordExpired   = demanded(50055, "user_password_expired", "The password has expired and must be changed to access '%s'.")
	deviceRequired    = demanded(50097, "basic_action", "Device authentication is required to access '%s'.")
	deviceUncompliant = demanded(53000, "message_only", "The device is not in the required state, compliant, to access '%s'.")
	deviceUnjoined    = demanded(53001, "message_only", "The device is not in the required state, joined to the domain, to access '%s'.")
	accessBlocked     = demanded(53003, "message_only", "Access to '%s' has been blocked by Conditional Access policies, which allow no token.")
	termsOfUse        = demanded(50158, "basic_action", "The terms of use must be accepted to access '%s'.")
	refreshTooOld     = demanded(70043, "token_expired", "The refresh token has expired by sign-in frequency checks of Conditional Access for '%s'.")
	sessionTooOld     = condition{code: "login_required", entraCode: "interaction_required", number: 70044, claims: true, text: "The session has expired by sign-in frequency checks of Conditional Access for '%s'."}
)

// demanded makes a condition that comes with a claims challenge.
func demanded(number int, suberror, text string) condition {
	return condition{
		code: "invalid_grant", number: number, suberror: suberror, claims: true, text: text,
		authorizeCode: "interaction_required", behalfCode: "interaction_required",
	}
}

// demandConditions are what an unmet demand is refused with.
var demandConditions = map[Demand]condition{
	DemandMFA: mfaRequired, DemandMFARegistration: mfaRegistration, DemandPasswordChange: passwordExpired,
	DemandDevice: deviceRequired, DemandCompliantDevice: deviceUncompliant, DemandJoinedDevice: deviceUnjoined,
	DemandSignInFrequency: refreshTooOld, DemandTermsOfUse: termsOfUse, DemandBlock: accessBlocked,
}

// What refuses a user, a client or a token for good.
var (
	expiredSPA        = condition{code: "invalid_grant", number: 700084, suberror: "bad_token", text: "The refresh token was issued to a single page app and has a fixed lifetime of 24 hours, which has ended: it comes from the sign-in of %s. Send the user to the sign-in page."}
	revokedSessions   = condition{code: "invalid_grant", number: 50173, suberror: "bad_token", text: "Everything that the user had was revoked, or the password was changed. Sign in again."}
	removedUser       = condition{code: "invalid_grant", number: 50034, suberror: "bad_token", text: "The user account is not in the directory any more."}
	lockedUser        = condition{code: "invalid_grant", number: 50053, text: "The account is locked."}
	uninvitedUser     = condition{code: "invalid_grant", number: 50020, text: "The user account '%s' does not exist in the tenant '%s'. It must be invited as a guest first, or another account be used."}
	wrongAccountType  = condition{code: "invalid_grant", number: 500208, text: "The domain is no valid login domain for the account type: personal accounts can't be used here."}
	unassignedUser    = condition{code: "invalid_grant", authorizeCode: "access_denied", number: 50105, text: "The user '%s' is not assigned to the application '%s', which demands it."}
	adminConsent      = condition{code: "consent_required", number: 90094, text: "An administrator must consent to use the application with: %s."}
	adminDenied       = condition{code: "access_denied", number: 90094, text: "The permissions need the consent of an administrator."}
	expiredSecret     = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 7000222, text: "The client secret of application '%s' has expired. Make a new one."}
	expiredKey        = condition{code: "invalid_client", status: http.StatusUnauthorized, number: 700027, text: "The key or certificate that signed the client assertion is not valid at %s."}
	undeclared        = condition{code: "invalid_resource", number: 650057, text: "The client has requested access to the resource '%s', which is not among the permissions of its registration."}
	organizationsOnly = condition{code: "invalid_request", number: 9002332, text: "The application '%s' is for Microsoft Entra users only: don't use the consumers endpoint."}
	grantOffTenant    = condition{code: "invalid_request", number: 9001023, text: "The grant type is not supported over the common or consumers endpoints; use organizations or a tenant."}
	spaSameOrigin     = condition{code: "invalid_request", number: 9002327, text: "Tokens of a single-page application may only be redeemed by cross-origin requests: there is no Origin header."}
	crossOrigin       = condition{code: "invalid_request", number: 9002326, text: "Cross-origin token redemption is for single-page applications only: the request has an Origin header."}
	unmetContext      = condition{code: "unmet_authentication_requirements", number: 0, text: "No sign-in here can meet the demanded acr."}
)
