package main

import (
	"context"
	"fmt"
	"io"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/spf13/cobra"
)

func loginCommand() *cobra.Command {
	var f clientFlags
	var asJSON bool
	prompt := choice{"", []string{"login", "select_account", "consent", "create"}}
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign a user in",
		Long: `Sign a user in, with the browser of this computer or on any device (--device), and keep
the tokens, so that latchkey token and latchkey curl ask nobody. Whoever is signed in
stays so; --prompt select_account lets another user sign in beside.

` + cacheHelp + `

Standard output has the user's name; with --json an object: username, name,
home_account_id, tenant_id. The exit status is 4 if nobody signed in.`,
		Example: `  latchkey login --authority https://login.example.com --client-id 8f1c6f0e --scope api://tasks/Tasks.Read
  latchkey login --device --authority https://login.example.com --client-id 8f1c6f0e`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.cache.none() {
				return &usageError{"--cache none keeps nothing, and latchkey login is there to keep tokens: name a folder"}
			}
			q, err := f.request(cmd)
			if err != nil {
				return err
			}
			defer q.closeCache()
			if err := checkLogin(q, prompt.value); err != nil {
				return err
			}
			result, err := q.login(cmd.Context(), prompt.value)
			if q.explain != nil {
				q.explain.outcome(result, err)
			}
			if err != nil {
				return inFlags(err)
			}
			if err := printLogin(cmd.OutOrStdout(), result.Account, asJSON); err != nil {
				return err
			}
			return result.CacheError // rule R30
		},
	}
	addChoice(cmd, &prompt, "prompt", "what the authority's page must do whoever is signed in there")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the user as JSON")
	f.define(cmd)
	return cmd
}

func checkLogin(q *tokenRequest, prompt string) error {
	switch {
	case q.confidential && !q.device:
		return &usageError{"a credential is for the client's own tokens, for which nobody signs in: leave it out, or add --device"}
	case q.noInput:
		return &usageError{"latchkey login asks a user, and --no-input forbids that: leave it out"}
	case q.device && prompt != "":
		return &usageError{"--prompt is for the browser of this computer, and not for --device: choose one"}
	}
	return nil
}

// login signs a user in, whoever is signed in already.
func (q *tokenRequest) login(ctx context.Context, prompt string) (result *latchkey.Result, err error) {
	c, err := q.client()
	if err != nil {
		return nil, err
	}
	defer func() { c.close(ctx, result) }()
	return c.signIn(ctx, demand{prompt: prompt})
}

func printLogin(w io.Writer, a latchkey.Account, asJSON bool) error {
	if asJSON {
		return writeJSON(w, newAccountAnswer(a), true)
	}
	_, err := fmt.Fprintln(w, printable.Escape(firstText(a.Username, a.HomeAccountID)))
	return err
}
