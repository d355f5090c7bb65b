package latchkey

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey/transport"
)

const grantAssertion = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// grants are those that an error can come from; the empty one is the authorization endpoint.
var grants = []string{"", grantCode, grantRefresh, grantClientCredentials, grantDeviceCode, grantPassword, grantAssertion}

// userSuberrors are those by which an invalid_grant says what the user can do.
var userSuberrors = []string{"basic_action", "additional_action", "message_only", "consent_required", "user_password_expired"}

// TestR21_Classes drives every error code of OAuth, OpenID Connect and Microsoft Entra, with every suberror, from every
// grant, to ErrInteractionRequired or not.
func TestR21_Classes(t *testing.T) {
	helps := []string{"login_required", "interaction_required", "consent_required", "account_selection_required",
		"insufficient_user_authentication", "unmet_authentication_requirements"}
	never := []string{
		// RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5, RFC 8707, RFC 9449, OpenID Connect Core 3.1.2.6.
		"access_denied", "temporarily_unavailable", "server_error", "invalid_request", "invalid_client", "unauthorized_client",
		"unsupported_grant_type", "unsupported_response_type", "authorization_pending", "slow_down", "expired_token", "invalid_target",
		"invalid_dpop_proof", "use_dpop_nonce", "invalid_request_uri", "invalid_request_object", "request_not_supported",
		"request_uri_not_supported", "registration_not_supported", "invalid_token", "insufficient_scope",
		// Microsoft Entra's own, and what MSAL takes for interaction by substring.
		"authorization_declined", "bad_verification_code", "code_expired", "invalid_resource", "invalid_instance", "bad_token",
		"ui_not_allowed", "interrupted_user", "native_account_unavailable", "token_expired",
		// Not quite.
		"", "Login_Required", "login_required ", "xlogin_required", "invalid_grants", "INVALID_GRANT",
	}
	suberrors := append([]string{"", "bad_token", "token_expired", "client_mismatch", "protection_policy_required", "ui_not_allowed",
		"interrupted_user", "Consent_Required", "device_authentication_failed"}, userSuberrors...)
	want := func(code, suberror, grant string) bool {
		switch {
		case slices.Contains(helps, code):
			return true
		case code == "invalid_grant":
			return grant == grantRefresh || grant != grantClientCredentials && slices.Contains(userSuberrors, suberror)
		case code == "invalid_scope":
			return grant == grantRefresh
		}
		return false
	}
	all := append(append([]string{"invalid_grant", "invalid_scope"}, helps...), never...)
	for _, code := range all {
		for _, suberror := range suberrors {
			for _, grant := range grants {
				err := answered(t, grant, members{"error": code, "suberror": suberror, "error_subcode": suberror})
				for _, decorated := range []error{err, fmt.Errorf("call: %w", err), fmt.Errorf("%w and %w", errors.New("x"), fmt.Errorf("y: %w", err))} {
					if got := errors.Is(decorated, ErrInteractionRequired); got != want(code, suberror, grant) {
						t.Errorf("R21 %q, suberror %q, grant %q: %v", code, suberror, grant, got)
					}
					var e *Error
					if !errors.As(decorated, &e) || e.Code != code || e.Suberror != suberror || e.Grant != grant {
						t.Errorf("R21 %q: the *Error is lost: %v", code, decorated)
					}
				}
			}
		}
	}
}

// answered is the error that a client makes of an answer to a grant, or of a callback.
func answered(t testing.TB, grant string, m members) error {
	t.Helper()
	if grant == "" {
		query := "state=s"
		for _, name := range []string{"error", "error_subcode", "error_description"} {
			if text, ok := m[name].(string); ok {
				query += "&" + name + "=" + strings.ReplaceAll(strings.ReplaceAll(text, "%", "%25"), " ", "+")
			}
		}
		fields, err := parseCallback(query)
		if err != nil {
			t.Fatal(err)
		}
		return callbackError(fields)
	}
	_, err := parseAnswer(&transport.Response{Status: 400, Body: m.String()}, "token", grant, sentAt)
	return err
}

// Nothing goes by what the description says.
func TestR20_Description(t *testing.T) {
	for _, text := range []string{"interaction_required", "AADSTS50076: consent_required login_required", "invalid_grant bad_token"} {
		for _, grant := range grants {
			if err := answered(t, grant, members{"error": "invalid_request", "error_description": text}); errors.Is(err, ErrInteractionRequired) {
				t.Errorf("R20 grant %q: %q decided", grant, text)
			}
		}
	}
}

// An authorization response has the number in its description only. It adds the remedy,
// and decides nothing.
func TestR20_NumberOfDescription(t *testing.T) {
	for _, tt := range []struct {
		description string
		codes       []int
		want        []int64
	}{
		{"AADSTS50105: The user is not assigned.", nil, []int64{50105}},
		{"AADSTS50105", nil, []int64{50105}},
		{"AADSTS50105: Text.", []int{65001}, []int64{65001}},
		{"Text AADSTS50105: more.", nil, nil},
		{"AADSTS: Text.", nil, nil},
		{"AADSTS-1: Text.", nil, nil},
		{"AADSTS99999999999999999999: Text.", nil, nil},
		{"aadsts50105: Text.", nil, nil},
		{"", nil, nil},
	} {
		m := members{"error": "access_denied", "error_description": tt.description}
		if tt.codes != nil {
			m["error_codes"] = tt.codes
		}
		var e *Error
		if err := answered(t, grantCode, m); !errors.As(err, &e) || !slices.Equal(e.Numbers, tt.want) || errors.Is(err, ErrInteractionRequired) {
			t.Errorf("R20 %q: %v", tt.description, e.Numbers)
		}
		if err := answered(t, "", m); tt.codes == nil && (!errors.As(err, &e) || !slices.Equal(e.Numbers, tt.want) || errors.Is(err, ErrInteractionRequired)) {
			t.Errorf("R20 %q in a callback: %v", tt.description, e.Numbers)
		}
	}
	err := answered(t, "", members{"error": "access_denied", "error_description": "AADSTS50105: Text."})
	if !strings.HasSuffix(err.Error(), entraRemedy(50105)) {
		t.Errorf("%q does not say what to do", err)
	}
}

// Every error of this module's own that stands for the user, and none that does not.
func TestR21_OwnErrors(t *testing.T) {
	for err, want := range map[error]bool{
		&signInError{"nobody"}:                          true,
		fmt.Errorf("x: %w", &signInError{"nobody"}):     true,
		&ArgumentError{"f", "p"}:                        false,
		&ValidationError{Check: "nonce"}:                false,
		&storeError{"load", errors.New("x")}:            false,
		&transport.Error{Method: "POST"}:                false,
		&Error{Status: 401, Endpoint: "token"}:          false,
		&Error{Status: 403, Grant: grantRefresh}:        false,
		errors.New("latchkey: the user must sign in: "): false,
	} {
		if got := errors.Is(err, ErrInteractionRequired); got != want {
			t.Errorf("%T %v: %v", err, err, got)
		}
	}
}
