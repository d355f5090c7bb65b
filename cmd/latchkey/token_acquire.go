package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache/filecache"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/latchkey-auth/latchkey/loopback"
)

// A tokenRequest is which token a command was asked for, and how it may be had.
type tokenRequest struct {
	config       latchkey.Config
	base         http.RoundTripper // how requests leave
	host         string            // of the authority
	credential   latchkey.Credential
	confidential bool // there is a credential
	scopes       []string
	resource     string
	account      string

	device, noInput, noWait, renew, qr bool
	port                               int
	wait                               time.Duration

	cache   *filecache.Store // nil: nothing is kept
	stderr  io.Writer
	explain *explainer              // nil: nothing is explained
	giveUp  context.CancelCauseFunc // of the sign-in that runs
}

// closeCache is for when nothing of the request runs any more.
func (q *tokenRequest) closeCache() { closeStore(q.cache) }

// A signInClient signs users in. A client of either kind is one.
type signInClient interface {
	AcquireTokenSilent(context.Context, latchkey.SilentRequest) (*latchkey.Result, error)
	AcquireTokenInteractive(context.Context, latchkey.UserAgent, latchkey.InteractiveRequest) (*latchkey.Result, error)
	AcquireTokenByDeviceCode(context.Context, func(context.Context, latchkey.DeviceCode) error, latchkey.DeviceCodeRequest) (*latchkey.Result, error)
	Close(context.Context) error
}

// A tokenClient gets the tokens of a request: the service's own, or a user's.
type tokenClient struct {
	*tokenRequest
	service  *latchkey.ConfidentialClient // nil: the tokens are a user's
	user     signInClient
	users    *latchkey.PublicClient // knows who is in the cache
	signedIn latchkey.Account       // who; zero: nobody has
}

func (q *tokenRequest) client() (*tokenClient, error) {
	users, err := latchkey.NewPublic(q.config)
	if err != nil || !q.confidential {
		return &tokenClient{tokenRequest: q, user: users, users: users}, err
	}
	client, err := latchkey.NewConfidential(q.config, q.credential)
	if q.device {
		return &tokenClient{tokenRequest: q, user: client, users: users}, err
	}
	return &tokenClient{tokenRequest: q, service: client, user: client}, err
}

// closeTimeout bounds how long the command waits for what a client still does.
const closeTimeout = 10 * time.Second

// close waits for what the client still does, such as a renewal: the command does nothing
// in the background (rule R29). It saves what could not be saved before, and says in the
// result, which may be nil, what still could not (rule R30).
func (c *tokenClient) close(ctx context.Context, r *latchkey.Result) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := c.user.Close(ctx); r != nil && ctx.Err() == nil {
		r.CacheError = err
	}
}

// acquire gets the token: from the cache, by a renewal, or by asking the user.
func (q *tokenRequest) acquire(ctx context.Context) (result *latchkey.Result, err error) {
	c, err := q.client()
	if err != nil {
		return nil, err
	}
	defer func() { c.close(ctx, result) }()
	if c.service != nil {
		return c.service.AcquireTokenByClientCredential(ctx, latchkey.ClientCredentialRequest{Scopes: q.scopes, Resource: q.resource, ForceRefresh: q.renew})
	}
	if c.signedIn, err = c.known(ctx); err != nil {
		return nil, err
	}
	var d demand
	someone := c.signedIn.HomeAccountID != ""
	switch {
	case q.noInput && !someone && q.account != "":
		return nil, withoutUser(fmt.Errorf("%w: %s is not signed in", latchkey.ErrInteractionRequired, printable.Escape(q.account)))
	case q.noInput, someone && (len(q.scopes) > 0 || q.config.Profile.ScopesOptional):
		result, err = c.user.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: c.signedIn, Scopes: q.scopes, Resource: q.resource, ForceRefresh: q.renew})
		if q.noInput || err == nil || !errors.Is(err, latchkey.ErrInteractionRequired) {
			return result, withoutUser(err)
		}
		var refused *latchkey.Error
		if errors.As(err, &refused) {
			d.claims = refused.Claims
		}
	}
	return c.signIn(ctx, d)
}

// known returns the user whose tokens the cache has: the one of --account, or the only one.
// It is the zero account if nobody is signed in.
func (c *tokenClient) known(ctx context.Context) (latchkey.Account, error) {
	if c.cache == nil || c.service != nil {
		return latchkey.Account{}, nil
	}
	tellDamaged(ctx, c.stderr, c.cache, c.config.ClientID)
	found, err := c.users.Accounts(ctx)
	if err != nil && !errors.Is(err, latchkey.ErrInteractionRequired) { // a sign-in mends the latter
		return latchkey.Account{}, err
	}
	return pickAccount(found, c.account)
}

