//go:build !js

package transport_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/latchkey-auth/latchkey/transport"
)

// query is on every request below, and must be in no error.
const query = "/token?code=" + secret + "&state=" + secret

// refusal sends a request that must fail, and checks what every failure must keep.
func refusal(t *testing.T, send transport.Func, url string) error {
	t.Helper()
	resp, err := send(t.Context(), &transport.Request{
		Method: "POST", URL: url + query, Header: transport.Header{{Name: "Authorization", Value: "Basic " + secret}}, Body: "client_secret=" + secret,
	})
	var failure *transport.Error
	if resp != nil || !errors.As(err, &failure) {
		t.Fatalf("got %v, %v; want an *Error", resp, err)
	}
	host := strings.TrimPrefix(strings.TrimPrefix(url, "https://"), "http://")
	if failure.Method != "POST" || failure.Host != host || !strings.HasPrefix(err.Error(), "transport: POST "+host+": ") {
		t.Errorf("of method %q and host %q: %v", failure.Method, failure.Host, err)
	}
	if strings.Contains(err.Error(), "/token") || strings.ContainsAny(err.Error(), "?\n\x1b") {
		t.Errorf("shows too much: %v", err)
	}
	hides(t, err)
	return err
}

func wants(t *testing.T, err error, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("want %q in: %v", text, err)
		}
	}
}

// serveTLS starts a TLS server and returns its URL.
func serveTLS(t *testing.T, config *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }))
	s.TLS = config
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

func trusting(pool *x509.CertPool) transport.Func {
	return transport.NetHTTP(&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}})
}

func TestCertificateRemedies(t *testing.T) {
	ours, soon := newIssuer(t), time.Now().Add(time.Hour)
	config := func(c tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c}} }
	t.Run("accepted", func(t *testing.T) {
		resp, err := trusting(ours.pool())(t.Context(), get(serveTLS(t, config(ours.server(t, soon, "127.0.0.1")))))
		if err != nil || resp.Body != "ok" {
			t.Fatalf("%v, %v", resp, err)
		}
	})
	t.Run("unknown authority", func(t *testing.T) {
		err := refusal(t, trusting(newIssuer(t).pool()), serveTLS(t, config(ours.server(t, soon, "127.0.0.1"))))
		wants(t, err, "does not trust", "RootCAs", "transport.NetHTTP")
		if cause := (x509.UnknownAuthorityError{}); !errors.As(err, &cause) {
			t.Error("the cause is lost")
		}
	})
	t.Run("expired", func(t *testing.T) {
		yesterday := time.Now().Add(-24 * time.Hour)
		err := refusal(t, trusting(ours.pool()), serveTLS(t, config(ours.server(t, yesterday, "127.0.0.1"))))
		wants(t, err, "expired", "clock", yesterday.UTC().Format(time.DateOnly))
	})
	t.Run("other name", func(t *testing.T) {
		err := refusal(t, trusting(ours.pool()), serveTLS(t, config(ours.server(t, soon, "one.example", "two.example", "three.example", "four.example"))))
		wants(t, err, "another name", "one.example, two.example, three.example)", "host in the URL")
	})
	t.Run("unfit", func(t *testing.T) {
		err := refusal(t, failing(&tls.CertificateVerificationError{Err: errors.New(secret)}), "https://h.example")
		wants(t, err, "not acceptable")
	})
	t.Run("client certificate missing", func(t *testing.T) {
		c := config(ours.server(t, soon, "127.0.0.1"))
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, ours.pool()
		wants(t, refusal(t, trusting(ours.pool()), serveTLS(t, c)), "client certificate", "transport.NetHTTP")
	})
	t.Run("no TLS", func(t *testing.T) {
		url := serve(t, func(http.ResponseWriter, *http.Request) {})
		wants(t, refusal(t, transport.Default(), strings.Replace(url, "http", "https", 1)), "does not speak TLS", "port")
	})
}

