package main

import "github.com/latchkey-auth/latchkey/authoritytest"

// Where a token came from, as the authority's log has it.
const (
	sourceNone      = "none"      // no token was asked for
	sourceCache     = "cache"     // the authority was not asked
	sourceAuthority = "authority" // the authority issued one
	sourceRenewed   = "renewed"   // the authority issued one for a refresh token
)

// lastRequest returns the number of the newest request in the authority's log.
func lastRequest(srv *authoritytest.Server) int {
	log := srv.Requests()
	if len(log) == 0 {
		return 0
	}
	return log[len(log)-1].Seq
}

// sourceSince tells from the authority's log where a token came from that was asked for
// after a request, and how many the authority has issued since.
func sourceSince(srv *authoritytest.Server, after int) (source string, issued int) {
	source = sourceCache
	for _, r := range srv.Requests() {
		if r.Seq <= after || r.Endpoint != authoritytest.EndpointToken {
			continue
		}
		source = sourceAuthority
		if r.GrantType == "refresh_token" {
			source = sourceRenewed
		}
		if r.Status == 200 {
			issued++
		}
	}
	return source, issued
}

// anyUser stands for whoever has signed in.
const anyUser = "*"

// lastUser returns the user of the newest token request in the authority's log.
func lastUser(srv *authoritytest.Server) string {
	user := ""
	for _, r := range srv.Requests() {
		if r.Endpoint == authoritytest.EndpointToken && r.User != "" {
			user = r.User
		}
	}
	return user
}
