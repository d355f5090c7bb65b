package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache/filecache"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/spf13/cobra"
)

func accountsCommand() *cobra.Command {
	var f userFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "accounts",
		Short: "List who is signed in",
		Long: `List the users who have signed in to a client by latchkey login or latchkey token, and
whose tokens are kept. Each can be named by --account, by user name or id.

` + cacheHelp + `

With --json the users are a JSON array of objects: username, name, home_account_id,
tenant_id. A name that is empty is left out.`,
		Example: `  latchkey accounts --authority https://login.example.com --client-id 8f1c6f0e`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd, func(ctx context.Context, c *latchkey.PublicClient, _ *filecache.Store) error {
				found, err := c.Accounts(ctx)
				if len(found) == 0 && err != nil {
					return err
				}
				if len(found) == 0 && !asJSON {
					fmt.Fprintln(cmd.ErrOrStderr(), "Nobody is signed in.")
				}
				return errors.Join(err, printAccounts(cmd.OutOrStdout(), found, asJSON))
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array instead of a table")
	f.define(cmd)
	return cmd
}

func printAccounts(w io.Writer, found []latchkey.Account, asJSON bool) error {
	if asJSON {
		all := make([]accountAnswer, len(found))
		for i, a := range found {
			all[i] = newAccountAnswer(a)
		}
		return writeJSON(w, all, true)
	}
	if len(found) == 0 {
		return nil
	}
	table := [][4]string{{"USERNAME", "NAME", "TENANT", "ID"}}
	for _, a := range found {
		table = append(table, [4]string{printable.Escape(a.Username), printable.Escape(a.Name), printable.Escape(a.TenantID), printable.Escape(a.HomeAccountID)})
	}
	var width [4]int
	for _, row := range table {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	l := &lines{w: w}
	for _, row := range table {
		line := fmt.Sprintf("%-*s  %-*s  %-*s  %s", width[0], row[0], width[1], row[1], width[2], row[2], row[3])
		l.printf("%s\n", strings.TrimRight(line, " "))
	}
	return l.err
}

// userFlags say whose users a command is about.
type userFlags struct {
	authority authorityFlags
	clientID  string
	cache     cacheFlags
}

func (f *userFlags) define(cmd *cobra.Command, fromEnv ...string) {
	f.authority.define(cmd, "the issuer's `URL`, or for Microsoft Entra https://login.microsoftonline.com/ and the tenant")
	cmd.Flags().StringVar(&f.clientID, "client-id", "", "the `id` that the authority gave the client")
	f.cache.define(cmd)
	envFlags(cmd, append(append(fromEnv, "authority", "profile", "ca-file", "client-id"), cacheNames...)...)
}

// with calls do with a client on the cache, and tells of what is damaged there.
func (f *userFlags) with(cmd *cobra.Command, do func(context.Context, *latchkey.PublicClient, *filecache.Store) error) error {
	a, err := f.authority.parse()
	if err != nil {
		return err
	}
	if f.clientID == "" {
		return errNoClient
	}
	if f.cache.none() {
		return &usageError{"--cache none keeps nothing, so that nobody is signed in: name a folder"}
	}
	send, err := f.authority.transport()
	if err != nil {
		return err
	}
	store, err := f.cache.open(cmd.Context(), cmd.InOrStdin())
	if err != nil {
		return err
	}
	defer closeStore(store)
	c, err := latchkey.NewPublic(latchkey.Config{Authority: f.authority.url, ClientID: f.clientID, Profile: a.Profile(), Cache: store, Transport: send})
	if err != nil {
		return inFlags(err)
	}
	tellDamaged(cmd.Context(), cmd.ErrOrStderr(), store, f.clientID)
	return do(cmd.Context(), c, store)
}

// closeStore closes a cache whose saves have all been answered, so that nothing of it can
// be lost.
func closeStore(s *filecache.Store) {
	if s != nil {
		_ = s.Close()
	}
}

// errNoClient says that no client is named.
var errNoClient = &usageError{"--client-id is missing: give the id that the authority gave the client"}

// pickAccount returns the account of a name, or without one the only account; the zero one
// if there is none.
func pickAccount(found []latchkey.Account, name string) (latchkey.Account, error) {
	var fit []latchkey.Account
	for _, a := range found {
		if name == "" || isAccount(a, name) {
			fit = append(fit, a)
		}
	}
	switch len(fit) {
	case 0:
		return latchkey.Account{}, nil
	case 1:
		return fit[0], nil
	}
	if name != "" {
		return latchkey.Account{}, &usageError{"--account: several users are " + name + ": name one by its id: " + accountNames(fit)}
	}
	return latchkey.Account{}, &usageError{"several users are signed in: name one by --account: " + accountNames(fit)}
}

// accountNames lists accounts by the names that tell them apart.
func accountNames(all []latchkey.Account) string {
	count := map[string]int{}
	for _, a := range all {
		count[strings.ToLower(a.Username)]++
	}
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = printable.Escape(a.Username)
		if a.Username == "" || count[strings.ToLower(a.Username)] > 1 {
			names[i] = printable.Escape(a.HomeAccountID)
		}
	}
	return strings.Join(names, ", ")
}
