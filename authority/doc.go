// Package authority says what an authority is and publishes.
//
// An [Authority] is a validated URL under a [Profile]. The profile is the only place
// where providers differ: a flow takes it as an argument and never asks which provider
// it talks to. A [Resolver] turns an authority into [Metadata]: its endpoints, what it
// supports, what the cache calls it, and which issuers its tokens may have.
//
//	a, err := authority.Parse(url, authority.ProfileFor(url))
//	r := authority.NewResolver(transport.Default(), time.Now)
//	m, err := r.Resolve(ctx, a)
//
// # Discovery
//
// The built-in Microsoft clouds cost no request, except for one that learns the id of a
// tenant that is named by its domain. Any other authority is asked for its OpenID
// Connect discovery document at the configured address and nowhere else. What it
// answers lasts 24 hours, and another 24 if the authority cannot be reached then.
//
// # Trust
//
// Only configuration chooses a host. A document is believed when its issuer is the
// configured one by the profile's [IssuerRule], and its endpoints are https (http if
// the authority itself is on a loopback host). A token, a challenge or a callback can
// at most be compared with the result: see [Metadata.CheckIssuer].
package authority
