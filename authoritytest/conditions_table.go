package authoritytest

import "slices"

var (
	atToken     = []string{AtToken}
	atRefresh   = []string{AtRefresh}
	atPage      = []string{AtPage}
	atAuthorize = []string{AtAuthorize}
	atBehalf    = []string{AtBehalf}
	atDemands   = []string{AtAuthorize, AtToken, AtRefresh, AtBehalf}
)

// conditionRows are the conditions that the documentation lists, by subject.
var conditionRows = slices.Concat(requestRows, clientRows, grantRows, userRows, demandRows, consentRows, deviceRows)

var requestRows = []conditionRow{
	{"tenant-unknown", unknownTenant, []string{AtPage, AtToken}, "use the id or the domain of a tenant", docErrors},
	{"tenant-missing", noTenant, atToken, "name the tenant: an app has none of its own under common", docErrors},
	{"app-unknown", unknownClient, []string{AtPage, AtToken}, "register the app in the tenant, or use its client id", docErrors},
	{"app-single-tenant", foreignClient, []string{AtPage, AtToken}, "use the tenant that registered the app", docErrors},
	{"app-organizations-only", organizationsOnly, []string{AtPage, AtToken}, "use organizations or a tenant", docErrors},
	{"redirect-mismatch", unregisteredRedirect, atPage, "register exactly this redirect URI; the port of a loopback address may differ", docErrors},
	{"resource-unknown", unknownResource, []string{AtAuthorize, AtRefresh, AtToken}, "use the ID URI of an API of the tenant", docErrors},
	{"resource-undeclared", undeclared, []string{AtAuthorize, AtRefresh}, "add a permission of the API to the app", docErrors + "; its error code is not documented"},
	{"scope-invalid", invalidScope, []string{AtAuthorize, AtRefresh, AtToken}, "use a scope that the API has", docErrors},
	{"scope-of-app", appScope, atToken, "ask for one API's .default", "not in the documents' list of numbers; the rule is in the client credentials flow"},
}

var clientRows = []conditionRow{
	{"secret-missing", missingSecret, atToken, "send the app's secret or an assertion", docErrors},
	{"secret-wrong", wrongSecret, atToken, "send the secret's value", docErrors},
	{"secret-expired", expiredSecret, atToken, "make a new secret", docErrors},
	{"key-unknown", unregisteredKey, atToken, "register the certificate or key", docErrors},
	{"key-expired", expiredKey, atToken, "register a certificate or key that is still valid", docErrors + "; that an expired one has this number is from reports"},
	{"key-signature", assertionSignature, atToken, "sign the assertion with the registered key", docErrors},
	{"assertion-time", assertionTime, atToken, "make a new assertion, by a clock that is right", "not in the documents' list of numbers; from reports"},
	{"public-client-secret", publicWithSecret, atToken, "send no credential, or register the app as confidential", docErrors},
	{"public-flow-off", grantNotAllowed, atToken, "allow public client flows for the app", docErrors},
	{"grant-unsupported", unsupportedGrant, atToken, "use another grant", docErrors},
	{"grant-off-tenant", grantOffTenant, atToken, "use organizations or a tenant for a password", docErrors},
	{"spa-same-origin", spaSameOrigin, []string{AtToken, AtRefresh}, "redeem it in the page: browsers send Origin", docCode + ", and reports"},
	{"cross-origin", crossOrigin, []string{AtToken, AtRefresh}, "register the redirect URI as a single-page application's", docCode + ", and reports"},
}

var grantRows = []conditionRow{
	{"code-spent", spentCode, atToken, "start the sign-in again", docErrors},
	{"code-expired", expiredCode, atToken, "start the sign-in again", docErrors},
	{"code-redirect-mismatch", redirectMismatch, atToken, "send the redirect URI of the authorization request", "not in the documents' list of numbers; from reports"},
	{"code-verifier", wrongVerifier, atToken, "send the verifier of the authorization request", docErrors},
	{"refresh-unknown", unknownRefresh, atRefresh, "sign in", docErrors + "; its suberror is not documented"},
	{"refresh-inactive", expiredRefresh, atRefresh, "sign in", docErrors + "; its suberror is not documented"},
	{"spa-refresh-expired", expiredSPA, atRefresh, "sign in, or prompt=none while the session lasts", docErrors + " and " + docRefresh + "; its suberror is not documented"},
	{"refresh-too-old", refreshTooOld, []string{AtRefresh, AtBehalf}, "type the password again", docErrors + "; suberror token_expired is from reports"},
	{"sessions-revoked", revokedSessions, []string{AtRefresh, AtBehalf}, "sign in: an administrator revoked the sessions, or the password was changed", docErrors + "; suberror bad_token is from reports"},
	{"assertion-invalid", wrongAssertion, atBehalf, "pass on the token that the API received", docErrors},
	{"assertion-foreign", foreignAssertion, atBehalf, "pass on a token for this API", docErrors + ", which does not list this detail of 50013"},
	{"assertion-expired", expiredAssertion, atBehalf, "ask the client for a new token", docErrors},
	{"assertion-of-app", appAssertion, atBehalf, "pass on a user's token", docErrors},
}