// raw starts a server that treats its connections as given, and returns its URL.
func raw(t *testing.T, serve func(*net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = c.Read(make([]byte, 4096))
				serve(c.(*net.TCPConn))
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestConnectionRemedies(t *testing.T) {
	answer := func(text string) func(*net.TCPConn) {
		return func(c *net.TCPConn) { io.WriteString(c, text) }
	}
	tests := []struct {
		name  string
		serve func(*net.TCPConn)
		want  []string
	}{
		{"reset", func(c *net.TCPConn) { c.SetLinger(0) }, []string{"closed before an answer", "try again"}},
		{"closed", func(*net.TCPConn) {}, []string{"closed before an answer"}},
		{"truncated", answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":\"" + secret), []string{"middle of the answer"}},
		{"truncated chunk", answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + secret), []string{"middle of the answer"}},
		{"damaged gzip", answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n" + secret), []string{"damaged"}},
		{"not HTTP", answer("220 mail.example ESMTP\r\n\r\n"), []string{"malformed HTTP", "[...]"}},
		{"not HTTP, repeats the request", answer("220 " + secret + "\r\n\r\n"), []string{"not shown"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wants(t, refusal(t, transport.Default(), raw(t, tt.serve)), tt.want...) })
	}
	t.Run("refused", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		err = refusal(t, transport.Default(), "http://"+l.Addr().String())
		wants(t, err, "connection refused", "port", "firewall")
		if cause := (*net.OpError)(nil); !errors.As(err, &cause) {
			t.Error("the cause is lost")
		}
	})
	for name, cause := range map[string]error{"reset": syscall.ECONNRESET, "reset on Windows": syscall.Errno(10054), "stopped": os.ErrDeadlineExceeded} {
		t.Run("body "+name, func(t *testing.T) {
			body := io.NopCloser(io.MultiReader(strings.NewReader(secret), iotest.ErrReader(&net.OpError{Op: "read", Err: cause})))
			send := transport.NetHTTP(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Body: body}, nil
			})})
			err := refusal(t, send, "https://h.example")
			wants(t, err, "answer", "the proxy")
			if late := cause == os.ErrDeadlineExceeded; errors.Is(err, context.DeadlineExceeded) != late || strings.Contains(err.Error(), "stopped coming") != late {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestProxyRemedies(t *testing.T) {
	through := func(proxy string) transport.Func {
		u, err := url.Parse(proxy)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword("user", secret)
		return transport.NetHTTP(&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(u)}})
	}
	t.Run("refuses", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		wants(t, refusal(t, through("http://"+l.Addr().String()), "https://h.example"), "connection to the proxy", "refused", "HTTPS_PROXY")
	})
	t.Run("wants a password", func(t *testing.T) {
		proxy := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) })
		wants(t, refusal(t, through(proxy), "https://h.example"), "asks for a user name and a password", "HTTPS_PROXY")
	})
}

// failing is a transport that cannot send.
func failing(err error) transport.Func {
	return transport.NetHTTP(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, err })})
}

func TestRemediesOfOtherFailures(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	call := func(n syscall.Errno) error { return dial(os.NewSyscallError("connect", n)) }
	tests := []struct {
		name string
		err  error
		want []string
	}{
		{"unknown name", dial(&net.DNSError{Err: "no such host", Name: "h.example", IsNotFound: true}), []string{"does not exist", "spelling", "VPN"}},
		{"DNS silent", dial(&net.DNSError{Err: "i/o timeout", IsTimeout: true}), []string{"DNS server did not answer"}},
		{"DNS failed", dial(&net.DNSError{Err: "server misbehaving", Server: secret}), []string{"could not be resolved"}},
		{"refused", call(syscall.ECONNREFUSED), []string{"nothing answers"}},
		{"refused on Windows", call(10061), []string{"nothing answers"}},
		{"reset on Windows", call(10054), []string{"closed before an answer"}},
		{"no route", call(syscall.EHOSTUNREACH), []string{"no route"}},
		{"no network on Windows", call(10051), []string{"no route"}},
		{"timeout", dial(os.ErrDeadlineExceeded), []string{"no answer in time"}},
		{"url.Error of another client", &url.Error{Op: "Get", URL: "https://h.example" + query, Err: io.EOF}, []string{"closed before"}},
		{"wrapped url.Error", fmt.Errorf("retrying: %w", &url.Error{Op: "Get", URL: "https://h.example" + query, Err: errors.New("odd")}), []string{"*fmt.wrapError"}},
		{"own text", errors.New("no smart card in the reader"), []string{"no smart card in the reader"}},
		{"own text with an address", errors.New(`via https://u:pw@proxy.example/x "quoted"` + "\x1b[31m"), []string{`via [URL] [...]\x1b[31m`}},
		{"own text with the body", errors.New("cannot send client_secret=" + secret), []string{"not shown"}},
		{"own text with a header", errors.New("cannot send " + secret), []string{"not shown"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := refusal(t, failing(tt.err), "https://h.example")
			wants(t, err, tt.want...)
			if strings.Contains(err.Error(), "pw") || errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("timeout matches DeadlineExceeded", func(t *testing.T) {
		for _, cause := range []error{dial(os.ErrDeadlineExceeded), &net.DNSError{IsTimeout: true}} {
			if err := refusal(t, failing(cause), "https://h.example"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("url.Error is taken off", func(t *testing.T) {
		odd := errors.New("odd")
		err := refusal(t, failing(&url.Error{Op: "Get", URL: "https://h.example" + query, Err: &url.Error{Op: "Get", URL: query, Err: odd}}), "https://h.example")
		if inner := (*url.Error)(nil); errors.As(err, &inner) || !errors.Is(err, odd) || !strings.HasSuffix(err.Error(), ": odd") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("neither answer nor error", func(t *testing.T) {
		wants(t, refusal(t, failing(nil), "https://h.example"), "neither an answer nor an error")
	})
	t.Run("percent sign", func(t *testing.T) {
		_, err := transport.Default()(t.Context(), get("https://h.example/%zz?code="+secret))
		wants(t, err, "percent signs")
		hides(t, err)
	})
}

func TestErrorWithoutACause(t *testing.T) {
	if got, want := (&transport.Error{Method: "GET", Host: "h.example"}).Error(), "transport: GET h.example: no answer"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
