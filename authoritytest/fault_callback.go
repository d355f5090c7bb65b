package authoritytest

import (
	"net/url"
	"slices"
)

// meetCallback changes the response to an authorization request, if a rule says so.
func (c *call) meetCallback(r *authRequest, p url.Values) {
	if c.faultless() {
		return
	}
	e := faultEvent{
		moment: momentCallback, endpoint: EndpointAuthorize, shape: r.shape, client: r.app.ClientID, user: c.entry.User,
		scopes: spelledScopes(r.wanted), now: c.now, hasCode: p.Has("code"), hasState: p.Has("state"), iss: p.Has("iss"),
	}
	f := c.meet(&e)
	if f == nil {
		return
	}
	switch f.Callback {
	case CallbackWrongIss:
		p.Set("iss", otherIssuer)
	case CallbackMissingIss:
		p.Del("iss")
	case CallbackWrongState:
		p.Set("state", randomText(16))
	case CallbackMissingState:
		p.Del("state")
	case CallbackRepeatedState:
		p.Add("state", r.state)
	case CallbackReplayedCode:
		c.s.state.markSpent(p.Get("code"))
	case CallbackForeignCode:
		p.Set("code", c.s.foreignCode(p.Get("code")))
	case CallbackUnknownCode:
		p.Set("code", randomText(32))
	}
}

// markSpent makes an authorization code one that was redeemed before.
func (st *state) markSpent(text string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if code := st.codes.get(text); code != nil {
		code.spent = true
	}
}

// foreignCode returns a code like another one, but issued to another client.
func (s *Server) foreignCode(text string) string {
	s.state.mu.Lock()
	code := s.state.codes.get(text)
	s.state.mu.Unlock()
	if code == nil {
		return randomText(32)
	}
	apps := s.CurrentDirectory().Apps
	i := slices.IndexFunc(apps, func(a App) bool { return a.ClientID != code.grant.app.ClientID })
	if i < 0 {
		return randomText(32)
	}
	g := *code.grant
	g.app, g.lineage = s.state.app(apps[i].ClientID), nil // of a life of its own
	return s.addCode(&authCode{grant: g.rooted(), redirectURI: code.redirectURI, challenge: code.challenge, expires: code.expires})
}
