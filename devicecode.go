//go:build !js

package latchkey

import (
	"context"
	"errors"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/form"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/internal/resource"
	"github.com/latchkey-auth/latchkey/transport"
)

// A DeviceCodeRequest says which token is wanted by device code.
type DeviceCodeRequest struct {
	// Scopes are what the token must be good for. None: the user only signs in.
	Scopes []string
	// Resource is whom the token is for, where the scopes do not say (RFC 8707).
	Resource string
	// Tenant is another tenant to sign in to (Microsoft Entra). Empty: the client's.
	Tenant string
	// Claims asks for particular claims; ClaimsChallenge is what a resource or an
	// [*Error] demanded, as JSON.
	Claims          ClaimsRequest
	ClaimsChallenge string
	// Extra are further parameters of the device authorization request. None replaces
	// one that latchkey sets.
	Extra map[string]string
	// Join says in the caller's words whom the code is for, such as a user name, so that
	// one code is enough for them: of the calls with an equal request and an equal Join, on
	// one Config.Cache and in any processes, one shows its code, and the others wait for what
	// it brings (see [Trace.InteractionAwaited]). The result is that of whoever enters the
	// code. Empty: each call shows its own, as a program with several users must.
	Join string
	// CorrelationID is sent with the requests. Empty: a random one.
	CorrelationID string
}

// A DeviceCode is what to tell the user: on any device, open VerificationURI and enter
// UserCode (RFC 8628 section 3.2). The texts are the authority's: show them as text.
type DeviceCode struct {
	// UserCode is the code to enter.
	UserCode string
	// VerificationURI is the page to open.
	VerificationURI string
	// VerificationURIComplete is the page with the code filled in, for a QR code;
	// empty if the authority has none.
	VerificationURIComplete string
	// Message is the authority's own text for the user; empty if it has none.
	Message string
	// ExpiresOn is when the code ends.
	ExpiresOn time.Time
	// Interval is the time between two questions to the authority.
	Interval time.Duration

	secret *string // the device code, behind a pointer because fmt prints unexported strings
}

const (
	defaultInterval = 5 * time.Second // RFC 8628 section 3.2
	slowDown        = 5 * time.Second // RFC 8628 section 3.5
	maxInterval     = time.Minute     // of a back-off; the authority may ask for more
	maxDeviceWait   = time.Hour
)

// AcquireTokenByDeviceCode signs in a user of a device without a browser (RFC 8628). It
// calls prompt once with what to tell the user, and then asks the authority, at the
// interval that it gave, until the user has answered, the code has ended, or ctx ends.
// An error of prompt ends it. If the user said no, the error is an [*Error] with code
// "access_denied"; if the code ended, "expired_token". It does not call prompt if it joins
// another call: see DeviceCodeRequest.Join.
func (c *client) AcquireTokenByDeviceCode(ctx context.Context, prompt func(ctx context.Context, code DeviceCode) error, r DeviceCodeRequest) (result *Result, err error) {
	started := c.now()
	if prompt == nil {
		return nil, &ArgumentError{"prompt", "is nil: give a function that shows the code to the user"}
	}
	p, err := c.newParameters(parameters{scopes: r.Scopes, resource: r.Resource, claims: r.Claims, challenge: r.ClaimsChallenge})
	if err != nil {
		return nil, err
	}
	held, other, err := c.takeDeviceLease(ctx, &r)
	if err != nil {
		return nil, err
	}
	if other == nil {
		defer func() { c.endLease(ctx, held, result, err) }()
		result, err = c.signInByDevice(ctx, prompt, &r, p)
	} else {
		fire(ctx, c.config.Trace.FlightJoined, Event{ClientID: c.config.ClientID, Scopes: joinScopes(r.Scopes), Grant: grantDeviceCode})
		result, err = other.wait(ctx)
	}
	if result != nil {
		result.Source.Elapsed = c.now().Sub(started)
	}
	return result, err
}

