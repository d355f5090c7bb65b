package latchkey

import (
	"slices"
	"strings"

	"github.com/latchkey-auth/latchkey/authority"
)

// checkScopes refuses scopes that cannot be meant (RFC 6749 section 3.3), and .default
// beside other scopes of the same resource (rule R5).
func checkScopes(scopes []string) error {
	for _, s := range scopes {
		if s == "" {
			return &ArgumentError{"Scopes", "has an empty scope: remove it"}
		}
		for i := 0; i < len(s); i++ {
			if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '"' || s[i] == '\\' {
				return &ArgumentError{"Scopes", "a scope has a space or another character that scopes cannot have: give each scope as a string of its own"}
			}
		}
	}
	for _, s := range scopes {
		n := len(s) - len(defaultScope)
		if n < 0 || !strings.EqualFold(s[n:], defaultScope) {
			continue
		}
		for _, other := range scopes {
			if !strings.EqualFold(other, s) && len(other) > n && strings.EqualFold(other[:n+1], s[:n+1]) {
				return &ArgumentError{"Scopes", s + " stands for all scopes of its resource: do not ask for others beside it"}
			}
		}
	}
	return nil
}

// defaultScope is the ending of a scope that stands for everything registered
// (Microsoft Entra).
const defaultScope = "/.default"

// userScopes are the scopes that a user grant sends: the caller's and the profile's (rule R2).
func userScopes(p *authority.Profile, m *authority.Metadata, scopes []string) []string {
	all := appendNew(make([]string, 0, len(scopes)+len(p.DefaultScopes)+1), scopes...)
	all = appendNew(all, p.DefaultScopes...)
	if p.OfflineAccess == authority.OfflineAlways || m.OffersScope("offline_access") {
		all = appendNew(all, "offline_access")
	}
	return all
}

// refreshScopes are the scopes that a refresh sends, or an error if the original grant
// does not cover them (rule R3, RFC 6749 section 6). granted is empty if it is unknown.
func refreshScopes(p *authority.Profile, m *authority.Metadata, scopes, granted []string) ([]string, error) {
	if p.RefreshScope == authority.RefreshAnyResource {
		return userScopes(p, m, scopes), nil
	}
	if len(granted) == 0 {
		return scopes, nil
	}
	all := make([]string, 0, len(scopes)+1)
	for _, s := range scopes {
		switch {
		case slices.Contains(granted, s):
			all = appendNew(all, s)
		case !identityScope(s): // an answer may name the scopes of the access token only, and nothing is missing without these
			return nil, &signInError{"the scope " + s + " was not granted when the user signed in"}
		}
	}
	if len(all) > 0 && slices.Contains(granted, "openid") {
		all = appendNew(all, "openid")
	}
	return all, nil
}

// identityScope reports whether the scope is about the ID token or the refresh token and
// opens no API. The cache leaves the same ones aside (rule R24).
func identityScope(s string) bool {
	return s == "openid" || s == "profile" || s == "email" || s == "offline_access"
}

// appendNew appends the scopes that to does not have yet.
func appendNew(to []string, scopes ...string) []string {
	for _, s := range scopes {
		if !slices.Contains(to, s) {
			to = append(to, s)
		}
	}
	return to
}
