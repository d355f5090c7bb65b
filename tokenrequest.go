package latchkey

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/form"
	"github.com/latchkey-auth/latchkey/transport"
)

// Parameters are what a caller can say about the token that it wants, in any flow.
type parameters struct {
	scopes    []string // as the caller gave them
	resource  string
	claims    ClaimsRequest
	challenge string // the claims challenge that the request answers, as JSON
	extra     map[string]string
	variant   string // of claims and extra
}

// newParameters checks what the caller gave, and whether the profile can say it.
func (c *client) newParameters(p parameters) (parameters, error) {
	if err := checkScopes(p.scopes); err != nil {
		return p, err
	}
	profile := &c.config.Profile
	if p.resource != "" && profile.ResourceParameter == "" {
		return p, &ArgumentError{"Resource", "this authority names the resource in the scopes: ask for <resource>/.default or one of its scopes instead"}
	}
	if p.challenge != "" {
		if _, err := parseClaimsObject("ClaimsChallenge", p.challenge); err != nil {
			return p, err
		}
	}
	var err error
	p.variant, err = variant(p.claims, p.extra)
	return p, err
}

// needScopes refuses a request without scopes where the profile demands them (rule R2).
func (c *client) needScopes(field string, scopes []string) error {
	if len(scopes) == 0 && !c.config.Profile.ScopesOptional {
		return &ArgumentError{field, "is empty: name at least one scope, such as <resource>/.default"}
	}
	return nil
}

// A tokenRequest is one request to the token endpoint and what its answer must meet.
// It is a value between pure functions: grants make it, exchange alone sends it.
type tokenRequest struct {
	authority   authority.Authority
	metadata    *authority.Metadata
	grant       string
	form        form.Values
	parameters  parameters
	correlation string

	user             bool            // the answer is a user's
	partition        cache.Partition // of the subject; its Subject is empty if only the answer tells it
	account          string          // the HomeAccountID that the answer must be for; empty: anybody's
	expect           idTokenExpectation
	refreshed        *cache.RefreshToken                        // the refresh token that the request spends, if it is the cache's
	realm            string                                     // the tenant whose token was asked for, if the answer does not say; may be empty
	asked            []string                                   // the scopes that were asked for, if the form does not say
	subject          func(homeAccountID string) (string, error) // names the partition, if only the answer tells it; nil: the account
	until            int64                                      // Unix seconds after which the cache must not have the token; zero: as the token lasts
	dropRefreshToken bool                                       // whatever the answer brings (rule R27)
}

// newTokenRequest starts the form of a request: grant, scopes, resource, claims.
func (c *client) newTokenRequest(a authority.Authority, m *authority.Metadata, grantType string, scopes []string, p parameters) (*tokenRequest, error) {
	q := &tokenRequest{authority: a, metadata: m, grant: grantType, parameters: p, form: make(form.Values, 0, 8)}
	q.form.Set("grant_type", grantType)
	if len(scopes) > 0 {
		q.form.Set("scope", joinScopes(scopes))
	}
	if p.resource != "" {
		q.form.Set(c.config.Profile.ResourceParameter, p.resource)
	}
	claims, err := c.claimsParameter(p.claims, p.challenge)
	if err != nil {
		return nil, err
	}
	if claims != "" {
		q.form.Set("claims", claims)
	}
	return q, nil
}

// setExtra adds the caller's parameters, none of which may replace one of ours (rule R4).
func setExtra(f *form.Values, extra map[string]string) error {
	for _, name := range sortedNames(extra) {
		if name == "" {
			return &ArgumentError{"Extra", "has a parameter without a name"}
		}
		if f.Has(name) || slices.Contains(reservedParameters, name) {
			return &ArgumentError{"Extra", "has the parameter " + name + ", which the request sets itself: use the field for it"}
		}
		f.Set(name, extra[name])
	}
	return nil
}

// reservedParameters are those that must be this module's even where it sends none.
var reservedParameters = []string{
	"client_id", "client_secret", "client_assertion", "client_assertion_type", "grant_type", "code",
	"code_verifier", "code_challenge", "code_challenge_method", "redirect_uri", "state", "nonce",
	"refresh_token", "device_code", "assertion", "username", "password", "response_type", "request", "request_uri",
}

// exchange sends the request and checks the answer: the one place that asks a token
// endpoint. With an error it returns no answer, but in one case one with nothing but a
// refresh token to keep: see keepRefreshToken.
func (c *client) exchange(ctx context.Context, q *tokenRequest) (*tokenAnswer, error) {
	message, err := c.message(ctx, q)
	if err != nil {
		return nil, err
	}
	sent := c.now()
	response, err := c.send(ctx, message, q.grant, q.correlation)
	if err != nil {
		return nil, err
	}
	answer, err := parseTokenAnswer(response, q, sent, c.config.Profile.AccessTokenOptional && q.identityOnly())
	if err != nil {
		return nil, c.withCorrelation(err, q.correlation)
	}
	if answer.idToken != "" {
		if answer.claims, err = c.checkIDToken(ctx, answer, q); err != nil {
			if q.refreshed != nil && answer.refreshToken != "" && keysUnreachable(err) {
				return &tokenAnswer{refreshToken: answer.refreshToken, sentAt: answer.sentAt}, err
			}
			return nil, clockHint(err, response, c.now())
		}
	}
	return answer, nil
}

// identityOnly reports whether no API's scope is asked for (rule R12).
func (q *tokenRequest) identityOnly() bool {
	asked := strings.Fields(q.form.Get("scope"))
	if len(asked) == 0 {
		asked = q.asked
	}
	return !slices.ContainsFunc(asked, func(s string) bool { return !identityScope(s) })
}

