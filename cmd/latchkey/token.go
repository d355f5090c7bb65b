package main

import "github.com/spf13/cobra"

const (
	outputToken  = "token"
	outputJSON   = "json"
	outputHeader = "header"
)

func tokenCommand() *cobra.Command {
	var f clientFlags
	output := choice{outputToken, []string{outputToken, outputJSON, outputHeader}}
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Print an access token",
		Long: `Print an access token: one of a service for itself (client credentials) if there is a
secret or a key, else one of a user, who signs in with the browser of this computer, or
on any device (--device). A token that was kept is printed at once while it lasts, and
renewed when it ends: a user is asked only if nothing else will do. Of several commands
that want the same at a time, one asks the user, and the others wait for what it gets.

` + cacheHelp + `

` + credentialHelp + `

Standard output has the token and nothing else: as it is, as a header for curl -H, or
as JSON with access_token, token_type, scopes, account, and its end as expires_on
(seconds since 1970) and expires_at (RFC 3339, UTC). What the user must do is told on
standard error. Over SSH that is the command that forwards the browser's port.

The exit status is 4 if a user must sign in: with --no-input, or if nobody did. It is 1 if
the token was printed but could not be kept.`,
		Example: `  latchkey token --authority https://login.example.com --client-id 8f1c6f0e --scope api://tasks/Tasks.Read
  latchkey token --authority https://login.example.com --client-id 8f1c6f0e --secret-file key.txt --scope api://tasks/.default
  latchkey token --device --authority https://login.example.com --client-id 8f1c6f0e --output header
  latchkey authority -- latchkey token --explain`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := f.request(cmd)
			if err != nil {
				return err
			}
			defer q.closeCache()
			result, err := q.acquire(cmd.Context())
			if q.explain != nil {
				q.explain.outcome(result, err)
			}
			if err != nil {
				return inFlags(err)
			}
			if err := printToken(cmd.OutOrStdout(), result, output.value); err != nil {
				return err
			}
			return result.CacheError // rule R30: a token that was not kept is not a success
		},
	}
	addChoice(cmd, &output, "output", "what to print")
	cmd.Flags().BoolVar(&f.renew, "renew", false, "leave the token that was kept, and get a new one; a service's proves the credential")
	f.define(cmd, "output")
	return cmd
}
