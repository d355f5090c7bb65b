package authority

import (
	"strings"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/internal/resource"
)

// maxURL is the longest endpoint that is accepted, in bytes.
const maxURL = 2048

// parseDocument reads a discovery document (OpenID Connect Discovery 4.2). It keeps
// nothing of the text. problem says what is wrong; empty if nothing is.
func parseDocument(doc jsonscan.Value, loopback bool) (m *Metadata, problem string) {
	m = &Metadata{}
	if m.Issuer, problem = textMember(doc, "issuer"); problem != "" {
		return nil, problem
	}
	endpoints := []struct {
		name string
		to   *string
	}{
		{"authorization_endpoint", &m.AuthorizationEndpoint},
		{"token_endpoint", &m.TokenEndpoint},
		{"device_authorization_endpoint", &m.DeviceAuthorizationEndpoint},
		{"userinfo_endpoint", &m.UserinfoEndpoint},
		{"end_session_endpoint", &m.EndSessionEndpoint},
		{"jwks_uri", &m.JWKSURI},
	}
	for i := range endpoints {
		if *endpoints[i].to, problem = endpointMember(doc, endpoints[i].name, loopback); problem != "" {
			return nil, problem
		}
	}
	lists := []struct {
		name string
		to   *[]string
	}{
		{"scopes_supported", &m.ScopesSupported},
		{"response_modes_supported", &m.ResponseModesSupported},
		{"token_endpoint_auth_methods_supported", &m.TokenEndpointAuthMethods},
		{"code_challenge_methods_supported", &m.CodeChallengeMethods},
		{"id_token_signing_alg_values_supported", &m.IDTokenSigningAlgs},
	}
	for i := range lists {
		if *lists[i].to, problem = listMember(doc, lists[i].name); problem != "" {
			return nil, problem
		}
	}
	m.IssParameter, _ = doc.Get("authorization_response_iss_parameter_supported").Bool()
	if m.Issuer == "" || m.TokenEndpoint == "" {
		return nil, "the discovery document lacks issuer or token_endpoint; check that the URL is an authority's"
	}
	return m, ""
}

// parseInstance reads an instance discovery document and returns the cloud that the
// host is in, which has at least the host itself. Other clouds in the document are of
// no interest. problem says what is wrong; empty if nothing is.
func parseInstance(doc jsonscan.Value, host string) (c *cloud, problem string) {
	c = &cloud{network: host, cache: host, hosts: []string{host}}
	doc.Get("metadata").Items(func(item jsonscan.Value) bool {
		aliases, _ := listMember(item, "aliases")
		if !containsHost(aliases, host) {
			return true
		}
		for _, alias := range aliases {
			alias = strings.ToLower(alias)
			if known := cloudOf(alias); known != nil {
				// Its tokens would be kept beside, and its refresh tokens sent to, a cloud it is not part of.
				problem = "the host claims to be another name of " + alias + ", which is built in; configure https://" + known.network + " with your tenant instead"
				return false
			}
			if validHost(alias) && !containsHost(c.hosts, alias) {
				c.hosts = append(c.hosts, strings.Clone(alias))
			}
		}
		if name, _ := item.Get("preferred_cache").Text(); containsHost(c.hosts, name) {
			c.cache = strings.Clone(strings.ToLower(name))
		}
		return false
	})
	if problem != "" {
		return nil, problem
	}
	return c, ""
}

// endpointMember returns a member that is an endpoint, "" if it is absent.
func endpointMember(doc jsonscan.Value, name string, loopback bool) (endpoint, problem string) {
	if endpoint, problem = textMember(doc, name); problem != "" || endpoint == "" {
		return "", problem
	}
	if len(endpoint) > maxURL {
		return "", "the discovery document's " + name + " is too long to be a URL"
	}
	u, err := resource.Parse(endpoint)
	if err != nil {
		return "", "the discovery document's " + name + " is no absolute https URL without user info and fragment"
	}
	if u.Scheme != "https" && !(loopback && u.Loopback()) {
		return "", "the discovery document's " + name + " is plain http; have the authority publish https URLs"
	}
	return endpoint, ""
}

// textMember returns a copy of a member that is a string, "" if it is absent or null.
func textMember(doc jsonscan.Value, name string) (text, problem string) {
	switch v := doc.Get(name); v.Kind() {
	case jsonscan.Absent, jsonscan.Null:
		return "", ""
	case jsonscan.String:
		text, _ = v.Text()
		return strings.Clone(text), ""
	}
	return "", "the document's " + name + " is not a string"
}

// listMember returns copies of the strings of a member that is an array, nil if it is
// absent or null. Elements that are not strings are left out.
func listMember(doc jsonscan.Value, name string) (list []string, problem string) {
	v := doc.Get(name)
	switch v.Kind() {
	case jsonscan.Absent, jsonscan.Null:
		return nil, ""
	case jsonscan.Array:
	default:
		return nil, "the document's " + name + " is not an array"
	}
	list = []string{}
	v.Items(func(item jsonscan.Value) bool {
		if text, ok := item.Text(); ok {
			list = append(list, strings.Clone(text))
		}
		return true
	})
	return list, ""
}

// containsHost reports whether the list has the host, in any case of letters.
func containsHost(list []string, host string) bool {
	for _, h := range list {
		if strings.EqualFold(h, host) {
			return true
		}
	}
	return false
}

// validHost reports whether s is a host with an optional port, as an issuer has it.
func validHost(s string) bool {
	u, err := resource.Parse("https://" + s + "/")
	return err == nil && hostPort(u) == s
}
