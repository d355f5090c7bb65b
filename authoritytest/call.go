package authoritytest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A call is one request on its way through the server.
type call struct {
	s     *serving
	r     *http.Request
	route route
	now   time.Time
	trace string // Entra's trace id: one per request

	// params are the request's parameters: of the query for GET, of the body for POST.
	params url.Values
	// claims is the claims parameter, where the endpoint has one.
	claims claimsRequest
	// body is a JSON request's body.
	body []byte

	entry    Request      // what the log will say
	cookie   *http.Cookie // to set
	embedded bool         // the answer may be shown in a frame, as prompt=none asks
	asked    faultEvent   // what rules are matched against, if there are any
}

// serving is a server as one call sees it: with the directory as it was when the call
// began, so that no call sees half of a change.
type serving struct {
	*Server
	state *state
}

func (s *Server) serving() *serving { return &serving{Server: s, state: s.state.pin()} }

// A reply is the answer to a call, complete before any of it is sent.
type reply struct {
	status int
	header http.Header
	body   []byte
	spoilt *delivery // nil: it is sent as it is
}

// handle serves one HTTP request: it reads it, has it answered, logs it, sends the answer.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		panic(http.ErrAbortHandler) // an empty answer would look like one
	}
	defer s.handlers.Done()
	if s.faults.some.Load() && s.door.shut() {
		closeConnection(r, true) // it was accepted before the listener was closed
	}
	ctx, cancel := context.WithTimeout(r.Context(), handleTimeout)
	defer cancel()
	c := s.newCall(r.WithContext(ctx))
	rep := s.answer(w, c)
	c.entry.Status = rep.status
	s.requests.add(c.entry)
	if rep.spoilt != nil {
		s.deliver(w, r, rep)
		return
	}
	rep.send(w, r)
}

// answer makes the reply to a call. Every endpoint's answer passes through it, and
// nothing but handle sends one: what is to come between a request and its reply
// belongs here.
func (s *Server) answer(w http.ResponseWriter, c *call) (rep *reply) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			panic(v)
		default:
			// The panic's value may hold a token: it goes nowhere.
			c.entry.Error = "server_error"
			rep = textReply(http.StatusInternalServerError, "internal error")
			c.finish(rep)
		}
	}()
	rep = c.read(w)
	if rep == nil {
		rep = c.meetFaults(w)
	}
	c.finish(rep)
	return rep
}

func (s *Server) newCall(r *http.Request) *call {
	c := &call{s: s.serving(), r: r, now: s.Clock.Now(), trace: randomGUID(), params: url.Values{}, route: s.route(r)}
	c.entry = Request{
		Time: c.now, Endpoint: c.route.endpoint.name, Method: r.Method, Path: r.URL.Path,
		Shape: c.route.shape, CorrelationID: randomGUID(),
	}
	return c
}

// read reads the request's parameters. It returns a reply if they cannot be read.
func (c *call) read(w http.ResponseWriter) *reply {
	e := c.route.endpoint
	if !e.allows(c.r.Method) {
		rep := c.refuse(badMethod, c.r.Method)
		rep.header.Set("Allow", strings.Join(e.methods, ", "))
		return rep
	}
	if e.raw {
		return c.readRaw(w)
	}
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return c.refuse(malformedQuery)
	}
	c.params = query
	if c.r.Method == http.MethodPost {
		if rep := c.readBody(w); rep != nil {
			return rep
		}
		if rep := c.checkQuery(query); rep != nil {
			return rep
		}
	}
	c.describe(query)
	return nil
}

// readAll reads the body, up to the limit.
func (c *call) readAll(w http.ResponseWriter) ([]byte, *reply) {
	body, err := io.ReadAll(http.MaxBytesReader(w, c.r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, c.refuse(bodyTooLarge)
	case err != nil:
		return nil, c.refuse(malformedBody)
	}
	return body, nil
}

func (c *call) readBody(w http.ResponseWriter) *reply {
	body, rep := c.readAll(w)
	if rep != nil {
		return rep
	}
	kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if c.route.endpoint.json {
		if kind != "application/json" && len(body) > 0 {
			return c.refuse(wrongContentType, "application/json")
		}
		c.body = body
		return nil
	}
	if kind != "application/x-www-form-urlencoded" && len(body) > 0 {
		return c.refuse(wrongContentType, "application/x-www-form-urlencoded")
	}
	var err error
	if c.params, err = url.ParseQuery(string(body)); err != nil {
		return c.refuse(malformedBody)
	}
	return nil
}

// readRaw reads a resource's request, whose parameters mean nothing here.
func (c *call) readRaw(w http.ResponseWriter) (rep *reply) {
	c.body, rep = c.readAll(w)
	c.describe(nil)
	return rep
}

// describe notes for the log what the request says about itself.
func (c *call) describe(query url.Values) {
	c.entry.ClientID = c.params.Get("client_id")
	c.entry.Scope = c.params.Get("scope")
	if c.entry.Endpoint == EndpointToken {
		c.entry.GrantType = c.params.Get("grant_type")
	}
	for _, id := range []string{c.r.Header.Get("Client-Request-Id"), query.Get("client-request-id"), c.params.Get("client-request-id")} {
		if isGUID(id) {
			c.entry.CorrelationID = id
			return
		}
	}
}

// checkQuery refuses a POST that has request parameters in its URL, where proxies and
// logs see them (RFC 6749, sections 2.3.1 and 3.2).
func (c *call) checkQuery(query url.Values) *reply {
	for _, name := range []string{
		"client_secret", "client_assertion", "code", "code_verifier", "refresh_token",
		"device_code", "username", "password", "assertion", "grant_type", "access_token", "token",
	} {
		if query.Has(name) {
			return c.refuse(paramInQuery, name)
		}
	}
	return nil
}

// repeated returns the name of a parameter that is there more than once (RFC 6749,
// section 3.1), apart from resource, which may be (RFC 8707, section 2).
func (c *call) repeated() string {
	for name, values := range c.params {
		if len(values) > 1 && name != "resource" {
			return name
		}
	}
	return ""
}

// finish adds the headers that every answer has.
func (c *call) finish(rep *reply) {
	h := rep.header
	h.Set("Date", c.now.UTC().Format(http.TimeFormat)) // of the server's Clock, as Retry-After's date is
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
		h.Set("Pragma", "no-cache")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	if c.dialect().entra {
		h.Set("X-Ms-Request-Id", c.trace)
		h.Set("Client-Request-Id", c.entry.CorrelationID)
	}
	if c.cookie != nil {
		h.Add("Set-Cookie", c.cookie.String())
	}
	c.allowOrigin(h)
}

// send writes the reply.
func (rep *reply) send(w http.ResponseWriter, r *http.Request) {
	for name, values := range rep.header {
		w.Header()[name] = values
	}
	w.WriteHeader(rep.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(rep.body) // an error means that the client has gone
	}
}

func textReply(status int, text string) *reply {
	h := http.Header{}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	return &reply{status: status, header: h, body: []byte(text + "\n")}
}

func jsonReply(status int, v any) *reply {
	body, err := json.Marshal(v)
	if err != nil {
		return textReply(http.StatusInternalServerError, "internal error")
	}
	h := http.Header{}
	h.Set("Content-Type", "application/json; charset=utf-8")
	return &reply{status: status, header: h, body: body}
}

// redirectReply sends a browser on with a GET: it never repeats a POST with a password
// (RFC 9700, section 4.12).
func redirectReply(target string) *reply {
	h := http.Header{}
	h.Set("Location", target)
	return &reply{status: http.StatusSeeOther, header: h}
}
