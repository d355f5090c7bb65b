package main

import (
	"os"
	"path/filepath"
	"strings"
)

// environmentHelp lists what a command that runs beside the authority finds.
const environmentHelp = `
  AUTHORITY, ISSUER        the authority in the Entra shape, and its issuer
  OIDC_ISSUER              the issuer of the plain OpenID Provider
  CLIENT_ID                the app native
  LATCHKEY_<APP>_CLIENT_ID, LATCHKEY_<APP>_CLIENT_SECRET, LATCHKEY_<APP>_SCOPES
                           each app by its name, such as LATCHKEY_WEB_CLIENT_ID: its id,
                           its secret if it has one, and what it asks for or offers
  LATCHKEY_USERNAME, LATCHKEY_PASSWORD        the first user
  LATCHKEY_CONTROL, LATCHKEY_CONTROL_TOKEN    the control endpoint
  LATCHKEY_AUTHORITY, LATCHKEY_PROFILE, LATCHKEY_CLIENT_ID, LATCHKEY_SCOPE,
  LATCHKEY_CA_FILE         what latchkey token needs for the app native
  LATCHKEY_CACHE, LATCHKEY_CACHE_KEY_FILE     a cache for the time being, in a temporary folder
  NODE_EXTRA_CA_CERTS, SSL_CERT_FILE          the CA's file, with --tls`

// environment returns what the help above says, as variable=value.
func (r *ready) environment() []string {
	native := r.app("native")
	var env []string
	set := func(name, value string) {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	for _, name := range []string{secretVariable, "LATCHKEY_SECRET_FILE", "LATCHKEY_KEY_FILE", "LATCHKEY_CA_FILE", "LATCHKEY_RESOURCE", "LATCHKEY_ACCOUNT"} {
		env = append(env, name+"=") // what is meant for another authority stays out of this one
	}
	set("AUTHORITY", r.Authority)
	set("ISSUER", r.Issuer)
	set("OIDC_ISSUER", r.OIDCIssuer)
	set("CLIENT_ID", native.ClientID)
	for _, a := range r.Apps {
		name := "LATCHKEY_" + variableName(a.Name)
		set(name+"_CLIENT_ID", a.ClientID)
		set(name+"_CLIENT_SECRET", a.Secret)
		set(name+"_SCOPES", strings.Join(a.Scopes, " "))
	}
	if len(r.Users) > 0 {
		set("LATCHKEY_USERNAME", r.Users[0].Username)
		set("LATCHKEY_PASSWORD", r.Users[0].Password)
	}
	set("LATCHKEY_CONTROL", r.Control)
	set("LATCHKEY_CONTROL_TOKEN", r.ControlToken)
	set("LATCHKEY_AUTHORITY", r.Authority)
	set("LATCHKEY_PROFILE", profileEntra)
	set("LATCHKEY_CLIENT_ID", native.ClientID)
	if len(native.Scopes) > 0 {
		set("LATCHKEY_SCOPE", native.Scopes[0]) // a token has one resource
	}
	for _, name := range []string{"LATCHKEY_CA_FILE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"} {
		set(name, r.CAFile)
	}
	return env
}

// withCache calls do with the variables of a cache that lasts as long as the authority: what
// a short-lived authority issues has no place among the user's tokens, nor its key in the
// system's keyring.
func withCache(do func(env []string) error) error {
	dir, err := os.MkdirTemp("", "latchkey-authority-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return do([]string{
		"LATCHKEY_CACHE=" + filepath.Join(dir, "cache"), "LATCHKEY_CACHE_KEY_FILE=" + filepath.Join(dir, "key"),
		passphraseVariable + "=", "LATCHKEY_CACHE_PASSPHRASE_FILE=",
	})
}

// variableName makes a name that every shell takes of an app's.
func variableName(app string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, app)
}
