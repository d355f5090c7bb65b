//go:build !js

package latchkey

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

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
