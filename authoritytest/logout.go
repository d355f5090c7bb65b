package authoritytest

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// A logoutRequest is a sign-out that has been checked.
type logoutRequest struct {
	user   *User  // of the hints; nil: not known
	target string // where to go afterwards; "" = a page of ours
}

// logout is the end-session endpoint (OpenID Connect RP-Initiated Logout 1.0). It
// returns to registered addresses only: to one of the client's LogoutURIs, in the Entra
// shape also to one of its RedirectURIs.
func (c *call) logout() *reply {
	if name := c.repeated(); name != "" {
		return c.refuse(repeatedParam, name)
	}
	r, k := c.readLogout()
	if k != nil {
		return c.errorPage(k)
	}
	sess := c.session()
	if len(c.s.state.accounts(sess, nil)) == 0 {
		return c.loggedOut(r, nil)
	}
	// Without a token that proves which client asks, anybody could sign people out. Entra
	// does not mind.
	if r.user == nil && !c.dialect().microsoft {
		return c.show(&interaction{shape: c.route.shape, session: sess, logout: r}, pageSignOut, "")
	}
	return c.loggedOut(r, c.leave(sess, r.user))
}

func (c *call) readLogout() (*logoutRequest, *refusal) {
	r := &logoutRequest{}
	clientID := c.params.Get("client_id")
	if token := c.params.Get("id_token_hint"); token != "" {
		if r.user = c.userOfIDToken(token); r.user == nil {
			return nil, refused(invalidParam, "id_token_hint", "it is not an ID token of this issuer")
		}
		claims, _, _ := verify(token)
		aud, _ := claims["aud"].(string)
		if clientID != "" && !strings.EqualFold(clientID, aud) {
			return nil, refused(invalidParam, "client_id", "it is not the client of the id_token_hint")
		}
		clientID = aud
		c.entry.User = r.user.Username
	}
	if hint := c.params.Get("logout_hint"); r.user == nil && hint != "" && c.dialect().entra {
		r.user = c.s.state.userWhere(func(u *User) bool { return sameName(hint, u.Username) || hint == loginHint(u) })
	}
	c.entry.ClientID = clientID
	target := c.params.Get("post_logout_redirect_uri")
	if target == "" {
		return r, nil
	}
	if !c.s.state.returnsTo(c.route.shape, clientID, target) {
		return nil, refused(unregisteredRedirect, target, clientID)
	}
	if c.params.Has("state") {
		separator := "?"
		if strings.Contains(target, "?") {
			separator = "&"
		}
		target += separator + url.Values{"state": {c.params.Get("state")}}.Encode()
	}
	r.target = target
	return r, nil
}

// returnsTo reports whether a client registered an address to return to after a
// sign-out. Entra does not need to be told the client.
func (st *state) returnsTo(shape, clientID, target string) bool {
	for _, a := range st.roster().apps {
		if clientID != "" && !strings.EqualFold(a.ClientID, clientID) || clientID == "" && !dialects[shape].entra {
			continue
		}
		if registeredURI(shape, target, a.LogoutURIs) || dialects[shape].microsoft && registeredURI(shape, target, a.RedirectURIs) {
			return true
		}
	}
	return false
}

// loggedOut ends a sign-out: with a page that loads the frames and goes on when they
// have loaded, if there are any.
func (c *call) loggedOut(r *logoutRequest, frames []string) *reply {
	if len(frames) > 0 {
		return c.render(http.StatusOK, pageData{
			Page: pageSignedOut, Message: "It's a good idea to close all browser windows.", Target: template.URL(r.target), Frames: frames,
		}, r.target)
	}
	if r.target != "" {
		return redirectReply(r.target)
	}
	return c.messagePage(http.StatusOK, "You signed out", "It's a good idea to close all browser windows.")
}

// confirmedLogout is the sign-out page's yes.
func (c *call) confirmedLogout(it *interaction) *reply {
	c.over(it)
	return c.loggedOut(it.logout, c.leave(it.session, nil))
}

// keptSession is its no.
func (c *call) keptSession(it *interaction) *reply {
	c.over(it)
	return c.messagePage(http.StatusOK, "You are still signed in", "You can close this page.")
}
