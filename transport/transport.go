// Package transport is how requests leave a client: one function that sends a
// request and returns the whole answer.
//
// [Default] is net/http in a program and fetch in a web page. Proxies, private
// certificate authorities and client certificates come in through NetHTTP, which
// wraps an http.Client (not in a page):
//
//	send := transport.NetHTTP(&http.Client{Transport: &http.Transport{
//		Proxy:           http.ProxyFromEnvironment,
//		TLSClientConfig: &tls.Config{RootCAs: pool},
//	}})
//
// Anything else is a [Func] of your own: a recorder, a fake for a test, a retrying
// wrapper around Default.
//
// # What never happens
//
// No redirect is followed and no cookie is sent, because a redirect would carry a
// credential to a host that nobody chose. No answer above [MaxBody] is kept. No
// request, answer or error prints a query, a header value or a body.
package transport

import (
	"context"
	"errors"
	"strings"
)

// MaxBody is the largest body that is accepted, in bytes after decompression. A
// longer one fails with [ErrBodyTooLarge].
const MaxBody = 1 << 20

// ErrBodyTooLarge means that the answer was longer than [MaxBody], so that nothing
// of it was kept. It is wrapped in an [*Error].
var ErrBodyTooLarge = errors.New("the answer is longer than 1 MiB, which no token, metadata or key document is: check the URL, and that no proxy answers in the server's place")

// A Func sends one request and returns the whole answer, whatever its status: only
// a request without a complete answer is an error, an [*Error] in this package's
// functions. A redirect is an answer like any other. It must be safe for
// concurrent use, stop when ctx ends, and not keep or change req.
type Func func(ctx context.Context, req *Request) (*Response, error)

// A Request is one HTTP request. Printing it shows the method and the URL without
// its query, never a header or the body.
type Request struct {
	Method string // GET, POST, ...; required
	URL    string // absolute, http or https, without user info
	Header Header // sent in order; nil sends none beside those of the platform
	Body   string // "" sends none
}

// A Response is a whole HTTP answer. Printing it shows the status and the length
// of the body only.
type Response struct {
	Status int    // HTTP status code, 200 to 599
	Header Header // as received, sorted by name; in a page only what CORS exposes
	Body   string // decompressed, at most MaxBody bytes
}

// A Field is one line of a [Header]. Printing it shows the name only.
type Field struct {
	Name  string // a token, compared without regard to case (RFC 9110 section 5.1)
	Value string // without line breaks and other control characters
}

// A Header is a list of header fields. Printing it shows the names only.
type Header []Field

// Get returns the value of the first field with that name, compared without regard
// to case, or "".
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}
