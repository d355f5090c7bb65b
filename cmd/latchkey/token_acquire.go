package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/printable"
)

// A tokenRequest is what latchkey token was asked for.
type tokenRequest struct {
	config       latchkey.Config
	credential   latchkey.Credential
	confidential bool // there is a credential
	device       bool
	scopes       []string
	resource     string
	account      string
}

// closeTimeout bounds how long the command waits for what a client still does.
const closeTimeout = 10 * time.Second

// acquire gets the token. Without a credential and a device code it asks a cache that is
// empty, which says that a user must sign in.
func (q *tokenRequest) acquire(ctx context.Context, prompt prompt) (*latchkey.Result, error) {
	if q.confidential {
		client, err := latchkey.NewConfidential(q.config, q.credential)
		if err != nil {
			return nil, err
		}
		defer closeClient(ctx, client)
		if q.device {
			return q.byDevice(ctx, client, prompt)
		}
		return client.AcquireTokenByClientCredential(ctx, latchkey.ClientCredentialRequest{Scopes: q.scopes, Resource: q.resource})
	}
	client, err := latchkey.NewPublic(q.config)
	if err != nil {
		return nil, err
	}
	defer closeClient(ctx, client)
	if q.device {
		return q.byDevice(ctx, client, prompt)
	}
	r, err := client.AcquireTokenSilent(ctx, latchkey.SilentRequest{Scopes: q.scopes, Resource: q.resource})
	if err != nil {
		err = fmt.Errorf("%w; let a user sign in with --device, or give the client's secret by --secret-file or %s", err, secretVariable)
	}
	return r, err
}

// closeClient waits for what the client still does: the command does nothing in the
// background (rule R29).
func closeClient(ctx context.Context, client interface{ Close(context.Context) error }) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	_ = client.Close(ctx) // there is no store that something could be missing from
}

// A prompt tells the user where to enter which code.
type prompt func(ctx context.Context, code latchkey.DeviceCode) error

// A deviceClient is a client of either kind.
type deviceClient interface {
	AcquireTokenByDeviceCode(ctx context.Context, prompt func(ctx context.Context, code latchkey.DeviceCode) error, r latchkey.DeviceCodeRequest) (*latchkey.Result, error)
}

func (q *tokenRequest) byDevice(ctx context.Context, client deviceClient, prompt prompt) (*latchkey.Result, error) {
	r, err := client.AcquireTokenByDeviceCode(ctx, prompt, latchkey.DeviceCodeRequest{Scopes: q.scopes, Resource: q.resource})
	if err == nil && q.account != "" && !isAccount(r.Account, q.account) {
		return nil, fmt.Errorf("%s signed in, and --account asks for %s: nothing is printed", r.Account.Username, q.account)
	}
	return r, err
}

// isAccount reports whether a name is one of the account's.
func isAccount(a latchkey.Account, name string) bool {
	return strings.EqualFold(a.Username, name) || a.HomeAccountID == name || a.LocalAccountID == name
}

// devicePrompt returns a prompt that says who asks whom, and opens nothing. The
// authority's own message could say anything, so it is not shown (rule R39).
func devicePrompt(w io.Writer, cfg latchkey.Config) prompt {
	return func(_ context.Context, code latchkey.DeviceCode) error {
		host := cfg.Authority
		if a, err := authority.Parse(cfg.Authority, cfg.Profile); err == nil {
			host = a.Host()
		}
		_, err := fmt.Fprintf(w, `To sign in to client %s at %s, on any device

  open   %s
  enter  %s

within %s. Do it only if you started this yourself. Ctrl-C gives up.
`, printable.Escape(cfg.ClientID), printable.Escape(host), printable.Escape(code.VerificationURI),
			printable.Escape(code.UserCode), lengthInWords(time.Until(code.ExpiresOn)))
		return err
	}
}
