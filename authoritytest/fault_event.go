package authoritytest

import (
	"net/http"
	"strings"
)

// event says what rules are matched against. It changes nothing: what a request brings is
// looked up without being redeemed.
func (c *call) event() faultEvent {
	e := faultEvent{endpoint: c.route.endpoint.name, shape: c.route.shape, now: c.now, scopes: strings.Fields(c.params.Get("scope"))}
	if cred, k := c.credentials(); k == nil {
		e.client = cred.clientID
	}
	var g *grant
	switch e.endpoint {
	case EndpointToken:
		e.grant = c.params.Get("grant_type")
		e.user = c.params.Get("username")
		g = c.redeemed(longGrant(e.grant))
		e.refresh = g != nil && e.grant == grantRefresh && strings.EqualFold(e.client, g.app.ClientID)
	case EndpointUserinfo:
		if token, k := c.bearer(); k == nil {
			g = c.tokenGrant(token)
		}
	case EndpointAuthorize:
		e.user = c.expectedUser()
	case EndpointSignIn:
		c.interactionEvent(&e)
	case EndpointLogout:
		if user := c.userOfIDToken(c.params.Get("id_token_hint")); user != nil {
			e.user = user.Username
		}
	}
	if g != nil {
		e.fill(g)
	}
	return e
}

// fill completes the event with what a grant knows.
func (e *faultEvent) fill(g *grant) {
	if g.user != nil {
		e.user = g.user.Username
	}
	if e.client == "" {
		e.client = g.app.ClientID
	}
	if len(e.scopes) == 0 {
		e.scopes = spelledScopes(g.wanted)
	}
}

func spelledScopes(list []wanted) []string {
	var names []string
	for _, w := range list {
		names = append(names, w.spelled)
	}
	return names
}

// redeemed returns the grant behind what a token request redeems, or nil.
func (c *call) redeemed(grantType string) *grant {
	if grantType == grantJWTBearer {
		return c.tokenGrant(c.params.Get("assertion"))
	}
	st := c.s.state
	st.mu.Lock()
	defer st.mu.Unlock()
	switch grantType {
	case grantCode:
		if code := st.codes.get(c.params.Get("code")); code != nil {
			return code.grant
		}
	case grantRefresh:
		if t := st.refresh.get(c.params.Get("refresh_token")); t != nil {
			return t.grant
		}
	case grantDevice:
		if d := st.devices.get(c.params.Get("device_code")); d != nil && d.grant != nil {
			return d.grant
		} else if d != nil {
			return d.asked
		}
	}
	return nil
}

// tokenGrant returns the grant of an access token, or nil.
func (c *call) tokenGrant(token string) *grant {
	claims, _, _ := verify(token)
	for _, name := range []string{"uti", "jti"} {
		if id, _ := claims[name].(string); id != "" {
			return c.s.state.accessGrant(id)
		}
	}
	return nil
}

// expectedUser returns whom an authorization request is about, as far as it says: by a
// hint, or because only one user is signed in in the browser.
func (c *call) expectedUser() string {
	if user := c.userOfIDToken(c.params.Get("id_token_hint")); user != nil {
		return user.Username
	}
	if hint := c.params.Get("login_hint"); hint != "" {
		if user := c.s.state.userWhere(func(u *User) bool { return hint == loginHint(u) }); user != nil {
			return user.Username
		}
		return hint
	}
	if accounts := c.s.state.accounts(c.session(), nil); len(accounts) == 1 {
		return accounts[0].user.Username
	}
	return ""
}

// interactionEvent completes the event of a form of the sign-in pages.
func (c *call) interactionEvent(e *faultEvent) {
	it := c.current()
	if it == nil {
		return
	}
	it.mu.Lock()
	defer it.mu.Unlock()
	e.shape, e.client = it.shape, it.clientID()
	if it.request != nil || it.device != nil {
		_, list := it.asks(c.s.state)
		e.scopes = spelledScopes(list)
	}
	if e.user = c.params.Get("username"); it.account.user != nil {
		e.user = it.account.user.Username
	}
}

// faultless reports whether no rule can be about the request.
func (c *call) faultless() bool {
	return !c.s.faults.some.Load() || c.r.Method == http.MethodOptions || c.route.endpoint == endpointControl
}

// meet returns the rule that acts at a moment of the call, or nil, and notes it.
func (c *call) meet(e *faultEvent) *Fault {
	met := c.s.faults.take(e)
	if met == nil {
		return nil
	}
	if c.entry.Fault != "" {
		c.entry.Fault += ","
	}
	c.entry.Fault += met.Fault.Name
	c.s.tellFault(*met)
	return &met.Fault
}

// tellFault tells who wants to know that a rule has acted.
func (s *Server) tellFault(f FaultStatus) {
	if s.OnFault != nil {
		s.OnFault(f.copy())
	}
}

// meetToken returns what is to be done to a token that is about to be signed, or nil.
func (c *call) meetToken(kind tokenKind) *FaultToken {
	if c.faultless() {
		return nil
	}
	e := c.asked
	e.moment, e.token = momentToken, kind
	if c.entry.User != "" {
		e.user = c.entry.User
	}
	if f := c.meet(&e); f != nil {
		return f.Token
	}
	return nil
}
