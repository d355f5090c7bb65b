// Package authoritytest is an OAuth 2.0 and OpenID Connect authority for tests and
// for development: it runs in the process, over real HTTP or HTTPS, and has users,
// apps, sign-in pages and a clock of its own.
//
// In a test, one call gives an authority that lasts as long as the test:
//
//	srv := authoritytest.NewServer(t)
//	app := srv.Directory.App("native")
//	cfg := latchkey.Config{Authority: srv.Authority(""), ClientID: app.ClientID}
//
// One server speaks several dialects about one [Directory]. [Server.Authority] is the
// Microsoft Entra shape: tenants in the path, AADSTS numbers, client_info.
// [Server.OIDCIssuer] is a plain OpenID Provider whose endpoint paths are strange
// on purpose, so that only a client that reads the metadata finds them.
// [Server.B2CAuthority], [Server.CIAMAuthority] and [Server.ADFSAuthority] are Azure AD
// B2C, Microsoft Entra External ID and Active Directory Federation Services. What one
// shape gives, no other redeems.
//
// An app proves itself by a secret, or by a client assertion that one of its registered
// [AppKey] checks; in the Entra shape by a token of a [Federation] too.
//
// [Server.API] and [Server.GraphURL] are protected resources: the directory's APIs and a
// small Microsoft Graph, which check the tokens that they get and say who called.
//
// A sign-in may be asked for more than a password, as Conditional Access asks for it:
// [Requirement] says of whom and for what. [Conditions] is everything that the Entra
// shape refuses, with its AADSTS number and suberror. [Server.Change] edits the
// directory while the server runs, and [Server.RevokeSessions] takes away what a user has.
//
// The server is strict: what the specifications let an authority refuse, it refuses.
// [Server.Complete] and [Server.ApproveDevice] do what a person does in a browser,
// through the same pages. [Server.UserAgent] does it for AcquireTokenInteractive, and
// [Server.SignIn] makes a session that a real browser can take over. [Server.Requests]
// tells what was asked, without secrets, and [Server.Secrets] lists every secret there
// is, so that a test can search for leaks. [Server.Clock] travels in time. A [Fault]
// makes the server do one thing wrong, by a rule and never at random: refuse the second
// refresh, answer 429 twice, sign the next ID token with the wrong key, lose an answer,
// close the listener.
//
// The package imports nothing of the client that it tests, and not testing, so a
// command can link it.
package authoritytest
