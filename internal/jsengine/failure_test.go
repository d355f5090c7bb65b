package jsengine

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/browser"
	"github.com/latchkey-auth/latchkey/transport"
)

// wrapped is an error around another one.
type wrapped struct{ error }

func (w wrapped) Error() string { return "around: " + w.error.Error() }
func (w wrapped) Unwrap() error { return w.error }

// like matches a sentinel.
type like struct{ target error }

func (l like) Error() string        { return "like" }
func (l like) Is(target error) bool { return target == l.target }

func TestR21_Classes(t *testing.T) {
	refused := func(code, suberror, description string) error {
		return &latchkey.Error{Code: code, Suberror: suberror, Description: description, Status: 400, Endpoint: "token", Grant: "refresh_token"}
	}
	tests := []struct {
		err         error
		class, code string
	}{
		{refused("interaction_required", "", ""), classInteractionRequired, "interaction_required"},
		{refused("consent_required", "", ""), classInteractionRequired, "consent_required"},
		{refused("login_required", "", ""), classInteractionRequired, "login_required"},
		{refused("interrupted_user", "", ""), classInteractionRequired, "interrupted_user"},
		{refused("invalid_grant", "", ""), classServer, "invalid_grant"},
		{refused("invalid_grant", "bad_token", ""), classInteractionRequired, "invalid_grant"},
		{refused("invalid_grant", "basic_action", ""), classInteractionRequired, "invalid_grant"},
		{refused("invalid_grant", "message_only", ""), classInteractionRequired, "invalid_grant"},
		{refused("invalid_grant", "additional_action", ""), classInteractionRequired, "invalid_grant"},
		{refused("invalid_grant", "user_password_expired", ""), classInteractionRequired, "invalid_grant"},
		{refused("invalid_grant", "client_mismatch", ""), classServer, "invalid_grant"},
		{refused("invalid_grant", "", "AADSTS50000: interaction_required"), classInteractionRequired, "invalid_grant"},
		{refused("access_denied", "", "AADB2C90118: forgotten"), classServer, "access_denied"},
		{refused("temporarily_unavailable", "", ""), classServer, "temporarily_unavailable"},
		{refused("", "", ""), classServer, "server_error"},
		{wrapped{refused("login_required", "", "")}, classInteractionRequired, "login_required"},

		{&latchkey.ValidationError{Check: "state"}, classClient, "state_mismatch"},
		{&latchkey.ValidationError{Check: "nonce"}, classClient, "nonce_mismatch"},
		{&latchkey.ValidationError{Check: "iss", Err: &authority.Error{}}, classClientConfig, "issuer_validation_failed"},
		{&latchkey.ValidationError{Check: "tfp"}, classClientConfig, "issuer_validation_failed"},
		{&latchkey.ValidationError{Check: "callback"}, classBrowser, "hash_does_not_contain_known_properties"},
		{&latchkey.ValidationError{Check: "code"}, classClient, "authorization_code_missing_from_server_response"},
		{&latchkey.ValidationError{Check: "expiry"}, classBrowser, "timed_out"},
		{&latchkey.ValidationError{Check: "access_token"}, classClient, "null_or_empty_token"},
		{&latchkey.ValidationError{Check: "client_info"}, classClient, "client_info_decoding_error"},
		{&latchkey.ValidationError{Check: "aud"}, classClient, "token_parsing_error"},

		{&latchkey.ArgumentError{Field: "SilentRequest.Scopes"}, classClientConfig, "empty_input_scopes_error"},
		{&latchkey.ArgumentError{Field: "ClaimsChallenge"}, classClientConfig, "invalid_claims"},
		{&latchkey.ArgumentError{Field: "AuthCodeRequest.RedirectURI"}, classClientConfig, "redirect_uri_empty"},
		{&latchkey.ArgumentError{Field: "Extra"}, classClient, "request_cannot_be_made"},

		{&authority.Error{}, classClient, "endpoints_resolution_error"},
		{&transport.Error{Method: "GET", Err: errors.New("x")}, classClient, "endpoints_resolution_error"},
		{&transport.Error{Method: "POST", Err: errors.New("x")}, classBrowser, "post_request_failed"},
		{like{latchkey.ErrInteractionRequired}, classInteractionRequired, "no_tokens_found"},
		{like{latchkey.ErrCacheMiss}, classClient, "token_refresh_required"},

		{browser.ErrBlocked, classBrowser, "popup_window_error"},
		{browser.ErrClosed, classBrowser, "user_cancelled"},
		{browser.ErrTimeout, classBrowser, "timed_out"},
		{browser.ErrBusy, classBrowser, "interaction_in_progress"},
		{browser.ErrAddress, classClientConfig, "url_parse_error"},
		{browser.ErrDamaged, classBrowser, "unable_to_parse_token_request_cache_error"},
		{errors.Join(browser.ErrUnavailable, errors.New("x")), classBrowserConfig, "storage_not_supported"},
		{browser.ErrQuota, "CacheError", "cache_quota_exceeded"},
		{context.DeadlineExceeded, classBrowser, "timed_out"},
		{context.Canceled, classBrowser, "timed_out"},
		{errNotStarted(), classBrowser, "uninitialized_public_client_application"},
		{errors.New("x"), classAuth, "unexpected_error"},
		{nil, classAuth, "unexpected_error"},
	}
	for _, tt := range tests {
		f := failureOf(tt.err, true)
		if f.class != tt.class || f.code != tt.code || f.message == "" {
			t.Errorf("%v: %s %s %q, want %s %s", tt.err, f.class, f.code, f.message, tt.class, tt.code)
		}
	}
	if f := failureOf(&transport.Error{Method: "POST", Err: errors.New("x")}, false); f.code != "no_network_connectivity" {
		t.Errorf("offline: %s", f.code)
	}
	if f := failureOf(browser.ErrTimeout, true); f.suberror != "redirect_bridge_timeout" {
		t.Errorf("suberror %q", f.suberror)
	}
	own := errNotStarted()
	failureOf(own, true).correlationID = "changed"
	if own.correlationID != "" {
		t.Error("a caller changes another one's error")
	}
}

