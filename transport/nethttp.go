//go:build !js

package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Default returns a Func on [http.DefaultTransport], which takes the proxy from the
// environment (HTTPS_PROXY, NO_PROXY). In a page it is the page's fetch. A request
// whose context has no deadline has 30 seconds.
func Default() Func { return NetHTTP(nil) }

// NetHTTP returns a Func on c's Transport, within c's Timeout. Proxy, trusted
// authorities and client certificates are what that Transport has. c's redirect
// policy and cookie jar are not used: a redirect is returned as the answer. If c or
// its Transport is nil, [http.DefaultTransport] sends; if there is no Timeout and
// the context has no deadline, 30 seconds are the limit. Later changes to c change
// nothing.
func NetHTTP(c *http.Client) Func {
	var s sender
	if c != nil {
		s = sender{c.Transport, c.Timeout}
	}
	return s.send
}

// A sender calls the RoundTripper itself. http.Client would parse the Location of a
// redirect even if told not to follow it, and put it into an error if it is malformed.
type sender struct {
	via     http.RoundTripper // nil: http.DefaultTransport
	timeout time.Duration     // 0: timeLimit, unless the context has a deadline
}

func (s sender) send(ctx context.Context, req *Request) (*Response, error) {
	if err := check(req); err != nil {
		return nil, err
	}
	limited, cancel := s.limit(ctx)
	defer cancel()
	resp, err := s.exchange(limited, req)
	if err == nil {
		return resp, nil
	}
	if end := ended(ctx, limited); end != nil {
		return nil, failed(req, end)
	}
	return nil, failed(req, explain(err, req))
}

func (s sender) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.timeout > 0 {
		return context.WithTimeout(ctx, s.timeout)
	}
	return withLimit(ctx)
}

func (s sender) exchange(ctx context.Context, req *Request) (*Response, error) {
	r, err := newRequest(ctx, req)
	if err != nil {
		return nil, err
	}
	via := s.via
	if via == nil {
		via = http.DefaultTransport
	}
	resp, err := via.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp == nil {
		return nil, errors.New("the RoundTripper returned neither an answer nor an error")
	}
	body, err := readBody(resp)
	if err != nil {
		return nil, err
	}
	return &Response{Status: resp.StatusCode, Header: fields(resp.Header), Body: body}, nil
}

var errURL = errors.New("the URL cannot be parsed: check its host, port and percent signs")

func newRequest(ctx context.Context, req *Request) (*http.Request, error) {
	var body io.Reader
	if req.Body != "" {
		body = strings.NewReader(req.Body)
	}
	r, err := http.NewRequestWithContext(ctx, req.Method, req.URL, body)
	if err != nil {
		return nil, errURL // its text has the whole URL
	}
	for _, f := range req.Header {
		r.Header.Add(f.Name, f.Value)
	}
	return r, nil
}

func readBody(resp *http.Response) (string, error) {
	if resp.Body == nil {
		return "", nil
	}
	defer resp.Body.Close()
	if resp.ContentLength > MaxBody {
		return "", ErrBodyTooLarge
	}
	var b bytes.Buffer
	if resp.ContentLength > 0 {
		b.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(io.LimitReader(resp.Body, MaxBody+1)); err != nil {
		return "", &bodyError{err}
	}
	if b.Len() > MaxBody {
		return "", ErrBodyTooLarge
	}
	return b.String(), nil
}

// fields copies h, sorted by name: a map has no order of its own.
func fields(h http.Header) Header {
	all := make(Header, 0, len(h))
	for name, values := range h {
		for _, v := range values {
			all = append(all, Field{name, v})
		}
	}
	slices.SortStableFunc(all, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return all
}
