package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/filecache"
	"github.com/latchkey-auth/latchkey/internal/printable"
	"github.com/spf13/cobra"
)

func importCommand() *cobra.Command {
	var i importer
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Take over the tokens that Azure CLI or another program with MSAL keeps",
		Long: `Take over who is signed in to Azure CLI, or to another program that keeps its tokens in
a file of MSAL (Node, Go, Python, and their extensions), so that nobody signs in again.
The file is only read, and stays as it is. Tokens are a client's: use them with its
--client-id. What was imported before is not imported twice; what is newer wins.

Without --from it is Azure CLI's file. Files that are encrypted (DPAPI on Windows), and
tokens in a keyring (Keychain on macOS, libsecret on Linux), are recognised and not
opened. Tokens of other authorities than Microsoft's need --authority.

` + cacheHelp + `

Standard output has who was taken over, or with --json an object: taken and skipped.
Standard error has what was not, and why. The exit status is 1 if nothing was.`,
		Example: `  latchkey import --dry-run
  latchkey import --from ~/.myprogram/msal.json --client-id 8f1c6f0e`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return i.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&i.from, "from", "", "read this `file`; - is standard input; unless given, Azure CLI's")
	flags.BoolVar(&i.dryRun, "dry-run", false, "save nothing, and tell what would be")
	flags.BoolVar(&i.asJSON, "json", false, "print JSON instead of a table")
	flags.StringVar(&i.clientID, "client-id", "", "take over this client's tokens only, by its `id`")
	i.authority.define(cmd, "whose tokens to take over, beside those of Microsoft's clouds: the `URL`")
	i.cache.define(cmd)
	envFlags(cmd, append([]string{"authority", "profile", "ca-file"}, cacheNames...)...)
	return cmd
}

// An importer takes over one file.
type importer struct {
	from, clientID string
	dryRun, asJSON bool
	authority      authorityFlags
	cache          cacheFlags
}

func (i *importer) run(cmd *cobra.Command) error {
	if i.cache.none() {
		return &usageError{"--cache none keeps nothing, and latchkey import is there to keep tokens: name a folder"}
	}
	ctx := cmd.Context()
	file, data, err := i.read(ctx, cmd.InOrStdin())
	if err != nil {
		return err
	}
	known, err := i.environments(ctx)
	if err != nil {
		return err
	}
	request := cache.MSALImport{Data: data, Environments: known, ClientID: i.clientID, DryRun: true}
	report, err := cache.ImportMSAL(ctx, cache.NewMemory(), request) // before a cache is made for nothing
	if err != nil {
		return inFile(file, data, err)
	}
	if len(report.Taken) > 0 {
		if report, err = i.save(cmd, request); err != nil {
			return err
		}
	}
	if err := i.print(cmd.OutOrStdout(), report); err != nil {
		return err
	}
	i.tell(cmd.ErrOrStderr(), report)
	if len(report.Taken) == 0 {
		return fmt.Errorf("%s: %s", file, i.nothingTaken(report))
	}
	return nil
}

// save imports into the cache. A dry run makes none that is not there.
func (i *importer) save(cmd *cobra.Command, request cache.MSALImport) (*cache.MSALReport, error) {
	ctx := cmd.Context()
	request.DryRun = i.dryRun
	if i.dryRun {
		dir, err := i.cache.folder()
		if err != nil {
			return nil, err
		}
		if s, err := filecache.Inspect(dir); err == nil && !s.Exists {
			return cache.ImportMSAL(ctx, cache.NewMemory(), request)
		}
	}
	store, err := i.cache.open(ctx, cmd.InOrStdin())
	if err != nil {
		return nil, err
	}
	defer closeStore(store)
	return cache.ImportMSAL(ctx, store, request)
}

// inFile says what is wrong with a file.
func inFile(file string, data []byte, err error) error {
	var wrong *cache.MSALError
	switch advice := otherFile(data); {
	case advice != "":
		return fmt.Errorf("%s: %s", file, advice)
	case !errors.As(err, &wrong):
		return err
	case wrong.Path != "":
		return fmt.Errorf("%s: %s: %s", file, wrong.Path, wrong.Problem)
	}
	return fmt.Errorf("%s: %s", file, wrong.Problem)
}

