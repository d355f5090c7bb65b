package authoritytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A faultCheck collects what is wrong with rules.
type faultCheck struct {
	server *Server // whose directory must have clients and users; nil: any will do
	where  string
	errs   []error
}

// checkFaults returns an error that lists everything that is wrong with rules, or nil.
func checkFaults(faults []Fault, server *Server) error {
	k := &faultCheck{server: server}
	seen := map[string]bool{}
	if len(faults) > maxFaults {
		k.fail("there are more than %d rules", maxFaults)
	}
	for i := range faults {
		f := &faults[i]
		k.where = faultPlace(i, f)
		if f.Name != "" && seen[f.Name] {
			k.fail("the name is taken; give each rule its own")
		}
		seen[f.Name] = true
		k.criteria(f)
		k.effects(f)
	}
	return k.joined()
}

// joined makes one line of everything that is wrong.
func (k *faultCheck) joined() error {
	if len(k.errs) == 0 {
		return nil
	}
	texts := make([]string, len(k.errs))
	for i, err := range k.errs {
		texts[i] = err.Error()
	}
	return errors.New(strings.Join(texts, "; "))
}

// faultPlace says which rule an error is about.
func faultPlace(i int, f *Fault) string {
	if f.Name == "" {
		return fmt.Sprintf("faults[%d]", i)
	}
	return fmt.Sprintf("faults[%d] (%s)", i, printable(f.Name))
}

func (k *faultCheck) fail(format string, args ...any) {
	if k.where != "" {
		format = k.where + ": " + format
	}
	k.errs = append(k.errs, fmt.Errorf(format, args...))
}

// oneOf fails unless a value is empty or one of those allowed.
func (k *faultCheck) oneOf(field, value string, allowed []string) {
	if value != "" && !slices.Contains(allowed, value) {
		k.fail("%s %q is unknown; use one of %s", field, value, strings.Join(allowed, ", "))
	}
}

// faultEndpoints are the endpoints that rules can be about.
var faultEndpoints = []string{
	EndpointToken, EndpointAuthorize, EndpointDiscovery, EndpointInstance, EndpointJWKS, EndpointUserinfo,
	EndpointRevocation, EndpointIntrospection, EndpointGraph, EndpointAPI,
	EndpointDeviceCode, EndpointLogout, EndpointSignIn, EndpointDevice, EndpointNone,
}

var (
	faultShapes    = []string{ShapeEntra, ShapeOIDC, ShapeB2C, ShapeCIAM, ShapeADFS}
	faultGrants    = []string{grantCode, grantRefresh, grantClient, grantPassword, grantDeviceShort, grantBehalfShort, grantDevice, grantJWTBearer}
	namelessPlaces = []string{EndpointDiscovery, EndpointInstance, EndpointJWKS, EndpointNone}
	pagePlaces     = []string{EndpointAuthorize, EndpointLogout, EndpointSignIn, EndpointDevice}
	faultNames     = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
)

// grantBehalfShort is how a rule may write the long name of its grant.
const grantBehalfShort = "jwt-bearer"

func (k *faultCheck) criteria(f *Fault) {
	if f.Name != "" && (!faultNames.MatchString(f.Name) || strings.Trim(f.Name, ".") == "") {
		k.fail("name must be up to 64 letters, digits, '.', '_' and '-'")
	}
	if f.Endpoint == EndpointControl {
		k.fail("endpoint control meets no fault; name another one")
	} else {
		k.oneOf("endpoint", f.Endpoint, faultEndpoints)
	}
	k.oneOf("shape", f.Shape, faultShapes)
	k.oneOf("grant", f.Grant, faultGrants)
	if f.Grant != "" && f.Endpoint != "" && f.Endpoint != EndpointToken {
		k.fail("grant belongs to the endpoint token, not to %s", f.Endpoint)
	}
	if f.Client+f.User+f.Scope != "" && slices.Contains(namelessPlaces, f.Endpoint) {
		k.fail("requests to the endpoint %s name no client, user or scope; leave client, user and scope out", f.Endpoint)
	}
	if strings.ContainsAny(f.Scope, " \t") {
		k.fail("scope must be one scope, not several")
	}
	if f.Skip < 0 || f.Times < 0 || f.Every < 0 {
		k.fail("skip, times and every must not be negative")
	}
	if !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until) {
		k.fail("from must be before until")
	}
	if k.server == nil {
		return
	}
	if f.Client != "" && k.server.clientID(f.Client) == "" {
		k.fail("client %q is not in the directory; use the name or the client id of one of its apps", f.Client)
	}
	if f.User != "" && k.server.state.user(f.User) == nil {
		k.fail("user %q is not in the directory; use the username of one of its users", f.User)
	}
}

