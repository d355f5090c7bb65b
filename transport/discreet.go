//go:build !js

package transport

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

var (
	quotedText = regexp.MustCompile(`(?s)"(\\.|[^"\\])*("|$)`)
	shownURL   = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://\S*`)
	queryText  = regexp.MustCompile(`\?\S*`)
)

// discreet returns the text of an error that another package made, without what may
// be secret: quoted text (net/http quotes URLs, proxy addresses and pieces of
// answers), the path and query of URLs, and all of it if it repeats something of the
// request.
func discreet(err error, req *Request) string {
	text := err.Error()
	if repeats(text, req) {
		return fmt.Sprintf("an error of type %T, whose text is not shown because it repeats a part of the request", err)
	}
	text = quotedText.ReplaceAllString(text, "[...]")
	text = shownURL.ReplaceAllString(text, "[URL]")
	text = queryText.ReplaceAllString(text, "?[...]")
	return printable.Escape(text)
}

// repeats reports whether text has a header value of the request, or a value of its
// query or body. Values below 8 bytes are no secrets: they would hide everything.
func repeats(text string, req *Request) bool {
	_, query, _ := strings.Cut(req.URL, "?")
	var parts []string
	for _, f := range req.Header {
		parts = append(parts, strings.Fields(f.Value)...)
	}
	for _, pair := range strings.Split(query+"&"+req.Body, "&") {
		_, value, _ := strings.Cut(pair, "=")
		plain, _ := url.QueryUnescape(value)
		parts = append(parts, pair, value, plain)
	}
	for _, p := range parts {
		if len(p) >= 8 && strings.Contains(text, p) {
			return true
		}
	}
	return false
}
