package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/spf13/cobra"
)

func curlCommand() *cobra.Command {
	var f clientFlags
	var a apiFlags
	cmd := &cobra.Command{
		Use:   "curl [flags] URL",
		Short: "Call a protected API",
		Long: `Call a protected API with an access token, which is got as latchkey token gets one. The
token goes to the URL's scheme, host and port and nowhere else, over https or to this
computer. If the API demands other claims, or refuses the token, another one is got and
the call is made again, once; redirects are not followed.

` + cacheHelp + `

` + credentialHelp + `

Standard output has the body: as it came, or escaped if it goes to a terminal. The
status is on standard error. The exit status is 0 for an answer 2xx, 1 for any other, and
4 if a user must sign in.`,
		Example: `  latchkey curl https://tasks.example.com/v1/tasks --authority https://login.example.com --client-id 8f1c6f0e --scope api://tasks/Tasks.Read
  latchkey curl https://tasks.example.com/v1/tasks -H 'Content-Type: application/json' -d @task.json
  latchkey curl http://localhost:8080/ -X DELETE --secret-file key.txt`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			call, err := a.request(cmd, args[0])
			if err != nil {
				return err
			}
			q, err := f.request(cmd)
			if err != nil {
				return err
			}
			defer q.closeCache()
			resp, err := q.call(call)
			if err != nil {
				if q.explain != nil {
					q.explain.outcome(nil, err)
				}
				return inFlags(err)
			}
			return printResponse(cmd.OutOrStdout(), cmd.ErrOrStderr(), resp)
		},
	}
	a.define(cmd)
	f.define(cmd)
	return cmd
}

// call calls the API. If only the user can help, because nobody has signed in yet or
// because the API demands a better sign-in, the user is asked, once for each.
func (q *tokenRequest) call(r *http.Request) (*http.Response, error) {
	if len(q.scopes) == 0 && !q.config.Profile.ScopesOptional {
		return nil, &usageError{"--scope is missing: without one the token is not for this API"}
	}
	if q.config.Profile.Issuer == authority.IssuerEntra {
		q.config.Capabilities = []string{"CP1"} // claims challenges are answered
	}
	c, err := q.client()
	if err != nil {
		return nil, err
	}
	defer c.close(r.Context(), nil)
	if c.signedIn, err = c.known(r.Context()); err != nil {
		return nil, err
	}
	transport, err := c.transport(r.URL)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: transport, CheckRedirect: noRedirect}
	for asked := 0; ; asked++ {
		resp, err := client.Do(again(r))
		if err == nil {
			return resp, nil
		}
		var need *apiclient.TokenError
		helps := errors.As(err, &need) && errors.Is(err, latchkey.ErrInteractionRequired) && c.service == nil
		switch {
		case !helps || asked == 2:
			return nil, unsent(r.URL, err)
		case q.noInput:
			return nil, withoutUser(need)
		}
		result, err := c.signIn(r.Context(), demand{claims: need.Claims, acrValues: need.ACRValues, maxAge: need.MaxAge})
		if err != nil {
			return nil, err
		}
		c.signedIn = result.Account
	}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// transport gives the tokens to the URL's origin and to nothing else.
func (c *tokenClient) transport(u *url.URL) (*apiclient.Transport, error) {
	scopes := c.scopes
	if scopes == nil {
		scopes = []string{} // a token without scopes; nil would be no token
	}
	t := &apiclient.Transport{
		Base:      c.base,
		Resources: []apiclient.Resource{{Pattern: u.Scheme + "://" + u.Host + "/*", Scopes: scopes, Resource: c.resource}},
		Source:    c.ofUser,
	}
	if c.service != nil {
		t.Source = apiclient.ForService(c.service, latchkey.ClientCredentialRequest{})
	}
	if err := t.Check(); err != nil {
		return nil, &usageError{"the URL: " + withoutPackage(err.Error())}
	}
	return t, nil
}

// ofUser is an [apiclient.Source] of the tokens of whoever has signed in.
func (c *tokenClient) ofUser(ctx context.Context, r apiclient.TokenRequest) (*latchkey.Result, error) {
	if c.signedIn.HomeAccountID == "" {
		return nil, fmt.Errorf("%w: nobody has", latchkey.ErrInteractionRequired)
	}
	return apiclient.ForUser(c.user, latchkey.SilentRequest{Account: c.signedIn})(ctx, r)
}

// again returns a request with its body from the beginning.
func again(r *http.Request) *http.Request {
	next := r.Clone(r.Context())
	if r.GetBody != nil {
		next.Body, _ = r.GetBody() // it is in memory
	}
	return next
}

// unsent returns the error of a call without the URL, whose query may hold secrets.
func unsent(u *url.URL, err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	var refused *apiclient.RefusedError
	var token *apiclient.TokenError
	switch {
	case errors.As(err, &refused):
		return &usageError{"the URL: " + refused.Reason}
	case errors.As(err, &token):
		return err
	}
	return fmt.Errorf("no answer from %s://%s: %w", u.Scheme, u.Host, err)
}
