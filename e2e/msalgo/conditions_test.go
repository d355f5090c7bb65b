package msalgo

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	msal "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A refusal is what the caller finds in the response of MSAL's CallErr: it classifies nothing by itself.
type refusal struct {
	Status   int    `json:"-"`
	Error    string `json:"error"`
	Suberror string `json:"suberror"`
	Claims   string `json:"claims"` // a challenge; "" = none
}

// A condition is a reason of the authority to refuse, as MSAL tells its caller.
type condition struct {
	name    string
	provoke func(t *testing.T) error
	want    refusal
	calls   []string // what MSAL asks of the authority on the way there
}

const (
	codeCall = "token authorization_code native 200"
	refused  = "token refresh_token native 400 invalid_grant"
)

func TestConditions(t *testing.T) { testConditions(t, conditions()) }

func testConditions(t *testing.T, list []condition) {
	for _, tt := range list {
		t.Run(tt.name, func(t *testing.T) {
			w := at.Watch()
			err := tt.provoke(t)
			if got := refusalOf(t, err); got != tt.want {
				t.Errorf("the answer is %+v, want %+v", got, tt.want)
			}
			w.Want(t, tt.calls...)
		})
	}
}

func refusalOf(t *testing.T, err error) refusal {
	t.Helper()
	var call msal.CallErr
	if !errors.As(err, &call) {
		t.Fatalf("the error is %v", err)
	}
	got := refusal{Status: call.Resp.StatusCode}
	if err := json.NewDecoder(call.Resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

func conditions() []condition {
	return []condition{
		{
			"consent is missing", func(t *testing.T) error { return silently(t, "Tasks.Write", nil) },
			refusal{400, "invalid_grant", "consent_required", ""}, []string{codeCall, refused},
		},
		{
			"the refresh token is too old", func(t *testing.T) error {
				return silently(t, "Tasks.Write", func() { later(t, 91*24*time.Hour) })
			},
			refusal{400, "invalid_grant", "bad_token", ""}, []string{codeCall, refused},
		},
		{
			"the secret is wrong", func(t *testing.T) error { return asApp(t, "wrong", scope(".default")) },
			refusal{401, "invalid_client", "", ""}, []string{"token client_credentials daemon 401 invalid_client"},
		},
		{
			"the resource is unknown", func(t *testing.T) error {
				return asApp(t, at.Directory.App("daemon").Secrets[0], "api://unknown/.default")
			},
			refusal{400, "invalid_resource", "", ""}, []string{"token client_credentials daemon 400 invalid_resource"},
		},
	}
}

// silently signs in, lets something happen, and asks for a token that the cache does not have.
func silently(t *testing.T, name string, happen func()) error {
	t.Helper()
	client := newPublic(t)
	account := signIn(t, client).Account
	if happen != nil {
		happen()
	}
	_, err := client.AcquireTokenSilent(t.Context(), []string{scope(name)}, public.WithSilentAccount(account))
	return err
}

// asApp asks for a token of the daemon.
func asApp(t *testing.T, secret authoritytest.Secret, scope string) error {
	t.Helper()
	client := newConfidential(t, "daemon", secretCredential(t, secret))
	_, err := client.AcquireTokenByCredential(t.Context(), []string{scope})
	return err
}

// What happens to a device MSAL tells by an error with the answer read already, so that only its status and its text
// are left.
func TestDeviceConditions(t *testing.T) {
	for _, tt := range []struct {
		name, code string
		happen     func(t *testing.T, userCode string) error
	}{
		{"the person declines", "authorization_declined", func(t *testing.T, userCode string) error {
			return at.DenyDevice(t.Context(), userCode, avery)
		}},
		{"the code has expired", "expired_token", func(t *testing.T, _ string) error {
			later(t, time.Hour)
			return nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := at.Watch()
			code, err := newPublic(t).AcquireTokenByDeviceCode(t.Context(), []string{scope("Tasks.Read")})
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.happen(t, code.Result.UserCode); err != nil {
				t.Fatal(err)
			}
			var call msal.CallErr
			if _, err := code.AuthenticationResult(t.Context()); !errors.As(err, &call) || call.Resp.StatusCode != 400 {
				t.Errorf("the error is %v", err)
			}
			w.Want(t, "devicecode native 200", "token device_code native 400 "+tt.code)
		})
	}
}

// MSAL's listener gets access_denied, which reaches the caller as text.
func TestDeclined(t *testing.T) {
	w := at.Watch()
	_, err := newPublic(t).AcquireTokenInteractive(t.Context(), []string{scope("Tasks.Write")},
		public.WithOpenURL(func(address string) error { return at.Cancel(t.Context(), address, avery) }))
	if err == nil || !strings.Contains(err.Error(), "AADSTS65004") {
		t.Errorf("the error is %v", err)
	}
	w.Want(t)
}
