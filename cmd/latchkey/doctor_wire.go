package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/internal/jsonscan"
	"github.com/latchkey-auth/latchkey/transport"
)

// A recorder keeps of the first answer what a [transport.Response] does not have.
type recorder struct {
	base http.RoundTripper

	mu       sync.Mutex
	answered bool
	tls      *tls.ConnectionState
	date     string
	at       time.Time // when the answer came
}

// RoundTrip is an [http.RoundTripper]'s.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.base.RoundTrip(req)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil && !r.answered {
		r.answered, r.tls, r.date, r.at = true, resp.TLS, resp.Header.Get("Date"), time.Now()
	}
	return resp, err
}

// proxy tells which proxy of the environment is used, without the password in its URL.
func (d *doctor) proxy() {
	const name = "proxy"
	var set []string
	for _, v := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"} {
		value := os.Getenv(v)
		if value == "" {
			continue
		}
		set = append(set, v)
		if !strings.EqualFold(v, "NO_PROXY") && !isProxy(value) {
			d.fail(name, "set "+v+" to a URL such as http://proxy.example.com:3128, or unset it", "%s is no URL of a proxy, and may be passed over", v)
			return
		}
	}
	r, err := http.NewRequest(http.MethodGet, d.authority.String(), nil)
	if err != nil {
		return // discovery says what is wrong with the URL
	}
	u, err := http.ProxyFromEnvironment(r)
	switch {
	case err != nil:
		d.fail(name, "set HTTPS_PROXY to a URL such as http://proxy.example.com:3128, or unset it", "the environment's proxy cannot be used")
	case u != nil:
		d.ok(name, "requests go through %s://%s (%s)", u.Scheme, u.Host, strings.Join(set, ", "))
	case len(set) > 0:
		d.ok(name, "none for this authority, though the environment has %s", strings.Join(set, ", "))
	default:
		d.ok(name, "none in the environment")
	}
}

// isProxy reports whether a variable names a proxy: by a URL, or by a host and a port.
func isProxy(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	return err == nil && u.Hostname() != "" && !strings.HasSuffix(u.Host, ":")
}

// wellKnown is the path of discovery documents (OpenID Connect Discovery, section 4).
const wellKnown = "/.well-known/openid-configuration"

// discovery fetches the authority's discovery document. Without one the answer is no
// value, and err is of the transport.
func (d *doctor) discovery(ctx context.Context) (document jsonscan.Value, err error) {
	const name = "discovery"
	path := d.authority.Profile().DiscoveryPath
	if path == "" {
		path = wellKnown
	}
	address := strings.TrimSuffix(d.authority.String(), "/") + path
	began := time.Now()
	r, err := d.send(ctx, &transport.Request{Method: http.MethodGet, URL: address, Header: transport.Header{{Name: "Accept", Value: "application/json"}}})
	if err != nil {
		d.fail(name, "make "+d.authority.Host()+" reachable from here: name service, firewall, proxy, certificates", "%s: %v", address, err)
		return document, err
	}
	document, parseErr := jsonscan.Parse(r.Body)
	switch {
	case r.Status == http.StatusNotFound:
		d.fail(name, "check the path in --authority and --profile: there is no authority at this URL", "%s: status 404", address)
	case r.Status >= 300 && r.Status < 400:
		d.fail(name, "give the URL that it leads to as --authority, if you trust it: redirects are not followed", "%s: status %d, a redirect", address, r.Status)
	case r.Status == http.StatusTooManyRequests, r.Status >= 500:
		d.fail(name, "try again later: the authority is overloaded or broken", "%s: status %d", address, r.Status)
	case r.Status != http.StatusOK:
		d.fail(name, "check the URL and the tenant in --authority", "%s: status %d", address, r.Status)
	case parseErr != nil || document.Kind() != jsonscan.Object:
		d.fail(name, "check the URL, and that no proxy or sign-in portal answers in the authority's place", "%s: the answer is no JSON object", address)
	default:
		d.ok(name, "%s in %s", address, lengthShort(time.Since(began)))
		return document, nil
	}
	return jsonscan.Value{}, nil
}

// renewal is how long before its end a certificate should have been renewed.
const renewal = 14 * 24 * time.Hour

// tls judges the connection to the authority; err is why there was none.
func (d *doctor) tls(err error) {
	const name = "TLS"
	var untrusted *tls.CertificateVerificationError
	switch s := d.wire.tls; {
	case errors.As(err, &untrusted):
		d.untrusted(name, untrusted)
	case strings.HasPrefix(d.authority.String(), "http:"):
		d.ok(name, "not used: the authority is on this computer")
	case s == nil || len(s.VerifiedChains) == 0:
		if err == nil {
			d.fail(name, "find out what sits between this computer and the authority", "the connection has no verified certificate")
		}
	default:
		chain := s.VerifiedChains[0]
		first := chain[0]
		for _, c := range chain {
			if c.NotAfter.Before(first.NotAfter) {
				first = c
			}
		}
		v, fix := verdictOK, ""
		if first.NotAfter.Sub(d.now()) < renewal {
			v, fix = verdictWarn, "have the authority renew the certificate of "+subject(first)
		}
		d.add(name, v, fix, "%s, %s issued by %s, a chain of %d, good until %s (%s)", tls.VersionName(s.Version), subject(chain[0]),
			issuer(chain[0]), len(chain), first.NotAfter.UTC().Format(time.DateOnly), inWords(first.NotAfter, d.now()))
	}
}

// untrusted says why a certificate was refused.
func (d *doctor) untrusted(name string, err *tls.CertificateVerificationError) {
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	whose := "the certificate"
	if len(err.UnverifiedCertificates) > 0 {
		c := err.UnverifiedCertificates[0]
		whose = "the certificate " + subject(c) + " issued by " + issuer(c)
	}
	switch {
	case errors.As(err, &host):
		d.fail(name, "give the authority by a name that the certificate has, or have it get a certificate for this one", "%s is for another host", whose)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		d.fail(name, "set this computer's clock if it is wrong, else have the authority renew the certificate", "%s has expired or is not valid yet", whose)
	default:
		d.fail(name, "if that is a certificate authority of your own, or a proxy that you must use, trust it: --ca-file FILE", "%s is not trusted here", whose)
	}
}

func subject(c *x509.Certificate) string {
	return firstText(c.Subject.CommonName, strings.Join(c.DNSNames, " "), c.Subject.String(), "without a name")
}

func issuer(c *x509.Certificate) string {
	return firstText(c.Issuer.CommonName, c.Issuer.String(), "nobody")
}

// How far the clocks may be apart: a little is accepted everywhere, more only by some.
const (
	clockGood = time.Minute
	clockBad  = 5 * time.Minute
)

// clock compares this computer's clock with the authority's Date header.
func (d *doctor) clock() {
	const name = "clock"
	if !d.wire.answered {
		return
	}
	theirs, err := http.ParseTime(d.wire.date)
	if err != nil {
		d.warn(name, "compare this computer's clock with another one", "the authority does not say what time it is")
		return
	}
	ours := d.now().Add(-time.Since(d.wire.at))
	off := ours.Sub(theirs)
	direction := "ahead of"
	if off < 0 {
		off, direction = -off, "behind"
	}
	fix := "set this computer's clock, or have it set by a time server"
	switch {
	case off <= clockGood:
		d.ok(name, "as the authority's")
	case off <= clockBad:
		d.warn(name, fix, "%s %s the authority's", lengthInWords(off), direction)
	default:
		d.fail(name, fix, "%s %s the authority's: tokens will look expired, or from the future", lengthInWords(off), direction)
	}
}
