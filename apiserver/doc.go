// Package apiserver checks the access tokens that an HTTP API receives.
//
//	v, err := apiserver.NewVerifier(apiserver.Config{
//		Authority:  "https://login.example.com",
//		Audiences:  []string{"api://tasks"},
//		Algorithms: []string{"RS256"},
//	})
//	...
//	read := apiserver.Requirement{Scopes: []string{"Tasks.Read"}}
//	mux.Handle("GET /tasks", v.Handler(read, http.HandlerFunc(tasks)))
//
// The handler behind it asks who calls:
//
//	claims, _ := apiserver.FromContext(r.Context())
//	list := tasksOf(claims.Issuer, claims.Subject)
//
// [Verifier.Handler] is all that most APIs need. [Verifier.Authorize] and
// [Verifier.Refuse] are its two halves for other routers, [Verifier.Verify] checks a
// token that came by other means, and [Challenge] sends the user to a stronger sign-in
// from the middle of a handler.
//
// # What is checked
//
// The token is a signed JWT (RFC 7519) of at most 16 KB. It was issued by a configured
// authority and, if that serves many tenants, for a configured tenant. It is for one of
// the configured audiences, has begun and has not ended. It is an access token and no
// ID token. It is not bound to a key, since nobody would check the binding. One of the
// configured algorithms signed it, by a key that the authority publishes for that
// issuer. Then the [Requirement] is checked: what the token lets its bearer do.
//
// No check can be left out by leaving a field empty: an empty list of audiences or
// algorithms, and an empty requirement, are errors. What is wider than usual has a name
// that shows in a review: [AnyTenant], [ShapeUntyped], [Requirement].AnyToken.
//
// Nothing in a token chooses an authority, a host or a key's address. Its iss selects
// among the configured authorities, its kid among the keys that they publish.
//
// # Scopes and roles
//
// A scope is what a user let an app do, an app role is what an app may do by itself.
// Scopes are met by the claims scp and scope only. App roles are met by the claim roles
// only, and only in a token that an app got for itself: a role in a user's token is the
// user's, and Microsoft Entra's ID tokens carry roles too.
//
// # Microsoft Entra
//
// Entra makes tokens of two versions, and the API's registration decides which: by
// default version 1, whose issuer is https://sts.windows.net/{tenant}/ and whose
// audience is the API's URI; version 2 has the authority's own issuer and the API's
// client id. Both issuers are accepted. Name every audience that you expect. An
// authority of many tenants, such as common, needs [Config].Tenants.
//
// # Answers
//
// Refusals follow RFC 6750: 401 with a challenge and without an error code if there was
// no token; 400 invalid_request if the request presents it wrongly; 401 invalid_token;
// 403 insufficient_scope. Step-up is 401 insufficient_user_authentication (RFC 9470) or
// insufficient_claims (Microsoft Entra). A challenge has fixed texts and what you
// configured, never anything that came in the token: [Config].Refused is told the rest.
//
// If the authority's keys cannot be had, nothing is accepted, but the token may be good:
// the answer is 503 with Retry-After, so that clients keep their tokens and do not all
// ask an authority in trouble for new ones.
//
// # Requests to the authority
//
// The first token makes the authority's metadata and keys be fetched, which all requests
// then share. Keys are renewed in the background, and at once, but at most once a
// minute, for a token with an unknown one. Everything else is computed in memory.
//
// A page of another origin must be allowed to ask and to read the challenge: put your
// CORS handler outside of [Verifier.Handler], and expose WWW-Authenticate there.
package apiserver
