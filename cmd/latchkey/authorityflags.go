package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/transport"
	"github.com/spf13/cobra"
)

const (
	profileEntra = "entra"
	profileOIDC  = "oidc"
)

// profiles are all that --profile takes.
var profiles = []func() authority.Profile{authority.Entra, authority.OIDC, authority.B2C, authority.CIAM, authority.ADFS}

// authorityFlags say which authority a command talks to, and how it is reached.
type authorityFlags struct {
	url     string
	profile choice
	caFile  string
}

// define adds the flags --authority, --profile and --ca-file.
func (f *authorityFlags) define(cmd *cobra.Command, usage string) {
	for _, p := range profiles {
		f.profile.allowed = append(f.profile.allowed, p().Name)
	}
	cmd.Flags().StringVar(&f.url, "authority", "", usage)
	addChoice(cmd, &f.profile, "profile", "the provider's rules; unless given, those that the URL shows, which are oidc for all but Microsoft's")
	cmd.Flags().StringVar(&f.caFile, "ca-file", "", "trust the certificate authorities of this PEM `file` too")
}

// parse checks the authority.
func (f *authorityFlags) parse() (authority.Authority, error) {
	if f.url == "" {
		return authority.Authority{}, &usageError{"--authority is missing: give the issuer's URL, or for Microsoft Entra https://login.microsoftonline.com/ and the tenant"}
	}
	profile := authority.ProfileFor(f.url)
	for _, p := range profiles {
		if p().Name == f.profile.value {
			profile = p()
		}
	}
	a, err := authority.Parse(f.url, profile)
	if err != nil {
		return a, &usageError{"--authority: " + strings.TrimPrefix(err.Error(), "authority: ")}
	}
	return a, nil
}

// transport returns how requests leave.
func (f *authorityFlags) transport() (transport.Func, error) {
	base, err := f.roundTripper()
	return transportOn(base), err
}

// transportOn returns a transport by base.
func transportOn(base http.RoundTripper) transport.Func {
	return transport.NetHTTP(&http.Client{Transport: base})
}

// roundTripper returns what sends requests, and trusts the authorities of --ca-file.
func (f *authorityFlags) roundTripper() (http.RoundTripper, error) {
	if f.caFile == "" {
		return http.DefaultTransport, nil
	}
	pem, err := os.ReadFile(f.caFile)
	if err != nil {
		return nil, fmt.Errorf("--ca-file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca-file: %s has no certificate in PEM form", f.caFile)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return t, nil
}
