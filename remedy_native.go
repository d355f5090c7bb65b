//go:build !js

package latchkey

// entraRemedy returns what to do about an AADSTS number; empty if there is no advice.
// The numbers are those of learn.microsoft.com/entra/identity-platform/reference-error-codes.
func entraRemedy(number int64) string {
	return firstOf(entraRequestRemedy(number), entraClientRemedy(number), entraGrantRemedy(number),
		entraUserRemedy(number), entraDemandRemedy(number))
}

// entraRequestRemedy is about what is asked for, and of whom.
func entraRequestRemedy(number int64) string {
	switch number {
	case 50011:
		return "register exactly this redirect URI for the client"
	case 50059, 90002, 900023:
		return "check the tenant in the authority's URL"
	case 50194:
		return "the application belongs to one tenant: use that tenant in the authority's URL, or register the application as multi-tenant"
	case 9002332:
		return "the application is not for personal accounts: use organizations or a tenant in the authority's URL"
	case 9001023:
		return "this grant needs organizations or a tenant in the authority's URL"
	case 70003:
		return "the authority does not offer this grant: use another flow"
	case 70011, 28002, 28003, 1002012:
		return "check the scopes: a client's own token takes exactly one, <resource>/.default"
	case 500011, 650053:
		return "the tenant does not know this resource or scope: check it, and that the client may ask for it"
	case 650057:
		return "this resource is not among the application's permissions: add a permission of it where the application is registered"
	case 900144, 90014, 900382:
		return "a parameter of the request is missing: this is a bug of the caller or of latchkey"
	}
	return ""
}

// entraClientRemedy is about the client and how it proves itself.
func entraClientRemedy(number int64) string {
	switch number {
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
		return "the key that signed the client assertion is not registered or has expired: register its certificate with the application, or use the registered one"
	case 700211, 700212, 700213:
		return "register the issuer, subject and audience of the assertion as a federated credential of the application"
	case 9002326:
		return "the redirect URI is not a single-page application's, so no page may redeem the grant: register it as one"
	case 9002327:
		return "the redirect URI is a single-page application's, so only its page may redeem the grant: register another one for programs outside of a browser"
	}
	return ""
}

// entraGrantRemedy is about what is redeemed.
func entraGrantRemedy(number int64) string {
	switch number {
	case 54005:
		return "the code was used already: start the sign-in again"
	case 70000, 9002313:
		return "the grant is malformed or was revoked: start again"
	case 70008:
		return "the code or the refresh token is too old: start the sign-in again"
	case 50173, 70043, 700082, 700084:
		return "the refresh token is too old or was revoked: the user must sign in"
	case 500112:
		return "the code belongs to another redirect URI: redeem it with the flow that began the sign-in"
	case 501481:
		return "the code belongs to another sign-in: redeem it with the flow that began it"
	case 50013:
		return "the assertion is not valid here: pass on the access token that the caller sent, unchanged"
	case 500131:
		return "the assertion is for another API: the caller must get a token for this one"
	case 500133:
		return "the assertion has expired: the caller must get a new token"
	case 50027:
		return "the assertion is not a user's token: the caller must get one for a user"
	case 70016:
		return "the user has not finished signing in yet"
	case 70018:
		return "the device code is unknown or was used already: start again"
	case 70019:
		return "the user took too long: start again"
	}
	return ""
}

// entraUserRemedy is about the user, and what the user or an administrator has allowed.
func entraUserRemedy(number int64) string {
	switch number {
	case 16000:
		return "several users are signed in: name one by Account or LoginHint, or ask without prompt none"
	case 50020, 50178:
		return "this user is not in the tenant: invite the user as a guest, or sign in to the user's own tenant"
	case 50034:
		return "no such user in this tenant: check the user name and the tenant"
	case 50053:
		return "the account is locked: wait, then try again"
	case 50057:
		return "the account is disabled"
	case 50058:
		return "nobody is signed in: ask without prompt none"
	case 50105:
		return "the user is not assigned to the application: an administrator must assign the user"
	case 50126:
		return "check the user name and password"
	case 500208:
		return "personal accounts cannot sign in here: use common or consumers in the authority's URL, or a work account"
	case 65001:
		return "the user or an administrator has not consented to these scopes: ask interactively"
	case 65004:
		return "the user declined to consent"
	case 90094:
		return "only an administrator can consent to these scopes: ask one to do so"
	}
	return ""
}

// entraDemandRemedy is about what a policy demands of the sign-in.
func entraDemandRemedy(number int64) string {
	switch number {
	case 50055, 50144:
		return "the password has expired: the user must sign in to change it"
	case 50074, 50076:
		return "the user must sign in with another factor"
	case 50078:
		return "the user's other factor was too long ago: the user must sign in with it again"
	case 50079:
		return "the user must sign in and set up another factor"
	case 50097:
		return "the user must sign in on a registered device"
	case 50158:
		return "the user must sign in and accept what the organization demands, such as terms of use"
	case 53000:
		return "a conditional-access policy demands a compliant device: the user must sign in on one, or an administrator must change the policy"
	case 53001:
		return "a conditional-access policy demands a joined device: the user must sign in on one, or an administrator must change the policy"
	case 53003, 53004:
		return "a conditional-access policy blocks this sign-in: the user must meet it, or an administrator must change it"
	case 70044:
		return "the sign-in is too old: the user must sign in again"
	}
	return ""
}