var userRows = []conditionRow{
	{"user-unknown", unknownUser, atToken, "check the username and the tenant", docErrors},
	{"user-removed", removedUser, atRefresh, "sign in as another user", docErrors + "; suberror bad_token is from reports"},
	{"user-disabled", disabledUser, []string{AtToken, AtRefresh, AtBehalf}, "enable the account", docErrors},
	{"user-locked", lockedUser, []string{AtToken, AtRefresh}, "unlock the account", docErrors},
	{"password-wrong", wrongPassword, atToken, "type the right password", docErrors},
	{"guest-uninvited", uninvitedUser, []string{AtPage, AtToken, AtRefresh}, "invite the user as a guest, or sign in with another account; so for personal accounts", docErrors},
	{"account-type", wrongAccountType, []string{AtPage, AtToken}, "use common or consumers for personal accounts", docErrors + "; its error code is not documented"},
	{"user-unassigned", unassignedUser, []string{AtAuthorize, AtToken, AtRefresh, AtBehalf}, "assign the user to the app", docErrors + "; its error codes are from reports"},
	{"login-required", loginRequired, atAuthorize, "sign in", docErrors},
	{"account-selection", selectionRequired, atAuthorize, "say who is meant: login_hint or sid", docErrors},
	{"session-too-old", sessionTooOld, atAuthorize, "type the password again", "not in the documents' list of numbers; from reports"},
}

var demandRows = []conditionRow{
	{"mfa-required", mfaRequired, atDemands, "verify in an authorization request for the resource", docErrors + " and " + docMSAL},
	{"mfa-expired", mfaExpired, atDemands, "verify again", docErrors + "; suberror basic_action is from reports"},
	{"mfa-registration", mfaRegistration, atDemands, "set up verification", docErrors + " and " + docBehalf},
	{"password-expired", passwordExpired, atDemands, "change the password, which revokes what there was", docErrors},
	{"device-required", deviceRequired, atDemands, "sign in on a registered device", docErrors + "; its suberror is not documented"},
	{"device-not-compliant", deviceUncompliant, atDemands, "sign in on a device that meets the rules", docErrors + " and " + docMSAL},
	{"device-not-joined", deviceUnjoined, atDemands, "sign in on a joined device", docErrors + " and " + docMSAL},
	{"access-blocked", accessBlocked, atDemands, "nothing that the user does: change the policy", docErrors + "; suberror message_only and capolids are from reports"},
	{"terms-of-use", termsOfUse, atDemands, "accept the terms", docErrors + " and " + docTerms + "; its suberror is not documented"},
}

var consentRows = []conditionRow{
	{"consent-missing", missingConsent, []string{AtToken, AtRefresh, AtBehalf}, "ask interactively: the user consents", docErrors + " and " + docMSAL},
	{"consent-required", consentRequired, atAuthorize, "ask without prompt=none: the user consents", docErrors},
	{"consent-by-admin", adminConsent, atAuthorize, "an administrator consents", docErrors + "; its error code is not documented"},
	{"consent-by-admin-denied", adminDenied, atAuthorize, "an administrator consents", docErrors + "; its error code is from reports"},
	{"consent-declined", userDenied, atAuthorize, "the user consents at the next attempt", docErrors},
}

var deviceRows = []conditionRow{
	{"device-pending", devicePending, atToken, "poll again after the interval", docDevice},
	{"device-declined", deviceDeclined, atToken, "the user approves at the next attempt", docDevice},
	{"device-expired", deviceExpired, atToken, "start again", docDevice},
	{"device-unknown", unknownDevice, atToken, "use the device code of the answer", docDevice},
}
