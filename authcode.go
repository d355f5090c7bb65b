package latchkey

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/form"
	"github.com/latchkey-auth/latchkey/internal/host"
)

// An AuthCodeRequest says how a user is to sign in by the authorization code flow
// (RFC 6749 section 4.1, OpenID Connect Core 3.1.2.1). State, nonce and the code
// challenge (RFC 7636, S256) are made by latchkey and cannot be left out.
type AuthCodeRequest struct {
	// RedirectURI is where the authority sends the user back to, exactly as it is
	// registered. Required.
	RedirectURI string
	// Scopes are what the token must be good for. None: the user only signs in.
	Scopes []string
	// ExtraScopesToConsent are scopes of other resources that the user is asked to
	// consent to at once (Microsoft Entra).
	ExtraScopesToConsent []string
	// Resource is whom the token is for, where the scopes do not say (RFC 8707).
	Resource string
	// Account is the user who is expected to sign in; its Username is the login hint.
	Account Account
	// LoginHint is the user name to fill in; it wins over Account.
	LoginHint string
	// DomainHint is the domain whose sign-in page is shown (Microsoft Entra).
	DomainHint string
	// SessionID is the sid claim of the session to continue (Microsoft Entra).
	SessionID string
	// Prompt is "login", "select_account", "consent", "create" or "none"; empty: the
	// authority decides. Some give a refresh token only with "consent" (OpenID Connect
	// Core 11).
	Prompt string
	// MaxAge is how long ago the user may have signed in. Zero: any time. The ID
	// token is checked for it.
	MaxAge time.Duration
	// ACRValues are the authentication contexts that will do, the preferred first.
	ACRValues []string
	// ResponseMode is "query", "fragment" or "form_post"; empty: as the profile says.
	ResponseMode string
	// Tenant is another tenant to sign in to (Microsoft Entra). Empty: the client's.
	Tenant string
	// Claims asks for particular claims; ClaimsChallenge is what a resource or an
	// [*Error] demanded, as JSON.
	Claims          ClaimsRequest
	ClaimsChallenge string
	// Extra are further parameters of the authorization request. None replaces one
	// that latchkey sets.
	Extra map[string]string
	// CorrelationID is sent with the token request. Empty: a random one.
	CorrelationID string
	// ComposeState makes the state parameter of a random value, which must stay in it whole
	// or encoded, so that the page of the redirect URI can read it. Nil: the random value is
	// the state.
	ComposeState func(random string) string
}

// flowLifetime is how long a sign-in may take (rule R35).
const flowLifetime = 10 * time.Minute

