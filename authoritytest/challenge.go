package authoritytest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	maxChallenge  = 4 << 10 // bytes of claims
	maxChallenges = 1 << 10 // waiting ones
)

// A pendingChallenge waits for the next call of somebody to an API.
type pendingChallenge struct {
	who, clientID, claims string // who: username or client id; "" is anybody
}

// challengeList is the claims challenges that wait for a call.
type challengeList struct {
	mu   sync.Mutex
	list []pendingChallenge
}

// Challenge has the next call of a user to an API, or to Graph, refused once: with 401,
// insufficient_claims and the claims that the next token must have, as a JSON object of
// at most 4 KB:
//
//	{"access_token":{"acrs":{"essential":true,"value":"c1"}}}
//
// who is a username, or the name or client id of an app that calls for itself; "" is
// whoever calls next. api is a name or client id. Several challenges are sent one after
// the other, each to a call whose token is good. The error says which argument is wrong.
func (s *Server) Challenge(who, api, claims string) error {
	var object map[string]json.RawMessage
	if len(claims) > maxChallenge || json.Unmarshal([]byte(claims), &object) != nil || object == nil {
		return errors.New(`authoritytest: challenge: the claims must be a JSON object of at most 4 KB, such as {"access_token":{"acrs":{"essential":true,"value":"c1"}}}`)
	}
	if s.state == nil {
		return ErrNotStarted
	}
	directory := s.directoryNow()
	resource := directory.App(api)
	if resource.Kind != KindAPI {
		return fmt.Errorf("authoritytest: challenge: there is no API %q in the directory", api)
	}
	if client := directory.App(who); client.ClientID != "" {
		who = client.ClientID
	} else if who != "" && s.state.user(who) == nil {
		return fmt.Errorf("authoritytest: challenge: there is no user and no app %q", who)
	}
	s.challenges.mu.Lock()
	defer s.challenges.mu.Unlock()
	if len(s.challenges.list) >= maxChallenges {
		return errors.New("authoritytest: challenge: too many are waiting for a call")
	}
	s.challenges.list = append(s.challenges.list, pendingChallenge{userKey(who), resource.ClientID, claims})
	return nil
}

// take returns the claims of the first challenge that waits for the token, once.
func (l *challengeList) take(api *App, b *bearer) (claims string, ok bool) {
	who := b.grant.app.ClientID
	if b.grant.user != nil {
		who = b.grant.user.Username
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.list, func(p pendingChallenge) bool {
		return p.clientID == api.ClientID && (p.who == "" || p.who == userKey(who))
	})
	if i < 0 {
		return "", false
	}
	claims = l.list[i].claims
	l.list = slices.Delete(l.list, i, i+1)
	return claims, true
}

// claimsRefusal is a claims challenge.
func claimsRefusal(claims, why string) *refusal {
	k := refused(lackingClaims, why)
	k.claims = claims
	return k
}

// signInRefusal is a demand to sign in better (RFC 9470, section 3).
func signInRefusal(route Route) *refusal {
	k := refused(lackingSignIn, "again, or in another way")
	if len(route.ACRs) > 0 {
		k.parameters = append(k.parameters, [2]string{"acr_values", strings.Join(route.ACRs, " ")})
	}
	if route.MaxAge > 0 {
		k.parameters = append(k.parameters, [2]string{"max_age", strconv.FormatInt(route.MaxAge, 10)})
	}
	return k
}

// challenge is the WWW-Authenticate of a resource's refusal (RFC 6750, section 3), or
// Microsoft's claims challenge.
func (c *call) challenge(realm string, k *refusal) string {
	switch {
	case k.claims != "":
		return `Bearer realm="", authorization_uri="` + c.authorizeURI() + `", error="` + k.code +
			`", claims="` + base64.StdEncoding.EncodeToString([]byte(k.claims)) + `"`
	case k.code == noToken.code:
		return `Bearer realm="` + realm + `"` // no error for who did not know (section 3.1)
	}
	text := `Bearer realm="` + realm + `", error="` + k.code + `", error_description="` + k.description + `"`
	for _, p := range k.parameters {
		text += ", " + p[0] + `="` + printable(p[1]) + `"`
	}
	return text
}

// authorizeURI is where a claims challenge says that tokens come from.
func (c *call) authorizeURI() string {
	switch c.route.shape {
	case ShapeOIDC:
		return c.s.base + oidcAuthorize + "?" + oidcFrontDoor
	case ShapeADFS:
		return c.s.base + adfsAuthorize
	case ShapeCIAM:
		return c.s.CIAMAuthority(c.s.state.roster().first.ID) + entraAuthorize
	}
	return c.s.Authority(tenantCommon) + entraAuthorize
}
