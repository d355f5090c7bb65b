// Package loopback signs users in with the browser of this computer (RFC 8252). It
// opens the authority's page there, and receives the answer on a port that only this
// computer can reach.
//
//	app, err := latchkey.NewPublic(latchkey.Config{Authority: authority, ClientID: clientID})
//	...
//	token, err := app.AcquireTokenInteractive(ctx, loopback.Browser{}, latchkey.InteractiveRequest{Scopes: scopes})
//
// The zero [Browser] is ready for use. Register the redirect URI http://localhost with
// Microsoft Entra ("Mobile and desktop applications"), and http://127.0.0.1 elsewhere:
// any port goes with it (RFC 8252 section 7.3). Where the authority wants one port or a
// path, set [Browser.Port] and [Browser.Path]. Give ctx a deadline: users close pages
// without a word, and nothing else ends the wait.
//
// # Where there is no browser
//
// If none can be opened, as over SSH or in a container, the address is printed for the
// user to open ([Browser.Prompt]), and the wait goes on. With a fixed port that is
// forwarded (ssh -L), the browser may be on another computer.
//
// # What the port answers
//
// Every program of this computer, and every page in its browsers, can send requests to
// a loopback port. Only one of them ends the sign-in: a visit to the redirect URI, under
// its own host name, with the state of this sign-in. All others are answered and
// forgotten, whatever they say: a favicon, a prefetch, a port scan, an answer to an
// earlier try, an error without the state. The name localhost is held on 127.0.0.1 and
// on [::1], so that no other program receives what the browser sends to either.
//
// # What the user sees last
//
// The closing page says whether the authority has let the user in, and it takes the code
// out of the address bar. [Browser.Done] and [Browser.Failed] replace it. The sign-in
// goes on as soon as the page is sent; the port is closed by then. Where the authority
// offers form_post, the code was in no address at all; elsewhere the browser's history
// may keep the one with the code, which is spent by then and worth nothing without the
// program's code verifier (RFC 7636).
package loopback
