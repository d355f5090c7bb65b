package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/latchkey-auth/latchkey"
	"github.com/spf13/cobra"
)

const (
	outputToken  = "token"
	outputJSON   = "json"
	outputHeader = "header"
)

// tokenFlags are the flags of latchkey token.
type tokenFlags struct {
	authority                               authorityFlags
	clientID, resource, account, secretFile string
	scopes                                  []string
	output                                  choice
	device, verbose                         bool
}

func tokenCommand() *cobra.Command {
	f := tokenFlags{output: choice{outputToken, []string{outputToken, outputJSON, outputHeader}}}
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Print an access token",
		Long: `Print an access token: one of a service for itself (client credentials), if there is
a secret, or one of a user who signs in on any device (--device). Nothing is kept.

The secret comes from a file, from standard input (--secret-file -), or from the
environment variable ` + secretVariable + `. Each flag with a variable in brackets can
be given by that variable instead.

Standard output has the token and nothing else: as it is, as a header for curl -H, or
as JSON with access_token, token_type, scopes, account, and its end as expires_on
(seconds since 1970) and expires_at (RFC 3339, UTC).

The exit status is 4 if a user must sign in.`,
		Example: `  latchkey token --authority https://login.example.com --client-id 8f1c6f0e --secret-file key.txt --scope api://tasks/.default
  latchkey token --device --authority https://login.example.com --client-id 8f1c6f0e --output header
  latchkey authority -- latchkey token --device`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.authority.define(cmd, "the issuer's `URL`, or for Microsoft Entra https://login.microsoftonline.com/ and the tenant")
	cmd.Flags().StringVar(&f.clientID, "client-id", "", "the `id` that the authority gave the client")
	cmd.Flags().StringArrayVar(&f.scopes, "scope", nil, "what the token must be good for; several with spaces between, or repeated")
	cmd.Flags().StringVar(&f.resource, "resource", "", "the API that the token is for, where scopes do not say (RFC 8707)")
	cmd.Flags().StringVar(&f.account, "account", "", "the `user` who must sign in, by user name or id; another one is refused")
	addChoice(cmd, &f.output, "output", "what to print")
	cmd.Flags().StringVar(&f.secretFile, "secret-file", "", "read the client's secret from this `file`; - is standard input")
	cmd.Flags().BoolVar(&f.device, "device", false, "let a user sign in on any device, by a code (RFC 8628)")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "tell on standard error what is sent")
	envFlags(cmd, "authority", "profile", "ca-file", "client-id", "scope", "resource", "account", "output", "secret-file")
	return cmd
}

func (f *tokenFlags) run(cmd *cobra.Command) error {
	ctx := cmd.Context()
	q, err := f.request(cmd)
	if err != nil {
		return err
	}
	result, err := q.acquire(ctx, devicePrompt(cmd.ErrOrStderr(), q.config))
	if err != nil {
		return inFlags(err)
	}
	if err := printToken(cmd.OutOrStdout(), result, f.output.value); err != nil {
		return err
	}
	return result.CacheError // rule R30: a token that was not kept is not a success
}

// request checks the flags.
func (f *tokenFlags) request(cmd *cobra.Command) (*tokenRequest, error) {
	a, err := f.authority.parse()
	if err != nil {
		return nil, err
	}
	if f.clientID == "" {
		return nil, &usageError{"--client-id is missing: give the id that the authority gave the client"}
	}
	q := &tokenRequest{
		config:   latchkey.Config{Authority: f.authority.url, ClientID: f.clientID, Profile: a.Profile()},
		scopes:   splitScopes(f.scopes),
		resource: f.resource, account: f.account, device: f.device,
	}
	if q.config.Transport, err = f.authority.transport(); err != nil {
		return nil, err
	}
	if f.verbose {
		q.config.Trace = logTo(cmd.ErrOrStderr())
	}
	secret, err := readSecret(cmd.Context(), f.secretFile, cmd.InOrStdin())
	if err != nil {
		return nil, err
	}
	if secret != "" {
		q.credential, q.confidential = latchkey.Secret(secret), true
	}
	if q.confidential && !q.device && q.account != "" {
		return nil, &usageError{"--account names a user, but with a secret and without --device the token is the client's own"}
	}
	return q, nil
}

// splitScopes takes scopes one by one or with spaces between them.
func splitScopes(given []string) []string {
	var scopes []string
	for _, s := range given {
		scopes = append(scopes, strings.Fields(s)...)
	}
	return scopes
}

// logTo returns a trace that logs everything.
func logTo(w io.Writer) *latchkey.Trace {
	return latchkey.SlogTrace(slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

// inFlags names the flag that an [latchkey.ArgumentError] is about, instead of the field.
func inFlags(err error) error {
	var argument *latchkey.ArgumentError
	if !errors.As(err, &argument) {
		return err
	}
	field := argument.Field[strings.LastIndexByte(argument.Field, '.')+1:]
	flags := []string{"Authority", "--authority", "ClientID", "--client-id", "Scopes", "--scope", "Resource", "--resource"}
	if i := slices.Index(flags, field); i >= 0 {
		return &usageError{fmt.Sprintf("%s: %s", flags[i+1], argument.Problem)}
	}
	return err
}