// environments names the clouds whose tokens are taken over: Microsoft's, and that of
// --authority.
func (i *importer) environments(ctx context.Context) (map[string]string, error) {
	known := authority.Environments()
	if i.authority.url == "" {
		return known, nil
	}
	a, err := i.authority.parse()
	if err != nil {
		return nil, err
	}
	send, err := i.authority.transport()
	if err != nil {
		return nil, err
	}
	m, err := authority.NewResolver(send, time.Now).Resolve(ctx, a)
	if err != nil {
		return nil, err
	}
	for _, host := range append(m.Aliases, a.Host()) {
		known[host] = m.Environment
	}
	return known, nil
}

// An importAnswer is what --json prints.
type importAnswer struct {
	Taken   []importTaken   `json:"taken"`
	Skipped []importSkipped `json:"skipped"`
}

type importTaken struct {
	Username      string `json:"username,omitempty"`
	HomeAccountID string `json:"home_account_id,omitempty"`
	TenantID      string `json:"tenant_id,omitempty"`
	ClientID      string `json:"client_id"`
	Cloud         string `json:"cloud"`
	AccessTokens  int    `json:"access_tokens"`
	RefreshTokens int    `json:"refresh_tokens"`
	New           bool   `json:"new"`
}

type importSkipped struct {
	What          string `json:"what"`
	Count         int    `json:"count"`
	Reason        string `json:"reason"`
	Path          string `json:"path"`
	ClientID      string `json:"client_id,omitempty"`
	HomeAccountID string `json:"home_account_id,omitempty"`
	Host          string `json:"host,omitempty"`
}

func newImportTaken(p cache.MSALPartition) importTaken {
	t := importTaken{
		Username: p.Username, ClientID: p.Partition.Owner, Cloud: p.Partition.Cloud,
		AccessTokens: p.AccessTokens, RefreshTokens: p.RefreshTokens, New: p.Saved,
	}
	if p.Partition.Kind == cache.KindApp {
		t.TenantID = p.Partition.Subject
	} else {
		t.HomeAccountID = p.Partition.Subject
	}
	return t
}

func (i *importer) print(w io.Writer, report *cache.MSALReport) error {
	if i.asJSON {
		answer := importAnswer{[]importTaken{}, []importSkipped{}}
		for _, p := range report.Taken {
			answer.Taken = append(answer.Taken, newImportTaken(p))
		}
		for _, s := range report.Skipped {
			answer.Skipped = append(answer.Skipped, importSkipped{s.Section, s.Count, string(s.Reason), s.Path, s.ClientID, s.HomeAccountID, s.Environment})
		}
		return writeJSON(w, answer, true)
	}
	l := &lines{w: w}
	for _, p := range report.Taken {
		t := newImportTaken(p)
		who := firstText(t.Username, t.HomeAccountID)
		if p.Partition.Kind == cache.KindApp {
			who = "the client itself, in tenant " + t.TenantID
		}
		known := ""
		if !t.New {
			known = ", known before"
		}
		l.printf("%s: client %s, %s, %s%s\n", printable.Escape(who), printable.Escape(t.ClientID),
			counted(t.AccessTokens, "access token"), counted(t.RefreshTokens, "refresh token"), known)
	}
	return l.err
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprint(n, " ", what, "s")
}

// maxTold bounds the lines about what was skipped; --json has all of it.
const maxTold = 20

// elsewhere reports whether a reason is no more than that --client-id names another client.
func elsewhere(reason cache.MSALReason) bool {
	return reason == cache.MSALOtherClient || reason == cache.MSALNoTokens
}

// tell says on standard error what was not taken over.
func (i *importer) tell(w io.Writer, report *cache.MSALReport) {
	l := &lines{w: w} // nobody is told if standard error is broken
	if i.dryRun {
		l.printf("Nothing is saved (--dry-run).\n")
	}
	told := 0
	for _, s := range report.Skipped {
		if i.clientID != "" && elsewhere(s.Reason) {
			continue
		}
		if told++; told > maxTold {
			l.printf("And more, which --json shows.\n")
			return
		}
		whose := ""
		if s.ClientID != "" {
			whose += " of client " + printable.Escape(s.ClientID)
		}
		if s.HomeAccountID != "" {
			whose += " for " + printable.Escape(s.HomeAccountID)
		}
		if s.Environment != "" {
			whose += " at " + printable.Escape(s.Environment)
		}
		reason := string(s.Reason)
		if s.Reason == cache.MSALEnvironment {
			reason = "its authority is not one of Microsoft's; name it by --authority"
		}
		l.printf("Left out: %d %s%s: %s (%s).\n", s.Count, s.Section, whose, reason, s.Path)
	}
}
