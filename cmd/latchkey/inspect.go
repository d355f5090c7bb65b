package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func inspectCommand() *cobra.Command {
	var flags authorityFlags
	var audiences []string
	cmd := &cobra.Command{
		Use:   "inspect",
		Short: "Decode a JSON Web Token from standard input, and verify it",
		Long: `Decode a JSON Web Token from standard input. Its signature is not printed.

With --authority the token is verified too: its signature by the keys that the
authority publishes, its issuer, its times and, with --audience, whom it is for.
Only the API that a token is for can say whether that is enough.

The exit status is 1 if the input is no token or a check failed.`,
		Example: `  latchkey token | latchkey inspect
  latchkey inspect --authority https://login.example.com --audience api://tasks <token.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.url == "" && len(audiences) > 0 {
				return &usageError{"--audience needs --authority: without it nothing is verified"}
			}
			if isTerminal(cmd.InOrStdin()) {
				fmt.Fprintln(cmd.ErrOrStderr(), "Paste the token, then press Enter and Ctrl-D.")
			}
			input, err := readInput(cmd.Context(), cmd.InOrStdin())
			if err != nil {
				return fmt.Errorf("standard input: %w", err)
			}
			compact := trimToken(input)
			if compact == "" {
				return fmt.Errorf("there is nothing on standard input: pipe a token into this command, such as latchkey token | latchkey inspect")
			}
			t, err := parseJWT(compact)
			if err != nil {
				return err
			}
			findings, err := inspect(cmd.Context(), &flags, compact, t, audiences)
			if err != nil {
				return err
			}
			if err := printJWT(cmd.OutOrStdout(), t, findings, len(audiences) > 0, time.Now()); err != nil {
				return err
			}
			if problem := firstProblem(findings); problem != "" {
				return fmt.Errorf("do not accept this token; %s", problem)
			}
			return nil
		},
	}
	flags.define(cmd, "verify the token against this authority's `URL`")
	cmd.Flags().StringArrayVar(&audiences, "audience", nil, "whom the token must be for; may be repeated, any one will do")
	envFlags(cmd, "authority", "profile", "ca-file")
	return cmd
}

// inspect verifies a token if an authority is given.
func inspect(ctx context.Context, flags *authorityFlags, compact string, t jwt, audiences []string) ([]finding, error) {
	if flags.url == "" {
		return nil, nil
	}
	a, err := flags.parse()
	if err != nil {
		return nil, err
	}
	send, err := flags.transport()
	if err != nil {
		return nil, err
	}
	return newVerifier(a, send, time.Now).verify(ctx, compact, t, audiences), ctx.Err()
}

// trimToken finds the token in what people paste: the token, or a whole header that
// presents it (RFC 6750, section 2.1).
func trimToken(input string) string {
	text := strings.TrimSpace(input)
	for _, prefix := range []string{"Authorization:", "Bearer "} {
		if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			text = strings.TrimSpace(text[len(prefix):])
		}
	}
	return text
}
