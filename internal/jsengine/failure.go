package jsengine

import (
	"context"
	"errors"
	"strings"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/browser"
	"github.com/latchkey-auth/latchkey/transport"
)

// The error classes of msal-browser.
const (
	classAuth                = "AuthError"
	classBrowser             = "BrowserAuthError"
	classBrowserConfig       = "BrowserConfigurationAuthError"
	classClient              = "ClientAuthError"
	classClientConfig        = "ClientConfigurationError"
	classInteractionRequired = "InteractionRequiredAuthError"
	classServer              = "ServerError"
)

// A failure is an error in the words of msal-browser.
type failure struct {
	class, code, message string
	suberror             string
	claims               string
	timestamp, traceID   string
	errorNo              int64 // the AADSTS number; zero if there is none
	status               int   // of HTTP; zero if there was no answer
	correlationID        string
}

func (f *failure) Error() string { return f.code + ": " + f.message }

// fail makes a failure of the engine's own.
func fail(class, code, message string) *failure {
	return &failure{class: class, code: code, message: message}
}

// The failures that several places report.
func errNotStarted() *failure {
	return fail(classBrowser, "uninitialized_public_client_application", "call and await initialize first")
}

func errTokenRefreshRequired() *failure {
	return fail(classClient, "token_refresh_required", "no token of the cache will do, and cacheLookupPolicy or claims allow no other way before")
}

// failureOf describes an error. online is what the page says of its network.
func failureOf(err error, online bool) *failure {
	var own *failure
	var refused *latchkey.Error
	var invalid *latchkey.ValidationError
	var argument *latchkey.ArgumentError
	var misplaced *authority.Error
	var lost *transport.Error
	switch {
	case err == nil:
		return fail(classAuth, "unexpected_error", "the engine broke off: this is a bug of latchkey")
	case errors.As(err, &own):
		copied := *own
		return &copied
	case errors.As(err, &refused):
		return refusal(refused)
	case errors.As(err, &invalid): // before what it is caused by
		return invalidity(invalid)
	case errors.As(err, &argument):
		return argumentFailure(argument)
	case errors.As(err, &misplaced):
		return fail(classClient, "endpoints_resolution_error", err.Error())
	case errors.As(err, &lost):
		if !online {
			return fail(classBrowser, "no_network_connectivity", err.Error())
		}
		if lost.Method == "GET" {
			return fail(classClient, "endpoints_resolution_error", err.Error())
		}
		return fail(classBrowser, "post_request_failed", err.Error())
	case errors.Is(err, latchkey.ErrCacheMiss):
		return errTokenRefreshRequired()
	case errors.Is(err, latchkey.ErrInteractionRequired):
		return fail(classInteractionRequired, "no_tokens_found", err.Error())
	}
	return pageFailure(err)
}

// pageFailure describes an error of package browser, or of a context.
func pageFailure(err error) *failure {
	for _, row := range [...]struct {
		err                   error
		class, code, suberror string
	}{
		{browser.ErrBlocked, classBrowser, "popup_window_error", ""},
		{browser.ErrClosed, classBrowser, "user_cancelled", ""},
		{browser.ErrTimeout, classBrowser, "timed_out", "redirect_bridge_timeout"},
		{browser.ErrBusy, classBrowser, "interaction_in_progress", ""},
		{browser.ErrAddress, classClientConfig, "url_parse_error", ""},
		{browser.ErrQuota, "CacheError", "cache_quota_exceeded", ""},
		{browser.ErrDamaged, classBrowser, "unable_to_parse_token_request_cache_error", ""},
		{browser.ErrStalled, classBrowser, "database_unavailable", ""},
		{browser.ErrUnavailable, classBrowserConfig, "storage_not_supported", ""},
		{context.DeadlineExceeded, classBrowser, "timed_out", ""},
		{context.Canceled, classBrowser, "timed_out", ""},
	} {
		if errors.Is(err, row.err) {
			f := fail(row.class, row.code, err.Error())
			f.suberror = row.suberror
			return f
		}
	}
	return fail(classAuth, "unexpected_error", err.Error())
}

// refusal describes what the authority said.
func refusal(e *latchkey.Error) *failure {
	f := &failure{
		class: classServer, code: e.Code, message: e.Description, suberror: e.Suberror, claims: e.Claims,
		timestamp: e.Timestamp, traceID: e.TraceID, correlationID: e.CorrelationID, status: e.Status,
	}
	if len(e.Numbers) > 0 {
		f.errorNo = e.Numbers[0]
	}
	if f.message == "" {
		f.message = e.Error()
	}
	switch {
	case needsInteraction(e.Code, e.Suberror, e.Description):
		f.class = classInteractionRequired
	case f.code == "":
		f.code = "server_error"
	}
	return f
}

// needsInteraction is msal-browser's own decision, which for want of a better sign goes by
// the description too; nothing but the facade's classes depends on it (rules R20, R21).
func needsInteraction(code, suberror, description string) bool {
	errorCodes := [...]string{"interaction_required", "consent_required", "login_required", "bad_token", "ui_not_allowed", "interrupted_user"}
	for _, c := range errorCodes {
		if code == c || strings.Contains(description, c) {
			return true
		}
	}
	switch suberror {
	case "message_only", "additional_action", "basic_action", "user_password_expired", "consent_required", "bad_token", "ui_not_allowed", "interrupted_user":
		return true
	}
	return false
}

// invalidity describes an answer that was refused.
func invalidity(e *latchkey.ValidationError) *failure {
	class, code := classClient, "token_parsing_error"
	switch e.Check {
	case "state":
		code = "state_mismatch"
	case "nonce":
		code = "nonce_mismatch"
	case "code":
		code = "authorization_code_missing_from_server_response"
	case "iss", "tfp":
		class, code = classClientConfig, "issuer_validation_failed"
	case "callback":
		class, code = classBrowser, "hash_does_not_contain_known_properties"
	case "expiry":
		class, code = classBrowser, "timed_out"
	case "access_token", "token_type":
		code = "null_or_empty_token"
	case "client_info":
		code = "client_info_decoding_error"
	}
	return fail(class, code, e.Error())
}

// argumentFailure describes a wrong request.
func argumentFailure(e *latchkey.ArgumentError) *failure {
	class, code := classClient, "request_cannot_be_made"
	switch e.Field {
	case "SilentRequest.Scopes":
		class, code = classClientConfig, "empty_input_scopes_error"
	case "ClaimsChallenge":
		class, code = classClientConfig, "invalid_claims"
	case "AuthCodeRequest.RedirectURI":
		class, code = classClientConfig, "redirect_uri_empty"
	}
	return fail(class, code, e.Error())
}