// signInByDevice shows a code and waits for the user's answer.
func (c *client) signInByDevice(ctx context.Context, prompt func(ctx context.Context, code DeviceCode) error, r *DeviceCodeRequest, p parameters) (*Result, error) {
	started := c.now()
	where, m, err := c.resolve(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	correlation, err := correlationID(r.CorrelationID)
	if err != nil {
		return nil, err
	}
	code, err := c.deviceCode(ctx, where, m, p, r.Extra, correlation)
	if err != nil {
		return nil, err
	}
	e := Event{ClientID: c.config.ClientID, Scopes: joinScopes(r.Scopes), Grant: grantDeviceCode, CorrelationID: correlation}
	fire(ctx, c.config.Trace.InteractionStarted, e)
	if err = prompt(ctx, *code); err != nil {
		err = &promptError{err}
	}
	var result *Result
	if err == nil {
		result, err = c.poll(ctx, where, m, p, code, correlation)
	}
	if result != nil {
		e.Account = result.Account.HomeAccountID
	}
	e.Elapsed, e.Err = c.now().Sub(started), err
	fire(ctx, c.config.Trace.InteractionFinished, e)
	return result, err
}

// A promptError is the failure of the caller's prompt function.
type promptError struct{ err error }

func (e *promptError) Error() string {
	return "latchkey: the device code could not be shown: " + e.err.Error()
}
func (e *promptError) Unwrap() error { return e.err }

// deviceCode asks for a device code (RFC 8628 section 3.1).
func (c *client) deviceCode(ctx context.Context, where authority.Authority, m *authority.Metadata, p parameters, extra map[string]string, correlation string) (*DeviceCode, error) {
	if m.DeviceAuthorizationEndpoint == "" {
		return nil, &ArgumentError{"Config.Authority", "this authority offers no device code (device_authorization_endpoint): use another flow"}
	}
	q, err := c.newTokenRequest(where, m, "", userScopes(&c.config.Profile, m, p.scopes), p)
	if err != nil {
		return nil, err
	}
	q.form = withoutField(q.form, "grant_type")
	q.correlation, q.parameters.extra = correlation, extra
	message, err := c.message(ctx, q)
	if err != nil {
		return nil, err
	}
	message.URL = m.DeviceAuthorizationEndpoint
	sent := c.now()
	response, err := c.send(ctx, message, grantDeviceCode, correlation)
	if err != nil {
		return nil, err
	}
	return parseDeviceCode(response, sent)
}

func withoutField(fields form.Values, name string) form.Values {
	var kept form.Values
	for _, f := range fields {
		if f.Name != name {
			kept = append(kept, f)
		}
	}
	return kept
}

// parseDeviceCode checks a device authorization response (rule R18).
func parseDeviceCode(r *transport.Response, sent time.Time) (*DeviceCode, error) {
	object, err := parseAnswer(r, "device_authorization", grantDeviceCode, sent)
	if err != nil {
		return nil, err
	}
	text := func(name string) string {
		s, _ := object.Get(name).Text()
		return s
	}
	secret := text("device_code")
	code := &DeviceCode{
		UserCode:                text("user_code"),
		VerificationURI:         firstOf(text("verification_uri"), text("verification_url")),
		VerificationURIComplete: firstOf(text("verification_uri_complete"), text("verification_url_complete")),
		Message:                 clip(text("message"), 4096),
		Interval:                seconds(object.Get("interval"), defaultInterval, maxDeviceWait),
		ExpiresOn:               sent.Add(seconds(object.Get("expires_in"), 0, maxDeviceWait)),
		secret:                  &secret,
	}
	switch {
	case secret == "":
		return nil, &ValidationError{Check: "device_code", Problem: "the answer has none"}
	case code.UserCode == "" || len(code.UserCode) > 128:
		return nil, &ValidationError{Check: "user_code", Problem: "the answer has none that a person could enter"}
	case !code.ExpiresOn.After(sent):
		return nil, &ValidationError{Check: "expires_in", Problem: "the answer does not say how long the code is good"}
	}
	if _, err := resource.Parse(code.VerificationURI); err != nil {
		return nil, &ValidationError{Check: "verification_uri", Problem: "is not a web page", Err: err}
	}
	if _, err := resource.Parse(code.VerificationURIComplete); err != nil {
		code.VerificationURIComplete = ""
	}
	return code, nil
}

func seconds(v jsonscan.Value, absent, limit time.Duration) time.Duration {
	n, ok := lifetime(v)
	if !ok || n == 0 {
		return absent
	}
	return min(time.Duration(n)*time.Second, limit)
}

// poll asks until there is an answer (RFC 8628 sections 3.4 and 3.5).
func (c *client) poll(ctx context.Context, where authority.Authority, m *authority.Metadata, p parameters, code *DeviceCode, correlation string) (*Result, error) {
	q, err := c.newTokenRequest(where, m, grantDeviceCode, nil, p)
	if err != nil {
		return nil, err
	}
	q.parameters.scopes = p.scopes
	q.form.Set("device_code", *code.secret)
	q.asked = userScopes(&c.config.Profile, m, p.scopes)
	q.user, q.correlation = true, correlation
	q.partition = c.partition(cache.KindUser, m.Environment, "")
	key, err := tokenHash(*code.secret)
	if err != nil {
		return nil, err
	}
	interval, troubles := code.Interval, 0
	for {
		if err := wait(ctx, min(interval, code.ExpiresOn.Sub(c.now()))); err != nil {
			return nil, err
		}
		if !c.now().Before(code.ExpiresOn) {
			return nil, &Error{Code: "expired_token", Endpoint: "token", Grant: grantDeviceCode}
		}
		result, err := c.settle(ctx, "device:"+key, q, reasonSignIn)
		if err == nil || ctx.Err() != nil {
			return result, err
		}
		switch errorCode(err) {
		case "authorization_pending":
			troubles = 0
		case "slow_down":
			interval += slowDown
		default:
			if !outOfOrder(err) {
				return nil, deviceCodeError(err)
			}
			if troubles++; troubles > maxTroubles {
				return nil, err
			}
			interval = max(interval, min(interval*2, maxInterval), retryAfterOf(err)) // RFC 8628 section 3.5: exponential back-off
		}
	}
}

// maxTroubles is how many failures in a row end the waiting.
const maxTroubles = 10

// deviceCodeError gives the names of older drafts those of RFC 8628 (rule R18).
func deviceCodeError(err error) error {
	var refused *Error
	if errors.As(err, &refused) {
		switch refused.Code {
		case "authorization_declined":
			refused.Code = "access_denied"
		case "code_expired":
			refused.Code = "expired_token"
		case "bad_verification_code":
			refused.Code = "invalid_grant"
		}
	}
	return err
}

func retryAfterOf(err error) time.Duration {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.RetryAfter
	}
	return 0
}
