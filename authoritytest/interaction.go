package authoritytest

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"
	"time"
)

// An interaction is what a person is doing on the sign-in pages of one browser: an
// authorization request, a device's user code, a sign-out, or, with nothing of these, a
// sign-in for its own sake.
type interaction struct {
	id, csrf string
	session  *session
	shape    string
	policy   string  // B2C shape
	tenant   *Tenant // nil: the user's own
	started  time.Time

	mu   sync.Mutex // one form at a time
	page pageName   // what is shown, and so which forms may come back

	request *authRequest
	device  *device // nil until the user code is typed
	logout  *logoutRequest
	tries   int // wrong user codes

	organizations bool // personal accounts can't sign in

	account   signedIn // who it is for; user nil: not known yet
	again     string   // the username of who must type the password again
	demand    Requirement
	code      string   // what the page that verifies wants to see
	refusal   *refusal // why there is no access
	fresh     bool     // the password was typed in this interaction
	consented bool
}

const interactionLifetime = 30 * time.Minute

// keep registers the interaction, so that its forms can come back.
func (c *call) keep(it *interaction) {
	if it.session == nil {
		it.session = c.ensureSession()
	}
	if it.id != "" {
		return
	}
	it.id, it.csrf, it.started = randomText(16), randomText(24), c.now
	st := c.s.state
	st.mu.Lock()
	defer st.mu.Unlock()
	st.interactions.put(it.id, it)
}

// over forgets the interaction: none of its forms is accepted any more.
func (c *call) over(it *interaction) {
	st := c.s.state
	st.mu.Lock()
	defer st.mu.Unlock()
	st.interactions.remove(it.id)
}

// current returns the interaction of the path, if it is this browser's.
func (c *call) current() *interaction {
	st, sess := c.s.state, c.session()
	st.mu.Lock()
	defer st.mu.Unlock()
	it := st.interactions.get(strings.TrimPrefix(c.r.URL.Path, signInPath))
	if it == nil || sess == nil || it.session != sess || c.now.Sub(it.started) > interactionLifetime {
		return nil
	}
	return it
}

// signIn serves the forms of the sign-in pages.
func (c *call) signIn() *reply {
	if c.r.URL.Path == signInPath && c.r.Method == http.MethodGet {
		return c.signInAlone()
	}
	it := c.current()
	if it == nil {
		return c.messagePage(http.StatusBadRequest, "This page is out of date", "Go back to the application and start again.")
	}
	it.mu.Lock()
	defer it.mu.Unlock()
	if !it.catchUp(c.s.state) {
		c.over(it)
		return c.messagePage(http.StatusBadRequest, "This page is out of date", "Go back to the application and start again.")
	}
	c.route.shape, c.route.policy, c.entry.Shape = it.shape, it.policy, it.shape
	c.entry.ClientID = it.clientID()
	if c.r.Method == http.MethodGet {
		return c.show(it, it.page, "")
	}
	if !c.sameSite() || subtle.ConstantTimeCompare([]byte(c.params.Get("csrf")), []byte(it.csrf)) != 1 {
		return c.messagePage(http.StatusForbidden, "This form did not come from this page", "Go back to the application and start again.")
	}
	act := pageActions[it.page][c.params.Get("action")]
	if act == nil {
		return c.show(it, it.page, "")
	}
	return act(c, it)
}

func (it *interaction) clientID() string {
	switch {
	case it.request != nil:
		return it.request.app.ClientID
	case it.device != nil:
		return it.device.app.ClientID
	}
	return ""
}

// sameSite reports whether a form came from this server's own pages, as far as the
// browser says.
func (c *call) sameSite() bool {
	origin := c.r.Header.Get("Origin")
	site := c.r.Header.Get("Sec-Fetch-Site")
	return (origin == "" || c.s.ownOrigin(origin)) && (site == "" || site == "same-origin" || site == "none")
}

func (s *Server) ownOrigin(origin string) bool {
	scheme, host, ok := strings.Cut(origin, "://")
	return ok && strings.HasPrefix(s.base, scheme+"://") && s.ownHost(host)
}

// pageActions are the forms that each page has.
var pageActions map[pageName]map[string]func(*call, *interaction) *reply

