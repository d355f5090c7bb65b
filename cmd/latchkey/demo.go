package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// demoCommand runs a demo, which is the zero one but in tests.
func demoCommand(d demo) *cobra.Command {
	var asJSON, verbose, explain, browser bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Acquire tokens by each flow, use them, and tell what happened",
		Long: `Start an authority and a small protected API on this computer, acquire a token by each
flow in the shape of Microsoft Entra and in plain OpenID Connect, call the API with it,
ask again silently, let the token expire, and ask once more.

What happened is taken from the authority's own log, and the API checks each token by
the keys that the authority publishes: the table does not believe the client. The exit
status is 0 only if every row holds. Nothing is needed but this program.

With --browser a person signs in, with the browser of this computer and the authority's
own pages, where a script does it otherwise.

With --json the rows are a JSON array of objects: flow, source (authority, cache,
renewed, or none if no token was asked for), milliseconds, api_status, ok.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if verbose {
				d.trace = logTo(cmd.ErrOrStderr())
			}
			if explain {
				d.explain = newExplainer(cmd.ErrOrStderr())
			}
			if browser {
				d.person = cmd.ErrOrStderr()
			}
			table := newDemoTable(cmd.OutOrStdout())
			if !asJSON {
				d.shown = table.row
			}
			rows, err := d.run(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), rows, true)
			} else {
				err = table.finish(rows)
			}
			if err != nil {
				return err
			}
			if failed := failedRows(rows); failed > 0 {
				return fmt.Errorf("the demo failed: %d of %d rows do not hold; first %s", failed, len(rows), firstFailure(rows))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array instead of a table")
	cmd.Flags().BoolVar(&browser, "browser", false, "let a person sign in with the browser")
	cmd.Flags().BoolVar(&explain, "explain", false, "tell on standard error step by step what the clients send and why, secrets hidden")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "log on standard error what the clients do")
	return cmd
}
