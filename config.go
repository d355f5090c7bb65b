package latchkey

import (
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/transport"
)

// A Config is what a client is made from. Authority and ClientID are required; the
// zero value of every other field is a good default. Clients copy it.
type Config struct {
	// Authority is the authority's URL: an issuer, compared exactly, or for Microsoft
	// Entra https://login.microsoftonline.com/ and the tenant (id, domain, "common",
	// "organizations" or "consumers"). https only, except on loopback.
	Authority string

	// ClientID is the id that the authority gave the client (RFC 6749 section 2.2).
	ClientID string

	// Profile says by which provider's rules the authority goes. Zero: what the URL
	// shows (see [authority.ProfileFor]), which is plain OpenID Connect for most.
	Profile authority.Profile

	// Cache keeps tokens, so that other processes and later runs find them. Nil:
	// tokens last as long as the client.
	Cache cache.Store

	// Program names this process to others that share Cache, such as "sync, process 4711":
	// they show it to their users while they wait for a sign-in here. It is kept in Cache for
	// some minutes. Empty: they only know that there is one. A page does not use it.
	Program string

	// Transport sends the requests; a proxy, a custom CA and client certificates come
	// in here. Nil: [transport.Default].
	Transport transport.Func

	// Capabilities are told to the authority with each request: "CP1" means that the
	// program can answer claims challenges (Microsoft Entra).
	Capabilities []string

	// RenewBefore is how long before its expiry a token counts as expired, at most a
	// third of its lifetime. Zero: 5 minutes.
	RenewBefore time.Duration

	// Clock tells the time. Nil: [time.Now].
	Clock func() time.Time

	// Trace is told what happens. Nil: nobody is.
	Trace *Trace

	// InsecureSkipSignatureCheck leaves ID tokens' signatures unchecked, relying on
	// TLS to the token endpoint alone (OpenID Connect Core 3.1.3.7). In a page that is
	// always so.
	InsecureSkipSignatureCheck bool
}

const (
	defaultRenewBefore = 5 * time.Minute

	// flightTimeout bounds a request that runs on although its caller may have left.
	flightTimeout = time.Minute
)