// withCorrelation names the request in an error that the authority did not name it in.
func (c *client) withCorrelation(err error, correlation string) error {
	if refused, ok := err.(*Error); ok && refused.CorrelationID == "" && c.config.Profile.CorrelationHeader != "" {
		refused.CorrelationID = correlation
	}
	return err
}

// message writes the request with everything that all grants have in common.
func (c *client) message(ctx context.Context, q *tokenRequest) (*transport.Request, error) {
	m := &transport.Request{
		Method: "POST",
		URL:    q.metadata.TokenEndpoint,
		Header: transport.Header{
			{Name: "Content-Type", Value: "application/x-www-form-urlencoded"},
			{Name: "Accept", Value: "application/json"},
		},
	}
	body := append(make(form.Values, 0, len(q.form)+4), q.form...)
	if c.config.Profile.ClientInfo && q.user {
		body.Set("client_info", "1")
	}
	if err := c.authenticate(ctx, q, &body, &m.Header); err != nil {
		return nil, err
	}
	if err := setExtra(&body, q.parameters.extra); err != nil {
		return nil, err
	}
	if name := c.config.Profile.CorrelationHeader; name != "" && q.correlation != "" {
		m.Header = append(m.Header, transport.Field{Name: name, Value: q.correlation})
	}
	m.Body = body.Encode()
	return m, nil
}

// authenticate adds what proves the client (RFC 6749 section 2.3, RFC 7523 section
// 2.2; rule R6: one way, never one and then the other).
func (c *client) authenticate(ctx context.Context, q *tokenRequest, body *form.Values, header *transport.Header) error {
	id := c.config.ClientID
	switch c.credential.kind {
	case noCredential:
		body.Set("client_id", id)
	case assertionCredential:
		jwt, err := c.credential.assertion(ctx, AssertionRequest{
			ClientID: id, Audience: q.metadata.AssertionAudience,
			Reusable: c.config.Profile.AssertionReuse, LegacyThumbprint: c.config.Profile.AssertionLegacyThumbprint,
		})
		if err != nil {
			return &assertionError{err}
		}
		if jwt == "" {
			return &ArgumentError{"Credential", "the assertion function returned no assertion"}
		}
		body.Set("client_id", id)
		body.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		body.Set("client_assertion", jwt)
	case secretCredential:
		switch method := c.config.Profile.ClientAuthFor(q.metadata); method {
		case "client_secret_post":
			body.Set("client_id", id)
			body.Set("client_secret", *c.credential.secret)
		case "client_secret_basic":
			*header = append(*header, transport.Field{Name: "Authorization", Value: basicAuth(id, *c.credential.secret)})
		default:
			return &ArgumentError{"Credential", "the authority takes no client secret (token_endpoint_auth_methods_supported): use another credential"}
		}
	}
	return nil
}

// basicAuth is HTTP Basic with both parts form-encoded first (RFC 6749 section 2.3.1).
func basicAuth(id, secret string) string {
	encoded := b64.EncodeString(form.Escape(id) + ":" + form.Escape(secret))
	encoded = strings.ReplaceAll(strings.ReplaceAll(encoded, "-", "+"), "_", "/")
	return "Basic " + encoded + "==="[:(4-len(encoded)%4)%4]
}

// send sends a message of the client and traces it.
func (c *client) send(ctx context.Context, m *transport.Request, grantType, correlation string) (*transport.Response, error) {
	var started time.Time
	if c.config.Trace.RequestSent != nil {
		started = c.now()
	}
	response, err := c.config.Transport(ctx, m)
	if err = checkAnswered(m, response, err); err != nil {
		response = nil
	}
	if c.config.Trace.RequestSent != nil {
		e := Event{ClientID: c.config.ClientID, Method: m.Method, Grant: grantType, CorrelationID: correlation, Elapsed: c.now().Sub(started), Err: err}
		e.Host, e.Path = hostAndPath(m.URL)
		if response != nil {
			e.Status = response.Status
		}
		fire(ctx, c.config.Trace.RequestSent, e)
	}
	return response, err
}

// checkAnswered holds a transport that a caller wrote to what [transport.Func] promises.
func checkAnswered(m *transport.Request, r *transport.Response, err error) error {
	var lost *transport.Error
	switch {
	case errors.As(err, &lost):
		return err
	case err == nil && r != nil && len(r.Body) > transport.MaxBody:
		err = transport.ErrBodyTooLarge
	case err == nil && r != nil:
		return nil
	}
	host, _ := hostAndPath(m.URL)
	return &transport.Error{Method: m.Method, Host: host, Err: err}
}

// traced is the transport of metadata and key requests.
func (c *client) traced(ctx context.Context, m *transport.Request) (*transport.Response, error) {
	return c.send(ctx, m, "", "")
}

// hostAndPath cuts a URL down to what may be logged.
func hostAndPath(url string) (host, path string) {
	_, rest, _ := strings.Cut(url, "://")
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[:i], rest[i:]
	}
	return rest, ""
}

func joinScopes(scopes []string) string { return strings.Join(scopes, " ") }

// clockHint adds to a refused time of an ID token how far the clocks are apart (rule
// R28): the Date header decides nothing.
func clockHint(err error, response *transport.Response, now time.Time) error {
	refused, ok := err.(*ValidationError)
	if !ok || refused.Check != "exp" && refused.Check != "iat" && refused.Check != "nbf" {
		return err
	}
	theirs, ok := parseHTTPDate(response.Header.Get("Date"))
	if !ok {
		return err
	}
	if off := now.Unix() - theirs; off > 60 || off < -60 {
		refused.Problem += "; this computer's clock is " + minutes(off) + " the authority's: set it"
	}
	return err
}
