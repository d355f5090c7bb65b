package frommsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/apiclient"
	"github.com/latchkey-auth/latchkey/apiserver"
	"github.com/latchkey-auth/latchkey/loopback"
)

// scopes are those of the built-in directory's API.
var scopes = []string{"api://4d0e6a5c-9f1b-4a7d-8c5e-6b8d0f2a3e45/Tasks.Read"}

// A site is a web app that signs one user in.
type site struct {
	svc         *latchkey.ConfidentialClient
	redirectURI string
	session     struct {
		flow *latchkey.AuthCodeFlow
		user string
	}
}

func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	svc, session, redirectURI := s.svc, &s.session, s.redirectURI
	// snippet code-url
	flow, err := svc.AuthCodeURL(r.Context(), latchkey.AuthCodeRequest{
		RedirectURI: redirectURI,
		Scopes:      scopes,
	})
	if err != nil {
		http.Error(w, "sign-in is out of order", http.StatusBadGateway)
		return
	}
	session.flow = flow // kept on the server, for this browser
	http.Redirect(w, r, flow.URL(), http.StatusFound)
	// end
}

func (s *site) callback(w http.ResponseWriter, r *http.Request) {
	svc, session := s.svc, &s.session
	// snippet code-redeem
	flow := session.flow
	session.flow = nil // it is good once
	token, err := svc.AcquireTokenByCode(r.Context(), flow, r.URL.RawQuery)
	if err != nil {
		http.Error(w, "you are not signed in", http.StatusUnauthorized)
		return
	}
	session.user = token.Account.HomeAccountID
	// end
}

func deviceCode(ctx context.Context, app *latchkey.PublicClient, screen io.Writer) (*latchkey.Result, error) {
	// snippet device-code
	show := func(_ context.Context, code latchkey.DeviceCode) error {
		_, err := fmt.Fprintf(screen, "Open %q and enter %q.\n", code.VerificationURI, code.UserCode)
		return err
	}
	token, err := app.AcquireTokenByDeviceCode(ctx, show, latchkey.DeviceCodeRequest{Scopes: scopes})
	// end
	return token, err
}

func refreshToken(ctx context.Context, app *latchkey.PublicClient, old string) (*latchkey.Result, error) {
	// snippet refresh-token
	token, err := app.AcquireTokenByRefreshToken(ctx, old, latchkey.RefreshTokenRequest{Scopes: scopes})
	// end
	return token, err
}

func silent(ctx context.Context, app *latchkey.PublicClient, signIn func(context.Context) (*latchkey.Result, error)) (*latchkey.Result, error) {
	// snippet silent
	accounts, err := app.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	request := latchkey.SilentRequest{Scopes: scopes}
	if len(accounts) > 1 {
		request.Account = accounts[0] // or let the user choose
	}
	token, err := app.AcquireTokenSilent(ctx, request)
	if errors.Is(err, latchkey.ErrInteractionRequired) { // also if nobody is signed in
		return signIn(ctx)
	}
	// end
	return token, err
}

func interactive(ctx context.Context, app *latchkey.PublicClient, browser loopback.Browser) (*latchkey.Result, error) {
	// snippet interactive
	token, err := app.AcquireTokenSilent(ctx, latchkey.SilentRequest{Scopes: scopes})
	if errors.Is(err, latchkey.ErrInteractionRequired) {
		token, err = app.AcquireTokenInteractive(ctx, browser, latchkey.InteractiveRequest{Scopes: scopes})
	}
	// end
	return token, err
}

func clientCredential(ctx context.Context, svc *latchkey.ConfidentialClient) (*latchkey.Result, error) {
	// snippet client-credential
	token, err := svc.AcquireTokenByClientCredential(ctx, latchkey.ClientCredentialRequest{
		Scopes: []string{"https://graph.microsoft.com/.default"},
	})
	// end
	return token, err
}

// An api calls another API for its callers.
type api struct {
	svc  *latchkey.ConfidentialClient
	last *latchkey.Result
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	svc := a.svc
	// snippet on-behalf-of
	claims, _ := apiserver.FromContext(r.Context()) // the middleware has checked the caller's token
	token, err := svc.AcquireTokenOnBehalfOf(r.Context(), claims.Assertion(), latchkey.OnBehalfOfRequest{
		Scopes: []string{"https://graph.microsoft.com/User.Read"},
	})
	// end
	if err != nil {
		http.Error(w, "no token", http.StatusBadGateway)
		slog.ErrorContext(r.Context(), "on behalf of", "error", err)
	}
	a.last = token
}

func calls(app *latchkey.PublicClient, user latchkey.Account, pattern string) *http.Client {
	// snippet transport
	client := &http.Client{Transport: &apiclient.Transport{
		Source:    apiclient.ForUser(app, latchkey.SilentRequest{Account: user}),
		Resources: []apiclient.Resource{{Pattern: pattern, Scopes: scopes}},
	}}
	// end
	return client
}

// What a failure asks for.
const (
	askUser  = "ask the user"
	wait     = "wait"
	giveUp   = "give up"
	mendCall = "mend the call"
)

func classify(err error) (what, claims string, pause time.Duration) {
	// snippet errors
	var refused *latchkey.Error
	var argument *latchkey.ArgumentError
	if errors.As(err, &refused) { // refused.Code, Suberror, Numbers, TraceID, CorrelationID, ...
		claims, pause = refused.Claims, refused.RetryAfter
	}
	switch {
	case errors.Is(err, latchkey.ErrInteractionRequired):
		return askUser, claims, 0 // claims are the ClaimsChallenge of the next request
	case pause > 0:
		return wait, "", pause
	case errors.As(err, &argument):
		return mendCall, "", 0 // argument.Field names what to mend; nothing was sent
	}
	// end
	return giveUp, "", 0
}
