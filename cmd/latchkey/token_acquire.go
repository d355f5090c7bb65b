package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
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

	device, noInput, qr bool
	port                int
	wait                time.Duration

	stderr  io.Writer
	explain *explainer // nil: nothing is explained
}

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
	signedIn latchkey.Account // who; zero: nobody has
}

func (q *tokenRequest) client() (*tokenClient, error) {
	if !q.confidential {
		user, err := latchkey.NewPublic(q.config)
		return &tokenClient{tokenRequest: q, user: user}, err
	}
	client, err := latchkey.NewConfidential(q.config, q.credential)
	if q.device {
		return &tokenClient{tokenRequest: q, user: client}, err
	}
	return &tokenClient{tokenRequest: q, service: client, user: client}, err
}

// closeTimeout bounds how long the command waits for what a client still does.
const closeTimeout = 10 * time.Second

// close waits for what the client still does: the command does nothing in the background
// (rule R29).
func (c *tokenClient) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	_ = c.user.Close(ctx) // there is no store that something could be missing from
}

// acquire gets the token.
func (q *tokenRequest) acquire(ctx context.Context) (*latchkey.Result, error) {
	c, err := q.client()
	if err != nil {
		return nil, err
	}
	defer c.close(ctx)
	switch {
	case c.service != nil:
		return c.service.AcquireTokenByClientCredential(ctx, latchkey.ClientCredentialRequest{Scopes: q.scopes, Resource: q.resource})
	case q.noInput:
		r, err := c.user.AcquireTokenSilent(ctx, latchkey.SilentRequest{Scopes: q.scopes, Resource: q.resource})
		return r, withoutUser(err)
	}
	return c.signIn(ctx, demand{})
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
	r, err := ask(ctx, d)
	switch {
	case err != nil && errors.Is(context.Cause(ctx), errNobody):
		return nil, errNobody
	case err == nil && c.account != "" && !isAccount(r.Account, c.account):
		return nil, fmt.Errorf("%s signed in, and --account asks for %s: nothing is printed", r.Account.Username, c.account)
	}
	return r, err
}

// isAccount reports whether a name is one of the account's.
func isAccount(a latchkey.Account, name string) bool {
	return strings.EqualFold(a.Username, name) || a.HomeAccountID == name || a.LocalAccountID == name
}

func (c *tokenClient) byDevice(ctx context.Context, d demand) (*latchkey.Result, error) {
	return c.user.AcquireTokenByDeviceCode(ctx, c.devicePrompt, latchkey.DeviceCodeRequest{
		Scopes: c.scopes, Resource: c.resource, ClaimsChallenge: d.claims,
	})
}

func (c *tokenClient) byBrowser(ctx context.Context, d demand) (*latchkey.Result, error) {
	r := latchkey.InteractiveRequest{
		Scopes: c.scopes, Resource: c.resource, ClaimsChallenge: d.claims, ACRValues: d.acrValues, MaxAge: d.maxAge,
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
