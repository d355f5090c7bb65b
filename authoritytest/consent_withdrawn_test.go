package authoritytest

import "testing"

// TestWithdrawnConsentEndsRefreshes: whether or not the refresh names its scopes, which may be left out (RFC 6749,
// section 6).
func TestWithdrawnConsentEndsRefreshes(t *testing.T) {
	s := start(t, &Server{TLS: true})
	for _, a := range []*api{entra(t, s), oidc(t, s), b2c(t, s, ""), adfs(t, s), ciam(t, s, "contoso.onmicrosoft.com")} {
		all := s.CurrentDirectory().Consents
		for _, list := range [][]string{nil, {"scope", "openid " + tasksRead}} {
			token := a.signIn("scope", "openid profile offline_access "+tasksRead)["refresh_token"]
			consents := func(list []Consent) {
				t.Helper()
				if err := s.Change(func(d *Directory) error { d.Consents = list; return nil }); err != nil {
					t.Fatal(err)
				}
			}
			consents(nil)
			status, body := a.refresh(token, list...)
			wantError(t, status, body, 400, "invalid_grant")
			consents(all) // what was refused did not cost the token
			if status, body := a.refresh(token, list...); status != 200 {
				t.Errorf("%s: consented again: %v", a.shape, body)
			}
		}
	}
}
