package msalgo

import (
	"net/http"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// MSAL takes slow_down for authorization_pending.
func TestSlowDown(t *testing.T) {
	at.InjectFault(t, authoritytest.Fault{
		Endpoint: authoritytest.EndpointToken, Grant: "device_code", Times: 1, Error: &authoritytest.FaultError{Code: "slow_down"},
	})
	client := newPublic(t)
	w := at.Watch()
	code, err := client.AcquireTokenByDeviceCode(t.Context(), []string{scope("Tasks.Read")})
	if err != nil {
		t.Fatal(err)
	}
	if err := at.ApproveDevice(t.Context(), code.Result.UserCode, avery); err != nil {
		t.Fatal(err)
	}
	result, err := code.AuthenticationResult(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.Want(t, "devicecode native 200", "token device_code native 400 slow_down", "token device_code native 200")
	at.Admit(t, result.AccessToken, read)
}

// MSAL passes 429 on, with Retry-After, and holds nothing back.
func TestRetryAfter(t *testing.T) {
	at.InjectFault(t, authoritytest.Fault{
		Endpoint: authoritytest.EndpointToken, Times: 1,
		Answer: &authoritytest.FaultAnswer{
			Status: http.StatusTooManyRequests, RetryAfter: time.Minute, JSON: map[string]string{"error": "temporarily_unavailable"},
		},
	})
	client := newConfidential(t, "daemon", secretOf(t, "daemon"))
	acquire := func() error {
		_, err := client.AcquireTokenByCredential(t.Context(), []string{scope(".default")})
		return err
	}
	err := acquire()
	if got := refusalOf(t, err); got.Status != http.StatusTooManyRequests || got.Error != "temporarily_unavailable" {
		t.Errorf("the answer is %+v", got)
	}
	if err := acquire(); err != nil {
		t.Error(err)
	}
}

// What comes back to MSAL's listener with another state is not its response.
func TestForeignState(t *testing.T) {
	for _, what := range []authoritytest.FaultCallback{authoritytest.CallbackWrongState, authoritytest.CallbackMissingState} {
		t.Run(string(what), func(t *testing.T) {
			at.InjectFault(t, authoritytest.Fault{Times: 1, Callback: what})
			w := at.Watch()
			_, err := newPublic(t).AcquireTokenInteractive(t.Context(), []string{scope("Tasks.Read")},
				public.WithOpenURL(func(address string) error { return at.Visit(t.Context(), address, avery) }))
			if err == nil {
				t.Error("MSAL takes the response")
			}
			w.Want(t)
		})
	}
}
