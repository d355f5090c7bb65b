//go:build js

package jsengine

import (
	"syscall/js"
	"time"

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
	parent                                  js.Value
	postLogoutRedirectURI, mainRedirectURI  string
	noPostLogoutRedirect                    bool
	logoutHint                              string

	object js.Value // for events
	tenant string   // of the authority, if that is not the client's
}

// A reader takes members and keeps the first problem.
type reader struct {
	object js.Value
	err    error
}

func (r *reader) note(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) text(name string) string {
	text, err := jsvalue.Text(r.object, name)
	r.note(err)
	return text
}

func (r *reader) texts(name string) []string {
	list, err := jsvalue.Texts(r.object, name)
	r.note(err)
	return list
}

func (r *reader) number(name string, other float64) float64 {
	n, err := jsvalue.Number(r.object, name, other)
	r.note(err)
	return n
}

func (r *reader) parameters(name string) map[string]string {
	m, err := jsvalue.Map(r.object, name)
	r.note(err)
	return m
}

func (r *reader) milliseconds(name string, other time.Duration) time.Duration {
	n := r.number(name, float64(other/time.Millisecond))
	if n < 0 || n > 1e9 {
		n = float64(other / time.Millisecond)
	}
	return time.Duration(n) * time.Millisecond
}

func readSettings(config js.Value) (*settings, error) {
	r := &reader{object: config}
	s := &settings{
		clientID: r.text("clientId"), authority: r.text("authority"),
		knownAuthorities: r.texts("knownAuthorities"), capabilities: r.texts("clientCapabilities"),
		protocolMode: r.text("protocolMode"), cacheLocation: r.text("cacheLocation"),
		redirectURI: r.text("redirectUri"), postLogoutRedirectURI: r.text("postLogoutRedirectUri"),
		noPostLogoutRedirect: jsvalue.Get(config, "postLogoutRedirectUri").IsNull(),
		renewBefore:          time.Duration(min(max(r.number("tokenRenewalOffsetSeconds", 300), 0), 1e6)) * time.Second,
		popupTimeout:         r.milliseconds("popupTimeout", time.Minute),
		frameTimeout:         r.milliseconds("frameTimeout", 10*time.Second),
		leaving:              r.milliseconds("redirectNavigationTimeout", 30*time.Second),
	}
	if s.authority == "" {
		s.authority = "https://login.microsoftonline.com/common"
	}
	if r.err != nil {
		return nil, fail(classClientConfig, "request_cannot_be_made", "the configuration is wrong: "+r.err.Error())
	}
	return s, nil
}

func readRequest(o js.Value, s *settings) (*request, error) {
	r := &reader{object: o}
	q := &request{
		object: o, scopes: r.texts("scopes"), extraScopes: r.texts("extraScopesToConsent"),
		authority: r.text("authority"), correlationID: r.text("correlationId"), claims: r.text("claims"),
		loginHint: r.text("loginHint"), domainHint: r.text("domainHint"), sid: r.text("sid"), prompt: r.text("prompt"),
		state: r.text("state"), redirectURI: firstOf(r.text("redirectUri"), s.redirectURI),
		resource: r.text("resource"), startPage: r.text("redirectStartPage"),
		account: readAccount(r), force: jsvalue.Flag(o, "forceRefresh"), policy: int(r.number("cacheLookupPolicy", 0)),
		extra: r.parameters("extraQueryParameters"), tokenExtra: r.parameters("extraParameters"),
		parent: jsvalue.Get(o, "popupWindowParent"), logoutHint: r.text("logoutHint"),
		postLogoutRedirectURI: r.text("postLogoutRedirectUri"), mainRedirectURI: r.text("mainWindowRedirectUri"),
		noPostLogoutRedirect: jsvalue.Get(o, "postLogoutRedirectUri").IsNull(),
	}
	if q.redirectURI != "" {
		q.redirectURI = absolute(q.redirectURI)
	}
	readWindow(jsvalue.Get(o, "popupWindowAttributes"), q)
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
	a := &reader{object: jsvalue.Get(r.object, "account")}
	ref := accountRef{
		home: a.text("homeAccountId"), local: a.text("localAccountId"), tenant: a.text("tenantId"),
		environment: a.text("environment"), username: a.text("username"), loginHint: a.text("loginHint"),
	}
	r.note(a.err)
	return ref
}

func readWindow(attributes js.Value, q *request) {
	size, position := jsvalue.Get(attributes, "popupSize"), jsvalue.Get(attributes, "popupPosition")
	pixels := func(v js.Value, name string) *int {
		n, err := jsvalue.Number(v, name, -1)
		if err != nil || n < 0 || n > 1<<20 || jsvalue.Nothing(jsvalue.Get(v, name)) {
			return nil
		}
		whole := int(n)
		return &whole
	}
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
