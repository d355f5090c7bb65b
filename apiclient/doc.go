// Package apiclient attaches access tokens to HTTP requests.
//
// Say once which URLs need which scopes, and call the APIs as if there were no tokens:
//
//	client := &http.Client{Transport: &apiclient.Transport{
//		Source: apiclient.ForUser(app, latchkey.SilentRequest{Account: user}),
//		Resources: []apiclient.Resource{
//			{Pattern: "https://tasks.example.com/*", Scopes: []string{"api://tasks/Tasks.Read"}},
//			{Pattern: "https://tasks.example.com/health"}, // public: no token
//		},
//	}}
//	resp, err := client.Get("https://tasks.example.com/v1/tasks")
//
// A service that calls with a token of its own writes [ForService] in place of
// [ForUser]. A web server with many users writes a [Source] that takes the user from the
// request's context.
//
// # Which requests get a token
//
// Those whose URL a [Resource] matches, by scheme, host, port and path segments; the most
// specific one decides. Everything else is passed on untouched: URLs that nothing
// matches, public ones, and requests that have an Authorization header already, even an
// empty one. A redirect gets a token only if all of the way that led to it was on one
// origin. Tokens go over https, or to this computer.
//
// A request is not sent at all, and the error is a [*RefusedError], if its URL would get
// a token but could mean something else to the server than it does here: dot segments
// in the path, %2e, %2f or %5c, a Host header for another host.
//
// # When the API refuses the token
//
// A 401 is answered by renewing the token and sending the request again, once, if
// WWW-Authenticate asks for that: with error invalid_token (RFC 6750), insufficient_claims
// and claims (Microsoft Entra; set Config.Capabilities to "CP1" to be asked), or
// insufficient_user_authentication (RFC 9470). A 401 means that the API has done nothing,
// so requests of any method are sent again, but only if their body can be read again
// (http.Request.GetBody, which http.NewRequest sets for the usual readers). Otherwise
// the token is renewed all the same, and the caller gets the 401 and may try again.
//
// Many requests that are refused with one token cause one renewal. A token that is
// refused for a reason for which it was got less than a minute ago is not renewed
// again: the caller gets the 401. Nothing in an answer chooses whom the token is asked
// from; authorization_uri and resource_metadata are not looked at.
//
// # When only the user can help
//
// The error matches [latchkey.ErrInteractionRequired], and [errors.As] finds a
// [*TokenError] with what to ask for:
//
//	var need *apiclient.TokenError
//	if errors.Is(err, latchkey.ErrInteractionRequired) && errors.As(err, &need) {
//		// sign in with need.Scopes and need.Claims, then send the request again
//	}
package apiclient
