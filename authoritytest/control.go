package authoritytest

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// What the control endpoint refuses.
var (
	controlToken  = condition{code: "invalid_token", status: http.StatusUnauthorized, text: "The control endpoint needs the control token, as a bearer token."}
	controlHost   = condition{code: "invalid_request", status: http.StatusForbidden, text: "The control endpoint answers to its own host and origin only."}
	controlPlace  = condition{code: "not_found", status: http.StatusNotFound, text: "There is no such thing here: GET requests, clock, directory or faults; POST clock, device, directory, revoke, signin or faults; DELETE faults or faults/NAME."}
	controlBody   = condition{code: "invalid_request", text: "The body is not right: %s."}
	controlFailed = condition{code: "failed", status: http.StatusConflict, text: "%s"}
)

// controlRequest is the control endpoint, for scripts and for the console: JSON, under
// a bearer token. It checks Host, so that no page reaches it by DNS rebinding, and
// Origin.
func (c *call) controlRequest() *reply {
	if !c.s.ownHost(strings.ToLower(c.r.Host)) || c.r.Header.Get("Origin") != "" && !c.s.ownOrigin(c.r.Header.Get("Origin")) {
		return c.refuse(controlHost)
	}
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(c.s.control))
	if !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		rep := c.refuse(controlToken)
		rep.header.Set("WWW-Authenticate", `Bearer realm="control"`)
		return rep
	}
	place := strings.TrimPrefix(c.r.URL.Path, controlPath)
	if strings.HasPrefix(place, faultPlaces) {
		place = faultPlaces
	}
	act := controls[c.r.Method+" "+place]
	if act == nil {
		return c.refuse(controlPlace)
	}
	return act(c)
}

// controls are what the control endpoint can do.
var controls = map[string]func(*call) *reply{
	"GET /requests":   func(c *call) *reply { return jsonReply(http.StatusOK, map[string]any{"requests": c.s.Requests()}) },
	"GET /directory":  func(c *call) *reply { return jsonReply(http.StatusOK, publicDirectory(c.s.CurrentDirectory())) },
	"POST /directory": (*call).setDirectory,
	"POST /revoke":    (*call).revokeSessions,
	"GET /clock":      (*call).showClock,
	"POST /clock":     (*call).setClock,
	"POST /device":    (*call).answerDevice,
	"POST /signin":    (*call).completeSignIn,
	"GET /faults":     (*call).showFaults,
	"POST /faults":    (*call).injectFaults,
	"DELETE /faults":  (*call).clearFaults,

	"DELETE " + faultPlaces: (*call).removeFault,
}

// readJSON reads the body into v, strictly.
func (c *call) readJSON(v any) *refusal {
	dec := json.NewDecoder(bytes.NewReader(c.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return refused(controlBody, trimJSON(err).Error())
	}
	if _, err := dec.Token(); err != io.EOF {
		return refused(controlBody, "there is something after the object")
	}
	return nil
}

func (c *call) showClock() *reply {
	return jsonReply(http.StatusOK, map[string]any{"now": c.s.Clock.Now().UTC().Format(time.RFC3339)})
}

// setClock moves the clock by seconds, or sets it to a time.
func (c *call) setClock() *reply {
	var body struct {
		Advance *float64 `json:"advance"` // seconds
		Set     *string  `json:"set"`     // RFC 3339
	}
	if k := c.readJSON(&body); k != nil {
		return c.refusal(k)
	}
	const maxAdvance = 100 * 365 * 24 * 3600.0 // seconds: a Duration ends after 292 years
	switch {
	case (body.Advance == nil) == (body.Set == nil):
		return c.refuse(controlBody, "give advance, in seconds, or set, as RFC 3339 time")
	case body.Set != nil:
		t, err := time.Parse(time.RFC3339, *body.Set)
		if err != nil {
			return c.refuse(controlBody, "set is not an RFC 3339 time")
		}
		c.s.Clock.Set(t)
	case *body.Advance > maxAdvance || *body.Advance < -maxAdvance:
		return c.refuse(controlBody, "advance is more than a hundred years")
	default:
		c.s.Clock.Advance(time.Duration(*body.Advance * float64(time.Second)))
	}
	return c.showClock()
}

// answerDevice approves or denies a device as a user.
func (c *call) answerDevice() *reply {
	var body struct {
		UserCode string `json:"user_code"`
		Username string `json:"username"`
		Action   string `json:"action"` // approve or deny
	}
	if k := c.readJSON(&body); k != nil {
		return c.refusal(k)
	}
	if body.Action != "approve" && body.Action != "deny" {
		return c.refuse(controlBody, "action must be approve or deny")
	}
	if err := c.s.NewBrowser().Device(c.r.Context(), body.UserCode, body.Username, body.Action == "approve"); err != nil {
		return c.refuse(controlFailed, err.Error())
	}
	return jsonReply(http.StatusOK, map[string]any{"user_code": body.UserCode, "action": body.Action})
}

// completeSignIn completes an authorization URL as a user.
func (c *call) completeSignIn() *reply {
	var body struct {
		URL      string `json:"url"`
		Username string `json:"username"`
	}
	if k := c.readJSON(&body); k != nil {
		return c.refusal(k)
	}
	callback, err := c.s.Complete(c.r.Context(), body.URL, body.Username)
	if err != nil {
		return c.refuse(controlFailed, err.Error())
	}
	return jsonReply(http.StatusOK, map[string]any{"callback": callback})
}

// publicDirectory is a directory without its secrets.
func publicDirectory(d Directory) Directory {
	d.Users = append([]User(nil), d.Users...)
	for i := range d.Users {
		d.Users[i].Password = ""
	}
	d.Apps = append([]App(nil), d.Apps...)
	for i := range d.Apps {
		d.Apps[i].Secrets = nil
	}
	return d
}
