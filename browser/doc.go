// Package browser signs users in inside a web page, and keeps their tokens there: by
// [Popup], by leaving the page and coming back ([Store.Leave], [Store.Return]), and without
// the user's help in a hidden [Frame]. It is for GOOS=js, in WebAssembly or through GopherJS.
//
//	popup := &browser.Popup{RedirectURI: "https://app.example/redirect.html"}
//	if err := popup.Open(); err != nil { ... } // in the handler of the click
//	go func() {
//		result, err := client.AcquireTokenInteractive(ctx, popup, request)
//	}()
//
// The redirect URI is a page of the same origin that hands the authority's answer over to
// whoever asked, and does nothing else. It finds the id of a BroadcastChannel in the state
// parameter, base64(JSON{id, meta: {interactionType}}) and, after a "|", the caller's own
// state; posts {v: 1, payload} there, payload being the fragment or query that it was
// opened with; and closes itself. That is what msal-browser's redirect bridge does too. One
// that posts {v: 1, closed: true} when it is closed too early spares the user a wait.
//
// [Store] keeps records in session storage or local storage, sealed by AES-256-GCM under a
// key of the Web Crypto API that no script can read, and that stays in this browser.
// A script that runs in the page can use the store all the same: sealing protects what is
// left on the disk and copies of it, not a page that runs foreign code.
//
// Every method that takes a context blocks, so none may be called in a function that the
// page called: start a goroutine.
package browser
