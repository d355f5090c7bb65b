// Package oauth2source gives tokens to libraries that take them by golang.org/x/oauth2.
//
//	source := oauth2source.ForUser(app, latchkey.SilentRequest{Account: user, Scopes: scopes})
//
//	token, err := source.Token(ctx)    // an *oauth2.Token
//	tokens := source.TokenSource(ctx)  // an oauth2.TokenSource, for as long as ctx lasts
//	client := &http.Client{Transport: &oauth2source.Transport{Source: source}}
//
// A service that calls with a token of its own writes [ForService] in place of
// [ForUser]; for other flows a [Source] is a function around any method of a client. The
// client caches tokens and renews them before they end, so nothing here keeps one.
//
// A program that only wants to call APIs over HTTP needs none of this: package apiclient
// says which URLs get which token, and answers claims challenges.
//
// # Whose context it is
//
// The Token method of an [oauth2.TokenSource] takes no context, so the only one it can
// have is the one that it was made with. Whoever waits for the token cannot give up, and
// when that context ends the source is dead. In order of preference:
//
//   - [Source.Token] takes the caller's context.
//   - [Transport] takes that of each request, unlike [oauth2.Transport].
//   - [Source.TokenSource] is for a library that insists. Make one for each call: it costs
//     nothing. When its context ends it fails at once, even if there is a token in the
//     cache, so that one that was kept by mistake shows it then, and not when that token
//     ends.
//
// A library that keeps its TokenSource for as long as the program runs must get one with a
// context that lasts as long, such as [context.Background]. Those who wait for a token then
// wait until the client gives up, and cannot do so earlier.
//
// # No second cache
//
// Do not wrap these sources by [oauth2.ReuseTokenSource] or [oauth2.NewClient], which calls
// it. They keep a token until ten seconds before its end: the users of a source that takes
// the user from the context would get each other's tokens, a user who has signed out would
// still be served, callers would queue up behind a lock that waits for the authority, and a
// token whose lifetime the authority did not say would be kept for ever. Set
// [oauth2.Transport.Source] instead, or use [Transport].
//
// # Errors
//
// They are the client's: [errors.Is] with [latchkey.ErrInteractionRequired] tells, also
// through an [http.Client], that the user must sign in. None is an [oauth2.RetrieveError].
package oauth2source
