package nodeprovider

import (
	"errors"
	"net/url"
	"testing"

	"github.com/latchkey-auth/latchkey"
)

// signOut takes a person to the sign-out page and on.
func signOut(t *testing.T, app *latchkey.ConfidentialClient, p *person, r latchkey.SignOutRequest) (page url.Values, reached *stop) {
	t.Helper()
	address, err := app.SignOut(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if reached, err = p.visit(address); err != nil {
		t.Fatal(err)
	}
	return u.Query(), reached
}

func TestSignOut(t *testing.T) {
	for _, algorithm := range algorithms {
		t.Run(string(algorithm), func(t *testing.T) {
			app := newConfidential(t, config(web+string(algorithm), &wire{}), latchkey.Secret(secret))
			p := newPerson(t, "avery")
			r := signIn(t, app, p, forever())
			page, reached := signOut(t, app, p, latchkey.SignOutRequest{Account: r.Account, PostLogoutRedirectURI: signedOut, State: "the+state"})
			if page.Get("id_token_hint") != r.IDToken() {
				t.Error("the ID token is no hint")
			}
			if reached.address != signedOut || reached.answer != "state=the%2Bstate" {
				t.Errorf("the user came to %q, with %q", reached.address, reached.answer)
			}
			_, err := app.AcquireTokenSilent(t.Context(), latchkey.SilentRequest{Account: r.Account})
			if !errors.Is(err, latchkey.ErrInteractionRequired) {
				t.Errorf("signed out, and %v", err)
			}
			flow, answer := comeBack(t, app, p, latchkey.AuthCodeRequest{Prompt: "none"})
			_, err = app.AcquireTokenByCode(t.Context(), flow, answer)
			refused(t, err, "login_required", true)
		})
	}
}

func TestSignOutWithoutReturn(t *testing.T) {
	app, p := newWeb(t, &wire{}), newPerson(t, "avery")
	r := signIn(t, app, p, latchkey.AuthCodeRequest{})
	if _, reached := signOut(t, app, p, latchkey.SignOutRequest{Account: r.Account}); reached.title != "Sign-out Success" {
		t.Errorf("%+v", reached)
	}
}

// The provider sends nobody to an address that is not registered.
func TestSignOutToAnUnregisteredAddress(t *testing.T) {
	app, p := newWeb(t, &wire{}), newPerson(t, "avery")
	r := signIn(t, app, p, latchkey.AuthCodeRequest{})
	_, reached := signOut(t, app, p, latchkey.SignOutRequest{Account: r.Account, PostLogoutRedirectURI: "https://other.example/"})
	if reached.address != "" || reached.title != "oops! something went wrong" {
		t.Errorf("%+v", reached)
	}
}
