package apiclient_test

import (
	"testing"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// The authority's own APIs check tokens and challenge by code that shares nothing with
// the client.
func TestR42_ChallengesOfTheAuthoritysAPIs(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct{ path, scope string }{
		"api": {w.srv.API("api"), w.scopes()[0]}, "graph": {w.srv.GraphURL(), w.srv.Directory.App("graph").Scope("User.Read")},
	} {
		t.Run(name, func(t *testing.T) {
			rt := w.transport()
			rt.Resources[0].Pattern, rt.Resources[0].Scopes = test.path+"/*", []string{test.scope}
			if got := status(t, rt, "GET", test.path+"/me", ""); got != 200 {
				t.Fatalf("status %d", got)
			}
			if err := w.srv.Challenge(w.user.Username, name, nameClaims); err != nil {
				t.Fatal(err)
			}
			old := w.renewals()
			if got := status(t, rt, "GET", test.path+"/me", ""); got != 200 {
				t.Errorf("after a challenge: status %d", got)
			}
			if n := w.renewals() - old; n != 1 {
				t.Errorf("%d token requests, want 1", n)
			}
			var answers []int
			for _, r := range w.srv.Requests() {
				if r.Endpoint == name && r.User == w.user.Username && r.Shape == authoritytest.ShapeEntra {
					answers = append(answers, r.Status)
				}
			}
			if len(answers) != 3 || answers[0] != 200 || answers[1] != 401 || answers[2] != 200 {
				t.Errorf("answers %v", answers)
			}
		})
	}
}
