package outside

import (
	"slices"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/authoritytest"
)

// clientEndpoints are those that a client talks to itself, once it has read the metadata.
var clientEndpoints = []string{
	authoritytest.EndpointToken, authoritytest.EndpointDeviceCode, authoritytest.EndpointUserinfo,
}

// A Watch is what an authority was asked since it was made.
type Watch struct {
	a    *Authority
	from int
}

// Watch begins to watch.
func (a *Authority) Watch() Watch { return Watch{a: a, from: len(a.Requests())} }

// Requests returns what the authority was asked at an endpoint.
func (w Watch) Requests(endpoint string) []authoritytest.Request {
	return slices.DeleteFunc(w.a.Requests()[w.from:], func(r authoritytest.Request) bool { return r.Endpoint != endpoint })
}

// Calls returns what clients asked, each request as "endpoint grant app status error" without what is empty. Polls that
// were told to go on polling are left out: how many there are depends on the person.
func (w Watch) Calls() []string {
	var calls []string
	for _, r := range w.a.Requests()[w.from:] {
		if slices.Contains(clientEndpoints, r.Endpoint) && r.Error != "authorization_pending" {
			words := []string{r.Endpoint, grantName(r.GrantType), w.a.Directory.App(r.ClientID).Name, strconv.Itoa(r.Status), r.Error}
			calls = append(calls, strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " "))
		}
	}
	return calls
}

// Want fails the test unless exactly these calls were made, in this order.
func (w Watch) Want(t authoritytest.TB, calls ...string) {
	t.Helper()
	if got := w.Calls(); !slices.Equal(got, calls) {
		t.Fatalf("the authority was asked\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(calls, "\n\t"))
	}
}

// grantName shortens the grants that are URNs.
func grantName(grant string) string { return grant[strings.LastIndexByte(grant, ':')+1:] }
