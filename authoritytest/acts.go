package authoritytest

import (
	"maps"
	"time"
)

// acts are what a user did beyond typing a password, and when. They never change: more
// acts are a new value.
type acts map[string]time.Time

// with returns the acts and more.
func (a acts) with(now time.Time, keys ...string) acts {
	out := maps.Clone(a)
	if out == nil {
		out = acts{}
	}
	for _, key := range keys {
		out[key] = now
	}
	return out
}

// lasts reports whether what satisfies the requirement holds for the user, in every
// browser and for good, and not for one session.
func (q Requirement) lasts() bool {
	return q.Demand == DemandPasswordChange || q.Demand == DemandTermsOfUse
}

// key is how the acts name what satisfies the requirement.
func (q Requirement) key() string {
	if q.lasts() {
		return string(q.Demand) + ":" + q.Name
	}
	return string(q.Demand)
}

// doneFor records for good what a user did.
func (st *state) doneFor(objectID, key string, now time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.lasting[objectID] = st.lasting[objectID].with(now, key)
}

// doneBy returns what a user did for good.
func (st *state) doneBy(objectID string) acts {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.lasting[objectID]
}

// did records for one browser what its user did just now.
func (c *call) did(it *interaction, keys ...string) {
	c.remember(it, it.account.acts.with(c.now, keys...))
}

// remember makes done what the user did in this browser.
func (c *call) remember(it *interaction, done acts) {
	it.account.acts = done
	st := c.s.state
	st.mu.Lock()
	defer st.mu.Unlock()
	for i, a := range it.session.accounts {
		if a.user.ObjectID == it.account.user.ObjectID && a.epoch == it.account.epoch {
			it.session.accounts[i].acts = done
		}
	}
}

// acrValues are the authentication context classes that plain OIDC knows: a password, and
// a verification code too.
var acrValues = []string{"pwd", "mfa"}

// methods are the authentication methods of a sign-in (RFC 8176).
func (a acts) methods() []string {
	list := []string{"pwd"}
	if _, ok := a[string(DemandMFA)]; ok {
		list = append(list, "mfa")
	}
	return list
}

// class is the authentication context class of a sign-in: the last of its methods.
func (a acts) class() string {
	list := a.methods()
	return list[len(list)-1]
}
