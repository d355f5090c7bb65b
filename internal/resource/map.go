package resource

import (
	"slices"
	"strconv"
	"strings"
)

// An Entry says what a token for the URLs of one pattern must be good for.
type Entry struct {
	// Pattern names the URLs; see [Map].
	Pattern string
	// Scopes are for the methods that Methods does not name. Nil, but not merely empty,
	// means public: no token.
	Scopes []string
	// Methods are the scopes of particular methods, in place of Scopes, not beside them. Nil
	// scopes mean public. Letter case means nothing in the name of a method.
	Methods map[string][]string
}

// A Map finds out which token a URL needs: the most specific of the patterns that
// match it says so, in whatever order they were given. It is immutable.
//
// A pattern is a URL without query, with a path, and with wildcards. It matches URLs
// of the same scheme, host, port and path, and nothing else: no pattern stands for the
// URLs that merely begin like it.
//
//	https://api.example.com/              the root alone
//	https://api.example.com/*             everything there
//	https://api.example.com/v1/users      this path alone
//	https://api.example.com/v1/users/*    this path and all below it
//	https://api.example.com/*/admin/*     /v1/admin, /v2/admin/users, but not /a/b/admin
//	https://*.example.com/*               one label: eu.example.com, but neither example.com nor a.eu.example.com
//
// A * at the end of the path, which may also be written **, stands for the rest: any
// number of segments, also none. A * elsewhere stands for exactly one segment, which is
// not empty, or for one label of the host, but for none of its last two. It is no wildcard
// as a part of a segment or a label, or written %2A. A slash at the end of a path means
// nothing, in a pattern and in a URL, except that "/v1/*/" is /v1 and one segment. Paths
// are compared with their escapes decoded and with letter case; hosts without. Plain http
// is accepted for loopback hosts only ([URL.Loopback]).
//
// Of two patterns that match a URL, the more specific is the one whose host has a
// label, counted from the end, where the other has a wildcard; if the hosts are alike,
// the one whose path has, at the first segment in which they differ, a name before a
// single *, a single * before the rest, and its end before the rest.
type Map struct {
	rules []rule // the more specific first
}

// A rule is an entry with its pattern compiled.
type rule struct {
	entry        int
	scheme, port string
	host         []part // from the last label to the first
	path         []part
	scopes       []string
	methods      map[string][]string
}

// A Match is what a map says about a URL.
type Match struct {
	Entry  int      // index of the entry
	Scopes []string // not to be changed; nil: public
}

// An EntryError says which entry cannot be used and why. It never has a piece of the
// pattern.
type EntryError struct {
	Entry  int    // index of the entry
	Field  string // "Pattern" or "Methods"
	Reason string // what is wrong and what to do
}

// Error returns the place and the reason.
func (e *EntryError) Error() string {
	return "resource: entry " + strconv.Itoa(e.Entry) + ": " + e.Field + ": " + e.Reason
}

// NewMap compiles entries, which may be changed afterwards. No entries make a map that finds nothing.
// The error is an *[EntryError].
func NewMap(entries []Entry) (*Map, error) {
	m := &Map{rules: make([]rule, 0, len(entries))}
	for i, e := range entries {
		r, reason := compile(e.Pattern)
		if reason != "" {
			return nil, &EntryError{i, "Pattern", reason}
		}
		if r.methods, reason = copyMethods(e.Methods); reason != "" {
			return nil, &EntryError{i, "Methods", reason}
		}
		r.entry, r.scopes = i, slices.Clone(e.Scopes)
		m.rules = append(m.rules, r)
	}
	slices.SortStableFunc(m.rules, compareRules)
	for i := 1; i < len(m.rules); i++ {
		if a, b := m.rules[i-1], m.rules[i]; compareRules(a, b) == 0 {
			return nil, &EntryError{b.entry, "Pattern", "it matches the same URLs as the one of entry " + strconv.Itoa(a.entry) + ": join the two"}
		}
	}
	return m, nil
}

func copyMethods(methods map[string][]string) (map[string][]string, string) {
	all := make(map[string][]string, len(methods))
	for name, scopes := range methods {
		if !isMethod(name) {
			return nil, "it has a name that is no HTTP method: name each method by itself, such as GET"
		}
		name = strings.ToUpper(name)
		if _, twice := all[name]; twice {
			return nil, "it has " + name + " twice, in different letter case: join the two"
		}
		all[name] = slices.Clone(scopes)
	}
	return all, ""
}

// isMethod accepts letters and '-', of which all registered methods are made.
func isMethod(name string) bool {
	for i := 0; i < len(name); i++ {
		if c := name[i] | 0x20; (c < 'a' || c > 'z') && name[i] != '-' {
			return false
		}
	}
	return name != ""
}

// Find returns what the map says about a request, and whether it says anything. The
// method "" is GET.
//
// The error is an *[Error]: the host is in the map, but servers read the path in
// different ways, because it has dot segments ("..", also "..;a"), or one of %2e, %2f and %5c. It
// is refused and not normalised, so that nobody is sent where the check was not.
func (m *Map) Find(method string, u URL) (match Match, ok bool, err error) {
	labels := reversed(strings.Split(u.Host, "."))
	var segments []string
	split := false
	for i := range m.rules {
		r := &m.rules[i]
		if r.scheme != u.Scheme || r.port != u.Port || !matchHost(r.host, labels) {
			continue
		}
		if !split {
			reason := ""
			if segments, reason = splitPath(u); reason != "" {
				return Match{}, false, &Error{reason}
			}
			split = true
		}
		if matchPath(r.path, segments) {
			return Match{r.entry, r.scopesOf(method)}, true, nil
		}
	}
	return Match{}, false, nil
}

func (r *rule) scopesOf(method string) []string {
	if method == "" {
		method = "GET"
	}
	if scopes, ok := r.methods[strings.ToUpper(method)]; ok {
		return scopes
	}
	return r.scopes
}
