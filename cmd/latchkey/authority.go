package main

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/spf13/cobra"
)

// authorityOptions are the flags of latchkey authority.
type authorityOptions struct {
	addr, caDir, directory string
	faults                 string // file
	tls, json              bool
	command                []string // to run beside it; empty: none
}

func authorityCommand() *cobra.Command {
	var o authorityOptions
	cmd := &cobra.Command{
		Use:   "authority [flags] [-- command argument...]",
		Short: "Run an authority for development and tests",
		Long: `Run an OAuth 2.0 and OpenID Connect authority with users, apps and sign-in pages, in
the shape of Microsoft Entra and as a plain OpenID Provider. It stops on SIGINT and
SIGTERM. What it knows is new with each start, but the ids stay the same.

With --json the first line of standard output, printed when the authority is ready, is
one JSON object with everything that a script needs: authority, issuer, oidc_issuer,
ca_file, control, control_token, apps (each name, client_id, kind, secret,
redirect_uris, scopes) and users (each username, password). The control endpoint takes
GET requests, clock, directory and faults, POST clock, device, signin and faults, and
DELETE faults, below its URL and with control_token as the bearer token.
` + faultsHelp + `
A command after -- runs with the same in its environment, and the authority ends with
it, with its exit status:
` + environmentHelp,
		Example: `  latchkey authority --tls
  latchkey authority --json -- npm test
  latchkey authority --directory people.json --addr 127.0.0.1:8910
  latchkey authority --faults outage.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && cmd.ArgsLenAtDash() != 0 {
				return fmt.Errorf("unexpected argument %q: a command to run stands after --", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.command = args
			return o.run(cmd.Context(), stdio{cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()})
		},
	}
	cmd.Flags().StringVar(&o.addr, "addr", "127.0.0.1:0", "listen on this `host:port`; port 0 takes a free one")
	cmd.Flags().BoolVar(&o.tls, "tls", false, "serve https, with a certificate authority of its own")
	cmd.Flags().StringVar(&o.caDir, "ca-dir", "", "keep the certificate authority in this `folder` for the next time; unless given, it lasts as long as the process")
	cmd.Flags().StringVar(&o.directory, "directory", "", "read tenants, users and apps from this JSON `file`; unless given, they are built in")
	cmd.Flags().StringVar(&o.faults, "faults", "", "read a fault script from this JSON `file`")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object when ready")
	return cmd
}

func (o authorityOptions) run(ctx context.Context, std stdio) error {
	srv, err := o.server()
	if err != nil {
		return err
	}
	if err := readFaults(srv, o.faults, std.err); err != nil {
		return err
	}
	if err := srv.Start(); err != nil {
		return err
	}
	defer srv.Close()
	caFile, removeCA, err := o.caFile(srv)
	if err != nil {
		return err
	}
	defer removeCA()
	ready := newReady(srv, caFile)
	if !isLoopback(o.addr) {
		fmt.Fprintln(std.err, oneLine(fmt.Sprintf("latchkey: WARNING: the authority listens on %s, not only for this computer: "+
			"whoever reaches it can sign in as anybody and read all secrets. Use it in a closed network only.", o.addr)))
	}
	if err := o.announce(std, ready); err != nil {
		return err
	}
	if err := printFaults(srv, std.err); err != nil {
		return err
	}
	return serve(ctx, srv, o.command, ready, std)
}

// server returns the authority that the flags describe, not started.
func (o authorityOptions) server() (*authoritytest.Server, error) {
	if _, _, err := net.SplitHostPort(o.addr); err != nil {
		return nil, &usageError{fmt.Sprintf("--addr %q: give a host and a port, such as 127.0.0.1:8910", o.addr)}
	}
	if o.caDir != "" && !o.tls {
		return nil, &usageError{"--ca-dir needs --tls"}
	}
	srv := &authoritytest.Server{Addr: o.addr, TLS: o.tls, CADir: o.caDir}
	if o.directory == "" {
		return srv, nil
	}
	f, err := os.Open(o.directory)
	if err != nil {
		return nil, fmt.Errorf("--directory: %w", err)
	}
	defer f.Close()
	srv.Directory, err = authoritytest.ReadDirectory(f)
	if err != nil {
		return nil, fmt.Errorf("--directory %s: %w", o.directory, err)
	}
	return srv, nil
}

// caFile writes the certificate of the server's CA where other programs can read it, and
// returns what takes it away again. Without TLS there is none.
func (o authorityOptions) caFile(srv *authoritytest.Server) (path string, remove func(), err error) {
	if !o.tls {
		return "", func() {}, nil
	}
	if o.caDir != "" {
		path, err = srv.CAFile(o.caDir)
		return path, func() {}, err
	}
	dir, err := os.MkdirTemp("", "latchkey-authority-")
	if err != nil {
		return "", nil, err
	}
	path, err = srv.CAFile(dir)
	if err != nil {
		os.RemoveAll(dir)
		return "", nil, err
	}
	return path, func() { os.RemoveAll(dir) }, nil
}

func (o authorityOptions) announce(std stdio, r *ready) error {
	switch {
	case o.json:
		return writeJSON(std.out, r, false)
	case len(o.command) > 0:
		return printBrief(std.err, r)
	}
	return printReady(std.out, r)
}

// serve runs the authority until ctx ends, or until the command does if there is one.
// A signal is a clean end.
func serve(ctx context.Context, srv *authoritytest.Server, command []string, r *ready, std stdio) error {
	if len(command) == 0 {
		return srv.Serve(ctx)
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	served := make(chan error, 1)
	go func() { served <- srv.Serve(serving) }()
	err := withCache(func(cache []string) error {
		return runChild(ctx, command, append(r.environment(), cache...), std)
	})
	stop()
	if stopErr := <-served; err == nil {
		err = stopErr
	}
	return err
}

// isLoopback reports whether an address to listen on is of this computer alone.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
