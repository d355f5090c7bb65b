package apiserver_test

import (
	"testing"

	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// An API chooses the version of its tokens when it is registered, and has to know the
// issuer that goes with it.
func TestVersionsFromAnAuthority(t *testing.T) {
	for version, further := range map[int]bool{1: true, 2: false} {
		d := authoritytest.DefaultDirectory()
		for i := range d.Apps {
			if d.Apps[i].Kind == authoritytest.KindAPI {
				d.Apps[i].TokenVersion = version
			}
		}
		srv := &authoritytest.Server{Directory: d}
		if err := srv.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(srv.Close)
		s := entraSide(t, srv)
		user := s.user("avery@contoso.test", srv.Directory.App("api").Scope("Tasks.Read"))["access_token"]
		app := s.app("daemon", "api")
		require := apiserver.Requirement{Scopes: []string{"Tasks.Read"}, AppRoles: []string{"Tasks.Read.All"}}

		both := s.config
		both.Issuers = []string{srv.V1Issuer("{tenantid}")}
		v := verifier(t, both)
		for name, token := range map[string]string{"user": user, "app": app} {
			claims, err := v.Authorize(request("Bearer "+token), require)
			if err != nil {
				t.Errorf("version %d, %s: %v", version, name, err)
			} else if claims.AppOnly != (name == "app") || further != (claims.Issuer == srv.V1Issuer("")) || claims.ClientID == "" {
				t.Errorf("version %d, %s: %s", version, name, claims.JSON())
			}
		}
		_, err := verifier(t, s.config).Authorize(request("Bearer "+user), require)
		if further {
			refused(t, err, 401, "iss")
		} else if err != nil {
			t.Error(err)
		}
	}
}
