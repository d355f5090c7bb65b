package main

import (
	"context"
	"fmt"
	"io"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
)

// demo runs everything beside an authority of its own, for as long as the program runs.
func demo(ctx context.Context, s settings, out io.Writer) error {
	srv := &authoritytest.Server{Directory: directory()}
	if err := srv.Start(); err != nil {
		return err
	}
	defer srv.Close()
	for _, user := range srv.Directory.Users {
		fmt.Fprintln(out, "Sign in as", user.Username, "with the password", string(user.Password))
	}
	fmt.Fprintln(out, "The first has consented that the tasks API reads the calendar, the second has not.")
	fmt.Fprintln(out, "A sign-in is good for two minutes there: then the calendar demands another one.")
	return run(ctx, s.registered(srv), out)
}

const calendarID = "7b2f4c1d-3e5a-4f6b-8c7d-9e0a1b2c3d4e"

// directory is what is registered: the usual web app and tasks API, and a calendar API,
// which the first user lets the tasks API read.
func directory() authoritytest.Directory {
	d := authoritytest.DefaultDirectory()
	d.Apps = append(d.Apps, authoritytest.App{
		Name: "calendar", ClientID: calendarID, Kind: authoritytest.KindAPI, Tenant: d.Tenants[0].ID,
		IDURI:          "api://" + calendarID,
		Scopes:         []authoritytest.Scope{{Name: "Events.Read", Description: "Read your calendar"}},
		OptionalClaims: authoritytest.OptionalClaims{AccessToken: []string{"auth_time"}},
	})
	for i := range d.Apps {
		if a := &d.Apps[i]; a.Name == "api" {
			a.RedirectURIs = []string{"http://127.0.0.1/consented"}
		}
	}
	d.Consents = append(d.Consents, authoritytest.Consent{
		Client: "api", User: d.Users[0].Username, Scopes: []string{d.App("calendar").Scope("Events.Read")},
	})
	return d
}

// registered returns the settings with what the authority has registered.
func (s settings) registered(srv *authoritytest.Server) settings {
	web, tasks, calendar := srv.Directory.App("web"), srv.Directory.App("api"), srv.Directory.App("calendar")
	s.authority, s.profile = srv.Authority(""), authority.Entra()
	s.web.clientID, s.web.secret = web.ClientID, string(web.Secrets[0])
	s.tasks.clientID, s.tasks.secret, s.tasks.scope = tasks.ClientID, string(tasks.Secrets[0]), tasks.Scope("Tasks.Read")
	s.calendar.clientID, s.calendar.scope = calendar.ClientID, calendar.Scope("Events.Read")
	return s
}
