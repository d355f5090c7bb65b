import * as msal from "@azure/msal-browser";

// The classes of errors that the library exports, the most derived ones first.
const classes = [
	"InteractionRequiredAuthError", "ServerError", "BrowserAuthError", "BrowserConfigurationAuthError",
	"ClientAuthError", "ClientConfigurationError", "AuthError",
];

const tellResult = (r) => ({
	done: true, token: r?.accessToken ?? "", cached: Boolean(r?.fromCache), user: r?.account?.username ?? "",
	scopes: r?.scopes ?? [], roles: r?.idTokenClaims?.roles ?? [],
});

const tellError = (e) => ({
	class: classes.find((name) => e instanceof msal[name]) ?? "", name: e.name ?? "", code: e.errorCode ?? "",
	subError: e.subError ?? "", number: String(e.errorNo ?? ""), claims: e.claims ?? "", message: String(e.message ?? ""),
});

// told returns a promise of what became of a promise of the library, in a form that the test reads.
export const told = (promise) => promise.then(tellResult, tellError);
