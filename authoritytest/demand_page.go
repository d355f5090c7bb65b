package authoritytest

import (
	"crypto/subtle"
	"slices"
	"strings"
)

// demandPages are the pages on which unmet demands are met.
var demandPages = map[Demand]pageName{
	DemandMFA: pageVerify, DemandMFARegistration: pageRegister, DemandPasswordChange: pagePassword,
	DemandDevice: pageDevice, DemandCompliantDevice: pageDevice, DemandJoinedDevice: pageDevice,
	DemandTermsOfUse: pageTerms, DemandBlock: pageBlocked,
}

// interactionLogin returns the sign-in of the interaction.
func (c *call) interactionLogin(it *interaction) login {
	app, list := it.asks(c.s.state)
	l := login{user: it.account.user, client: app, at: it.account.at, acts: it.account.acts, fresh: it.fresh}
	if it.device != nil {
		l.claims = it.asked(c.s.state).claims
	} else {
		l.claims = it.request.claims
	}
	for _, w := range list {
		if w.api != nil {
			l.apis = append(l.apis, w.api)
		}
	}
	if len(l.apis) == 0 && dialects[it.shape].entra {
		l.apis = []*App{c.s.state.roster().graph}
	}
	return l
}

// meetDemands returns the page of the first demand that the interaction's user does not
// meet, or the error if no page may be shown; nil if there is none.
func (c *call) meetDemands(it *interaction) *reply {
	l := c.interactionLogin(it)
	silent := it.request != nil && it.request.prompts(promptNone)
	if it.request != nil && (it.request.essentialACR || !silent) {
		l.classes = l.claims.classes()
	}
	if k := c.assigned(l.client, l.user); k != nil {
		return c.refuseAccess(it, k, silent)
	}
	if it.request != nil && it.request.essentialACR && !meetable(l.classes) {
		return c.ended(it, refused(unmetContext))
	}
	q, unmet := c.unmet(l)
	switch {
	case !unmet:
		return nil
	case silent:
		return c.ended(it, c.demandRefusal(q, l))
	case q.Demand == DemandBlock:
		return c.refuseAccess(it, c.demandRefusal(q, l), false)
	case q.Demand == DemandSignInFrequency:
		it.again, it.account = l.user.Username, signedIn{}
		return c.show(it, pageSignIn, "")
	}
	it.demand = q
	return c.show(it, demandPages[q.Demand], "")
}

// meetable reports whether a sign-in can have one of the classes; no classes are no wish.
func meetable(classes []string) bool {
	return len(classes) == 0 || slices.ContainsFunc(classes, func(name string) bool { return slices.Contains(acrValues, name) })
}

// refuseAccess tells a person that there is no access, whatever they do; or the client,
// if no page may be shown.
func (c *call) refuseAccess(it *interaction, k *refusal, silent bool) *reply {
	if silent {
		return c.ended(it, k)
	}
	it.refusal = k
	return c.show(it, pageBlocked, c.describeRefusal(k))
}

// returned is the button of the page that tells so.
func (c *call) returned(it *interaction) *reply {
	if it.device != nil {
		return c.declined(it)
	}
	k := it.refusal
	if k == nil {
		k = refused(userCancelled)
	}
	return c.ended(it, k.answering("access_denied"))
}

// verified is the form of the page that asks for a verification code.
func (c *call) verified(it *interaction) *reply {
	typed := strings.TrimSpace(c.params.Get("code"))
	if subtle.ConstantTimeCompare([]byte(typed), []byte(it.code)) != 1 {
		it.code = ""
		return c.show(it, it.page, "That code is not right. Here is another one.")
	}
	it.code = ""
	if it.page == pageRegister {
		c.did(it, string(DemandMFARegistration), string(DemandMFA))
	} else {
		c.did(it, string(DemandMFA))
	}
	return c.proceed(it)
}

// usedDevice is the form of the page that asks for another device.
func (c *call) usedDevice(it *interaction) *reply {
	c.did(it, it.demand.key())
	return c.proceed(it)
}

// acceptedTerms is the form of the terms of use.
func (c *call) acceptedTerms(it *interaction) *reply {
	c.s.state.doneFor(it.account.user.ObjectID, it.demand.key(), c.now)
	return c.proceed(it)
}

// changedPassword is the form of the page that asks for another password.
func (c *call) changedPassword(it *interaction) *reply {
	user, old, next := it.account.user, c.params.Get("password"), c.params.Get("new_password")
	switch {
	case subtle.ConstantTimeCompare([]byte(old), []byte(user.Password)) != 1:
		return c.show(it, pagePassword, "The current password is not right. Try again.")
	case next == "" || len(next) > 200:
		return c.show(it, pagePassword, "Type a new password.")
	case next == old:
		return c.show(it, pagePassword, "The new password must not be the old one.")
	}
	if err := c.setPassword(user.ObjectID, Secret(next)); err != nil {
		return c.show(it, pagePassword, "The password could not be changed. Try again.")
	}
	c.s.state.doneFor(user.ObjectID, it.demand.key(), c.now)
	// The change has ended every session of the user; this one goes on with a new sign-in.
	done := it.account.acts
	it.account, it.fresh = c.signInTo(it.session, c.s.state.userNow(user)), true
	c.remember(it, done)
	return c.proceed(it)
}

func (c *call) setPassword(objectID string, next Secret) error {
	return c.change(func(d *Directory) error {
		for i := range d.Users {
			if d.Users[i].ObjectID == objectID {
				d.Users[i].Password = next
			}
		}
		return nil
	})
}

// newVerificationCode returns six digits. A test authority shows them on the page that
// asks for them: there is no telephone.
func newVerificationCode() string {
	const digits = "0123456789"
	text := []byte(randomText(6))
	for i := range text[:6] {
		text[i] = digits[int(text[i])%len(digits)]
	}
	return string(text[:6])
}
