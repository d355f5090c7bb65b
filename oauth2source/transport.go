package oauth2source

import (
	"net/http"

	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/latchkey-auth/latchkey/internal/resource"
)

// A Transport is an [http.RoundTripper] that sends each request with a token, which it gets
// with the request's own context. It takes the place of [oauth2.Transport] and
// [oauth2.NewClient]. Its fields are set before the first request and not changed
// afterwards; it is safe for concurrent use.
//
// Whatever URL it is given gets the token, so use it for one API only; package apiclient
// is for several, and for URLs that others choose. Two things it does not do, though
// oauth2.Transport would: a redirect is followed without a token unless all of the way that
// led to it was on one origin, and a token goes over https, or to this computer, or not at
// all.
type Transport struct {
	// Source gives the tokens. Required.
	Source Source
	// Base sends the requests. Nil: [http.DefaultTransport].
	Base http.RoundTripper
}

// RoundTrip sends the request with a token, as [http.RoundTripper] demands: the request is
// not changed, and its body always closed. An error of its own is that of [Source.Token],
// or a [*RefusedError]. The Request of the response is r itself, so it does not have the
// token.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL == nil {
		return t.base().RoundTrip(r)
	}
	u, err := resource.Parse(r.URL.Scheme + "://" + r.URL.Host)
	if foreignRedirect(r, u.Origin()) {
		return t.base().RoundTrip(r)
	}
	if err != nil || u.Scheme != "https" && !u.Loopback() {
		closeBody(r)
		return nil, &RefusedError{r.URL.Scheme + "://" + r.URL.Host, "a token goes over https, or to this computer: change the URL, or send the request without this Transport"}
	}
	token, err := t.Source.Token(r.Context())
	if err != nil {
		closeBody(r)
		return nil, err
	}
	out := r.Clone(r.Context())
	if out.Header == nil {
		out.Header = http.Header{}
	}
	token.SetAuthHeader(out)
	resp, err := t.base().RoundTrip(out)
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}

// CloseIdleConnections closes those of Base, if it can; [http.Client.CloseIdleConnections]
// calls it.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (t *Transport) base() http.RoundTripper {
	if t.Base == nil {
		return http.DefaultTransport
	}
	return t.Base
}

// maxRedirects bounds how far back the way to a request is followed.
const maxRedirects = 50

// foreignRedirect reports whether a response of another origin led to the request, at
// whatever distance (rule R41). net/http removes the header of a request that it redirects
// to another host; a RoundTripper that adds it to every request undoes that.
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

func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}

// A RefusedError says that a [Transport] did not send a request, because the token would
// not have been safe on its way, and what to change.
type RefusedError struct {
	// Origin is where the request was to go: scheme, host and port.
	Origin string
	// Reason is what is wrong with the request and what to do.
	Reason string
}

// Error returns the origin and the reason.
func (e *RefusedError) Error() string {
	return "oauth2source: a request to " + printable.Escape(e.Origin) + " was not sent: " + e.Reason
}