// withoutUser says what to do instead of asking nobody.
func withoutUser(err error) error {
	if errors.Is(err, latchkey.ErrInteractionRequired) {
		return fmt.Errorf("%w; leave out --no-input, or give the client's credential by --secret-file, --key-file or %s", err, secretVariable)
	}
	return err
}

// A demand is what an API wants of a sign-in. The zero one wants nothing.
type demand struct {
	claims    string
	acrValues []string
	maxAge    time.Duration
	prompt    string
}

// errNobody means that the user did not come back. The user can still help.
var errNobody = fmt.Errorf("nobody has signed in in time: %w", latchkey.ErrInteractionRequired)

// How long a sign-in lasts: by the browser as long as [latchkey.AuthCodeFlow], by a device
// code as long as the code, which ends sooner.
const (
	browserWait = 10 * time.Minute
	deviceWait  = time.Hour
)

// signIn asks the user, by the browser or by a device code.
func (c *tokenClient) signIn(ctx context.Context, d demand) (*latchkey.Result, error) {
	ask, wait := c.byBrowser, browserWait
	if c.device {
		ask, wait = c.byDevice, deviceWait
	}
	if c.wait > 0 {
		wait = min(wait, c.wait)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, wait, errNobody)
	defer cancel()
	ctx, c.giveUp = context.WithCancelCause(ctx)
	defer c.giveUp(nil)
	r, err := ask(ctx, d)
	var busy *busyError
	switch {
	case err != nil && errors.As(context.Cause(ctx), &busy):
		return nil, busy
	case err != nil && errors.Is(context.Cause(ctx), errNobody):
		return nil, errNobody
	case err == nil && c.account != "" && !isAccount(r.Account, c.account):
		return nil, fmt.Errorf("%s signed in, and --account asks for %s: nothing is printed", r.Account.Username, c.account)
	}
	return r, err
}

// awaited tells that another process asks the user, or gives up if it may not wait for that.
func (q *tokenRequest) awaited(_ context.Context, e latchkey.Event) {
	busy := &busyError{firstText(printable.Escape(e.Holder), "another program")}
	if q.noWait {
		q.giveUp(busy)
		return
	}
	fmt.Fprintf(q.stderr, "Waiting for %s, which asks the user already. Ctrl-C gives up.\n", busy.holder)
}

// A busyError means that another process asks the user, and --no-wait was given.
type busyError struct{ holder string }

func (e *busyError) Error() string {
	return e.holder + " asks the user already, and --no-wait waits for nobody: try again when it is done"
}

// Is says that the user's answer, there or here, is what is missing.
func (e *busyError) Is(target error) bool { return target == latchkey.ErrInteractionRequired }

// isAccount reports whether a name is one of the account's.
func isAccount(a latchkey.Account, name string) bool {
	return strings.EqualFold(a.Username, name) || a.HomeAccountID == name || a.LocalAccountID == name
}

func (c *tokenClient) byDevice(ctx context.Context, d demand) (*latchkey.Result, error) {
	return c.user.AcquireTokenByDeviceCode(ctx, c.devicePrompt, latchkey.DeviceCodeRequest{
		Scopes: c.userScopes(), Resource: c.resource, ClaimsChallenge: d.claims, Join: "user " + strings.ToLower(c.account),
	})
}

// userScopes are what a user is asked for: also the user's name, if the account is kept, so
// that it can be told from others. It makes no token another one.
func (c *tokenClient) userScopes() []string {
	if c.cache == nil || slices.Contains(c.scopes, "profile") {
		return c.scopes
	}
	return append(slices.Clone(c.scopes), "profile")
}

func (c *tokenClient) byBrowser(ctx context.Context, d demand) (*latchkey.Result, error) {
	r := latchkey.InteractiveRequest{
		Scopes: c.userScopes(), Resource: c.resource, ClaimsChallenge: d.claims, ACRValues: d.acrValues, MaxAge: d.maxAge,
		Account: c.signedIn, Prompt: d.prompt,
	}
	if strings.Contains(c.account, "@") { // an id is no hint for a page
		r.LoginHint = c.account
	}
	here, overSSH := sshSession()
	if !overSSH || c.port != 0 {
		return c.user.AcquireTokenInteractive(ctx, c.agent(c.port, here), r)
	}
	result, err := c.user.AcquireTokenInteractive(ctx, c.agent(sshPort, here), r)
	var listener *loopback.Error
	if errors.As(err, &listener) && listener.Field == "Port" {
		return c.user.AcquireTokenInteractive(ctx, c.agent(0, here), r)
	}
	return result, err
}
