package latchkey

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A UserAgent shows the authority's pages to the user and returns what they came back
// with. Package loopback is one for this computer's browser.
type UserAgent interface {
	// Authorize readies a redirect URI, on loopbackHost if it is one of this computer's,
	// calls begin with it and with the response modes that it can receive, the best
	// first, sends the user to the URL that begin returns, and returns the query, fragment
	// or form body of the redirect whose state is that of the URL. If begin fails,
	// Authorize cleans up and returns its error. It begins before it blocks, because a page
	// can open a window only at once.
	Authorize(ctx context.Context, loopbackHost string, begin func(ctx context.Context, redirectURI string, responseModes []string) (authURL string, err error)) (callback string, err error)
}

// A StateComposer is a [UserAgent] whose redirect page reads the state parameter, as a web
// page's does: see AuthCodeRequest.ComposeState.
type StateComposer interface{ ComposeState(random string) string }

// An InteractiveRequest says how a user is to sign in by a [UserAgent].
type InteractiveRequest struct {
	// Scopes are what the token must be good for. None: the user only signs in.
	Scopes []string
	// ExtraScopesToConsent are scopes of other resources that the user is asked to
	// consent to at once (Microsoft Entra).
	ExtraScopesToConsent []string
	// Resource is whom the token is for, where the scopes do not say (RFC 8707).
	Resource string
	// Account is the user who must sign in; its Username is the login hint.
	Account Account
	// LoginHint is the user name to fill in; it wins over Account.
	LoginHint string
	// DomainHint is the domain whose sign-in page is shown (Microsoft Entra).
	DomainHint string
	// Prompt is "login", "select_account", "consent", "create" or "none"; empty: the
	// authority decides. Some give a refresh token only with "consent" (OpenID Connect
	// Core 11).
	Prompt string
	// MaxAge is how long ago the user may have signed in. Zero: any time.
	MaxAge time.Duration
	// ACRValues are the authentication contexts that will do, the preferred first.
	ACRValues []string
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
}

// AcquireTokenInteractive signs in a user by agent, with the authorization code flow
// (RFC 6749 section 4.1, RFC 8252). A call that wants what a running interaction of this
// client will bring joins it, and the user is asked once. Clients that share a Config.Cache,
// in any processes but not in pages, ask one after the other, and whoever finds its token there
// then has no question left (see [Trace.InteractionAwaited]). It waits for 10 minutes at most.
func (c *client) AcquireTokenInteractive(ctx context.Context, agent UserAgent, r InteractiveRequest) (*Result, error) {
	if agent == nil {
		return nil, &ArgumentError{"agent", "is nil: give a UserAgent, such as loopback.Browser"}
	}
	started := c.now()
	for {
		result, joined, err := c.interact(ctx, agent, &r)
		if result != nil {
			own := *result
			own.Source.Elapsed = c.now().Sub(started)
			result = &own
		}
		if !joined || ctx.Err() != nil || !abandoned(err) && r.accepts(result, err) {
			return result, err
		}
	}
}

// abandoned reports whether an interaction ended because its caller left, which is no
// answer to those who joined it.
func abandoned(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// accepts reports whether the outcome of another caller's interaction is this
// request's too: a result for another user never is (rule R36).
func (r *InteractiveRequest) accepts(result *Result, err error) bool {
	if err != nil {
		return true
	}
	if r.Account.HomeAccountID != "" && r.Account.HomeAccountID != result.Account.HomeAccountID {
		return false
	}
	return r.LoginHint == "" || strings.EqualFold(r.LoginHint, result.Account.Username)
}

// Interactions are those that are running, by their key.
type interactions struct {
	mu      sync.Mutex
	running map[string]*interaction
}

// An interaction is a sign-in that others may join until it is done.
type interaction struct {
	scopes []string
	done   chan struct{}
	result *Result
	err    error
}

// errJoined makes an agent give up its window, because another one is open.
var errJoined = errors.New("latchkey: another interaction is running")

// interact runs an interaction, or joins one. The agent comes first, and everything
// that may block happens in its callback.
func (c *client) interact(ctx context.Context, agent UserAgent, r *InteractiveRequest) (result *Result, joined bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, flowLifetime) // the flow is good no longer
	defer cancel()
	var flow *AuthCodeFlow
	var own, other *interaction
	var held *lease
	key := r.key(c)
	defer func() {
		c.endLease(ctx, held, result, err)
		if own != nil {
			c.interactions.finish(key, own, result, err)
		}
	}()
	callback, err := agent.Authorize(ctx, c.config.Profile.LoopbackHost, func(ctx context.Context, redirectURI string, modes []string) (string, error) {
		var err error
		if own, other = c.interactions.begin(key, r); other == nil {
			held, other, err = c.takeLease(ctx, key, r)
		}
		if other != nil {
			return "", errJoined
		}
		if err == nil {
			flow, err = c.beginInteraction(ctx, agent, r, redirectURI, modes)
		}
		if err != nil {
			return "", err
		}
		return flow.URL(), nil
	})
	if other != nil {
		fire(ctx, c.config.Trace.FlightJoined, Event{ClientID: c.config.ClientID, Account: r.Account.HomeAccountID, Scopes: joinScopes(r.Scopes), Grant: grantCode})
		result, err = other.wait(ctx)
		return result, true, err
	}
	if err != nil {
		return nil, false, err
	}
	if flow == nil {
		return nil, false, &ArgumentError{"agent", "did not call begin: see UserAgent"}
	}
	result, err = c.AcquireTokenByCode(ctx, flow, callback)
	return result, false, err
}

