package authoritytest

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// A Request is what one request asked and how it was answered. It holds no secret.
type Request struct {
	Seq           int       // 1 for the server's first request
	Time          time.Time // by the server's Clock
	Endpoint      string    // one of the Endpoint constants
	Method        string    // HTTP method
	Path          string    // URL path, without the query
	Shape         string    // one of the Shape constants, or "" where the endpoint has none
	ClientID      string    // as sent, known to the directory or not
	GrantType     string    // token endpoint: as sent
	User          string    // username, once the request is tied to a user
	Scope         string    // as sent
	Status        int       // HTTP status of the answer; 0 = a fault prevented one
	Error         string    // OAuth error code of the answer, in its body or in its redirect
	CorrelationID string    // client-request-id as sent, else the server's own
	Fault         string    // names of the rules that acted, with commas between them; "" = none
}

// The endpoints as [Request.Endpoint] names them.
const (
	EndpointToken      = "token"
	EndpointAuthorize  = "authorize"
	EndpointDiscovery  = "discovery"  // an issuer's metadata
	EndpointInstance   = "instance"   // Entra's instance discovery
	EndpointJWKS       = "jwks"       // the signing keys
	EndpointUserinfo   = "userinfo"   // claims about the user of an access token
	EndpointDeviceCode = "devicecode" // RFC 8628 device authorization
	EndpointLogout     = "logout"     // end session
	EndpointSignIn     = "signin"     // the forms of the sign-in pages
	EndpointDevice     = "device"     // the page where a person types a user code
	EndpointControl    = "control"    // the control endpoint
	EndpointNone       = "none"       // no such path

	EndpointGraph         = "graph"         // the small Microsoft Graph
	EndpointAPI           = "api"           // an API of the directory
	EndpointRevocation    = "revocation"    // RFC 7009
	EndpointIntrospection = "introspection" // RFC 7662
)

// The dialects as [Request.Shape] names them.
const (
	ShapeEntra = "entra" // Microsoft Entra ID
	ShapeOIDC  = "oidc"  // a plain OpenID Provider
	ShapeB2C   = "b2c"   // Azure AD B2C
	ShapeCIAM  = "ciam"  // Microsoft Entra External ID
	ShapeADFS  = "adfs"  // Active Directory Federation Services
)

// maxRequests bounds what a server that runs for weeks remembers of its requests.
const maxRequests = 1 << 16

// maxLogged bounds each text of a request in the log.
const maxLogged = 2048

// requestLog is what a server was asked.
type requestLog struct {
	mu   sync.Mutex
	seq  int
	list []Request
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	r.Seq = l.seq
	for _, text := range []*string{&r.Method, &r.Path, &r.ClientID, &r.GrantType, &r.Scope} {
		if len(*text) > maxLogged {
			*text = strings.ToValidUTF8((*text)[:maxLogged], "") + "..."
		}
	}
	if len(l.list) >= maxRequests {
		l.list = slices.Delete(l.list, 0, maxRequests/4)
	}
	l.list = append(l.list, r)
}
