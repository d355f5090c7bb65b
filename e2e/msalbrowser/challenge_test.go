package msalbrowser

import (
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/e2e/internal/chromium"
	"github.com/latchkey-auth/latchkey/e2e/internal/outside"
)

// TestChallengeMetSilently is a challenge that a renewed token meets.
func TestChallengeMetSilently(t *testing.T) {
	p := visit(t, "/")
	first := p.resume()
	const claims = `{"access_token":{"xms_cc":{"values":["cp1"]}}}`
	if err := at.Challenge(avery, "api", claims); err != nil {
		t.Fatal(err)
	}
	challenged := p.callAPI(first.Token, "/tasks")
	if challenged.Status != 401 || challenged.Claims != claims {
		t.Fatalf("the API answers %+v", challenged)
	}
	got := p.silently(fields{"forceRefresh": false, "claims": challenged.Claims}).is(t, "done for "+avery)
	p.asked(renewed)
	if answer := p.callAPI(got.Token, "/tasks"); answer.Status != 200 || got.Token == first.Token {
		t.Errorf("the API answers %+v", answer)
	}
	if again := p.silently(fields{"forceRefresh": false}); again.Token != got.Token || !again.Cached {
		t.Error("the new token is not in the cache")
	}
}

// TestClaimsChallenge is a step-up: the API asks for an authentication context, no refresh token has it, the person
// verifies, and the API is content.
func TestClaimsChallenge(t *testing.T) {
	p := visit(t, "/")
	signedIn := p.resume()
	challenged := p.callAPI(signedIn.Token, "/purge")
	if challenged.Status != 401 || !strings.Contains(challenged.Claims, `"c1"`) {
		t.Fatalf("the API answers %+v", challenged)
	}
	said := p.silently(fields{"forceRefresh": false, "claims": challenged.Claims})
	said.is(t, "InteractionRequiredAuthError invalid_grant basic_action 50076")
	p.asked(refused)
	popup := p.popup("acquireTokenPopup", fields{"scopes": []string{scope("Tasks.Read")}, "account": true, "claims": challenged.Claims}, "#code")
	popup.Fill("#code", strings.TrimSpace(chromium.Eval[string](popup, `document.querySelector("p.code").textContent`)))
	popup.Click(`button[value="verify"]`)
	got := p.outcome().is(t, "done for "+avery)
	at.Admit(t, got.Token, outside.Access{Client: "spa", User: avery, ACRS: []string{"c1"}})
	if answer := p.callAPI(got.Token, "/purge"); answer.Status != 200 || !slices.Equal(answer.ACRs, []string{"c1"}) {
		t.Errorf("the API answers %+v", answer)
	}
}

// TestContinuousAccessEvaluation revokes what Avery has: the token that has not expired is refused with claims, the
// library spends them, and comes back with an interaction.
func TestContinuousAccessEvaluation(t *testing.T) {
	p := visit(t, "/")
	signedIn := p.resume()
	if err := at.RevokeSessions(avery); err != nil {
		t.Fatal(err)
	}
	challenged := p.callAPI(signedIn.Token, "/tasks")
	if challenged.Status != 401 || !strings.Contains(challenged.Claims, `"nbf"`) {
		t.Fatalf("the API answers %+v", challenged)
	}
	p.silently(fields{"forceRefresh": false, "claims": challenged.Claims}).is(t, "InteractionRequiredAuthError login_required 50058")
	p.asked(refused, "authorize 303 login_required")
	popup := p.popup("acquireTokenPopup", fields{"scopes": []string{scope("Tasks.Read")}, "account": true, "claims": challenged.Claims}, "#password")
	popup.Fill("#password", passwordOf(avery))
	popup.Click(`button[value="signin"]`)
	got := p.outcome().is(t, "done for "+avery)
	if answer := p.callAPI(got.Token, "/tasks"); answer.Status != 200 {
		t.Errorf("the API answers %+v", answer)
	}
}