// effects checks what the rule does. There must be exactly one thing.
func (k *faultCheck) effects(f *Fault) {
	var given []string
	note := func(name string, is bool) {
		if is {
			given = append(given, name)
		}
	}
	note("error", f.Error != nil)
	note("answer", f.Answer != nil)
	note("change", f.Change != nil)
	note("connection", f.Connection != "")
	note("delay", f.Delay != 0)
	note("token", f.Token != nil)
	note("callback", f.Callback != "")
	note("reuse", f.Reuse)
	note("keys", f.Keys != "")
	switch len(given) {
	case 0:
		k.fail("it does nothing; give one of error, answer, change, connection, delay, token, callback, reuse and keys")
	case 1:
	default:
		k.fail("it has %s; a rule does one thing, so make a rule of each", strings.Join(given, " and "))
		return
	}
	k.error(f)
	k.answer(f.Answer)
	k.change(f)
	k.connection(f)
	k.duration("delay", f.Delay)
	k.token(f)
	k.callback(f)
	k.keys(f)
	if f.Reuse && (f.Endpoint != "" && f.Endpoint != EndpointToken || f.Grant != "" && f.Grant != grantRefresh) {
		k.fail("reuse is about refresh tokens: leave endpoint and grant out, or use token and refresh_token")
	}
}

const (
	maxFaultWait = 10 * time.Minute
	maxFaultBody = 1 << 30
)

func (k *faultCheck) duration(field string, d time.Duration) {
	if d < 0 || d > maxFaultWait {
		k.fail("%s must be between 0 and %v", field, maxFaultWait)
	}
}

func (k *faultCheck) error(f *Fault) {
	e := f.Error
	if e == nil {
		return
	}
	if f.Endpoint == EndpointJWKS || f.Endpoint == EndpointNone {
		k.fail("the endpoint %s has no OAuth errors; use answer", f.Endpoint)
	}
	if e.Code == "" || e.Code != printable(e.Code) || strings.Contains(e.Code, " ") {
		k.fail("error must be an OAuth error code such as invalid_grant")
	}
	if len(e.Description) > maxEcho*10 {
		k.fail("error_description is longer than %d bytes", maxEcho*10)
	}
	if e.Status != 0 && (e.Status < 400 || e.Status > 599) {
		k.fail("status of an error must be 400 to 599; use answer for another")
	}
	if e.Suberror+e.Claims != "" && f.Shape != "" && !dialects[f.Shape].entra {
		k.fail("suberror and claims are not part of the shape %s; leave them out, or use answer", f.Shape)
	}
	if len(e.Codes) > 0 && f.Shape == ShapeOIDC {
		k.fail("error_codes are not part of the shape %s; leave them out, or use answer", f.Shape)
	}
	if e.Claims != "" {
		var object map[string]any
		if json.Unmarshal([]byte(e.Claims), &object) != nil || object == nil {
			k.fail("claims must be a JSON object as text")
		}
	}
}

func (k *faultCheck) answer(a *FaultAnswer) {
	if a == nil {
		return
	}
	bodies := 0
	for _, is := range []bool{a.JSON != nil, a.HTML != "", a.Text != ""} {
		if is {
			bodies++
		}
	}
	switch {
	case a.Status < 200 || a.Status > 599:
		k.fail("status must be 200 to 599")
	case bodies > 1:
		k.fail("an answer has one body; give one of json, html and text")
	case bodies > 0 && (a.Status == http.StatusNoContent || a.Status == http.StatusNotModified):
		k.fail("an answer with status %d has no body; leave json, html and text out", a.Status)
	case a.RetryAfter < 0:
		k.fail("retry_after must not be negative")
	case a.RetryAfterDate && a.RetryAfter == 0:
		k.fail("retry_after_date needs retry_after")
	}
	k.headers("header", a.Header)
}

var headerNames = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// framing are headers that say how the body is sent, which is not for a rule to say.
var framing = []string{"Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Upgrade"}

func (k *faultCheck) headers(field string, h map[string]string) {
	for name, value := range h {
		switch {
		case !headerNames.MatchString(name):
			k.fail("%s: %q is no header name", field, name)
		case slices.Contains(framing, http.CanonicalHeaderKey(name)):
			k.fail("%s: %s is the server's; use truncate or pad", field, http.CanonicalHeaderKey(name))
		case strings.ContainsAny(value, "\r\n\x00"):
			k.fail("%s: the value of %s has a line break", field, name)
		}
	}
}

