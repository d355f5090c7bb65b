package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// demoCommand runs a demo, which is the zero one but in tests.
func demoCommand(d demo) *cobra.Command {
	var asJSON, verbose bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Acquire tokens by each flow, use them, and tell what happened",
		Long: `Start an authority and a small protected API on this computer, acquire a token by each
flow in the shape of Microsoft Entra and in plain OpenID Connect, call the API with it,
ask again silently, let the token expire, and ask once more.

What happened is taken from the authority's own log, and the API checks each token by
the keys that the authority publishes: the table does not believe the client. The exit
status is 0 only if every row holds. Nothing is needed but this program.

With --json the rows are a JSON array of objects: flow, source (authority, cache,
renewed, or none if no token was asked for), milliseconds, api_status, ok.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if verbose {
				d.trace = logTo(cmd.ErrOrStderr())
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
	cmd.Flags().BoolVar(&verbose, "verbose", false, "tell on standard error what the clients do")
	return cmd
}
