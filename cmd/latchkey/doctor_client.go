package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/internal/b64"
	"github.com/latchkey-auth/latchkey/transport"
)

// client checks whether the client and its redirect URIs are registered.
func (d *doctor) client(ctx context.Context, m *authority.Metadata) {
	const name = "client"
	switch {
	case d.clientID == "":
		d.ok(name, "not checked: give --client-id")
		return
	case m.AuthorizationEndpoint == "":
		d.ok(name, "not checked: there is no authorization endpoint to ask")
		return
	}
	for _, uri := range d.redirects {
		d.redirect(ctx, m, uri, d.fail)
	}
	if len(d.redirects) == 0 {
		d.redirect(ctx, m, fmt.Sprintf("http://%s:%d", d.authority.Profile().LoopbackHost, sshPort), d.warn)
	}
}

// A judge adds a check that is not ok.
type judge func(name, fix, format string, args ...any)

// redirect asks for a sign-in that must not ask anybody (prompt=none). Where the authority
// sends the browser shows whether it knows the client and the redirect URI: before it is
// sure of both it may send the browser nowhere (RFC 6749, section 4.1.2.1).
func (d *doctor) redirect(ctx context.Context, m *authority.Metadata, uri string, bad judge) {
	const name = "redirect URI"
	state := b64.EncodeString(strconv.FormatInt(d.now().UnixNano(), 36)) // answers are told apart, nothing is at stake
	r, err := d.send(ctx, &transport.Request{Method: http.MethodGet, URL: authorizationURL(m.AuthorizationEndpoint, d.clientID, uri, state)})
	if err != nil {
		bad(name, "make the host of the authorization endpoint reachable from here", "%s: %v", uri, err)
		return
	}
	location, err := url.Parse(r.Header.Get("Location"))
	isRedirect := r.Status >= 300 && r.Status < 400 && err == nil && location.String() != ""
	number := pageNumber(r.Body)
	register := fmt.Sprintf("register exactly %s for the client %s (%s)", uri, d.clientID, d.how(uri))
	switch {
	case isRedirect && leadsTo(location, uri):
		d.answered(name, m, uri, state, location.Query(), bad)
	case isRedirect:
		d.warn(name, "see whether latchkey token works: this authority does not answer prompt=none", "%s: it cannot be told, because the authority sends the browser on to %s", uri, location.Host)
	case number == 700016:
		bad(name, "check --client-id, and that --authority has the tenant where the client is registered", "the authority does not know the client %s (AADSTS700016)", d.clientID)
	case number == 50011:
		bad(name, register, "%s is not registered (AADSTS50011)", uri)
	case number != 0:
		bad(name, register+", and read about AADSTS"+strconv.Itoa(number), "%s: the authority shows an error page (AADSTS%d)", uri, number)
	case r.Status >= 400:
		bad(name, "check --client-id, and "+register, "%s: the authority shows an error page (status %d), so that it does not know the client or the redirect URI", uri, r.Status)
	default:
		d.warn(name, "see whether latchkey token works: this authority does not answer prompt=none", "%s: it cannot be told, because the authority shows a page", uri)
	}
}

// how says as what a redirect URI is registered.
func (d *doctor) how(uri string) string {
	u, err := url.Parse(uri)
	local := err == nil && u.Scheme == "http" && u.Port() != "" && isLoopback(net.JoinHostPort(u.Hostname(), "0"))
	microsoft := d.authority.Profile().Issuer == authority.IssuerEntra
	switch {
	case local && microsoft:
		return "or http://localhost without a port, as a mobile and desktop application"
	case local:
		return "or without the port, as a native application"
	case microsoft:
		return "under Authentication"
	}
	return "as it is, down to the last slash"
}

// quiet are the errors of a sign-in that may ask nobody, and nothing else (OpenID Connect
// Core, section 3.1.2.6).
var quiet = []string{"login_required", "interaction_required", "consent_required", "account_selection_required"}

// answered judges an answer at the redirect URI, which is registered therefore.
func (d *doctor) answered(name string, m *authority.Metadata, uri, state string, answer url.Values, bad judge) {
	code := answer.Get("error")
	err := m.CheckResponseIssuer(answer.Get("iss"))
	switch {
	case answer.Get("state") != state:
		bad(name, "have the authority send state back as it came (RFC 6749, section 4.1.2)", "%s: the answer has another state", uri)
	case err != nil:
		bad(name, "have the authority send its own issuer as iss, or none", "%s: %s", uri, withoutPackage(err.Error()))
	case code == "", slices.Contains(quiet, code):
		d.ok(name, "%s is registered for the client %s", uri, d.clientID)
	default:
		bad(name, "let the client "+d.clientID+" use the authorization code flow with the scope openid", "%s is registered, but the authority answers %s: %s", uri, code, answer.Get("error_description"))
	}
}

func authorizationURL(endpoint, clientID, uri, state string) string {
	challenge := sha256.Sum256([]byte(state))
	q := url.Values{
		"client_id": {clientID}, "redirect_uri": {uri}, "state": {state}, "nonce": {state},
		"response_type": {"code"}, "scope": {"openid"}, "prompt": {"none"},
		"code_challenge": {b64.Encode(challenge[:])}, "code_challenge_method": {"S256"},
	}
	if strings.Contains(endpoint, "?") {
		return endpoint + "&" + q.Encode()
	}
	return endpoint + "?" + q.Encode()
}

// leadsTo reports whether a browser goes to the redirect URI.
func leadsTo(location *url.URL, uri string) bool {
	u, err := url.Parse(uri)
	path := func(u *url.URL) string { return strings.TrimSuffix(u.EscapedPath(), "/") }
	return err == nil && location.Scheme == u.Scheme && strings.EqualFold(location.Host, u.Host) && path(location) == path(u)
}

var aadsts = regexp.MustCompile(`AADSTS([0-9]{4,8})`)

// pageNumber returns the number of the error that a page of Microsoft's shows; 0: none.
func pageNumber(page string) int {
	if m := aadsts.FindStringSubmatch(page); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 0
}
