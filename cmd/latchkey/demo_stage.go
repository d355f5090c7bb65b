package main

import (
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A stage is one of the authority's shapes with an API that takes its tokens.
type stage struct {
	srv       *authoritytest.Server
	name      string // as rows have it
	title     string // as people read it
	authority string
	profile   authority.Profile
	audience  string // of the API's tokens
	tokenType string // typ of the API's tokens
	appToken  latchkey.ClientCredentialRequest

	trace  *latchkey.Trace
	shown  func(row)
	apiURL string
	rows   []row
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

func entraStage(srv *authoritytest.Server) *stage {
	api := srv.Directory.App(demoAPI)
	return &stage{
		srv: srv, name: "Entra", title: "Microsoft Entra shape", authority: srv.Authority(""), profile: authority.Entra(),
		audience: api.ClientID, tokenType: "JWT",
		appToken: latchkey.ClientCredentialRequest{Scopes: []string{api.Scope(".default")}},
	}
}

func oidcStage(srv *authoritytest.Server) *stage {
	api := srv.Directory.App(demoAPI)
	return &stage{
		srv: srv, name: "OIDC", title: "plain OpenID Connect", authority: srv.OIDCIssuer(), profile: authority.OIDC(),
		audience: api.IDURI, tokenType: "at+jwt", // RFC 9068, section 2.1
		appToken: latchkey.ClientCredentialRequest{Resource: api.IDURI},
	}
}

// config is the configuration of a client on this stage. Its clock is the authority's, so
// that both see a token expire.
func (s *stage) config(app authoritytest.App) latchkey.Config {
	return latchkey.Config{Authority: s.authority, Profile: s.profile, ClientID: app.ClientID, Clock: s.now, Trace: s.trace}
}

func (s *stage) now() time.Time { return s.srv.Clock.Now() }

func (s *stage) app(name string) authoritytest.App { return s.srv.Directory.App(name) }

// scopes are what a user's token for the API must be good for.
func (s *stage) scopes() []string { return []string{s.app(demoAPI).Scope(demoScope)} }

func (s *stage) logged() int { return lastRequest(s.srv) }

func (s *stage) add(r row) {
	s.rows = append(s.rows, r)
	if s.shown != nil {
		s.shown(r)
	}
}
