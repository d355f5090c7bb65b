package authoritytest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// findAccount sets the user of an authorization request from the browser's session, if
// the request lets it (OpenID Connect Core, section 3.1.2.3). Otherwise it returns the
// page to show, or the error.
func (c *call) findAccount(it *interaction) *reply {
	r := it.request
	accounts := c.s.state.accounts(it.session, it.tenant)
	candidates := slices.DeleteFunc(slices.Clone(accounts), func(a signedIn) bool { return !r.meant(a) })
	stale := func(a signedIn) bool { return r.stale(a, c.now) }
	switch {
	case r.prompts(promptNone):
		switch {
		case len(candidates) == 0 || slices.ContainsFunc(candidates, stale):
			return c.ended(it, refused(loginRequired))
		case len(candidates) > 1:
			return c.ended(it, refused(selectionRequired))
		}
	case r.prompts(promptCreate):
		return c.show(it, pageCreate, "")
	case r.prompts(promptLogin):
		return c.show(it, pageSignIn, "")
	case r.prompts(promptSelect) && len(accounts) > 0, len(candidates) > 1:
		return c.show(it, pagePicker, "")
	case len(candidates) == 0 || stale(candidates[0]):
		return c.show(it, pageSignIn, "")
	}
	it.account = candidates[0]
	return nil
}

// meant reports whether the request's hints, if it has any, mean this account.
func (r *authRequest) meant(a signedIn) bool {
	if r.sid != "" && r.sid != a.sid {
		return false
	}
	if r.hinted != nil && r.hinted.ObjectID != a.user.ObjectID {
		return false
	}
	return r.hint == "" || sameName(r.hint, a.user.Username) || r.hint == loginHint(a.user)
}

// username is what the sign-in page's field starts with.
func (it *interaction) username(st *state) string {
	r := it.request
	if r == nil || it.again != "" {
		return it.again
	}
	if r.hinted != nil {
		return r.hinted.Username
	}
	if strings.HasPrefix(r.hint, "O.") {
		if u := st.userWhere(func(u *User) bool { return r.hint == loginHint(u) }); u != nil {
			return u.Username
		}
	}
	return r.hint
}

// typedPassword is the sign-in page's form.
func (c *call) typedPassword(it *interaction) *reply {
	user, _, k := c.authenticate(it.tenant, it.organizations, c.params.Get("username"), c.params.Get("password"))
	if k != nil {
		if k.number == uninvitedUser.number || k.number == wrongAccountType.number {
			return c.errorPage(k)
		}
		c.entry.Error = k.codeIn(it.shape)
		return c.show(it, pageSignIn, signInNotice(k))
	}
	it.account, it.fresh = c.signInTo(it.session, user), true
	return c.proceed(it)
}

func signInNotice(k *refusal) string {
	switch k.number {
	case unknownUser.number:
		return "There is no such account here. Check the username."
	case disabledUser.number:
		return "This account is disabled."
	case lockedUser.number:
		return "This account is locked. Try again later."
	}
	return "The password is not right. Try again."
}

// chose is the account picker's form. An account whose sign-in is too old for the
// request asks for the password again.
func (c *call) chose(it *interaction) *reply {
	id := c.params.Get("account")
	for _, a := range c.s.state.accounts(it.session, it.tenant) {
		if a.user.ObjectID != id {
			continue
		}
		if it.request != nil && it.request.stale(a, c.now) {
			it.request.hint, it.request.sid = a.user.Username, ""
			return c.show(it, pageSignIn, "")
		}
		it.account = a
		return c.proceed(it)
	}
	return c.show(it, pagePicker, "That account is not signed in any more.")
}

func (c *call) wantsSignIn(it *interaction) *reply {
	it.again = ""
	if it.request != nil {
		it.request.hint, it.request.sid = "", ""
	}
	return c.show(it, pageSignIn, "")
}

func (c *call) wantsAccount(it *interaction) *reply { return c.show(it, pageCreate, "") }

// registered is the form that makes an account (prompt=create).
func (c *call) registered(it *interaction) *reply {
	name, username, password := strings.TrimSpace(c.params.Get("name")), strings.TrimSpace(c.params.Get("username")), c.params.Get("password")
	if username == "" || password == "" || len(username) > 200 || len(name) > 200 {
		return c.show(it, pageCreate, "Type a username and a password.")
	}
	tenant := it.tenant
	if tenant == nil {
		tenant = c.s.state.roster().first
	}
	if !c.addUser(User{Tenant: tenant.ID, ObjectID: randomGUID(), Username: username, Password: Secret(password), Name: name}) {
		return c.show(it, pageCreate, "That username is taken.")
	}
	it.account, it.fresh = c.signInTo(it.session, c.s.state.user(username)), true
	return c.proceed(it)
}

func (c *call) cancelled(it *interaction) *reply {
	if it.device != nil {
		return c.declined(it)
	}
	if it.request == nil {
		c.over(it)
		return c.messagePage(http.StatusOK, "You cancelled", "Nothing was signed in. You can close this page.")
	}
	return c.ended(it, refused(userCancelled))
}

// accepted is the consent page's and the device page's yes.
func (c *call) accepted(it *interaction) *reply {
	app, list := it.asks(c.s.state)
	c.consent(app, it.account.user, c.s.state.lacking(app, it.account.user, list))
	it.consented = true
	return c.proceed(it)
}

// deniedByAdmin returns from the page that sends people to their administrator.
func (c *call) deniedByAdmin(it *interaction) *reply {
	if it.device != nil {
		return c.declined(it)
	}
	return c.ended(it, refused(adminDenied))
}

// declined is their no.
func (c *call) declined(it *interaction) *reply {
	if it.device != nil {
		return c.deviceAnswered(it, false)
	}
	return c.ended(it, refused(userDenied))
}

// asks returns the client that the interaction is for, and what it asks for.
func (it *interaction) asks(st *state) (*App, []wanted) {
	if it.device != nil {
		g := it.asked(st)
		return g.app, g.wanted
	}
	return it.request.app, it.request.wanted
}

// authorized ends an authorization request with a code.
func (c *call) authorized(it *interaction) *reply {
	r, user := it.request, it.account.user
	c.over(it)
	c.s.state.visited(visit{sid: it.account.sid, route: c.route, app: r.app, user: user, tenant: c.homeOr(r.tenant, user)})
	code := c.s.addCode(&authCode{
		grant: &grant{
			shape: r.shape, policy: r.policy, app: r.app, user: user, tenant: c.homeOr(r.tenant, user), wanted: r.wanted, resources: r.resources,
			nonce: r.nonce, claims: r.claims, sid: it.account.sid, authTime: it.account.at, askedAge: r.hasMaxAge,
			since: c.now, acts: it.account.acts, epoch: it.account.epoch,
		},
		redirectURI: r.redirectURI, challenge: r.challenge, expires: c.now.Add(orDefault(c.s.CodeLifetime, 10*time.Minute)),
	})
	p := url.Values{}
	p.Set("code", code)
	if dialects[r.shape].entra {
		p.Set("session_state", it.account.sid)
		if r.clientInfo {
			p.Set("client_info", c.clientInfo(user))
		}
	}
	return c.respond(r, p)
}
