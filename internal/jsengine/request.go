//go:build js

package jsengine

import (
	"syscall/js"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/internal/jsvalue"
)

// A request is what the page asks for, copied when it asks: what the page does to its object
// later changes nothing.
type request struct {
	scopes, extraScopes                     []string
	authority, correlationID, claims        string
	loginHint, domainHint, sid, prompt      string
	state, redirectURI, resource, startPage string
	account                                 accountRef
	force                                   bool
	policy                                  int
	extra                                   map[string]string // of the authorization request
	tokenExtra                              map[string]string // of the token request
	width, height                           int
	left, top                               *int
	postLogoutRedirectURI, mainRedirectURI  string
	noPostLogoutRedirect                    bool
	logoutHint                              string

	object js.Value // for events
	tenant string   // of the authority, if that is not the client's
}

// The members of configurations and requests, and of the objects in them, that are read.
var names = js.ValueOf([]any{
	"clientId", "authority", "knownAuthorities", "clientCapabilities", "protocolMode", "cacheLocation", "redirectUri",
	"postLogoutRedirectUri", "tokenRenewalOffsetSeconds", "popupTimeout", "frameTimeout", "redirectNavigationTimeout",
	"scopes", "extraScopesToConsent", "correlationId", "claims", "loginHint", "domainHint", "sid", "prompt", "state",
	"resource", "redirectStartPage", "forceRefresh", "cacheLookupPolicy", "logoutHint", "mainWindowRedirectUri",
	"account", "homeAccountId", "localAccountId", "tenantId", "environment", "username",
	"popupWindowAttributes", "popupSize", "popupPosition", "width", "height", "left", "top",
	"hash", "navigateToLoginRequestUrl", "extraQueryParameters", "extraParameters",
})

// A reader takes members of an object and keeps the first problem.
type reader struct {
	members map[string]jsonscan.Value
	err     error
}

// newReader takes the object over in one piece: each step across the border costs.
func newReader(v js.Value) *reader { return readJSON(jsvalue.JSON(v, names)) }

func readJSON(json string, err error) *reader {
	r := &reader{err: err}
	object, parseErr := jsonscan.Parse(json)
	if parseErr != nil {
		r.note(parseErr)
	}
	return r.of(object)
}

// of reads the members of an object in the same way.
func (r *reader) of(object jsonscan.Value) *reader {
	inner := &reader{members: map[string]jsonscan.Value{}, err: r.err}
	object.Each(func(name string, v jsonscan.Value) bool {
		inner.members[name] = v
		return true
	})
	return inner
}

// get returns a member; one that is null is absent.
func (r *reader) get(name string) jsonscan.Value {
	v := r.members[name]
	if v.Kind() == jsonscan.Null {
		return jsonscan.Value{}
	}
	return v
}

func (r *reader) null(name string) bool { return r.members[name].Kind() == jsonscan.Null }

func (r *reader) note(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) wrong(name, want string) { r.note(&jsvalue.TypeError{Name: name, Want: want}) }

func (r *reader) text(name string) string {
	v := r.get(name)
	text, ok := v.Text()
	if !ok && v.Exists() {
		r.wrong(name, "a string")
	}
	return text
}

func (r *reader) texts(name string) []string {
	v := r.get(name)
	if !v.Exists() {
		return nil
	}
	list := []string{}
	ok := v.Kind() == jsonscan.Array
	v.Items(func(item jsonscan.Value) bool {
		text, isText := item.Text()
		list = append(list, text)
		ok = ok && isText
		return ok
	})
	if !ok {
		r.wrong(name, "an array of strings")
	}
	return list
}

// number reads whole numbers; the rest of others is cut.
func (r *reader) number(name string, other int64) int64 {
	v := r.get(name)
	if !v.Exists() {
		return other
	}
	n, ok := v.Truncated()
	if !ok {
		r.wrong(name, "a number")
		return other
	}
	return n
}

func (r *reader) flag(name string, other bool) bool {
	if value, ok := r.members[name].Bool(); ok {
		return value
	}
	return other
}

// parameters reads a member of v with names of the caller's own.
func (r *reader) parameters(v js.Value, name string) map[string]string {
	if r.get(name).Kind() != jsonscan.Object {
		return nil
	}
	inner := readJSON(jsvalue.JSON(jsvalue.Get(v, name), js.Undefined()))
	m := map[string]string{}
	for key := range inner.members {
		m[key] = inner.text(key)
	}
	r.note(inner.err)
	return m
}

func readRequest(o js.Value, s *settings) (*request, error) {
	r := newReader(o)
	q := &request{
		object: o, scopes: r.texts("scopes"), extraScopes: r.texts("extraScopesToConsent"),
		authority: r.text("authority"), correlationID: r.text("correlationId"), claims: r.text("claims"),
		loginHint: r.text("loginHint"), domainHint: r.text("domainHint"), sid: r.text("sid"), prompt: r.text("prompt"),
		state: r.text("state"), redirectURI: firstOf(r.text("redirectUri"), s.redirectURI),
		resource: r.text("resource"), startPage: r.text("redirectStartPage"),
		account: readAccount(r), force: r.flag("forceRefresh", false), policy: int(r.number("cacheLookupPolicy", 0)),
		extra: r.parameters(o, "extraQueryParameters"), tokenExtra: r.parameters(o, "extraParameters"),
		logoutHint:            r.text("logoutHint"),
		postLogoutRedirectURI: r.text("postLogoutRedirectUri"), mainRedirectURI: r.text("mainWindowRedirectUri"),
		noPostLogoutRedirect: r.null("postLogoutRedirectUri"),
	}
	if q.redirectURI != s.redirectURI {
		q.redirectURI = absolute(q.redirectURI)
	}
	readWindow(r.of(r.get("popupWindowAttributes")), q)
	if q.correlationID == "" {
		q.correlationID = newID()
	}
	if q.claims == "{}" {
		q.claims = ""
	}
	if r.err != nil {
		return q, fail(classClientConfig, "request_cannot_be_made", "the request is wrong: "+r.err.Error())
	}
	var err error
	q.tenant, err = s.tenantOf(q.authority)
	return q, err
}

func readAccount(r *reader) accountRef {
	a := r.of(r.get("account"))
	ref := accountRef{
		home: a.text("homeAccountId"), local: a.text("localAccountId"), tenant: a.text("tenantId"),
		environment: a.text("environment"), username: a.text("username"),
	}
	r.note(a.err)
	return ref
}

func readWindow(attributes *reader, q *request) {
	pixels := func(from *reader, name string) *int {
		if n := from.number(name, -1); n >= 0 && n <= 1<<20 {
			whole := int(n)
			return &whole
		}
		return nil
	}
	size, position := attributes.of(attributes.get("popupSize")), attributes.of(attributes.get("popupPosition"))
	if n := pixels(size, "width"); n != nil {
		q.width = *n
	}
	if n := pixels(size, "height"); n != nil {
		q.height = *n
	}
	q.left, q.top = pixels(position, "left"), pixels(position, "top")
}

// newID returns a random UUID; empty if the page has none to give.
func newID() string {
	id, err := jsvalue.Call(js.Global().Get("crypto"), "randomUUID")
	if err != nil {
		return ""
	}
	text, _ := jsvalue.String(id)
	return text
}