func init() { // the functions show pages, so the table can't refer to them when it is declared
	pageActions = map[pageName]map[string]func(*call, *interaction) *reply{
		pageSignIn:   {"signin": (*call).typedPassword, "create": (*call).wantsAccount, "cancel": (*call).cancelled},
		pageCreate:   {"register": (*call).registered, "back": (*call).wantsSignIn, "cancel": (*call).cancelled},
		pagePicker:   {"choose": (*call).chose, "another": (*call).wantsSignIn, "cancel": (*call).cancelled},
		pageConsent:  {"accept": (*call).accepted, "cancel": (*call).declined},
		pageAdmin:    {"cancel": (*call).deniedByAdmin},
		pageCode:     {"code": (*call).typedCode},
		pageApprove:  {"accept": (*call).accepted, "cancel": (*call).declined},
		pageVerify:   {"verify": (*call).verified, "cancel": (*call).cancelled},
		pageRegister: {"verify": (*call).verified, "cancel": (*call).cancelled},
		pagePassword: {"change": (*call).changedPassword, "cancel": (*call).cancelled},
		pageDevice:   {"device": (*call).usedDevice, "cancel": (*call).cancelled},
		pageTerms:    {"accept": (*call).acceptedTerms, "cancel": (*call).cancelled},
		pageBlocked:  {"cancel": (*call).returned},
		pageSignOut:  {"signout": (*call).confirmedLogout, "cancel": (*call).keptSession},
	}
}

// proceed does the next thing that the interaction needs: shows a page, or ends it.
func (c *call) proceed(it *interaction) *reply {
	if it.device != nil {
		return c.proceedDevice(it)
	}
	r := it.request
	if r == nil {
		return c.proceedAlone(it)
	}
	if it.account.user == nil {
		if rep := c.findAccount(it); rep != nil {
			return rep
		}
	}
	user := it.account.user
	c.entry.User = user.Username
	if standing(user) != nil {
		return c.blocked(it)
	}
	if r.hinted != nil && r.hinted.ObjectID != user.ObjectID || !r.claims.allows("sub", c.subjectOf(it)) {
		return c.ended(it, refused(loginRequired))
	}
	if rep := c.meetDemands(it); rep != nil {
		return rep
	}
	lacking := c.s.state.lacking(r.app, user, r.wanted)
	if !it.consented && (len(lacking) > 0 || r.prompts(promptConsent) && c.dialect().consents) {
		switch {
		case r.prompts(promptNone) && adminOnly(r.wanted, lacking):
			return c.ended(it, refused(adminConsent, strings.Join(lacking, " ")))
		case r.prompts(promptNone):
			return c.ended(it, refused(consentRequired, strings.Join(lacking, " ")))
		case adminOnly(r.wanted, lacking), !c.dialect().consents:
			return c.show(it, pageAdmin, "")
		}
		return c.show(it, pageConsent, "")
	}
	return c.authorized(it)
}

// blocked answers for a user who was disabled or locked.
func (c *call) blocked(it *interaction) *reply {
	if it.request != nil && it.request.prompts(promptNone) {
		return c.ended(it, refused(loginRequired))
	}
	k := standing(it.account.user)
	it.account = signedIn{}
	return c.show(it, pageSignIn, signInNotice(k))
}

// adminOnly reports whether something that is lacking can be granted by an
// administrator only.
func adminOnly(list []wanted, lacking []string) bool {
	for _, w := range list {
		for _, key := range lacking {
			if w.key() == key && w.api != nil && w.api.scope(w.name).AdminOnly {
				return true
			}
		}
	}
	return false
}

// subjectOf returns the sub that the user has for the request's client.
func (c *call) subjectOf(it *interaction) string {
	return c.subject(c.homeOr(it.tenant, it.account.user), it.request.app, it.account.user)
}

// homeOr returns the tenant, or the user's own if it is nil.
func (c *call) homeOr(tenant *Tenant, user *User) *Tenant {
	if tenant == nil {
		return c.s.state.tenant(user.Tenant)
	}
	return tenant
}

// ended ends an authorization request with an error.
func (c *call) ended(it *interaction, k *refusal) *reply {
	c.over(it)
	return c.errorResponse(it.request, k)
}
