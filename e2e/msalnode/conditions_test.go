package msalnode

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/latchkey-auth/latchkey/e2e/internal/nodescript"
)

const refused = "token refresh_token native 400 invalid_grant"

// The classes of errors that MSAL documents.
const (
	interactionRequired = "InteractionRequiredAuthError" // an interaction solves it
	serverError         = "ServerError"                  // what the authority says and no interaction solves
	authError           = "AuthError"                    // the rest
)

// A condition is a reason of the authority to refuse, as MSAL tells its caller.
type condition struct {
	name    string
	provoke func(t *testing.T) error
	want    nodescript.Error // Message only where it alone tells one condition from another; Claims "any" or ""
	calls   []string         // what MSAL asks of the authority on the way there
}

func TestConditions(t *testing.T) { testConditions(t, conditions()) }

func testConditions(t *testing.T, list []condition) {
	for _, tt := range list {
		t.Run(tt.name, func(t *testing.T) {
			w := at.Watch()
			err := tt.provoke(t)
			var thrown *nodescript.Error
			if !errors.As(err, &thrown) {
				t.Fatalf("the error is %v", err)
			}
			if thrown.Name != tt.want.Name || thrown.Code != tt.want.Code || thrown.SubError != tt.want.SubError ||
				tt.want.Message != "" && thrown.Message != tt.want.Message || (thrown.Claims != "") != (tt.want.Claims != "") {
				t.Errorf("the error is %s, code %q, suberror %q, claims %q: %q", thrown.Name, thrown.Code, thrown.SubError, thrown.Claims, thrown.Message)
			}
			w.Want(t, tt.calls...)
		})
	}
}

func conditions() []condition {
	return []condition{
		{
			"consent is missing", func(t *testing.T) error { return silently(t, "Tasks.Write", nil) },
			nodescript.Error{Name: interactionRequired, Code: "invalid_grant", SubError: "consent_required"},
			[]string{codeCall, refused},
		},
		{
			"the refresh token is too old", func(t *testing.T) error {
				return silently(t, "Tasks.Read", func() { later(t, 91*24*time.Hour) })
			},
			nodescript.Error{Name: interactionRequired, Code: "invalid_grant", SubError: "bad_token"},
			[]string{codeCall, refused},
		},
		{
			"the secret is wrong", func(t *testing.T) error { return asApp(t, fields{"clientSecret": "wrong"}, scope(".default")) },
			nodescript.Error{Name: serverError, Code: "invalid_client"},
			[]string{"token client_credentials daemon 401 invalid_client"},
		},
		{
			"the resource is unknown", func(t *testing.T) error { return asApp(t, secretOf("daemon"), "api://unknown/.default") },
			nodescript.Error{Name: serverError, Code: "invalid_resource"},
			[]string{"token client_credentials daemon 400 invalid_resource"},
		},
		{
			"the person declines in the browser", declining,
			nodescript.Error{Name: serverError, Code: "access_denied"}, nil,
		},
		{
			"the person declines the device", func(t *testing.T) error {
				return onDevice(t, func(code deviceCode) error { return at.DenyDevice(t.Context(), code.UserCode, avery) })
			},
			nodescript.Error{Name: authError, Code: "post_request_failed", Message: "authorization_declined"},
			[]string{"devicecode native 200", "token device_code native 400 authorization_declined"},
		},
		{
			"the device code has expired", func(t *testing.T) error {
				return onDevice(t, func(code deviceCode) error {
					at.Clock.Advance(time.Hour) // MSAL's own clock would end the polling
					t.Cleanup(func() { at.Clock.Advance(-time.Hour) })
					return nil
				})
			},
			nodescript.Error{Name: authError, Code: "post_request_failed", Message: "expired_token"},
			[]string{"devicecode native 200", "token device_code native 400 expired_token"},
		},
	}
}

// silently signs in, lets something happen, and asks for another token.
func silently(t *testing.T, name string, happen func()) error {
	t.Helper()
	c := newPublic(t, nil)
	r := c.signIn(t)
	if happen != nil {
		happen()
	}
	_, err := c.try(t, avery, "acquireTokenSilent", fields{"scopes": []string{scope(name)}, "homeAccountId": r.Account.HomeAccountID})
	return err
}

// asApp asks for a token of the daemon.
func asApp(t *testing.T, auth fields, scope string) error {
	t.Helper()
	c := newClient(t, "confidential", "daemon", auth)
	_, err := c.try(t, avery, "acquireTokenByClientCredential", fields{"scopes": []string{scope}})
	return err
}

// declining opens MSAL's browser, where the person cancels.
func declining(t *testing.T) error {
	t.Helper()
	answer := func(_ string, with json.RawMessage) (any, error) {
		var asked struct{ URL string }
		if err := json.Unmarshal(with, &asked); err != nil {
			return nil, err
		}
		return nil, at.Cancel(t.Context(), asked.URL, avery)
	}
	c := newPublic(t, nil)
	with := fields{"name": c.name, "method": "acquireTokenInteractive", "request": fields{"scopes": []string{scope("Tasks.Write")}}}
	return driver.Do(t.Context(), "call", with, answer, nil)
}

type deviceCode struct{ UserCode, DeviceCode string }

// onDevice starts a device, and lets something happen before anybody types its code.
func onDevice(t *testing.T, happen func(deviceCode) error) error {
	t.Helper()
	answer := func(_ string, with json.RawMessage) (any, error) {
		var code deviceCode
		if err := json.Unmarshal(with, &code); err != nil {
			return nil, err
		}
		return nil, happen(code)
	}
	c := newPublic(t, nil)
	with := fields{"name": c.name, "method": "acquireTokenByDeviceCode", "request": fields{"scopes": []string{scope("Tasks.Read")}}}
	return driver.Do(t.Context(), "call", with, answer, nil)
}
