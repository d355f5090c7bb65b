// Package frommsal has the Latchkey half of docs/from-msal.md. Its tests compile the
// snippets of that page and run each against an authority of package authoritytest.
//
// A snippet is what stands between "// snippet name" and "// end" in a file here, and
// below "<!-- snippet name -->" in the page. internal/importrules compares the two, and
// writes the page if it is asked to, at the root of the repository:
//
//	go test ./internal/importrules -run Snippets -update
package frommsal
