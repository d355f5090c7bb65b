package main

import (
	"context"
	"net/url"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// An ask is a call that returns a token.
type ask func(context.Context) (*latchkey.Result, error)

// A flow is a way to get a token, and what must come of it.
type flow struct {
	name         string
	source       string // of the first token
	renewal      string // of the token after the first has expired
	first, again ask
	caller       caller

	prepare func(context.Context) error               // what is done before each row and not part of it; nil: nothing is
	visit   func(context.Context, ask) (visit, error) // how the API is called; nil: with the token
}

// flows are all flows that the authority offers.
func (s *stage) flows(ctx context.Context) ([]flow, error) {
	makers := []func(context.Context) (flow, error){
		s.clientCredentials, s.certificate, s.interactive, s.publicCode, s.confidentialCode, s.deviceCode, s.password, s.refreshToken,
	}
	if s.onBehalfOf {
		makers = append(makers, s.behalf)
	}
	var all []flow
	for _, maker := range makers {
		f, err := maker(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// clientCredentials: a service asks for a token of its own (RFC 6749, section 4.4).
func (s *stage) clientCredentials(context.Context) (flow, error) {
	app := s.app("daemon")
	client, err := latchkey.NewConfidential(s.config(app), secretOf(app))
	ask := func(ctx context.Context) (*latchkey.Result, error) {
		return client.AcquireTokenByClientCredential(ctx, s.appToken)
	}
	return flow{
		name: "client credentials", source: sourceAuthority, renewal: sourceAuthority,
		first: ask, again: ask, caller: caller{App: app.ClientID},
	}, err
}

func secretOf(app authoritytest.App) latchkey.Credential {
	return latchkey.Secret(string(app.Secrets[0]))
}

// A userClient is a client of either kind.
type userClient interface {
	AuthCodeURL(context.Context, latchkey.AuthCodeRequest) (*latchkey.AuthCodeFlow, error)
	AcquireTokenByCode(ctx context.Context, flow *latchkey.AuthCodeFlow, callback string) (*latchkey.Result, error)
	AcquireTokenSilent(context.Context, latchkey.SilentRequest) (*latchkey.Result, error)
}

// userFlow is a flow that begins with a user and goes on silently.
func (s *stage) userFlow(name string, app authoritytest.App, client userClient, acquire ask) flow {
	var account latchkey.Account
	return flow{
		name: name, source: sourceAuthority, renewal: sourceRenewed,
		first: func(ctx context.Context) (*latchkey.Result, error) {
			r, err := acquire(ctx)
			if err == nil {
				account = r.Account
			}
			return r, err
		},
		again: func(ctx context.Context) (*latchkey.Result, error) {
			return client.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: account, Scopes: s.scopes()})
		},
		caller: caller{User: demoUser, App: app.ClientID},
	}
}

// publicCode: a program on the user's computer, which has no secret (RFC 6749, section
// 4.1, with RFC 7636).
func (s *stage) publicCode(context.Context) (flow, error) {
	app := s.app("native")
	client, err := latchkey.NewPublic(s.config(app))
	return s.userFlow("authorization code, public", app, client, s.byCode(client, "http://127.0.0.1")), err
}

// confidentialCode: a web app on a server.
func (s *stage) confidentialCode(context.Context) (flow, error) {
	app := s.app("web")
	client, err := latchkey.NewConfidential(s.config(app), secretOf(app))
	return s.userFlow("authorization code, confidential", app, client, s.byCode(client, "http://localhost/callback")), err
}

// byCode signs the user in. The authority's pages are filled in as a person would.
func (s *stage) byCode(client userClient, redirectURI string) ask {
	return func(ctx context.Context) (*latchkey.Result, error) {
		signIn, err := client.AuthCodeURL(ctx, latchkey.AuthCodeRequest{RedirectURI: redirectURI, Scopes: s.scopes()})
		if err != nil {
			return nil, err
		}
		callback, err := s.srv.Complete(ctx, signIn.URL(), demoUser)
		if err != nil {
			return nil, err
		}
		back, err := url.Parse(callback)
		if err != nil {
			return nil, errCallback // the text of err would have the code in it
		}
		return client.AcquireTokenByCode(ctx, signIn, back.RawQuery)
	}
}

// deviceCode: a user of a device without a browser signs in on another one (RFC 8628).
func (s *stage) deviceCode(context.Context) (flow, error) {
	app := s.app("native")
	client, err := latchkey.NewPublic(s.config(app))
	approve := func(ctx context.Context, code latchkey.DeviceCode) error {
		return s.srv.ApproveDevice(ctx, code.UserCode, demoUser)
	}
	return s.userFlow("device code", app, client, func(ctx context.Context) (*latchkey.Result, error) {
		return client.AcquireTokenByDeviceCode(ctx, approve, latchkey.DeviceCodeRequest{Scopes: s.scopes()})
	}), err
}

// password: the program sees the user's password (RFC 6749, section 4.3). For tests only.
func (s *stage) password(context.Context) (flow, error) {
	app := s.app("native")
	client, err := latchkey.NewPublic(s.config(app))
	return s.userFlow("username and password", app, client, s.byPassword(client, s.scopes())), err
}

func (s *stage) byPassword(client *latchkey.PublicClient, scopes []string) ask {
	return func(ctx context.Context) (*latchkey.Result, error) {
		password := string(s.srv.Directory.User(demoUser).Password)
		return client.AcquireTokenByUsernamePassword(ctx, demoUser, password, latchkey.UsernamePasswordRequest{Scopes: scopes})
	}
}

// refreshToken: a user who has signed in by another program moves to this one (RFC 6749,
// section 6).
func (s *stage) refreshToken(ctx context.Context) (flow, error) {
	app := s.app("native")
	client, err := latchkey.NewPublic(s.config(app))
	if err != nil {
		return flow{}, err
	}
	foreign, err := s.foreignRefreshToken(ctx, app)
	f := s.userFlow("refresh token import", app, client, func(ctx context.Context) (*latchkey.Result, error) {
		return client.AcquireTokenByRefreshToken(ctx, foreign, latchkey.RefreshTokenRequest{Scopes: s.scopes()})
	})
	f.source = sourceRenewed
	return f, err
}
