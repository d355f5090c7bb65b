package outside

import (
	"errors"
	"fmt"
	"slices"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A Happening is what befalls a signed-in user, so that the next renewal is refused.
type Happening struct {
	Condition string // as docs/authority-errors.md names what the renewal meets
	Name      string // what happened

	Suberror string // the Entra shape's; "" = none
	Claims   bool   // whether the Entra shape sends a claims challenge
	Solved   bool   // whether a new sign-in is all that it takes

	happen func(a *Authority, user string) error
}

// Befall makes it happen to a user, for the rest of the test.
func (h Happening) Befall(t authoritytest.TB, a *Authority, user string) {
	t.Helper()
	before := a.CurrentDirectory()
	t.Cleanup(func() {
		err := a.Change(func(d *authoritytest.Directory) error {
			*d = before
			return nil
		})
		if err != nil {
			t.Fatalf("the directory is not as it was: %v", err)
		}
	})
	if err := h.happen(a, user); err != nil {
		t.Fatalf("%s: %v", h.Name, err)
	}
}

// Happenings are those that a client's renewal meets in the Entra shape.
func Happenings() []Happening {
	return []Happening{
		{"mfa-required", "verification is demanded", "basic_action", true, true, demand(authoritytest.DemandMFA)},
		{"terms-of-use", "terms of use are to be accepted", "basic_action", true, true, demand(authoritytest.DemandTermsOfUse)},
		{"password-expired", "the password is to be changed", "user_password_expired", true, true, demand(authoritytest.DemandPasswordChange)},
		{"device-not-compliant", "a compliant device is demanded", "message_only", true, false, demand(authoritytest.DemandCompliantDevice)},
		{"access-blocked", "access is blocked", "message_only", true, false, demand(authoritytest.DemandBlock)},
		{"consent-missing", "the consent is withdrawn", "consent_required", false, true, changed(withdrawConsent)},
		{"sessions-revoked", "the password was changed", "bad_token", false, true, changed(changePassword)},
		{"sessions-revoked", "the sessions are revoked", "bad_token", false, true, (*Authority).revoke},
		{"user-disabled", "the user is disabled", "", false, false, changed(disable)},
	}
}

// demand makes a requirement a happening. Its name is another one each time: what the user has done for good is
// remembered by the requirement's name.
func demand(what authoritytest.Demand) func(*Authority, string) error {
	return func(a *Authority, user string) error {
		q := authoritytest.Requirement{Name: fmt.Sprint(what, " ", len(a.Requests())), User: user, Demand: what}
		return a.Change(func(d *authoritytest.Directory) error {
			d.Requirements = append(d.Requirements, q)
			return nil
		})
	}
}

// changed makes what edits the directory a happening.
func changed(edit func(d *authoritytest.Directory, user string) error) func(*Authority, string) error {
	return func(a *Authority, user string) error {
		return a.Change(func(d *authoritytest.Directory) error { return edit(d, user) })
	}
}

func withdrawConsent(d *authoritytest.Directory, _ string) error {
	d.Consents = slices.DeleteFunc(d.Consents, func(c authoritytest.Consent) bool { return c.Client == "native" })
	return nil
}

func changePassword(d *authoritytest.Directory, user string) error {
	return edit(d, user, func(u *authoritytest.User) { u.Password = "another " + u.Password })
}

func disable(d *authoritytest.Directory, user string) error {
	return edit(d, user, func(u *authoritytest.User) { u.Disabled = true })
}

func edit(d *authoritytest.Directory, user string, f func(*authoritytest.User)) error {
	i := slices.IndexFunc(d.Users, func(u authoritytest.User) bool { return u.Username == user })
	if i < 0 {
		return errors.New("there is no such user")
	}
	f(&d.Users[i])
	return nil
}

func (a *Authority) revoke(user string) error { return a.RevokeSessions(user) }

// ContextClaims is an API's challenge for the authentication context c1.
const ContextClaims = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`

// StepUp makes the authentication context c1 demand verification.
func StepUp() Happening {
	return Happening{
		"mfa-required", "an authentication context demands verification", "basic_action", true, true,
		changed(func(d *authoritytest.Directory, user string) error {
			d.Requirements = append(d.Requirements, authoritytest.Requirement{
				Name: "step up", User: user, Context: "c1", Demand: authoritytest.DemandMFA,
			})
			return nil
		}),
	}
}

// FromNowOn returns the claims with which an API that evaluates access continuously refuses the tokens that it has seen
// so far: it wants one that is issued from now on.
func (a *Authority) FromNowOn() string {
	return fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, a.Clock.Now().Unix())
}

// Verification is the happening that verification is demanded.
func Verification() Happening { return Happenings()[0] }
