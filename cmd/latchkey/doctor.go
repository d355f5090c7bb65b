package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
	"github.com/spf13/cobra"
)

func doctorCommand() *cobra.Command {
	var flags authorityFlags
	var cache cacheFlags
	var clientID string
	var redirects []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check an authority, the way to it, and how a client is registered",
		Long: `Check whether sign-ins can work from here: the proxy in the environment, the authority's
metadata, its certificate, the clocks, its issuer, its keys, and what it supports. With
--client-id, whether the client and its redirect URIs are registered: by authorization
requests that ask nobody (prompt=none). No secret is needed and none is sent. And where
latchkey keeps tokens here, and what that protects against whom.

Each line says ok, warn or fail, and what fixes it. With --json the lines are a JSON array
of objects: check, verdict (ok, warn or fail), found and, unless it is ok, fix. The exit
status is 1 if a check fails.`,
		Example: `  latchkey doctor --authority https://login.example.com
  latchkey doctor --authority https://login.microsoftonline.com/contoso.com --client-id 8f1c6f0e --redirect-uri http://localhost:8400`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := newDoctor(&flags, clientID, redirects)
			if err != nil {
				return err
			}
			if err := d.examine(cmd.Context()); err != nil {
				return err
			}
			d.cache(&cache)
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), d.checks, true)
			} else {
				err = printChecks(cmd.OutOrStdout(), d.checks)
			}
			if err != nil {
				return err
			}
			return failedChecks(d.checks)
		},
	}
	flags.define(cmd, "the issuer's `URL`, or for Microsoft Entra https://login.microsoftonline.com/ and the tenant")
	cmd.Flags().StringVar(&clientID, "client-id", "", "the `id` that the authority gave the client")
	cmd.Flags().StringArrayVar(&redirects, "redirect-uri", nil, "a redirect `URI` that must be registered; may be repeated; unless given, that of latchkey token")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array instead of lines")
	cmd.Flags().StringVar(&cache.place, "cache", "", "the `folder` in which tokens are kept; unless given, latchkey in the configuration directory")
	envFlags(cmd, "authority", "profile", "ca-file", "client-id", "cache")
	return cmd
}

// A verdict is what came of a check.
type verdict string

const (
	verdictOK   verdict = "ok"
	verdictWarn verdict = "warn" // works, or not for everybody
	verdictFail verdict = "fail"
)

// A check is one line of the report. Its texts are escaped.
type check struct {
	Name    string  `json:"check"`
	Verdict verdict `json:"verdict"`
	Found   string  `json:"found"`
	Fix     string  `json:"fix,omitempty"` // what to do; empty if it is ok
}

// A doctor examines an authority.
type doctor struct {
	authority authority.Authority
	clientID  string   // empty: no client is checked
	redirects []string // to be registered; nil: the command's own should be
	wire      *recorder
	send      transport.Func // by wire
	now       func() time.Time
	checks    []check
}

func newDoctor(flags *authorityFlags, clientID string, redirects []string) (*doctor, error) {
	a, err := flags.parse()
	if err != nil {
		return nil, err
	}
	if clientID == "" && len(redirects) > 0 {
		return nil, &usageError{"--redirect-uri needs --client-id: a redirect URI is registered for a client"}
	}
	for _, r := range redirects {
		if u, err := url.Parse(r); err != nil || u.Scheme == "" || u.Fragment != "" || u.Opaque != "" {
			return nil, &usageError{"--redirect-uri: this is no absolute URI without a fragment, such as http://localhost:8400/callback"}
		}
	}
	base, err := flags.roundTripper()
	if err != nil {
		return nil, err
	}
	wire := &recorder{base: base}
	return &doctor{authority: a, clientID: clientID, redirects: redirects, wire: wire, send: transportOn(wire), now: time.Now}, nil
}

// examine makes the checks, in the order in which a sign-in needs what they are about. The
// error means that it was interrupted.
func (d *doctor) examine(ctx context.Context) error {
	d.proxy()
	document, err := d.discovery(ctx)
	d.tls(err)
	d.clock()
	if document.Exists() {
		if m := d.issuer(ctx, document); m != nil {
			d.endpoints(m)
			d.keys(ctx, m)
			d.support(m)
			d.client(ctx, m)
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func (d *doctor) add(name string, v verdict, fix, format string, args ...any) {
	d.checks = append(d.checks, check{name, v, oneLine(fmt.Sprintf(format, args...)), oneLine(fix)})
}

func (d *doctor) ok(name, format string, args ...any) { d.add(name, verdictOK, "", format, args...) }

func (d *doctor) warn(name, fix, format string, args ...any) {
	d.add(name, verdictWarn, fix, format, args...)
}

func (d *doctor) fail(name, fix, format string, args ...any) {
	d.add(name, verdictFail, fix, format, args...)
}

// printChecks prints the report for people.
func printChecks(w io.Writer, checks []check) error {
	l := &lines{w: w}
	width := 0
	for _, c := range checks {
		width = max(width, len(c.Name))
	}
	for _, c := range checks {
		l.printf("%-4s  %-*s  %s\n", c.Verdict, width, c.Name, c.Found)
		if c.Fix != "" {
			l.printf("%-4s  %-*s  to fix it: %s\n", "", width, "", c.Fix)
		}
	}
	return l.err
}

// failedChecks is the error of a report with failures.
func failedChecks(checks []check) error {
	var failed []string
	for _, c := range checks {
		if c.Verdict == verdictFail {
			failed = append(failed, c.Name)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d checks fail: %s", len(failed), len(checks), strings.Join(failed, ", "))
}