func TestFailureJSON(t *testing.T) {
	f := failureOf(&latchkey.Error{
		Code: "interaction_required", Description: "\u202e<b>\"", Claims: `{"access_token":{}}`, Numbers: []int64{50076, 1}, Status: 400,
		TraceID: "trace", Timestamp: "then", CorrelationID: "theirs", Suberror: "basic_action",
	}, true)
	want := `{"class":"InteractionRequiredAuthError","errorCode":"interaction_required","errorMessage":"` + "\u202e" + `\u003cb\u003e\"","subError":"basic_action",` +
		`"correlationId":"theirs","claims":"{\"access_token\":{}}","timestamp":"then","traceId":"trace","errorNo":"50076","status":400}`
	if got := f.json(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := fail("A", "b", "c").json(); strings.Contains(got, "claims") || strings.Contains(got, "status") {
		t.Errorf("%s", got)
	}
}

// The table is that of CacheLookupPolicy, in msal-browser's order.
func TestRoutes(t *testing.T) {
	tests := []struct {
		policy     int
		way, force route
	}{
		{policyDefault, route{true, true, true}, route{false, true, true}},
		{policyAccessToken, route{true, false, false}, route{false, false, false}},
		{policyAccessTokenAndRefreshToken, route{true, true, false}, route{false, true, false}},
		{policyRefreshToken, route{false, true, false}, route{false, true, false}},
		{policyRefreshTokenAndNetwork, route{false, true, true}, route{false, true, true}},
		{policySkip, route{false, false, true}, route{false, false, true}},
	}
	for _, tt := range tests {
		if got := routeOf(tt.policy, false); got != tt.way {
			t.Errorf("policy %d: %+v", tt.policy, got)
		}
		if got := routeOf(tt.policy, true); got != tt.force {
			t.Errorf("policy %d, forced: %+v", tt.policy, got)
		}
	}
}

func TestR21_HiddenFrame(t *testing.T) {
	tests := []struct {
		f    failure
		want bool
	}{
		{failure{class: classInteractionRequired, code: "no_tokens_found"}, true},
		{failure{class: classInteractionRequired, code: "refresh_token_expired"}, true},
		{failure{class: classServer, code: "invalid_grant"}, true},
		{failure{class: classClient, code: "token_refresh_required"}, true},
		{failure{class: classInteractionRequired, code: "invalid_grant", suberror: "bad_token"}, true},
		{failure{class: classInteractionRequired, code: "invalid_grant", suberror: "basic_action"}, false},
		{failure{class: classInteractionRequired, code: "interaction_required"}, false},
		{failure{class: classInteractionRequired, code: "consent_required"}, false},
		{failure{class: classInteractionRequired, code: "login_required"}, false},
		{failure{class: classBrowser, code: "post_request_failed"}, false},
		{failure{class: classServer, code: "temporarily_unavailable"}, false},
		{failure{class: classServer, code: "server_error"}, false},
	}
	for _, tt := range tests {
		if got := frameHelps(&tt.f); got != tt.want {
			t.Errorf("%s %s %s: %v", tt.f.class, tt.f.code, tt.f.suberror, got)
		}
	}
}
