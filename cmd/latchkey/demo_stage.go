package main

import (
	"context"
	"io"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/loopback"
	"github.com/latchkey-auth/latchkey/transport"
)

// A stage is one of the authority's shapes with an API that takes its tokens.
type stage struct {
	srv        *demoServer
	name       string // as rows have it
	title      string // as people read it
	authority  string
	profile    authority.Profile
	audience   string // of the API's tokens
	scopeClaim string // what a user's token for the API has
	onBehalfOf bool   // the authority exchanges users' tokens
	appToken   latchkey.ClientCredentialRequest

	trace       *latchkey.Trace
	explain     *explainer
	shown       func(row)
	person      io.Writer // where a person is told how to sign in; nil: nobody is there
	openBrowser func(ctx context.Context, page string) error
	apiURL      string
	diary       diary
	rows        []row
}

// The user and the apps of the built-in directory that the demo uses.
const (
	demoUser   = "avery@contoso.test"
	demoAPI    = "api"
	demoScope  = "Tasks.Read"
	demoRole   = "Tasks.Read.All"
	otherAPI   = "graph"
	otherScope = "User.Read"
)

func entraStage(srv *demoServer) *stage {
	api := srv.Directory.App(demoAPI)
	return &stage{
		srv: srv, name: "Entra", title: "Microsoft Entra shape", authority: srv.Authority(""), profile: authority.Entra(),
		audience: api.ClientID, scopeClaim: demoScope, onBehalfOf: true,
		appToken: latchkey.ClientCredentialRequest{Scopes: []string{api.Scope(".default")}},
	}
}

func oidcStage(srv *demoServer) *stage {
	api := srv.Directory.App(demoAPI)
	return &stage{
		srv: srv, name: "OIDC", title: "plain OpenID Connect", authority: srv.OIDCIssuer(), profile: authority.OIDC(),
		audience: api.IDURI, scopeClaim: api.Scope(demoScope),
		appToken: latchkey.ClientCredentialRequest{Resource: api.IDURI},
	}
}

// config is the configuration of a client on this stage. Its clock is the authority's, so
// that both see a token expire.
func (s *stage) config(app authoritytest.App) latchkey.Config {
	c := latchkey.Config{Authority: s.authority, Profile: s.profile, ClientID: app.ClientID, Clock: s.now, Trace: s.trace}
	if s.explain != nil {
		c.Trace, c.Transport = s.explain.trace(), s.explain.transport(transport.Default())
	}
	return c
}

// agent returns what a user signs in with, and explains it if asked to.
func (s *stage) agent(b loopback.Browser) latchkey.UserAgent {
	if s.explain != nil {
		return s.explain.agent(b)
	}
	return b
}

func (s *stage) now() time.Time { return s.srv.Clock.Now() }

func (s *stage) app(name string) authoritytest.App { return s.srv.Directory.App(name) }

// scopes are what a user's token for the API must be good for.
func (s *stage) scopes() []string { return []string{s.app(demoAPI).Scope(demoScope)} }

func (s *stage) logged() int { return lastRequest(s.srv.Server) }

func (s *stage) add(r row) {
	s.rows = append(s.rows, r)
	if s.shown != nil {
		s.shown(r)
	}
}
