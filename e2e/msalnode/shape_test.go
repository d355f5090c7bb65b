package msalnode

import (
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// MSAL knows Azure AD B2C and Active Directory Federation Services by the path of the authority.
func TestShapes(t *testing.T) {
	for _, tt := range []struct {
		name, authority string
		access          outside.Access
	}{
		{"B2C", at.B2CAuthority(""), outside.Access{Issuer: at.B2CAuthority("") + "/v2.0"}},
		{"ADFS", at.ADFSAuthority(), outside.Access{Issuer: at.ADFSAuthority(), ByURI: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newPublic(t, fields{"authority": tt.authority})
			access := tt.access
			access.Scopes = []string{"Tasks.Read"}
			request := fields{"scopes": []string{scope("Tasks.Read")}}
			r := c.step(t, "acquireTokenInteractive", request, access, codeCall)
			request["homeAccountId"] = r.Account.HomeAccountID
			c.step(t, "acquireTokenSilent", request, access)
			later(t, 2*time.Hour)
			c.step(t, "acquireTokenSilent", request, access, refreshCall)
		})
	}
}
