package resource

import (
	"slices"
	"strconv"
	"strings"
)

// A part of a pattern stands for a label or a segment; the more specific kind is the lower.
type part struct {
	kind partKind
	text string // of a literal: decoded
}

type partKind int

const (
	literal partKind = iota
	end              // of a path; only in comparisons
	one              // any one label, or any one segment that is not empty
	rest             // of a path, also an empty one
)

// compile reads a pattern, or returns why it cannot.
func compile(pattern string) (r rule, reason string) {
	scheme, after, ok := strings.Cut(pattern, "://")
	slash := strings.IndexByte(after, '/')
	switch {
	case strings.IndexByte(pattern, '?') >= 0:
		return r, "it must not have a query: tokens go by scheme, host and path"
	case ok && slash < 0:
		return r, "it has no path: end it with /* for everything at this host, or with / for the root alone"
	case !ok:
		slash = 0
	}
	host, wild, reason := cutWildcards(after[:slash])
	if reason != "" {
		return r, reason
	}
	u, err := Parse(scheme + "://" + host + after[slash:])
	if err != nil {
		return r, err.(*Error).Reason
	}
	if u.Scheme == "http" && !u.Loopback() {
		return r, "plain http is for loopback hosts only: write https"
	}
	r.scheme, r.port = u.Scheme, u.Port
	for i, label := range strings.Split(u.Host, ".") {
		p := part{literal, label}
		if slices.Contains(wild, i) {
			p = part{kind: one}
		}
		r.host = append(r.host, p)
	}
	r.host = reversed(r.host)
	r.path, reason = compilePath(u)
	return r, reason
}

// cutWildcards returns the host (and port) with an innocent label in place of each wildcard, and which labels
// those are.
func cutWildcards(host string) (plain string, wild []int, reason string) {
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if strings.IndexByte(label, '*') < 0 {
			continue
		}
		if label != "*" {
			return "", nil, "a * in the host must be a whole label of it, as in https://*.example.com/"
		}
		if i > len(labels)-3 || i == len(labels)-3 && labels[len(labels)-1] == "" {
			return "", nil, "the last two labels of the host must not be *: name the domain that is trusted"
		}
		labels[i] = "x"
		wild = append(wild, i)
	}
	return strings.Join(labels, "."), wild, ""
}

func compilePath(u URL) (path []part, reason string) {
	decoded, reason := splitPath(u)
	if reason != "" {
		return nil, reason
	}
	written := u.Segments()
	for i, text := range decoded {
		switch raw := written[i]; {
		case (raw == "*" || raw == "**") && i == len(written)-1:
			path = append(path, part{kind: rest})
		case raw == "*":
			path = append(path, part{kind: one})
		case raw == "**":
			return nil, "** must be the end of the path"
		case strings.IndexByte(raw, '*') >= 0:
			return nil, "a * in the path must be a whole segment of it; write %2A for the character"
		default:
			path = append(path, part{literal, text})
		}
	}
	return path, ""
}

// splitPath returns the segments of a path, decoded, without the empty one after a slash at the end; or
// why servers may read it in different ways.
func splitPath(u URL) (segments []string, reason string) {
	segments = u.Segments()
	if n := len(segments); n > 0 && segments[n-1] == "" {
		segments = segments[:n-1]
	}
	for i, s := range segments {
		if segments[i], reason = decode(s); reason != "" {
			return nil, reason
		}
		// Some servers cut a segment at ';' before they look whether it is "..".
		name, _, _ := strings.Cut(segments[i], ";")
		if name == "." || name == ".." {
			return nil, "its path must not have dot segments: write the path that is meant"
		}
	}
	return segments, ""
}

// decode decodes the escapes of a segment, which [Parse] has checked.
func decode(segment string) (text, reason string) {
	if strings.IndexByte(segment, '%') < 0 {
		return segment, ""
	}
	b := make([]byte, 0, len(segment))
	for i := 0; i < len(segment); i++ {
		c := segment[i]
		if c == '%' {
			n, err := strconv.ParseUint(segment[i+1:i+3], 16, 8)
			if err != nil {
				return "", "a '%' in the path must be followed by two hexadecimal digits"
			}
			c = byte(n)
			i += 2
			if c == '.' || c == '/' || c == '\\' {
				return "", "its path must not have %2e, %2f or %5c, which servers read in different ways"
			}
		}
		b = append(b, c)
	}
	return string(b), ""
}

func matchHost(host []part, labels []string) bool {
	if len(host) != len(labels) {
		return false
	}
	for i, p := range host {
		if p.kind == literal && p.text != labels[i] {
			return false
		}
	}
	return true
}

func matchPath(path []part, segments []string) bool {
	for i, p := range path {
		switch {
		case p.kind == rest:
			return true
		case i == len(segments),
			p.kind == one && segments[i] == "",
			p.kind == literal && p.text != segments[i]:
			return false
		}
	}
	return len(path) == len(segments)
}

// compareRules puts the more specific of two rules that match one URL first, and is 0 only for rules that match the
// same URLs. The order of all others is of no meaning.
func compareRules(a, b rule) int {
	if n := strings.Compare(a.scheme, b.scheme); n != 0 {
		return n
	}
	if n := strings.Compare(a.port, b.port); n != 0 {
		return n
	}
	if n := compareParts(a.host, b.host); n != 0 {
		return n
	}
	return compareParts(a.path, b.path)
}

func compareParts(a, b []part) int {
	for i := 0; i < len(a) || i < len(b); i++ {
		x, y := partAt(a, i), partAt(b, i)
		if x.kind != y.kind {
			return int(x.kind - y.kind)
		}
		if n := strings.Compare(x.text, y.text); n != 0 {
			return n
		}
	}
	return 0
}

func partAt(parts []part, i int) part {
	if i < len(parts) {
		return parts[i]
	}
	return part{kind: end}
}

func reversed[T any](list []T) []T {
	slices.Reverse(list)
	return list
}
