package apiclient

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/flight"
	"github.com/latchkey-auth/latchkey/internal/resource"
)

// A Transport is an [http.RoundTripper] that gives each request the token of the
// resource that it is for, and no token to anything else. Its fields are set before the
// first request and not changed afterwards. It is safe for concurrent use and must not
// be copied.
type Transport struct {
	// Base sends the requests. Nil: [http.DefaultTransport].
	Base http.RoundTripper
	// Resources are the URLs that get tokens. Required.
	Resources []Resource
	// Source gives the tokens. Required.
	Source Source
	// Clock tells the time. Nil: [time.Now].
	Clock func() time.Time

	compiling sync.Once
	patterns  *resource.Map
	audiences []string // Resource.Resource, by index
	invalid   error    // why no request can be sent

	renewals flight.Group[*latchkey.Result]
	memory   memory
}

// Check returns an error, a *latchkey.ArgumentError, if the fields are incomplete or
// wrong. Every request returns the same one; a program that wants to know when it starts
// asks here.
func (t *Transport) Check() error {
	t.compiling.Do(func() {
		t.patterns, t.invalid = compile(t.Resources)
		for _, r := range t.Resources {
			t.audiences = append(t.audiences, r.Resource)
		}
		if t.Source == nil {
			t.invalid = &latchkey.ArgumentError{Field: "Transport.Source", Problem: "is nil: set ForUser, ForService or a function of your own"}
		}
	})
	return t.invalid
}

// RoundTrip sends the request, with a token if its URL is to get one, as
// [http.RoundTripper] demands: the request is not changed, and its body always closed. An
// error of its own is a [*TokenError], a [*RefusedError], or that of [Transport.Check].
// The Request of the response is r itself, so it does not have the token.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.Check(); err != nil {
		return nil, unsent(r, err)
	}
	if r.URL == nil || authorized(r.Header) {
		return t.base().RoundTrip(r)
	}
	// The copy is decided on and sent, so that nobody can change it in between.
	out := r.Clone(r.Context())
	w, err := t.decide(out)
	if err != nil {
		return nil, unsent(r, err)
	}
	if w == nil {
		return t.base().RoundTrip(r)
	}
	token, err := t.token(r.Context(), w.request())
	if err != nil {
		return nil, unsent(r, newTokenError(w, demand{}, err))
	}
	resp, err := t.send(out, r, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	return t.answer(out, r, w, token, resp)
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

func (t *Transport) now() time.Time {
	if t.Clock == nil {
		return time.Now()
	}
	return t.Clock()
}

// token asks the source, and refuses what cannot be sent.
func (t *Transport) token(ctx context.Context, r TokenRequest) (*latchkey.Result, error) {
	result, err := t.Source(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case result == nil:
		return nil, errNoResult
	}
	if err := sendable(result.TokenType(), result.AccessToken()); err != nil {
		return nil, err
	}
	return result, nil
}

// sendable says why a token cannot be in an Authorization header of scheme Bearer (RFC
// 6750 section 2.1), nil if it can.
func sendable(tokenType, token string) error {
	switch {
	case token == "":
		return errNoToken
	case !strings.EqualFold(tokenType, "Bearer"):
		return errNotBearer
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return errBadToken
	}
	return nil
}

// send sends out, the copy of r, with the token.
func (t *Transport) send(out, r *http.Request, token *latchkey.Result) (*http.Response, error) {
	if out.Header == nil {
		out.Header = http.Header{}
	}
	out.Header.Set("Authorization", "Bearer "+token.AccessToken())
	resp, err := t.base().RoundTrip(out)
	if err != nil {
		return nil, err
	}
	if resp == nil {
		return nil, errNoAnswer
	}
	resp.Request = r
	return resp, nil
}

// answer does what a 401 asks for, and returns that 401 if nothing can be done.
func (t *Transport) answer(sent, r *http.Request, w *want, refused *latchkey.Result, resp *http.Response) (*http.Response, error) {
	d := demandOf(resp.Header)
	if d.kind == nothing {
		return resp, nil
	}
	token, err := t.renew(r.Context(), w, refused, d)
	if err == nil && token == nil && d.kind == stepUp {
		err = errStepUp
	}
	if err != nil {
		discard(resp)
		return nil, newTokenError(w, d, err)
	}
	if token == nil {
		return resp, nil
	}
	again, ok := copyAgain(sent, r)
	if !ok {
		return resp, nil
	}
	discard(resp)
	resp, err = t.send(again, r, token)
	if err == nil && d.kind == stepUp && resp.StatusCode == http.StatusUnauthorized && demandOf(resp.Header).key() == d.key() {
		discard(resp)
		return nil, newTokenError(w, d, errStepUp)
	}
	return resp, err
}

// copyAgain returns what can be sent once more in place of sent, which was made from r;
// ok is false if its body cannot be had again.
func copyAgain(sent, r *http.Request) (again *http.Request, ok bool) {
	again = sent.Clone(r.Context())
	again.Body = r.Body
	if r.Body == nil || r.Body == http.NoBody {
		return again, true
	}
	if r.GetBody == nil {
		return nil, false
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, false
	}
	again.Body = body
	return again, true
}

// maxDiscarded is the most bytes of an answer that are read only to use its connection again.
const maxDiscarded = 4 << 10

// discard closes an answer that the caller will not see.
func discard(resp *http.Response) {
	if resp.Body == nil {
		return
	}
	if resp.ContentLength <= maxDiscarded {
		io.CopyN(io.Discard, resp.Body, maxDiscarded)
	}
	resp.Body.Close()
}

// unsent closes the body of a request that is not sent, and returns err.
func unsent(r *http.Request, err error) error {
	if r.Body != nil {
		r.Body.Close()
	}
	return err
}
