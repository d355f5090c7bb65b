//go:build !js

package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

// A bodyError is a failure after the answer began.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return "reading the answer: " + e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

// explain returns the cause that a person can act on. The texts of net/http are not
// shown: they have URLs, proxy passwords and pieces of answers in them.
func explain(err error, req *Request) error {
	for {
		u, ok := err.(*url.Error)
		if !ok {
			break
		}
		err = u.Err
	}
	if err == ErrBodyTooLarge || err == errURL {
		return err
	}
	if text := reason(err); text != "" {
		if late(err) {
			err = errors.Join(err, context.DeadlineExceeded)
		}
		return &cause{text, err}
	}
	return &cause{discreet(err, req), err}
}

// reason returns what happened and what to do, or "" for a failure that is not a
// common one.
func reason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "proxyconnect" {
		text := reason(op.Err)
		if text == "" {
			text = "it failed"
		}
		return "the connection to the proxy: " + text + "; check HTTPS_PROXY and NO_PROXY, or the Proxy of the http.Transport"
	}
	for _, f := range []func(error) string{certificateReason, tlsReason, nameReason, bodyReason, connectionReason} {
		if text := f(err); text != "" {
			return text
		}
	}
	return ""
}

// certificateReason explains a server certificate that was refused.
func certificateReason(err error) string {
	var (
		invalid  x509.CertificateInvalidError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		refused  *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate is expired or not valid yet" + validity(invalid.Cert) +
			"; renew it, or set this computer's clock"
	case errors.As(err, &hostname):
		return "the server's certificate is for another name" + names(hostname.Certificate) +
			"; check the host in the URL, or get a certificate that has it"
	case errors.As(err, &unknown):
		return "the server's certificate is signed by an authority that this computer does not trust; " +
			"if it is a company's or a test authority, add its certificate to the system's trust store, " +
			"or to RootCAs of the http.Client given to transport.NetHTTP"
	case errors.As(err, &refused):
		return "the server's certificate is not acceptable; have it issued anew"
	}
	return ""
}

func validity(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	return " (valid from " + c.NotBefore.UTC().Format(time.DateOnly) + " to " + c.NotAfter.UTC().Format(time.DateOnly) + ")"
}

func names(c *x509.Certificate) string {
	if c == nil || len(c.DNSNames) == 0 {
		return ""
	}
	shown := c.DNSNames
	if len(shown) > 3 {
		shown = shown[:3]
	}
	return " (" + printable.Escape(strings.Join(shown, ", ")) + ")"
}

// tlsReason explains a handshake that failed for another reason than the certificate.
func tlsReason(err error) string {
	var notTLS tls.RecordHeaderError
	var op *net.OpError
	switch {
	case errors.As(err, &notTLS):
		return "the server does not speak TLS on this port; check the port, or use http:// if it is a test server on loopback"
	case errors.As(err, &op) && op.Op == "remote error":
		return "the server ended the TLS handshake; if it wants a client certificate, give one to the http.Client of transport.NetHTTP, " +
			"else check which TLS versions it accepts"
	}
	return ""
}

// nameReason explains a name that was not resolved.
func nameReason(err error) string {
	var dns *net.DNSError
	switch {
	case !errors.As(err, &dns):
		return ""
	case dns.IsNotFound:
		return "the host name does not exist; check its spelling, and the VPN if it is a private name"
	case dns.IsTimeout:
		return "the DNS server did not answer in time; check the network"
	}
	return "the host name could not be resolved; check the network and its DNS server"
}

// bodyReason explains an answer that began and did not end.
func bodyReason(err error) string {
	var body *bodyError
	switch {
	case !errors.As(err, &body):
		return ""
	case late(err):
		return "the answer began and then stopped coming; " + lateRemedy
	case errors.Is(err, io.ErrUnexpectedEOF), errno(err, resetErrors...):
		return "the connection was cut in the middle of the answer; try again, and check the proxy if it happens again"
	}
	return "the answer is damaged; try again, and check the proxy if it happens again"
}

// Windows has its own numbers, and package syscall gives the POSIX names other ones there.
var (
	refusedErrors     = []syscall.Errno{syscall.ECONNREFUSED, 10061}
	resetErrors       = []syscall.Errno{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, 10053, 10054}
	unreachableErrors = []syscall.Errno{syscall.ENETUNREACH, syscall.EHOSTUNREACH, 10051, 10065}
)

// connectionReason explains a connection that was not made or did not last.
func connectionReason(err error) string {
	switch {
	case errno(err, refusedErrors...):
		return "nothing answers at this host and port (connection refused); check the port, that the server runs, and the firewall"
	case errno(err, unreachableErrors...):
		return "there is no route to this host; check the network and the VPN"
	case errno(err, resetErrors...), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed before an answer came; try again, and check firewall and proxy if it happens again"
	case late(err):
		return "no answer in time; " + lateRemedy
	case err.Error() == http.StatusText(http.StatusProxyAuthRequired):
		return "the proxy asks for a user name and a password; put them into HTTPS_PROXY, or into the Proxy of the http.Transport"
	}
	return ""
}

func errno(err error, numbers ...syscall.Errno) bool {
	var e syscall.Errno
	if !errors.As(err, &e) {
		return false
	}
	for _, n := range numbers {
		if e == n {
			return true
		}
	}
	return false
}

func late(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}
