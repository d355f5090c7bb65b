package authoritytest

import "time"

// A grant is what a user, or an administrator for an app, let a client do: one sign-in
// and everything that came from it. Everything but revoked is fixed once it is made.
type grant struct {
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

	revoked bool // guarded by the state's lock
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
	case code.grant.app != app || code.grant.shape != at.shape:
		return nil, refused(foreignCode)
	case code.grant.policy != at.policy:
		return nil, refused(foreignPolicy, code.grant.policy, at.policy)
	case code.spent:
		code.grant.revoked = true
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
	s.state.refresh.put(text, &refreshToken{grant: g, expires: now.Add(s.refreshLifetime())})
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
	case t == nil || t.grant.app != app || t.grant.shape != at.shape:
		return nil, refused(unknownRefresh)
	case t.grant.policy != at.policy:
		return nil, refused(foreignPolicy, t.grant.policy, at.policy)
	case t.grant.revoked:
		return nil, refused(revokedRefresh)
	case !t.rotated.IsZero() && (s.RefreshReuseInterval <= 0 || now.Sub(t.rotated) > s.RefreshReuseInterval):
		t.grant.revoked = true
		return nil, refused(reusedRefresh)
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
	st.access.put(id, g)
}

// accessGrant returns the grant of an access token, or nil if it is unknown or revoked.
func (st *state) accessGrant(id string) *grant {
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
