package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache/filecache"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/latchkey-auth/latchkey/loopback"
	"github.com/spf13/cobra"
)

func logoutCommand() *cobra.Command {
	var f userFlags
	var o logout
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Sign a user out",
		Long: `Remove everything that is kept of a user, and print the page that ends the user's session
at the authority, if it has one: without that the browser stays signed in. The page's
address may hold an ID token, so keep it out of logs. Tokens that other programs have
got stay good until they end.

` + cacheHelp + `

Who was signed out is told on standard error. If nobody is signed in there is nothing to
do, and that is no failure; a user named by --account must be signed in. --all also
removes the tokens that the client has for itself, and what cannot be read any more: all
that is kept of this client at this authority, and nothing of another.`,
		Example: `  latchkey logout --authority https://login.example.com --client-id 8f1c6f0e --browser
  latchkey logout --all --authority https://login.example.com --client-id 8f1c6f0e`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.all && o.account != "" {
				return &usageError{"--all signs everybody out, and --account one user: choose one"}
			}
			return f.with(cmd, func(ctx context.Context, c *latchkey.PublicClient, store *filecache.Store) error {
				return o.run(ctx, cmd, c, store, f.clientID)
			})
		},
	}
	cmd.Flags().StringVar(&o.account, "account", "", "the `user` to sign out, by user name or id; needed if several are signed in")
	cmd.Flags().BoolVar(&o.all, "all", false, "sign everybody out of this client, and remove its own tokens")
	cmd.Flags().BoolVar(&o.browser, "browser", false, "open the page instead of printing it")
	f.define(cmd, "account")
	return cmd
}

// A logout says who is to be signed out, and how.
type logout struct {
	account      string
	all, browser bool
}

func (o *logout) run(ctx context.Context, cmd *cobra.Command, c *latchkey.PublicClient, store *filecache.Store, clientID string) error {
	found, listed := c.Accounts(ctx) // one that cannot be read hinders nobody else
	if !o.all {
		one, err := pickAccount(found, o.account)
		if err != nil {
			return err
		}
		switch {
		case one.HomeAccountID != "":
			found, listed = []latchkey.Account{one}, nil
		case o.account != "" && listed == nil:
			return fmt.Errorf("%s is not signed in; see latchkey accounts", printable.Escape(o.account))
		}
	}
	if len(found) == 0 && listed == nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "Nobody is signed in.")
	}
	var failures []error
	for _, a := range found {
		failures = append(failures, o.signOut(ctx, cmd, c, a))
	}
	if o.all {
		listed = errors.Join(c.ClearCache(ctx), removeDamaged(ctx, store, clientID))
	}
	err := errors.Join(append(failures, listed)...)
	if err == nil && o.all {
		fmt.Fprintln(cmd.ErrOrStderr(), "Nothing is kept of this client any more.")
	}
	return err
}

func (o *logout) signOut(ctx context.Context, cmd *cobra.Command, c *latchkey.PublicClient, a latchkey.Account) error {
	page, err := c.SignOut(ctx, latchkey.SignOutRequest{Account: a})
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s is signed out here.\n", printable.Escape(firstText(a.Username, a.HomeAccountID)))
	if page == "" {
		fmt.Fprintln(cmd.ErrOrStderr(), "The authority has no page that ends the session in the browser.")
		return nil
	}
	if o.browser {
		if err = loopback.Open(ctx, page); err == nil {
			return nil
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "The browser cannot be opened (%s). The page is:\n", oneLine(withoutPackage(err.Error())))
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), page)
	return err
}
