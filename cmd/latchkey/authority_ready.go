package main

import (
	"slices"
	"strings"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// A ready is what a script must know about the authority: the ready line.
type ready struct {
	Authority    string      `json:"authority"`   // with the tenant, as an MSAL client takes it
	Issuer       string      `json:"issuer"`      // of the Entra shape
	OIDCIssuer   string      `json:"oidc_issuer"` // of the plain shape
	CAFile       string      `json:"ca_file"`     // PEM; empty without TLS
	Control      string      `json:"control"`     // URL of the control endpoint
	ControlToken string      `json:"control_token"`
	Apps         []readyApp  `json:"apps"`
	Users        []readyUser `json:"users"`
}

// A readyApp is a registered app in it. Scopes are what it asks for as a client, or
// what it offers if it is an API.
type readyApp struct {
	Name         string   `json:"name"`
	ClientID     string   `json:"client_id"`
	Kind         string   `json:"kind"`
	Secret       string   `json:"secret"` // empty: it has none
	RedirectURIs []string `json:"redirect_uris"`
	Scopes       []string `json:"scopes"`
}

// A readyUser is a person who can sign in.
type readyUser struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

func newReady(srv *authoritytest.Server, caFile string) *ready {
	r := &ready{
		Authority: srv.Authority(""), Issuer: srv.Issuer(""), OIDCIssuer: srv.OIDCIssuer(),
		CAFile: caFile, Control: srv.ControlURL(), ControlToken: srv.ControlToken(),
		Apps: []readyApp{}, Users: []readyUser{},
	}
	for _, a := range srv.Directory.Apps {
		app := readyApp{Name: a.Name, ClientID: a.ClientID, Kind: string(a.Kind), RedirectURIs: append([]string{}, a.RedirectURIs...), Scopes: clientScopes(a)}
		if len(a.Secrets) > 0 {
			app.Secret = string(a.Secrets[0])
		}
		r.Apps = append(r.Apps, app)
	}
	for _, u := range srv.Directory.Users {
		r.Users = append(r.Users, readyUser{u.Username, string(u.Password)})
	}
	return r
}

// clientScopes returns the full names of an API's scopes; of a client those that it has
// permission for, if users can sign in to it, and for each resource where it has a role of
// its own the .default that stands for it in the Entra shape.
func clientScopes(a authoritytest.App) []string {
	scopes := []string{}
	if a.Kind == authoritytest.KindAPI {
		for _, s := range a.Scopes {
			scopes = append(scopes, a.Scope(s.Name))
		}
		return scopes
	}
	users := len(a.RedirectURIs) > 0 || a.AllowPublicFlows
	for _, p := range a.Permissions {
		if users && strings.Contains(p, "/") { // without a resource it is one of OpenID Connect's own
			scopes = append(scopes, p)
		}
	}
	for _, role := range a.GrantedRoles {
		scope := role[:strings.LastIndexByte(role, '/')+1] + ".default"
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// app returns the app with a name, or the zero app.
func (r *ready) app(name string) readyApp {
	for _, a := range r.Apps {
		if a.Name == name {
			return a
		}
	}
	return readyApp{}
}
