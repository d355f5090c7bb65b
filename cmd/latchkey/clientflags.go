package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/clientkey"
	"github.com/latchkey-auth/latchkey/loopback"
	"github.com/spf13/cobra"
)

// clientFlags say which token a command wants, and how it may be had.
type clientFlags struct {
	authority                   authorityFlags
	cache                       cacheFlags
	clientID, resource, account string
	secretFile, keyFile         string
	scopes                      []string
	port                        int
	wait                        time.Duration
	device, noQR                bool
	noInput, noWait, renew      bool
	verbose, explain            bool
}

// credentialHelp says where a client's credential comes from (rule R44).
const credentialHelp = `The secret comes from a file, from standard input (--secret-file -), or from the
environment variable ` + secretVariable + `; a private key and its certificate come from a
PEM file (--key-file). Each flag with a variable in brackets can be given by that
variable instead. A service's token is kept for its client id, whatever credential it was
got with: it is printed without asking the authority, so it does not prove a credential.`

// define adds the flags. Environment variables stand in for them, and for those named.
func (f *clientFlags) define(cmd *cobra.Command, fromEnv ...string) {
	f.authority.define(cmd, "the issuer's `URL`, or for Microsoft Entra https://login.microsoftonline.com/ and the tenant")
	flags := cmd.Flags()
	flags.StringVar(&f.clientID, "client-id", "", "the `id` that the authority gave the client")
	flags.StringArrayVar(&f.scopes, "scope", nil, "what the token must be good for; several with spaces between, or repeated")
	flags.StringVar(&f.resource, "resource", "", "the API that the token is for, where scopes do not say (RFC 8707)")
	flags.StringVar(&f.account, "account", "", "the `user` whose token it is, by user name or id; needed if several are signed in, and who signs in must be that one")
	flags.StringVar(&f.secretFile, "secret-file", "", "read the client's secret from this `file`; - is standard input")
	flags.StringVar(&f.keyFile, "key-file", "", "prove the client by the private key and the certificate in this PEM `file`")
	flags.BoolVar(&f.device, "device", false, "let a user sign in on any device, by a code (RFC 8628)")
	flags.BoolVar(&f.noQR, "no-qr", false, "show no QR code with --device")
	flags.IntVar(&f.port, "port", 0, "receive the browser on this loopback port; unless given, on one that is free")
	flags.DurationVar(&f.wait, "wait", 0, "how `long` a user may take to sign in, such as 2m; unless given, as long as the authority waits")
	flags.BoolVar(&f.noInput, "no-input", false, "ask no user: end with status 4 if one must sign in")
	flags.BoolVar(&f.noWait, "no-wait", false, "if another latchkey asks the user already, end with status 4 instead of waiting for what it gets")
	flags.BoolVar(&f.explain, "explain", false, "tell on standard error step by step what is sent and why, secrets hidden")
	flags.BoolVar(&f.verbose, "verbose", false, "log on standard error what the client does")
	f.cache.define(cmd)
	names := append(fromEnv, "authority", "profile", "ca-file", "client-id", "scope", "resource", "account", "secret-file", "key-file", "wait")
	envFlags(cmd, append(names, cacheNames...)...)
}

// request checks the flags and opens the cache.
func (f *clientFlags) request(cmd *cobra.Command) (*tokenRequest, error) {
	a, err := f.authority.parse()
	if err != nil {
		return nil, err
	}
	if f.clientID == "" {
		return nil, errNoClient
	}
	if f.secretFile == "-" && f.cache.passphraseFile == "-" {
		return nil, &usageError{"--secret-file and --cache-passphrase-file cannot both be read from standard input: name a file for one"}
	}
	q := &tokenRequest{
		config: latchkey.Config{Authority: f.authority.url, ClientID: f.clientID, Profile: a.Profile()},
		host:   a.Host(),
		scopes: splitScopes(f.scopes), resource: f.resource, account: f.account,
		device: f.device, noInput: f.noInput, noWait: f.noWait, renew: f.renew, port: f.port, wait: f.wait,
		stderr: cmd.ErrOrStderr(),
	}
	q.qr = !f.noQR && showsQR(q.stderr)
	if q.base, err = f.authority.roundTripper(); err != nil {
		return nil, err
	}
	if q.credential, q.confidential, err = f.readCredential(cmd); err != nil {
		return nil, err
	}
	f.observe(q)
	if err := f.check(q); err != nil {
		return nil, err
	}
	if q.cache, err = f.cache.open(cmd.Context(), cmd.InOrStdin()); err != nil {
		return nil, err
	}
	if q.cache != nil {
		q.config.Cache, q.config.Program = q.cache, fmt.Sprintf("%s (process %d)", cmd.CommandPath(), os.Getpid())
	}
	return q, nil
}

