package authoritytest

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// meetFaults has the endpoint answer the call, unless a rule does.
func (c *call) meetFaults(w http.ResponseWriter) *reply {
	if c.faultless() {
		return c.route.endpoint.handle(c)
	}
	c.asked = c.event()
	f := c.meet(&c.asked)
	if f == nil {
		return c.route.endpoint.handle(c)
	}
	if rep := c.instead(w, f); rep != nil {
		return rep
	}
	rep := c.route.endpoint.handle(c)
	switch {
	case f.Connection == ConnectionLost:
		return spoiltReply(endClosed)
	case f.Change != nil:
		rep.change(f.Change)
	}
	return rep
}

// instead returns the answer that a rule gives in place of the endpoint's, or nil if the
// endpoint is to act; what must happen before that has happened then.
func (c *call) instead(w http.ResponseWriter, f *Fault) *reply {
	switch {
	case f.Error != nil:
		return c.faultError(f)
	case f.Answer != nil:
		return c.faultAnswer(f.Answer)
	case f.Connection == ConnectionReset:
		return spoiltReply(endReset)
	case f.Connection == ConnectionHang:
		return spoiltReply(endHung)
	case f.Keys == KeysRotate, f.Keys == KeysRotateKeep:
		c.s.keys.rotate(f.Keys == KeysRotateKeep)
	case f.Keys != "":
		return c.faultyKeys(f.Keys)
	case f.Reuse:
		c.s.state.markUsed(c.params.Get("refresh_token"))
	case f.Delay > 0:
		withoutDeadlines(w)
		if !c.s.hold(c.r.Context(), f.Delay) {
			return spoiltReply(endAborted)
		}
		c.now = c.s.Clock.Now()
		c.asked.now = c.now
	}
	return nil
}

// markUsed makes a refresh token one that was rotated, and used then, long ago.
func (st *state) markUsed(refreshToken string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if t := st.refresh.get(refreshToken); t != nil {
		t.rotated = unix(0)
	}
}

// usualStatus are the statuses of OAuth errors that are not 400.
var usualStatus = map[string]int{
	"invalid_client": http.StatusUnauthorized, "invalid_token": http.StatusUnauthorized, "insufficient_scope": http.StatusForbidden,
	"server_error": http.StatusInternalServerError, "temporarily_unavailable": http.StatusServiceUnavailable,
}

// faultError is a refusal that the server was told to make.
func (c *call) faultError(f *Fault) *reply {
	e := f.Error
	if c.route.endpoint == endpointSignIn {
		c.route.shape, c.entry.Shape, c.entry.ClientID = c.asked.shape, c.asked.shape, c.asked.client
	}
	k := &refusal{condition: condition{code: e.Code, status: e.Status, suberror: e.Suberror}, description: e.Description}
	if k.description == "" {
		k.description = "The rule " + f.Name + " of the fault script answers."
	}
	if len(e.Codes) > 0 {
		k.number = e.Codes[0]
		k.description = c.numbered(k.number, k.description)
	}
	if k.status == 0 {
		k.status = usualStatus[e.Code]
	}
	if rep := c.redirectedError(e, k); rep != nil {
		return rep
	}
	switch {
	case c.route.endpoint.page:
		return c.errorPage(k)
	case c.route.endpoint == endpointUserinfo:
		return c.bearerRefusal(k)
	}
	rep := c.refusal(k)
	body := c.errorBody(k)
	if c.dialect().entra {
		body.Codes, body.Claims = e.Codes, e.Claims
	}
	rep.body = jsonReply(0, body).body
	if e.Status != 0 {
		rep.status = e.Status
	}
	return rep
}

// redirectedError sends the error to the redirect URI, where there is one; else it
// returns nil.
func (c *call) redirectedError(e *FaultError, k *refusal) *reply {
	var r *authRequest
	switch c.route.endpoint {
	case endpointAuthorize:
		var bad *refusal
		if r, bad = c.redirectTarget(); bad != nil {
			return c.errorPage(bad)
		}
	case endpointSignIn:
		it := c.current()
		if it == nil || it.request == nil {
			return nil
		}
		r = it.request
		c.over(it)
	default:
		return nil
	}
	c.entry.Error = e.Code
	return c.respond(r, c.errorParams(k, e.Code, e.Suberror, e.Claims))
}

// faultAnswer is an answer that the server was told to give.
func (c *call) faultAnswer(a *FaultAnswer) *reply {
	rep := &reply{status: a.Status, header: http.Header{}}
	switch {
	case a.JSON != nil:
		rep = jsonReply(a.Status, a.JSON)
	case a.HTML != "":
		rep.header.Set("Content-Type", "text/html; charset=utf-8")
		rep.body = []byte(a.HTML)
	case a.Text != "":
		rep.header.Set("Content-Type", "text/plain; charset=utf-8")
		rep.body = []byte(a.Text)
	}
	if a.RetryAfter > 0 {
		seconds := int64(math.Ceil(a.RetryAfter.Seconds()))
		rep.header.Set("Retry-After", strconv.FormatInt(seconds, 10))
		if a.RetryAfterDate {
			at := c.now.Add(time.Duration(seconds) * time.Second)
			rep.header.Set("Retry-After", at.UTC().Format(http.TimeFormat))
		}
	}
	if len(a.Header) > 0 {
		rep.spoilt = &delivery{header: a.Header}
	}
	return rep
}

// change changes the endpoint's own answer.
func (rep *reply) change(c *FaultChange) {
	rep.spoilt = &delivery{
		header: c.Header, removed: c.RemoveHeader,
		truncate: c.Truncate, dripBytes: c.DripBytes, dripInterval: c.DripInterval,
	}
	if len(c.Set)+len(c.Remove) > 0 && strings.HasPrefix(rep.header.Get("Content-Type"), "application/json") {
		rep.body = changedObject(rep.body, c)
	}
	rep.spoilt.pad = max(0, c.Pad-len(rep.body))
}

// changedObject returns a JSON object with other members, or body if it is none.
func changedObject(body []byte, c *FaultChange) []byte {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var members map[string]any
	if dec.Decode(&members) != nil || members == nil {
		return body
	}
	setMembers(members, c.Set, c.Remove)
	changed, err := json.Marshal(members)
	if err != nil {
		return body
	}
	return changed
}

func setMembers(members, set map[string]any, remove []string) {
	for name, value := range set {
		members[name] = value
	}
	for _, name := range remove {
		delete(members, name)
	}
}