// beginInteraction makes the flow of an interaction.
func (c *client) beginInteraction(ctx context.Context, agent UserAgent, r *InteractiveRequest, redirectURI string, modes []string) (*AuthCodeFlow, error) {
	_, m, err := c.resolve(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	request := AuthCodeRequest{
		RedirectURI: redirectURI, Scopes: r.Scopes, ExtraScopesToConsent: r.ExtraScopesToConsent, Resource: r.Resource,
		Account: r.Account, LoginHint: r.LoginHint, DomainHint: r.DomainHint, Prompt: r.Prompt, MaxAge: r.MaxAge,
		ACRValues: r.ACRValues, Tenant: r.Tenant, Claims: r.Claims, ClaimsChallenge: r.ClaimsChallenge,
		Extra: r.Extra, CorrelationID: r.CorrelationID,
	}
	if composer, ok := agent.(StateComposer); ok {
		request.ComposeState = composer.ComposeState
	}
	for _, mode := range modes {
		if mode != "query" && m.SupportsResponseMode(mode) {
			request.ResponseMode = mode
			break
		}
		if mode == "query" {
			break
		}
	}
	return c.AuthCodeURL(ctx, request)
}

// key names the interactions that a request can join; empty if it joins none (rule R36).
func (r *InteractiveRequest) key(c *client) string {
	if r.Prompt != "" {
		return ""
	}
	f := fingerprint{r.Tenant, r.Account.HomeAccountID, strings.ToLower(r.LoginHint), strings.ToLower(r.DomainHint), r.Resource,
		r.Claims.String(), r.ClaimsChallenge, strconv.FormatInt(int64(r.MaxAge), 10)}
	return f.add(r.ACRValues...).addSet(r.ExtraScopesToConsent).addParameters(r.Extra).key()
}

// begin registers an interaction, or returns the running one that covers the request.
func (i *interactions) begin(key string, r *InteractiveRequest) (own, other *interaction) {
	own = &interaction{scopes: slices.Clone(r.Scopes), done: make(chan struct{})}
	if key == "" {
		return own, nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if running := i.running[key]; running != nil && running.covers(r.Scopes) {
		return nil, running
	}
	if i.running == nil {
		i.running = map[string]*interaction{}
	}
	i.running[key] = own
	return own, nil
}

// finish lets those who joined go. Nobody can end another one's interaction.
func (i *interactions) finish(key string, own *interaction, result *Result, err error) {
	if result == nil && err == nil {
		err = errors.New("latchkey: the interaction broke off") // the agent panicked
	}
	own.result, own.err = result, err
	i.mu.Lock()
	if i.running[key] == own {
		delete(i.running, key)
	}
	i.mu.Unlock()
	close(own.done)
}

func (i *interaction) covers(scopes []string) bool {
	for _, s := range scopes {
		if !containsFold(i.scopes, s) {
			return false
		}
	}
	return true
}

func containsFold(list []string, s string) bool {
	for _, have := range list {
		if strings.EqualFold(s, have) {
			return true
		}
	}
	return false
}

func (i *interaction) wait(ctx context.Context) (*Result, error) {
	select {
	case <-i.done:
		return i.result, i.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
