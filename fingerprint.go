package latchkey

import (
	"slices"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/internal/host"
)

// A fingerprint lists the request fields that flight keys and cache variants are made
// from. [cache.Key] encodes it, so that no two requests share one (rule R24).
type fingerprint []string

func (f fingerprint) add(fields ...string) fingerprint { return append(f, fields...) }

func (f fingerprint) addFlag(b bool) fingerprint { return append(f, strconv.FormatBool(b)) }

func (f fingerprint) key() string { return cache.Key(f...) }

// addSet adds strings whose order and letter case mean nothing.
func (f fingerprint) addSet(set []string) fingerprint {
	sorted := make([]string, len(set))
	for i, s := range set {
		sorted[i] = strings.ToLower(s)
	}
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	return f.add(strconv.Itoa(len(sorted))).add(sorted...)
}

func (f fingerprint) addParameters(extra map[string]string) fingerprint {
	f = f.add(strconv.Itoa(len(extra)))
	for _, name := range sortedNames(extra) {
		f = f.add(name, extra[name])
	}
	return f
}

func sortedNames(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// variant returns the hash of what keeps tokens for the same scopes apart: claims that
// the client asks for in the access token, and extra parameters (rule R25). It is empty
// if there is nothing.
func variant(claims ClaimsRequest, extra map[string]string) (string, error) {
	inToken := claims.accessTokenClaims()
	if inToken == "" && claims.other == "" && len(extra) == 0 {
		return "", nil
	}
	return hashText(fingerprint{inToken, claims.other}.addParameters(extra).key())
}

// tokenHash returns a hash by which an access token can be told from another.
func tokenHash(token string) (string, error) {
	if token == "" {
		return "", nil
	}
	return hashText(token)
}

func hashText(s string) (string, error) {
	sum, err := host.Digest(256, s)
	if err != nil {
		return "", err
	}
	return b64.Encode(sum), nil
}
