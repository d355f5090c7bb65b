package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/internal/jws"
	"github.com/latchkey-auth/latchkey/transport"
)

// issuer checks that the metadata is the authority's, as every client does, and returns it;
// nil if no client would take it.
func (d *doctor) issuer(ctx context.Context, document jsonscan.Value) *authority.Metadata {
	const name = "issuer"
	said, _ := document.Get("issuer").Text()
	m, err := authority.NewResolver(d.send, time.Now).Resolve(ctx, d.authority)
	if err != nil {
		fix := "have the authority publish metadata as OpenID Connect Discovery demands"
		var unacceptable *authority.Error
		if errors.As(err, &unacceptable) && unacceptable.Status == 0 && said != "" && said != d.authority.String() {
			fix = "if that is your authority, give it byte for byte: --authority " + said
		}
		d.fail(name, fix, "%s", withoutPackage(err.Error()))
		return nil
	}
	if expected := strings.ReplaceAll(said, "{tenantid}", m.TenantID); said != m.Issuer && expected != m.Issuer {
		d.warn(name, "give the host that it names in --authority", "the document names %q, and tokens are expected from %q", said, m.Issuer)
		return m
	}
	d.ok(name, "%s", m.Issuer)
	return m
}

// endpoints tells which hosts must be reachable.
func (d *doctor) endpoints(m *authority.Metadata) {
	const name = "endpoints"
	var hosts []string
	for _, e := range []string{m.TokenEndpoint, m.AuthorizationEndpoint, m.DeviceAuthorizationEndpoint, m.JWKSURI, m.UserinfoEndpoint, m.EndSessionEndpoint} {
		if u, err := url.Parse(e); err == nil && u.Host != "" && !slices.Contains(hosts, u.Host) {
			hosts = append(hosts, u.Host)
		}
	}
	if m.AuthorizationEndpoint == "" {
		d.warn(name, "use client credentials, or have the authority publish authorization_endpoint", "no users can sign in by a browser; the hosts are %s", strings.Join(hosts, ", "))
		return
	}
	d.ok(name, "on %s, which must be reachable", strings.Join(hosts, ", "))
}

// keys checks that the authority's signatures can be verified.
func (d *doctor) keys(ctx context.Context, m *authority.Metadata) {
	const name = "keys"
	if m.JWKSURI == "" {
		d.fail(name, "have the authority publish jwks_uri", "it publishes no keys, so that no ID token can be verified")
		return
	}
	r, err := d.send(ctx, &transport.Request{Method: http.MethodGet, URL: m.JWKSURI})
	if err != nil {
		d.fail(name, "make the host of jwks_uri reachable from here", "%v", err)
		return
	}
	keys, err := jws.ParseKeys(r.Body)
	able := func(alg string) bool { return slices.Contains(algorithms, alg) }
	switch {
	case r.Status != http.StatusOK:
		d.fail(name, "have the authority publish its keys at jwks_uri", "jwks_uri was answered with status %d", r.Status)
	case err != nil:
		d.fail(name, "have the authority publish a JWK set (RFC 7517)", "%v", err)
	case len(keys) == 0:
		d.fail(name, "have the authority publish the keys that it signs with", "the key set is empty")
	case m.IDTokenSigningAlgs != nil && !slices.ContainsFunc(m.IDTokenSigningAlgs, able):
		d.fail(name, "have the authority sign with RS256, PS256 or ES256", "it signs ID tokens with %s only", strings.Join(m.IDTokenSigningAlgs, ", "))
	default:
		d.ok(name, "%d published; ID tokens are signed with %s", len(keys), firstText(strings.Join(m.IDTokenSigningAlgs, ", "), "what it does not say"))
	}
}

// support tells what the authority offers, and what that means for sign-ins.
func (d *doctor) support(m *authority.Metadata) {
	d.pkce(m)
	if m.SupportsResponseMode("form_post") {
		d.ok("response modes", "form_post, which keeps codes out of the browser's history")
	} else {
		d.ok("response modes", "query; form_post is not offered")
	}
	if m.IssParameter {
		d.ok("iss", "authorization responses name the issuer (RFC 9207)")
	} else {
		d.ok("iss", "authorization responses do not name the issuer: a client of several authorities needs a redirect URI for each")
	}
	if m.DeviceAuthorizationEndpoint != "" {
		d.ok("device code", "offered (RFC 8628)")
	} else {
		d.warn("device code", "sign in by a browser of this computer, or over SSH by a forwarded port", "not offered: --device does not work")
	}
}

func (d *doctor) pkce(m *authority.Metadata) {
	const name = "PKCE"
	switch {
	case slices.Contains(m.CodeChallengeMethods, "S256"):
		d.ok(name, "S256")
	case m.CodeChallengeMethods != nil:
		d.fail(name, "have the authority support S256: latchkey does not sign in without", "only %s", strings.Join(m.CodeChallengeMethods, ", "))
	case d.authority.Profile().Issuer != authority.IssuerExact:
		d.ok(name, "not published, but Microsoft's authorities support S256")
	default:
		d.warn(name, "ask whether the authority supports S256: otherwise a stolen code is good for whoever has it", "not published")
	}
}
