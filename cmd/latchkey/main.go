// Command latchkey gets OAuth 2.0 and OpenID Connect tokens in a terminal, looks into
// them, and runs the authority that shows how.
//
//	latchkey demo        acquires tokens by each flow, uses them, and tells what happened
//	latchkey authority   runs an authority for development and tests
//	latchkey login       signs a user in, and keeps the tokens
//	latchkey token       prints an access token
//	latchkey curl        calls a protected API
//	latchkey accounts    lists who is signed in
//	latchkey logout      signs a user out
//	latchkey import      takes over the tokens that Azure CLI or another program with MSAL keeps
//	latchkey doctor      checks an authority, this computer and how a client is registered
//	latchkey inspect     decodes a JSON Web Token, and verifies it if told against whom
//	latchkey version     prints the version
//
// Standard output has the answer and nothing else. The exit status is 0 if there is
// one, 4 if the user must sign in first, 2 if the command was used wrongly, and 1 for
// everything else (rule R45). No flag takes a secret (rule R44).
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := untilSignal(context.Background())
	status := run(ctx, commands(), os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(status)
}

// commands is the table of everything that latchkey can do.
func commands() []*cobra.Command {
	return []*cobra.Command{
		demoCommand(demo{}),
		authorityCommand(),
		loginCommand(),
		tokenCommand(),
		curlCommand(),
		accountsCommand(),
		logoutCommand(),
		importCommand(),
		doctorCommand(),
		inspectCommand(),
		versionCommand(),
	}
}

// A stdio is what a program reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// run runs one command line and returns the exit status.
func run(ctx context.Context, commands []*cobra.Command, args []string, std stdio) int {
	started := false
	root := rootCommand(commands)
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	used, err := root.ExecuteContextC(ctx)
	switch {
	case err != nil && !started:
		// Cobra refused the command line before any command saw it.
		err = &usageError{err.Error()}
	case ctx.Err() != nil && isEnd(ctx, err):
		err = context.Cause(ctx)
	}
	if line := errorLine(err, used.CommandPath()); line != "" {
		fmt.Fprintln(std.err, line)
	}
	return exitStatus(err)
}

// isEnd reports whether an error says no more than that ctx has ended.
func isEnd(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))
}

func rootCommand(commands []*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:           "latchkey",
		Short:         "Get OAuth 2.0 and OpenID Connect tokens, and try out how",
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,

		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(commands...)
	return root
}

// noSuchCommand refuses arguments that are no command.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	problem := fmt.Sprintf("there is no command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		problem += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return &usageError{problem}
}
