package jsengine

import (
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
)

// A provider is what create is told about the client and its authority.
type provider struct {
	clientID, authority            string
	knownAuthorities, capabilities []string
	protocolMode                   string // "AAD" or "OIDC"
	renewBefore                    time.Duration
}

// config is the client's, without a cache.
func (s *provider) config() latchkey.Config {
	return latchkey.Config{
		Authority:    s.authority,
		ClientID:     s.clientID,
		Profile:      s.profile(),
		Capabilities: s.capabilities,
		RenewBefore:  s.renewBefore,
	}
}

// profile is the provider's that the URL and the protocol mode say. msal-browser takes every
// authority for a Microsoft one unless it is told "OIDC".
func (s *provider) profile() authority.Profile {
	if s.protocolMode == "OIDC" {
		return authority.OIDC()
	}
	p := authority.ProfileFor(s.authority)
	if p.Name == "oidc" {
		host, path := splitURL(s.authority)
		p = authority.Entra()
		if strings.Contains(strings.Trim(path, "/"), "/") && !strings.HasSuffix(path, "/v2.0") {
			p = authority.B2C()
		}
		for _, known := range s.knownAuthorities {
			if knownHost, _ := splitURL(known); strings.EqualFold(knownHost, host) {
				p.InstanceDiscovery = false
			}
		}
	}
	p.CorrelationHeader = "" // a header of its own costs a page a preflight request
	return p
}

// splitURL returns the host and the path of a URL, or of a host alone.
func splitURL(url string) (host, path string) {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	host, path, _ = strings.Cut(url, "/")
	return host, strings.TrimRight(path, "/")
}

// tenantOf returns the tenant of a request's authority, which must be at the client's host.
func (s *provider) tenantOf(url string) (string, error) {
	if url == "" || strings.TrimRight(url, "/") == strings.TrimRight(s.authority, "/") {
		return "", nil
	}
	p := s.profile()
	asked, err := authority.Parse(url, p)
	if err != nil {
		return "", fail(classClientConfig, "url_parse_error", err.Error())
	}
	own, err := authority.Parse(s.authority, p)
	if err != nil || asked.Host() != own.Host() || !p.TenantPath {
		return "", fail(classClientConfig, "untrusted_authority", "the request's authority is another one than this instance's: make an instance for it")
	}
	return asked.Tenant(), nil
}
