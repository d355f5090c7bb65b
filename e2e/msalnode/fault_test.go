package msalnode

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/e2e/internal/nodescript"
)

// atToken is a rule that refuses the next request with a grant.
func atToken(grant, code, suberror string) authoritytest.Fault {
	return authoritytest.Fault{
		Endpoint: authoritytest.EndpointToken, Grant: grant, Times: 1,
		Error: &authoritytest.FaultError{Code: code, Suberror: suberror},
	}
}

// What the authority can be made to say.
func TestScriptedConditions(t *testing.T) {
	renewing := func(f authoritytest.Fault) func(t *testing.T) error {
		return func(t *testing.T) error {
			return silently(t, "Tasks.Read", func() {
				later(t, 2*time.Hour)
				at.InjectFault(t, f)
			})
		}
	}
	testConditions(t, []condition{
		{
			"slow_down ends MSAL's polling", func(t *testing.T) error {
				at.InjectFault(t, atToken("device_code", "slow_down", ""))
				return onDevice(t, func(deviceCode) error { return nil })
			},
			nodescript.Error{Name: authError, Code: "post_request_failed", Message: "slow_down"},
			[]string{"devicecode native 200", "token device_code native 400 slow_down"},
		},
		{
			"the refresh token was used before", renewing(authoritytest.Fault{Reuse: true, Times: 1}),
			nodescript.Error{Name: interactionRequired, Code: "invalid_grant", SubError: "bad_token"},
			[]string{codeCall, refused},
		},
		{
			"interaction_required", renewing(atToken("refresh_token", "interaction_required", "")),
			nodescript.Error{Name: interactionRequired, Code: "interaction_required"},
			[]string{codeCall, "token refresh_token native 400 interaction_required"},
		},
		{
			"login_required", renewing(atToken("refresh_token", "login_required", "")),
			nodescript.Error{Name: interactionRequired, Code: "login_required"},
			[]string{codeCall, "token refresh_token native 400 login_required"},
		},
		{
			"invalid_grant alone", renewing(atToken("refresh_token", "invalid_grant", "")),
			nodescript.Error{Name: serverError, Code: "invalid_grant"},
			[]string{codeCall, refused},
		},
	})
}

// MSAL asks nothing for as long as Retry-After says, and then again.
func TestRetryAfter(t *testing.T) {
	const call = "token client_credentials daemon "
	c, request := newClient(t, "confidential", "daemon", secretOf("daemon")), fields{"scopes": []string{scope(".default")}}
	at.InjectFault(t, authoritytest.Fault{
		Endpoint: authoritytest.EndpointToken, Times: 1,
		Answer: &authoritytest.FaultAnswer{
			Status: http.StatusTooManyRequests, RetryAfter: time.Minute, JSON: fields{"error": "temporarily_unavailable"},
		},
	})
	w := at.Watch()
	for range 3 {
		_, err := c.try(t, avery, "acquireTokenByClientCredential", request)
		var thrown *nodescript.Error
		if !errors.As(err, &thrown) || thrown.Name != serverError {
			t.Fatalf("the error is %v", err)
		}
	}
	if got := w.Calls(); len(got) != 1 {
		t.Fatalf("within a minute the authority was asked %q", got)
	}
	later(t, 2*time.Minute)
	w = at.Watch()
	c.call(t, "acquireTokenByClientCredential", request)
	w.Want(t, call+"200")
}