// AuthCodeURL begins a sign-in: send the user's browser to the URL of the flow, keep
// the flow, and give it to AcquireTokenByCode with the query of the redirect.
func (c *client) AuthCodeURL(ctx context.Context, r AuthCodeRequest) (*AuthCodeFlow, error) {
	if err := checkRedirectURI(r.RedirectURI); err != nil {
		return nil, err
	}
	p, err := c.newParameters(parameters{scopes: r.Scopes, resource: r.Resource, claims: r.Claims, challenge: r.ClaimsChallenge})
	if err != nil {
		return nil, err
	}
	if err := checkScopes(r.ExtraScopesToConsent); err != nil {
		return nil, err
	}
	where, m, err := c.resolve(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	if m.AuthorizationEndpoint == "" {
		return nil, &ArgumentError{"Config.Authority", "this authority has no authorization endpoint: use another flow"}
	}
	v, err := c.spare.take()
	if err != nil {
		return nil, err
	}
	flow, err := c.newFlow(where, m, &r, p, v.secret)
	if err != nil {
		return nil, err
	}
	query, err := c.authorizeQuery(flow.state, m, &r, v.challenge)
	if err != nil {
		return nil, err
	}
	separator := "?"
	if strings.Contains(m.AuthorizationEndpoint, "?") {
		separator = "&"
	}
	flow.state.url = m.AuthorizationEndpoint + separator + query.Encode()
	fire(ctx, c.config.Trace.InteractionStarted, Event{ClientID: c.config.ClientID, Account: r.Account.HomeAccountID,
		Scopes: joinScopes(r.Scopes), Grant: grantCode, CorrelationID: flow.state.correlation})
	return flow, nil
}

func (c *client) newFlow(where authority.Authority, m *authority.Metadata, r *AuthCodeRequest, p parameters, secret string) (*AuthCodeFlow, error) {
	random, err := host.Random(32 + 32)
	if err != nil {
		return nil, err
	}
	correlation, err := correlationID(r.CorrelationID)
	if err != nil {
		return nil, err
	}
	state := b64.EncodeString(random[:32])
	if r.ComposeState != nil {
		if state = r.ComposeState(state); len(state) < 43 {
			return nil, &ArgumentError{"AuthCodeRequest.ComposeState", "made a state without the random value that it was given"}
		}
	}
	return &AuthCodeFlow{&flowState{
		authority: where.String(), issuer: m.Issuer, tokenEndpoint: m.TokenEndpoint, issRequired: m.IssParameter,
		clientID: c.config.ClientID, redirectURI: r.RedirectURI,
		state: state, nonce: b64.EncodeString(random[32:]), verifier: secret,
		account: r.Account.HomeAccountID, tenant: r.Tenant, scopes: joinScopes(p.scopes), resource: p.resource,
		claims: p.claims.String(), challenge: p.challenge, correlation: correlation,
		maxAge: int64(r.MaxAge / time.Second), expires: c.now().Add(flowLifetime).Unix(),
	}}, nil
}

// authorizeQuery writes the authorization request.
func (c *client) authorizeQuery(s *flowState, m *authority.Metadata, r *AuthCodeRequest, challenge string) (*form.Values, error) {
	mode, err := c.responseMode(m, r.ResponseMode)
	if err != nil {
		return nil, err
	}
	claims, err := c.claimsParameter(r.Claims, r.ClaimsChallenge)
	if err != nil {
		return nil, err
	}
	scopes := userScopes(&c.config.Profile, m, append(append([]string(nil), r.Scopes...), r.ExtraScopesToConsent...))
	q := &form.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("client_id", s.clientID)
	set("response_type", "code")
	set("redirect_uri", s.redirectURI)
	set("response_mode", mode)
	set("scope", joinScopes(scopes))
	set("state", s.state)
	set("nonce", s.nonce)
	set("code_challenge", challenge)
	set("code_challenge_method", "S256")
	set("prompt", r.Prompt)
	set("login_hint", loginHint(r))
	set("domain_hint", r.DomainHint)
	set("sid", r.SessionID)
	if s.maxAge > 0 {
		set("max_age", strconv.FormatInt(s.maxAge, 10))
	}
	set("acr_values", strings.Join(r.ACRValues, " "))
	set("claims", claims)
	if r.Resource != "" {
		set(c.config.Profile.ResourceParameter, r.Resource)
	}
	for _, p := range c.config.Profile.AuthorizeParameters {
		set(p.Name, p.Value)
	}
	if err := setExtra(q, r.Extra); err != nil {
		return nil, err
	}
	return q, nil
}

// loginHint is the user name to fill in. The page where users choose an account gets none.
func loginHint(r *AuthCodeRequest) string {
	switch {
	case r.LoginHint != "":
		return r.LoginHint
	case r.Prompt == "select_account":
		return ""
	}
	return r.Account.Username
}

// responseMode decides by caller, profile and metadata (rule R40).
func (c *client) responseMode(m *authority.Metadata, wanted string) (string, error) {
	switch wanted {
	case "":
		return c.config.Profile.ResponseMode, nil
	case "query", "fragment", "form_post":
		if wanted != "query" && !m.SupportsResponseMode(wanted) {
			return "", &ArgumentError{"AuthCodeRequest.ResponseMode", "the authority does not offer " + wanted + " (response_modes_supported): leave it empty"}
		}
		return wanted, nil
	}
	return "", &ArgumentError{"AuthCodeRequest.ResponseMode", `is none of "query", "fragment" and "form_post"`}
}

// checkRedirectURI refuses what no authority could send a browser to (RFC 6749 section 3.1.2).
func checkRedirectURI(uri string) error {
	scheme, rest, ok := strings.Cut(uri, ":")
	switch {
	case uri == "":
		return &ArgumentError{"AuthCodeRequest.RedirectURI", "is empty: give the URI that is registered for the client"}
	case !ok || scheme == "" || rest == "" || strings.ContainsAny(scheme, "/?#"):
		return &ArgumentError{"AuthCodeRequest.RedirectURI", "is not absolute: it begins with https:// or the app's own scheme"}
	case strings.Contains(uri, "#"):
		return &ArgumentError{"AuthCodeRequest.RedirectURI", "has a fragment, which a redirect URI must not have"}
	}
	for i := 0; i < len(uri); i++ {
		if uri[i] <= ' ' || uri[i] == 0x7f {
			return &ArgumentError{"AuthCodeRequest.RedirectURI", "has a space or a control character"}
		}
	}
	return nil
}

// AcquireTokenByCode finishes a sign-in: it redeems the code that the authority sent
// the user back with. callback is the raw query of the redirect (or its fragment, or
// the body of a form post). Everything else comes from the flow, which is good for one
// sign-in. The error is a [*ValidationError] if the callback does not answer this flow,
// and an [*Error] if the authority refused.
func (c *client) AcquireTokenByCode(ctx context.Context, flow *AuthCodeFlow, callback string) (*Result, error) {
	started := c.now()
	if flow == nil || flow.state == nil {
		return nil, &ArgumentError{"flow", "is missing: keep the AuthCodeFlow of AuthCodeURL until the user comes back"}
	}
	s := flow.state
	result, err := c.finishFlow(ctx, s, callback)
	e := Event{ClientID: c.config.ClientID, Scopes: s.scopes, Grant: grantCode, CorrelationID: s.correlation, Elapsed: c.now().Sub(started), Err: err}
	if result != nil {
		e.Account = result.Account.HomeAccountID
	}
	fire(ctx, c.config.Trace.InteractionFinished, e)
	return result, err
}

func (c *client) finishFlow(ctx context.Context, s *flowState, callback string) (*Result, error) {
	where, m, err := c.flowAuthority(ctx, s)
	if err != nil {
		return nil, err
	}
	code, err := checkCallback(s, m, callback, c.now().Unix())
	if err != nil {
		return nil, err
	}
	q, err := c.codeRequest(where, m, s, code)
	if err != nil {
		return nil, err
	}
	return c.settle(ctx, "code:"+s.state, q, reasonSignIn)
}

// flowAuthority returns the authority of a flow, which must be this client's: a flow
// that comes back from storage does not choose where the code goes (rules R11, R35).
func (c *client) flowAuthority(ctx context.Context, s *flowState) (authority.Authority, *authority.Metadata, error) {
	if s.clientID != c.config.ClientID {
		return authority.Authority{}, nil, &ArgumentError{"flow", "was begun by another client: finish it with the client that made it"}
	}
	where, m, err := c.resolve(ctx, s.tenant)
	if err == nil && (where.String() != s.authority || m.TokenEndpoint != s.tokenEndpoint || m.Issuer != s.issuer) {
		err = &ArgumentError{"flow", "was begun at another authority: finish it with the client that made it"}
	}
	return where, m, err
}

func (c *client) codeRequest(where authority.Authority, m *authority.Metadata, s *flowState, code string) (*tokenRequest, error) {
	claims, err := flowClaims(s)
	if err != nil {
		return nil, err
	}
	p, err := c.newParameters(parameters{scopes: strings.Fields(s.scopes), resource: s.resource, claims: claims, challenge: s.challenge})
	if err != nil {
		return nil, err
	}
	q, err := c.newTokenRequest(where, m, grantCode, userScopes(&c.config.Profile, m, p.scopes), p)
	if err != nil {
		return nil, err
	}
	q.form.Set("code", code)
	q.form.Set("redirect_uri", s.redirectURI)
	q.form.Set("code_verifier", s.verifier)
	q.user, q.correlation = true, s.correlation
	q.partition = c.partition(cache.KindUser, m.Environment, "")
	q.expect = idTokenExpectation{nonce: s.nonce, maxAge: s.maxAge}
	return q, nil
}

// settle sends a request that spends a one-time credential. It runs to its end and is
// saved even if ctx ends first (rule R29).
func (c *client) settle(ctx context.Context, key string, q *tokenRequest, reason string) (*Result, error) {
	started := c.now()
	result, _, err := c.flights.Do(ctx, key, func(ctx context.Context) (*Result, error) {
		ctx, cancel := context.WithTimeout(ctx, flightTimeout)
		defer cancel()
		answer, err := c.exchangeTwice(ctx, q)
		if err != nil {
			return nil, err
		}
		return c.keep(ctx, q, answer, true, reason)
	})
	if err != nil {
		return nil, err
	}
	own := *result
	own.Source.Elapsed = c.now().Sub(started)
	return &own, nil
}
