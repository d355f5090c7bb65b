// Package azurecredential gives tokens to the clients of the Azure SDK for Go.
//
//	cred := azurecredential.ForUser(app, latchkey.SilentRequest{Account: user})
//	secrets, err := azsecrets.NewClient("https://contoso.vault.azure.net", cred, nil)
//
// A [Credential] is an [azcore.TokenCredential], in the place of one of azidentity. The
// SDK's clients say which scopes they need, the client of latchkey caches, renews and asks
// the store that it shares with other processes. A service that calls with a token of its
// own writes [ForService] in place of [ForUser].
//
// # When only the user can help
//
// What a call of the SDK returns then matches [latchkey.ErrInteractionRequired], and
// [errors.As] finds a [*TokenError] with what to ask for:
//
//	page, err := pager.NextPage(ctx)
//	var need *azurecredential.TokenError
//	if errors.Is(err, latchkey.ErrInteractionRequired) && errors.As(err, &need) {
//		_, err = app.AcquireTokenInteractive(ctx, loopback.Browser{}, latchkey.InteractiveRequest{
//			Account: user, Scopes: need.Scopes, ClaimsChallenge: need.Claims, Tenant: need.Tenant,
//		})
//		// and then call again
//	}
//
// # Continuous access evaluation
//
// With TokenRequestOptions.EnableCAE, which the SDK's clients set if they can answer claims
// challenges, the token is asked for with the client capability CP1. Such tokens last long
// and can be revoked at any time, so those who did not ask for one never get one: they are
// kept apart in the cache. Leave Config.Capabilities of the client empty, unless all of the
// program answers challenges, because it is for all tokens.
//
// The claims of a challenge go with the next token request, and its token takes the place
// of the one that was refused.
//
// # Tenants
//
// Some services name the tenant that they want a token from, in a challenge that anybody
// who can answer a request could send. It is followed only if it is the tenant of the
// request or, without one, of its account, or one of [Credential.Tenants].
//
// # Renewal
//
// The SDK's clients keep a token until the authority wants it renewed (refresh_in), else
// until five minutes before its end. So a user who has signed out is served for that long by
// a client that is still in use: make a new one.
package azurecredential
