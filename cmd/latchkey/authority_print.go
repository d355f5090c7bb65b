package main

import (
	"io"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// printReady prints what people must know about the authority. Secrets are part of it:
// they are the authority's own, and new with each start.
func printReady(w io.Writer, r *ready) error {
	l := &lines{w: w}
	l.printf("The authority is ready.\n\n")
	l.printf("  Microsoft Entra shape   %s\n", r.Authority)
	l.printf("  plain OpenID Connect    %s\n", r.OIDCIssuer)
	if r.CAFile != "" {
		l.printf("  its CA, to be trusted   %s\n", printable.Escape(r.CAFile))
	}
	l.printf("  control endpoint        %s\n  its bearer token        %s\n", r.Control, r.ControlToken)
	printApps(l, r.Apps)
	printUsers(l, r.Users)
	printAdvice(l, r)
	return l.err
}

// printBrief is for people who watch a command that runs beside the authority.
func printBrief(w io.Writer, r *ready) error {
	l := &lines{w: w}
	l.printf("latchkey: the authority is %s", r.Authority)
	if len(r.Users) > 0 {
		l.printf("; sign in as %s with the password %s", printable.Escape(r.Users[0].Username), printable.Escape(r.Users[0].Password))
	}
	l.printf("\n")
	return l.err
}

func printApps(l *lines, apps []readyApp) {
	width := 0
	for _, a := range apps {
		width = max(width, len(a.Name))
	}
	l.printf("\nApps\n")
	for _, a := range apps {
		l.printf("  %-*s  %s  %s\n", width, printable.Escape(a.Name), printable.Escape(a.ClientID), printable.Escape(a.Kind))
		detail := func(name, value string) {
			if value != "" {
				l.printf("  %-*s    %-9s %s\n", width, "", name, printable.Escape(value))
			}
		}
		detail("secret", a.Secret)
		detail("redirects", strings.Join(a.RedirectURIs, " "))
		detail("scopes", strings.Join(a.Scopes, " "))
	}
}

func printUsers(l *lines, users []readyUser) {
	width := 0
	for _, u := range users {
		width = max(width, len(u.Username))
	}
	l.printf("\nUsers\n")
	for _, u := range users {
		l.printf("  %-*s  password %s\n", width, printable.Escape(u.Username), printable.Escape(u.Password))
	}
}

// printAdvice says what to try. The commands work as they stand, in another terminal.
func printAdvice(l *lines, r *ready) {
	flags := "--profile entra --authority " + r.Authority
	if r.CAFile != "" {
		flags += " --ca-file " + r.CAFile
	}
	l.printf("\nTry, in another terminal\n")
	if native := r.app("native"); native.ClientID != "" {
		l.printf("  latchkey token --client-id %s %s\n", printable.Escape(native.ClientID), flags)
	}
	if daemon := r.app("daemon"); daemon.Secret != "" && len(daemon.Scopes) > 0 {
		l.printf("  %s=%s latchkey token --client-id %s --scope %s %s\n", secretVariable,
			printable.Escape(daemon.Secret), printable.Escape(daemon.ClientID), printable.Escape(daemon.Scopes[0]), flags)
	}
	if r.CAFile != "" {
		l.printf("  NODE_EXTRA_CA_CERTS=%s npm test\n", printable.Escape(r.CAFile))
	}
	l.printf("Ctrl-C stops the authority.\n")
}