// check refuses flags that contradict each other.
func (f *clientFlags) check(q *tokenRequest) error {
	own := q.confidential && !q.device
	switch {
	case own && q.account != "":
		return &usageError{"--account names a user, but with a credential and without --device the token is the client's own"}
	case own && q.port != 0, q.device && q.port != 0:
		return &usageError{"--port is for a user who signs in by a browser of this computer: leave it out"}
	case q.device && q.noInput:
		return &usageError{"--device asks a user, and --no-input forbids that: choose one"}
	case q.port < 0 || q.port > 65535:
		return &usageError{"--port is not between 1 and 65535"}
	case q.wait < 0:
		return &usageError{"--wait must not be negative"}
	}
	return nil
}

// observe has everything told that was asked for.
func (f *clientFlags) observe(q *tokenRequest) {
	q.config.Transport = transportOn(q.base)
	switch {
	case f.explain:
		q.explain = newExplainer(q.stderr)
		q.config.Transport = q.explain.transport(q.config.Transport)
		q.config.Trace = q.explain.trace()
	case f.verbose:
		q.config.Trace = logTo(q.stderr)
	default:
		q.config.Trace = &latchkey.Trace{}
	}
	q.config.Trace.InteractionAwaited = q.awaited
}

// readCredential returns the client's credential, and whether there is one.
func (f *clientFlags) readCredential(cmd *cobra.Command) (credential latchkey.Credential, ok bool, err error) {
	if f.keyFile != "" {
		if f.secretFile != "" {
			return credential, false, &usageError{"--key-file and --secret-file are two credentials: choose one"}
		}
		key, err := clientkey.LoadPEM(f.keyFile)
		if err == nil {
			credential, err = clientkey.New(key)
		}
		if err != nil {
			return credential, false, fmt.Errorf("--key-file: %w", err)
		}
		return credential, true, nil
	}
	secret, err := readSecret(cmd.Context(), f.secretFile, cmd.InOrStdin())
	if err != nil || secret == "" {
		return credential, false, err
	}
	return latchkey.Secret(secret), true, nil
}

// splitScopes takes scopes one by one or with spaces between them.
func splitScopes(given []string) []string {
	var scopes []string
	for _, s := range given {
		scopes = append(scopes, strings.Fields(s)...)
	}
	return scopes
}

// logTo returns a trace that logs everything.
func logTo(w io.Writer) *latchkey.Trace {
	return latchkey.SlogTrace(slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

// inFlags names the flag that an error is about, instead of the field.
func inFlags(err error) error {
	var listener *loopback.Error
	if errors.As(err, &listener) && listener.Field == "Port" {
		return fmt.Errorf("--port: %w", err)
	}
	var argument *latchkey.ArgumentError
	if !errors.As(err, &argument) {
		return err
	}
	field := argument.Field[strings.LastIndexByte(argument.Field, '.')+1:]
	flags := []string{"Authority", "--authority", "ClientID", "--client-id", "Scopes", "--scope", "Resource", "--resource"}
	if i := slices.Index(flags, field); i >= 0 {
		return &usageError{fmt.Sprintf("%s: %s", flags[i+1], argument.Problem)}
	}
	return err
}
