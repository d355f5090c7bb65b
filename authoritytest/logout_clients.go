package authoritytest

import (
	"net/url"
	"slices"
	"strings"
)

// A visit is a sign-in to a client in the session of a browser.
type visit struct {
	sid    string
	route  route
	app    *App
	user   *User
	tenant *Tenant
}

// same reports whether two visits are to the same client at the same authority.
func (v visit) same(o visit) bool {
	return v.app.ClientID == o.app.ClientID && v.tenant.ID == o.tenant.ID && v.route.shape == o.route.shape && v.route.policy == o.route.policy
}

// visited records a sign-in to a client, which a sign-out will be told to.
func (st *state) visited(v visit) {
	st.mu.Lock()
	defer st.mu.Unlock()
	list := st.visits.get(v.sid)
	if !slices.ContainsFunc(list, func(o visit) bool {
		return o.same(v)
	}) {
		st.visits.put(v.sid, append(list, v))
	}
}

// departures returns the sign-ins of sessions that ended, and forgets them.
func (st *state) departures(ended []signedIn) []visit {
	st.mu.Lock()
	defer st.mu.Unlock()
	var list []visit
	for _, a := range ended {
		list = append(list, st.visits.get(a.sid)...)
		st.visits.remove(a.sid)
	}
	return list
}

// leave ends the session of one user, or of all if user is nil, tells the clients by
// their back channels, and returns what the sign-out page has to load for the others.
func (c *call) leave(sess *session, user *User) (frames []string) {
	gone := c.s.state.departures(c.signOutOf(sess, user))
	c.backChannel(gone)
	for _, v := range gone {
		if v.app.FrontChannelLogoutURI != "" {
			frames = append(frames, c.frontChannelURL(v))
		}
	}
	return frames
}

// at returns the call as if it had come by another route.
func (c *call) at(r route) *call {
	moved := *c
	moved.route = r
	return &moved
}

// frontChannelURL is the client's address with iss and sid (OpenID Connect Front-Channel
// Logout 1.0, section 2).
func (c *call) frontChannelURL(v visit) string {
	separator := "?"
	if strings.Contains(v.app.FrontChannelLogoutURI, "?") {
		separator = "&"
	}
	return v.app.FrontChannelLogoutURI + separator + url.Values{"iss": {c.at(v.route).issuer(v.tenant)}, "sid": {v.sid}}.Encode()
}

// frameSources lists URLs for the directive frame-src, without their queries, for which
// it has no syntax, and the scheme alone where it has none for the host.
func frameSources(frames []string) string {
	var list []string
	for _, frame := range frames {
		u, err := url.Parse(frame)
		if err != nil {
			continue
		}
		source := u.Scheme + "://" + u.Host + strings.NewReplacer(";", "%3B", ",", "%2C").Replace(rootPath(u))
		if strings.Contains(u.Host, "[") || strings.ContainsAny(u.Host, " ;,'\"") {
			source = u.Scheme + ":"
		}
		if !slices.Contains(list, source) {
			list = append(list, source)
		}
	}
	return strings.Join(list, " ")
}