func (k *faultCheck) change(f *Fault) {
	c := f.Change
	if c == nil {
		return
	}
	members := len(c.Set)+len(c.Remove) > 0
	if !members && len(c.Header)+len(c.RemoveHeader) == 0 && c.Pad == 0 && c.Truncate == 0 && c.DripBytes == 0 && c.DripInterval == 0 {
		k.fail("change changes nothing; give set, remove, header, remove_header, pad, truncate, or drip_bytes and drip_interval")
	}
	if members && slices.Contains(pagePlaces, f.Endpoint) {
		k.fail("the endpoint %s answers with pages, which have no members to set or remove", f.Endpoint)
	}
	if c.Pad < 0 || c.Pad > maxFaultBody || c.Truncate < 0 || c.DripBytes < 0 {
		k.fail("pad, truncate and drip_bytes must not be negative, and pad at most %d", maxFaultBody)
	}
	if (c.DripBytes == 0) != (c.DripInterval == 0) {
		k.fail("drip_bytes and drip_interval need each other")
	}
	k.duration("drip_interval", c.DripInterval)
	k.headers("header", c.Header)
	for _, name := range c.RemoveHeader {
		k.headers("remove_header", map[string]string{name: ""})
	}
}

func (k *faultCheck) connection(f *Fault) {
	k.oneOf("connection", string(f.Connection), []string{string(ConnectionReset), string(ConnectionHang), string(ConnectionLost), string(ConnectionRefuse)})
	if f.Connection == ConnectionRefuse && (f.Endpoint+f.Shape+f.Client+f.User+f.Grant+f.Scope != "" || f.Skip+f.Times+f.Every != 0) {
		k.fail("connection refuse is over before there is a request; leave all criteria but from and until out")
	}
}

func (k *faultCheck) token(f *Fault) {
	t := f.Token
	if t == nil {
		return
	}
	k.oneOf("kind", t.Kind, []string{string(kindID), string(kindAccess)})
	k.oneOf("defect", string(t.Defect), defectNames())
	if f.Endpoint != "" && f.Endpoint != EndpointToken {
		k.fail("the endpoint %s issues no tokens; leave endpoint out, or use token", f.Endpoint)
	}
	if t.Defect == "" && len(t.Set)+len(t.Remove) == 0 {
		k.fail("token changes nothing; give defect, set or remove")
	}
}

func (k *faultCheck) callback(f *Fault) {
	if f.Callback == "" {
		return
	}
	k.oneOf("callback", string(f.Callback), []string{
		string(CallbackWrongIss), string(CallbackMissingIss), string(CallbackWrongState), string(CallbackMissingState),
		string(CallbackRepeatedState), string(CallbackReplayedCode), string(CallbackForeignCode), string(CallbackUnknownCode),
	})
	if f.Endpoint != "" && f.Endpoint != EndpointAuthorize || f.Grant != "" {
		k.fail("callbacks come from the endpoint authorize; leave endpoint and grant out")
	}
	if f.Callback == CallbackMissingIss && f.Shape != "" && f.Shape != ShapeOIDC {
		k.fail("the shape %s sends no iss that could be missing", f.Shape)
	}
	if f.Callback == CallbackForeignCode && k.server != nil && len(k.server.CurrentDirectory().Apps) < 2 {
		k.fail("foreign_code needs another app in the directory")
	}
}

func (k *faultCheck) keys(f *Fault) {
	k.oneOf("keys", string(f.Keys), []string{string(KeysRotate), string(KeysRotateKeep), string(KeysEmpty), string(KeysGarbage), string(KeysMany), string(KeysStale)})
	if f.Keys == "" || f.Keys == KeysRotate || f.Keys == KeysRotateKeep {
		return
	}
	if f.Endpoint != "" && f.Endpoint != EndpointJWKS || f.Client+f.User+f.Scope+f.Grant != "" {
		k.fail("keys %s is about the endpoint jwks; leave endpoint, client, user, grant and scope out", f.Keys)
	}
}

// clientID returns the client id of the app with a name or client id, or "".
func (s *Server) clientID(nameOrID string) string {
	if app := s.CurrentDirectory().App(nameOrID); app.ClientID != "" {
		return app.ClientID
	}
	if app := s.state.app(nameOrID); app != nil {
		return app.ClientID
	}
	return ""
}
