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

// TestR20_Numbers drives what Microsoft Entra answers. The number changes the advice, never the class.
func TestR20_Numbers(t *testing.T) {
	tests := []struct {
		number                int
		code, suberror, grant string
		interaction           bool
		advice                string
	}{
		{50011, "invalid_request", "", grantCode, false, "redirect URI"},
		{50020, "invalid_grant", "", grantCode, false, "guest"},
		{50034, "invalid_grant", "", grantPassword, false, "user name"},
		{50053, "invalid_grant", "", grantPassword, false, "locked"},
		{50055, "invalid_grant", "user_password_expired", grantPassword, true, "expired"},
		{50057, "invalid_grant", "", grantPassword, false, "disabled"},
		{50058, "login_required", "", grantCode, true, "prompt none"},
		{50059, "invalid_request", "", grantClientCredentials, false, "tenant"},
		{50074, "interaction_required", "basic_action", grantRefresh, true, "factor"},
		{50076, "interaction_required", "basic_action", grantAssertion, true, "factor"},
		{50076, "invalid_grant", "basic_action", grantPassword, true, "factor"},
		{50079, "invalid_grant", "basic_action", grantRefresh, true, "factor"},
		{50126, "invalid_grant", "", grantPassword, false, "password"},
		{50144, "invalid_grant", "user_password_expired", grantRefresh, true, "expired"},
		{50173, "invalid_grant", "bad_token", grantRefresh, true, "revoked"},
		{50178, "invalid_grant", "", grantCode, false, "guest"},
		{53000, "interaction_required", "message_only", grantRefresh, true, "policy"},
		{53003, "access_denied", "message_only", grantAssertion, false, "policy"},
		{53003, "invalid_grant", "message_only", grantRefresh, true, "policy"},
		{54005, "invalid_grant", "", grantCode, false, "used already"},
		{65001, "invalid_grant", "consent_required", grantRefresh, true, "consented"},
		{65001, "invalid_grant", "consent_required", grantAssertion, true, "consented"},
		{65001, "invalid_grant", "consent_required", grantClientCredentials, false, "consented"},
		{65004, "access_denied", "", grantCode, false, "declined"},
		{70000, "invalid_grant", "bad_token", grantRefresh, true, "start again"},
		{70008, "invalid_grant", "", grantCode, false, "start the sign-in again"},
		{70011, "invalid_scope", "", grantClientCredentials, false, "/.default"},
		{70011, "invalid_scope", "", grantCode, false, "scopes"},
		{70016, "authorization_pending", "", grantDeviceCode, false, "not finished"},
		{70043, "invalid_grant", "bad_token", grantRefresh, true, "too old"},
		{90002, "invalid_request", "", grantClientCredentials, false, "tenant"},
		{90014, "invalid_request", "", grantCode, false, "missing"},
		{500011, "invalid_resource", "", grantClientCredentials, false, "resource"},
		{650053, "invalid_client", "", grantCode, false, "scope"},
		{650057, "invalid_resource", "", grantRefresh, false, "resource"},
		{700016, "unauthorized_client", "", grantClientCredentials, false, "client id"},
		{700025, "invalid_client", "", grantCode, false, "public client"},
		{700082, "invalid_grant", "", grantRefresh, true, "too old"},
		{700084, "invalid_grant", "", grantRefresh, true, "too old"},
		{900023, "invalid_request", "", grantClientCredentials, false, "tenant"},
		{900144, "invalid_request", "", grantCode, false, "missing"},
		{1002012, "invalid_scope", "", grantClientCredentials, false, "/.default"},
		{700021, "invalid_client", "", grantClientCredentials, false, "another client"},
		{700023, "invalid_client", "", grantClientCredentials, false, "authority's URL"},
		{700024, "invalid_client", "", grantClientCredentials, false, "clock"},
		{700027, "invalid_client", "", grantClientCredentials, false, "not registered"},
		{700213, "invalid_request", "", grantClientCredentials, false, "federated"},
		{7000215, "invalid_client", "", grantClientCredentials, false, "secret is wrong"},
		{7000218, "invalid_client", "", grantCode, false, "prove itself"},
		{7000222, "invalid_client", "", grantClientCredentials, false, "expired"},
		{9002313, "invalid_request", "", grantRefresh, false, "malformed"},
		{16000, "interaction_required", "", grantCode, true, "LoginHint"},
		{50013, "invalid_grant", "", grantAssertion, false, "unchanged"},
		{50027, "invalid_grant", "", grantAssertion, false, "for a user"},
		{50078, "invalid_grant", "basic_action", grantRefresh, true, "too long ago"},
		{50097, "interaction_required", "basic_action", grantAssertion, true, "registered device"},
		{50105, "invalid_grant", "", grantCode, false, "assign"},
		{50158, "invalid_grant", "basic_action", grantRefresh, true, "terms of use"},
		{50194, "invalid_request", "", grantCode, false, "multi-tenant"},
		{53001, "interaction_required", "message_only", grantRefresh, true, "policy"},
		{70003, "unsupported_grant_type", "", grantPassword, false, "another flow"},
		{70018, "bad_verification_code", "", grantDeviceCode, false, "unknown"},
		{70019, "expired_token", "", grantDeviceCode, false, "too long"},
		{70044, "interaction_required", "", grantRefresh, true, "too old"},
		{90094, "consent_required", "", grantCode, true, "administrator"},
		{500112, "invalid_grant", "", grantCode, false, "redirect URI"},
		{500131, "invalid_grant", "", grantAssertion, false, "another API"},
		{500133, "invalid_grant", "", grantAssertion, false, "has expired"},
		{500208, "invalid_grant", "", grantPassword, false, "personal accounts"},
		{501481, "invalid_grant", "", grantCode, false, "another sign-in"},
		{9001023, "invalid_request", "", grantPassword, false, "organizations"},
		{9002326, "invalid_request", "", grantRefresh, false, "single-page"},
		{9002327, "invalid_request", "", grantRefresh, false, "single-page"},
		{9002332, "invalid_request", "", grantPassword, false, "personal accounts"},
		{1, "invalid_grant", "", grantRefresh, true, "sign in again"},
		{1, "weird", "", grantCode, false, ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("R20 AADSTS%d %s %s %s", tt.number, tt.code, tt.suberror, tt.grant), func(t *testing.T) {
			m := members{"error": tt.code, "suberror": tt.suberror, "error_codes": []int{tt.number}, "error_description": fmt.Sprintf("AADSTS%d: Text.", tt.number)}
			err := answered(t, tt.grant, m)
			if got := errors.Is(err, ErrInteractionRequired); got != tt.interaction {
				t.Errorf("ErrInteractionRequired: %v", got)
			}
			if !strings.Contains(err.Error(), tt.advice) {
				t.Errorf("%q does not say %q", err, tt.advice)
			}
			plain := answered(t, tt.grant, m.without("error_codes", "error_description"))
			if errors.Is(plain, ErrInteractionRequired) != tt.interaction {
				t.Error("the number or the description changes the class")
			}
		})
	}
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
