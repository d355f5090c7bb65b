package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagVariable is the environment variable that stands in for a flag.
func flagVariable(flag string) string {
	return "LATCHKEY_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// envFlags lets environment variables stand in for the flags of a command that has just
// been defined: those named, and says so in their help.
func envFlags(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		cmd.Flags().Lookup(name).Usage += " [" + flagVariable(name) + "]"
	}
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		for _, name := range names {
			if err := setFromEnv(cmd.Flags(), name); err != nil {
				return err
			}
		}
		return nil
	}
}

func setFromEnv(flags *pflag.FlagSet, name string) error {
	value := os.Getenv(flagVariable(name))
	if value == "" || flags.Changed(name) {
		return nil
	}
	if err := flags.Set(name, value); err != nil {
		return &usageError{fmt.Sprintf("the environment variable %s: %v", flagVariable(name), err)}
	}
	return nil
}

// A choice is the value of a flag that takes one of a few words.
type choice struct {
	value   string
	allowed []string
}

// String returns the word.
func (c *choice) String() string { return c.value }

// Type describes the value in the help.
func (c *choice) Type() string { return strings.Join(c.allowed, "|") }

// Set takes a word.
func (c *choice) Set(value string) error {
	for _, a := range c.allowed {
		if a == value {
			c.value = value
			return nil
		}
	}
	return fmt.Errorf("must be one of %s", strings.Join(c.allowed, ", "))
}

// addChoice defines a flag that takes one of a few words, which the shell completes.
func addChoice(cmd *cobra.Command, c *choice, name, usage string) {
	cmd.Flags().Var(c, name, usage)
	// The error would mean that there is no such flag.
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(c.allowed, cobra.ShellCompDirectiveNoFileComp))
}
