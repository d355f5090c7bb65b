// Package latchkey gets OAuth 2.0 and OpenID Connect tokens, keeps them fresh, and
// asks the user only when it must.
//
// Make one client when the program starts, and share it: a [PublicClient] if the
// program runs on its users' devices, a [ConfidentialClient] if it runs on a server
// and can keep a secret. Whenever a token is needed, ask for it silently first:
//
//	app, err := latchkey.NewPublic(latchkey.Config{
//		Authority: "https://login.example.com/contoso",
//		ClientID:  "8f1c6f0e",
//	})
//	...
//	token, err := app.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: user, Scopes: scopes})
//	if errors.Is(err, latchkey.ErrInteractionRequired) {
//		token, err = app.AcquireTokenByDeviceCode(ctx, show, latchkey.DeviceCodeRequest{Scopes: scopes})
//	}
//	if err != nil {
//		return err // asking the user again would not help
//	}
//	req.Header.Set("Authorization", token.Header())
//
// A service gets tokens of its own with
// [ConfidentialClient.AcquireTokenByClientCredential], and signs users in with
// AuthCodeURL and AcquireTokenByCode. Package authoritytest is an authority for
// tests: no cloud tenant is needed to try any of this.
//
// # Providers
//
// Any OpenID Connect provider works by its issuer URL. Microsoft Entra is a profile
// of it, chosen by the authority's host or by [Config.Profile]; package authority
// says what differs.
//
// # Caching
//
// Clients keep tokens in [Config.Cache], in memory unless told otherwise. A token is
// renewed before it expires, once for all the callers that wait for it, and a token
// that is still good is never lost because a renewal failed.
//
// # Errors
//
// [ErrInteractionRequired] means that only the user can help. An [*Error] is what the
// authority answered, an [*ArgumentError] names the field of a config or request to
// mend, a [*ValidationError] says which check an answer failed. Any other error is
// local: a network, a cache, a context. No error and no String method of this module
// shows a secret.
package latchkey
