package authority

import (
	"context"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/internal/form"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/transport"
)

// discover asks the authority for its metadata.
func (r *Resolver) discover(ctx context.Context, a Authority) (*Metadata, error) {
	if c := builtInCloud(a); c != nil {
		return r.learnTenant(ctx, a, c)
	}
	c := (*cloud)(nil)
	if a.profile.InstanceDiscovery {
		found, err := r.discoverInstance(ctx, a)
		if err != nil {
			return nil, err
		}
		c = found
	}
	return r.discoverDocument(ctx, a, a.url, c)
}

// learnTenant returns the built-in metadata of a tenant that is named by its domain:
// only its id is taken from the discovery document.
func (r *Resolver) learnTenant(ctx context.Context, a Authority, c *cloud) (*Metadata, error) {
	m, err := r.discoverDocument(ctx, a, "https://"+c.network+"/"+a.tenant, c)
	if err != nil {
		return nil, err
	}
	return builtIn(a, c, m.TenantID), nil
}

// discoverDocument asks base, which is the authority's URL or the same on the host that
// its cloud prefers, for the discovery document.
func (r *Resolver) discoverDocument(ctx context.Context, a Authority, base string, c *cloud) (*Metadata, error) {
	path := a.profile.DiscoveryPath
	if path == "" {
		path = wellKnown
	}
	// OpenID Connect Discovery 4.1: the issuer without its last slash, then the path.
	doc, err := r.get(ctx, a, strings.TrimSuffix(base, "/")+path)
	if err != nil {
		return nil, err
	}
	m, problem := parseDocument(doc, a.loopback)
	if problem != "" {
		return nil, &Error{Authority: a.url, Problem: problem}
	}
	m.adopt(a, c)
	if problem := m.adoptIssuer(a); problem != "" {
		return nil, &Error{Authority: a.url, Problem: problem}
	}
	return m, nil
}

// discoverInstance asks the configured host, never another one, for its aliases.
func (r *Resolver) discoverInstance(ctx context.Context, a Authority) (*cloud, error) {
	doc, err := r.get(ctx, a, a.scheme+"://"+a.host+
		"/common/discovery/instance?api-version=1.1&authorization_endpoint="+form.Escape(a.url+entraAuthorize))
	if err != nil {
		return nil, err
	}
	c, problem := parseInstance(doc, a.host)
	if problem != "" {
		return nil, &Error{Authority: a.url, Problem: problem}
	}
	return c, nil
}

// get sends one request and returns the JSON object that answers it.
func (r *Resolver) get(ctx context.Context, a Authority, url string) (jsonscan.Value, error) {
	resp, err := r.send(ctx, &transport.Request{
		Method: "GET",
		URL:    url,
		Header: transport.Header{{Name: "Accept", Value: "application/json"}},
	})
	switch {
	case err != nil:
		return jsonscan.Value{}, &Error{Authority: a.url, Problem: "discovery got no answer", Err: err, unanswered: true}
	case resp == nil:
		return jsonscan.Value{}, &Error{Authority: a.url, Problem: "discovery got neither an answer nor an error; mend the transport"}
	case len(resp.Body) > transport.MaxBody:
		return jsonscan.Value{}, &Error{Authority: a.url, Problem: "discovery failed", Err: transport.ErrBodyTooLarge}
	}
	doc, err := jsonscan.Parse(resp.Body)
	problem := ""
	switch {
	case resp.Status != 200:
		problem = statusProblem(resp.Status, doc)
	case err != nil && looksLikeHTML(resp):
		problem = "discovery was answered by a web page; check the URL, and that no proxy or sign-in portal answers for the authority"
	case err != nil:
		problem = "the discovery document is not JSON, or only a part of it arrived; check the URL and try again"
	case doc.Kind() != jsonscan.Object:
		problem = "the discovery document is not a JSON object; check the URL"
	default:
		return doc, nil
	}
	e := &Error{Authority: a.url, Problem: problem, Err: err}
	if resp.Status != 200 {
		e.Status, e.Err = resp.Status, nil
	}
	return jsonscan.Value{}, e
}

// statusProblem says what a status other than 200 means. Of the body it shows the
// error code only.
func statusProblem(status int, doc jsonscan.Value) string {
	code, _ := doc.Get("error").Text()
	text := "discovery was answered with status " + strconv.Itoa(status)
	switch {
	case code == "invalid_instance":
		return "the host says that it is no Microsoft cloud (invalid_instance); check its spelling, or use the OIDC profile for another provider"
	case code == "invalid_tenant":
		return "there is no such tenant in this cloud (invalid_tenant); check its spelling, and whether it is in another cloud"
	case code != "":
		const longest = 64
		if len(code) > longest {
			code = code[:longest]
		}
		text += " and the error " + quoted(code)
	}
	switch {
	case status >= 300 && status < 400:
		return text + ", a redirect, which is never followed; configure the URL that it leads to if you trust it"
	case status == 404:
		return text + "; there is no authority at this URL, check its path and its profile"
	case status == 429 || status >= 500:
		return text + "; the authority is overloaded or broken, try again later"
	}
	return text + "; check the URL and the tenant"
}

// looksLikeHTML reports whether an answer that is not JSON is a page for people.
func looksLikeHTML(resp *transport.Response) bool {
	return strings.Contains(strings.ToLower(resp.Header.Get("Content-Type")), "html") ||
		strings.HasPrefix(strings.TrimLeft(resp.Body, " \t\r\n\ufeff"), "<")
}
