package apiclient

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/resource"
)

// A want is which token a request needs.
type want struct {
	origin   string
	scopes   []string
	resource string
	key      string // of the token request: equal for requests that can share tokens
}

// request is the request for the token when there is nothing to answer.
func (w *want) request() TokenRequest {
	return TokenRequest{Scopes: w.scopes, Resource: w.resource}
}

func newKey(scopes []string, resource string) string {
	b := strconv.AppendQuote(nil, resource)
	for _, s := range scopes {
		b = strconv.AppendQuote(b, s)
	}
	return string(b)
}

// decide returns which token the request needs, nil if none (rule R41). It goes by what net/http sends: scheme, host,
// Host and escaped path. The error is a *RefusedError.
func (t *Transport) decide(r *http.Request) (*want, error) {
	u, err := resource.Parse(r.URL.Scheme + "://" + r.URL.Host + r.URL.EscapedPath())
	if err != nil || r.Method == http.MethodConnect {
		return nil, nil // no pattern can mean it
	}
	match, ok, err := t.patterns.Find(r.Method, u)
	if foreignRedirect(r, u.Origin()) {
		return nil, nil
	}
	var ambiguous *resource.Error
	if errors.As(err, &ambiguous) {
		return nil, &RefusedError{u.Origin(), ambiguous.Reason}
	}
	if err != nil {
		return nil, err
	}
	if !ok || match.Scopes == nil {
		return nil, nil
	}
	switch {
	case !sameHost(r, u):
		return nil, &RefusedError{u.Origin(), "its Host header is for another host, which would get the token: leave Request.Host empty"}
	case r.URL.Opaque != "":
		return nil, &RefusedError{u.Origin(), "URL.Opaque would be sent in place of the path: set URL.Path and URL.RawPath"}
	case r.URL.User != nil:
		return nil, &RefusedError{u.Origin(), "its URL has a user name, and a request has one credential: remove it"}
	}
	w := &want{origin: u.Origin(), scopes: match.Scopes, resource: t.audiences[match.Entry]}
	w.key = newKey(w.scopes, w.resource)
	return w, nil
}

// sameHost reports whether the Host header that will be sent is that of the URL.
func sameHost(r *http.Request, u resource.URL) bool {
	hosts := []string{r.Host}
	for name, values := range r.Header {
		if strings.EqualFold(name, "Host") { // net/http ignores it, but Base may be another
			hosts = append(hosts, values...)
		}
	}
	for _, h := range hosts {
		if h == "" || h == r.URL.Host {
			continue
		}
		v, err := resource.Parse(r.URL.Scheme + "://" + h)
		if err != nil || v.Path != "" || v.Query != "" || v.Origin() != u.Origin() {
			return false
		}
	}
	return true
}

// maxRedirects bounds how far back the way to a request is followed.
const maxRedirects = 50

// foreignRedirect reports whether a response of another origin led to the request, at whatever distance: who redirects
// must not choose what a token of somebody else's is used for.
func foreignRedirect(r *http.Request, origin string) bool {
	for n := 0; r.Response != nil; n++ {
		from := r.Response.Request
		if from == nil || from.URL == nil || n == maxRedirects {
			return true
		}
		u, err := resource.Parse(from.URL.Scheme + "://" + from.URL.Host)
		if err != nil || u.Origin() != origin {
			return true
		}
		r = from
	}
	return false
}

// authorized reports whether the caller set an Authorization header, however spelled and even without a value.
func authorized(h http.Header) bool {
	for name := range h {
		if strings.EqualFold(name, "Authorization") {
			return true
		}
	}
	return false
}
