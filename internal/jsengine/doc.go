// Package jsengine is what both engines of the npm package run: an object of plain JavaScript
// functions over [latchkey.PublicClient], in the names and shapes of msal-browser 5, so that
// the facade in js/ has nothing to decide. Plain objects go in and out; a promise that is
// rejected carries a plain object with the class, the code and the text of the error, and the
// facade makes the exported class of it (rule R21).
package jsengine
