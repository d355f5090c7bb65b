package msalgo

import (
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// MSAL knows Active Directory Federation Services by the path of the authority.
func TestADFS(t *testing.T) {
	client := newPublic(t, public.WithAuthority(at.ADFSAuthority()))
	w := at.Watch()
	result := signIn(t, client)
	w.Want(t, "token authorization_code native 200")
	at.Admit(t, result.AccessToken, outside.Access{Issuer: at.ADFSAuthority(), ByURI: true, Scopes: []string{"Tasks.Read"}})
	w = at.Watch()
	if _, err := client.AcquireTokenSilent(t.Context(), []string{scope("Tasks.Read")}, public.WithSilentAccount(result.Account)); err != nil {
		t.Fatal(err)
	}
	w.Want(t)
}
