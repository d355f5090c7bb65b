package authoritytest

import "time"

// A grant is what a user, or an administrator for an app, let a client do: one sign-in
// and everything that came from it. It is fixed once it is made; grantNow finds its user
// and apps in the directory as it is now.
type grant struct {
	*lineage
	shape     string
	policy    string // B2C shape
	app       *App
	user      *User   // nil: the client acts for itself
	tenant    *Tenant // where the tokens are issued
	wanted    []wanted
	resources []*App // of the resource parameter
	nonce     string
	claims    claimsRequest
	sid       string    // the browser session's id
	authTime  time.Time // when the user typed a password
	askedAge  bool      // max_age was asked for, so auth_time is owed
	since     time.Time // when it was made
	acts      acts      // what else the user did
	epoch     int       // of the user, when it was made

	organizations bool // of a device that asked for no personal account
}

// A lineage is what a grant has in common with everything that came from it.
type lineage struct {
	revoked   bool      // guarded, like revokedAt, by the state's lock
	revokedAt time.Time // zero: it is not revoked
}

// rooted gives a grant its lineage, if it is a new one.
func (g *grant) rooted() *grant {
	if g.lineage == nil {
		g.lineage = &lineage{}
	}
	return g
}

// An authCode is an authorization code that was issued.
type authCode struct {
	grant       *grant
	redirectURI string
	challenge   string // S256
	expires     time.Time
	spent       bool
}

// A refreshToken is a refresh token that was issued.
type refreshToken struct {
	grant   *grant
	expires time.Time
	rotated time.Time // when it was first used; zero: not yet
}

// addCode records a new authorization code.
func (s *Server) addCode(code *authCode) string {
	text := randomText(32)
	s.secrets.add(text)
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	code.grant.rooted()
	s.state.codes.put(text, code)
	return text
}

// spendCode uses up an authorization code for a client. A second use revokes what the
// first one gave (RFC 6749, section 4.1.2). Another client's attempt changes nothing.
func (st *state) spendCode(text string, app *App, at route, now time.Time) (*authCode, *refusal) {
	st.mu.Lock()
	defer st.mu.Unlock()
	code := st.codes.get(text)
	switch {
	case code == nil:
		return nil, refused(unknownCode)
	case code.grant.app.ClientID != app.ClientID || code.grant.shape != at.shape:
		return nil, refused(foreignCode)
	case code.grant.policy != at.policy:
		return nil, refused(foreignPolicy, code.grant.policy, at.policy)
	case code.spent:
		code.grant.revoke(now)
		return nil, refused(spentCode)
	case !now.Before(code.expires):
		return nil, refused(expiredCode)
	}
	code.spent = true
	return code, nil
}

// addRefresh records a new refresh token of a grant.
func (s *Server) addRefresh(g *grant, now time.Time) string {
	text := randomText(48)
	s.secrets.add(text)
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	s.state.refresh.put(text, &refreshToken{grant: g.rooted(), expires: now.Add(s.refreshLifetime())})
	return text
}

// useRefresh checks a refresh token for a client, and rotates it if spend is set.
// Using a rotated token after the reuse interval revokes the grant (RFC 9700,
// section 4.14.2): the client or a thief has an old one.
func (s *Server) useRefresh(text string, app *App, at route, now time.Time, spend bool) (*grant, *refusal) {
	st := s.state
	st.mu.Lock()
	defer st.mu.Unlock()
	t := st.refresh.get(text)
	switch {
	case t == nil || t.grant.app.ClientID != app.ClientID || t.grant.shape != at.shape:
		return nil, refused(unknownRefresh)
	case t.grant.policy != at.policy:
		return nil, refused(foreignPolicy, t.grant.policy, at.policy)
	case t.grant.revoked:
		return nil, refused(revokedRefresh)
	case !t.rotated.IsZero() && (s.RefreshReuseInterval <= 0 || now.Sub(t.rotated) > s.RefreshReuseInterval):
		t.grant.revoke(now)
		return nil, refused(reusedRefresh)
	case t.grant.user != nil && t.grant.epoch != st.epochs[t.grant.user.ObjectID]:
		return nil, refused(revokedSessions)
	case dialects[at.shape].entra && app.Kind == KindSPA && !now.Before(t.grant.since.Add(spaLifetime)):
		return nil, refused(expiredSPA, t.grant.since.UTC().Format(time.RFC3339))
	case !now.Before(t.expires):
		return nil, refused(expiredRefresh)
	}
	if spend && t.rotated.IsZero() {
		t.rotated = now
	}
	return t.grant, nil
}

// addAccess records whose an access token is, by its id.
func (st *state) addAccess(id string, g *grant) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.access.put(id, g.rooted())
}

// accessGrant returns the grant of an access token, as everything in it is now, or nil
// if it is unknown or revoked, or its user is gone.
func (st *state) accessGrant(id string) *grant {
	g := st.issuedGrant(id)
	if g == nil {
		return nil
	}
	now, ok := st.grantNow(g)
	if !ok || g.user != nil && g.epoch != st.epoch(g.user.ObjectID) {
		return nil
	}
	return now
}

// issuedGrant returns the grant of an access token as it was when it was issued, or nil
// if it is unknown or was revoked itself.
func (st *state) issuedGrant(id string) *grant {
	st.mu.Lock()
	defer st.mu.Unlock()
	g := st.access.get(id)
	if g == nil || g.revoked {
		return nil
	}
	return g
}

func (s *Server) refreshLifetime() time.Duration {
	return orDefault(s.RefreshTokenLifetime, 90*24*time.Hour)
}

// orDefault returns d, or def if d is zero.
func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
