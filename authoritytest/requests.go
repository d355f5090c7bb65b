package authoritytest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Requests are what a server was asked, oldest first. A slice of them, such as those after
// the first n, is Requests too.
type Requests []Request

// Requests returns every request so far, oldest first; a request is in the list
// before its answer is sent. Beyond 65536 requests the oldest are forgotten.
func (s *Server) Requests() Requests {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return slices.Clone(s.requests.list)
}

// Matching returns the requests that have each field of want that is not zero.
func (l Requests) Matching(want Request) Requests {
	var list Requests
	for _, r := range l {
		if r.matches(want) {
			list = append(list, r)
		}
	}
	return list
}

func (r Request) matches(want Request) bool {
	have, wanted := reflect.ValueOf(r), reflect.ValueOf(want)
	for i := range wanted.NumField() {
		if f := wanted.Field(i); !f.IsZero() && !reflect.DeepEqual(f.Interface(), have.Field(i).Interface()) {
			return false
		}
	}
	return true
}

// String returns a line for each request, for a test to print when it fails. What came
// from the request is quoted where it would not print.
func (l Requests) String() string {
	var b strings.Builder
	for i, r := range l {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%d %s %s", r.Seq, plain(r.Method), plain(r.Path))
		for _, f := range [][2]string{{"shape", r.Shape}, {"client", r.ClientID}, {"grant", r.GrantType}, {"user", r.User}, {"scope", r.Scope}} {
			if f[1] != "" {
				fmt.Fprintf(&b, " %s=%s", f[0], plain(f[1]))
			}
		}
		fmt.Fprintf(&b, " -> %d", r.Status)
		if r.Error != "" {
			fmt.Fprintf(&b, " %s", plain(r.Error))
		}
	}
	return b.String()
}

// plain returns text as it is, or quoted if it has a space or something that is not
// printable ASCII.
func plain(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' }) {
		return fmt.Sprintf("%+q", text)
	}
	return text
}
