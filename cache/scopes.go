package cache

import "strings"

// covers reports whether the token's requested or its granted scopes include the wanted
// ones. A .default scope must have been requested: it is no permission that is granted.
func (t *AccessToken) covers(want []string) bool {
	requested, something := true, false
	for _, scope := range want {
		if identityScope(scope) {
			continue
		}
		something = true
		if !hasWord(t.RequestedScopes, scope) {
			requested = false
			break
		}
	}
	if !something {
		return onlyIdentityScopes(t.RequestedScopes)
	}
	return requested || t.Target != t.RequestedScopes && t.grants(want)
}

func (t *AccessToken) grants(want []string) bool {
	for _, scope := range want {
		if !identityScope(scope) && (isDefaultScope(scope) || !hasWord(t.Target, scope)) {
			return false
		}
	}
	return true
}

// identityScope reports whether a scope asks for nothing that an access token carries
// (OpenID Connect Core sections 3.1.2.1, 5.4 and 11). An empty text is no scope at all.
func identityScope(scope string) bool {
	switch len(scope) {
	case 0:
		return true
	case len("email"):
		return equalFold(scope, "email")
	case len("openid"):
		return equalFold(scope, "openid")
	case len("profile"):
		return equalFold(scope, "profile")
	case len("offline_access"):
		return equalFold(scope, "offline_access")
	}
	return false
}

func onlyIdentityScopes(words string) bool {
	for words != "" {
		var word string
		word, words = nextWord(words)
		if !identityScope(word) {
			return false
		}
	}
	return true
}

// isDefaultScope reports whether a scope means "whatever is configured" (Entra).
func isDefaultScope(scope string) bool {
	const suffix = "/.default"
	if len(scope) < len(suffix) {
		return equalFold(scope, suffix[1:])
	}
	return equalFold(scope[len(scope)-len(suffix):], suffix)
}

// hasWord reports whether a word is among those of a text.
func hasWord(words, word string) bool {
	for words != "" {
		var w string
		w, words = nextWord(words)
		if equalFold(w, word) {
			return true
		}
	}
	return false
}

// nextWord cuts a text at its first space. A word is "" where two spaces meet.
func nextWord(words string) (word, rest string) {
	if i := strings.IndexByte(words, ' '); i >= 0 {
		return words[:i], words[i+1:]
	}
	return words, ""
}

// equalFold compares without regard to the case of ASCII letters, which is all the letters
// that a scope or a token type can have (RFC 6749 appendix A.4).
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	if a == b {
		return true
	}
	for i := 0; i < len(a); i++ {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if lower(s[i]) != s[i] {
			b := []byte(s)
			for ; i < len(b); i++ {
				b[i] = lower(b[i])
			}
			return string(b)
		}
	}
	return s
}
