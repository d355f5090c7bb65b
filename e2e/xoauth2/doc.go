// Package xoauth2 holds no code: its tests run golang.org/x/oauth2 and github.com/coreos/go-oidc, as they are published,
// against the authority for tests.
package xoauth2
