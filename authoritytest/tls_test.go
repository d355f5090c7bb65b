package authoritytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestHTTPS(t *testing.T) {
	s := start(t, &Server{TLS: true})
	if !strings.HasPrefix(s.URL(), "https://127.0.0.1:") {
		t.Errorf("URL is %s", s.URL())
	}
	oidc(t, s).signIn()
	entra(t, s).signIn()
}

// TestR46_CANameConstraints checks that the CA's signature is worth nothing for names
// that are not this computer's.
func TestR46_CANameConstraints(t *testing.T) {
	ca, err := newCA()
	if err != nil {
		t.Fatal(err)
	}
	if life := time.Until(ca.cert.NotAfter); life > 90*24*time.Hour {
		t.Errorf("the CA lasts %v, want at most 90 days", life)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	for _, tt := range []struct {
		name  string
		trust bool
	}{
		{"localhost", true}, {"login.contoso.test", true}, {"127.0.0.1", true}, {"::1", true},
		{"login.microsoftonline.com", false}, {"contoso.test.evil.example", false}, {"192.0.2.1", false}, {"127.0.0.2", false}, {"2001:db8::1", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			template := &x509.Certificate{SerialNumber: serialNumber(), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
			if ip := net.ParseIP(tt.name); ip != nil {
				template.IPAddresses = []net.IP{ip}
			} else {
				template.DNSNames = []string{tt.name}
			}
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
			if err != nil {
				t.Fatal(err)
			}
			leaf, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: tt.name})
			if (err == nil) != tt.trust {
				t.Errorf("got %v, want trusted %v", err, tt.trust)
			}
		})
	}
}

func TestCertificateForTestDomain(t *testing.T) {
	ca, err := newCA()
	if err != nil {
		t.Fatal(err)
	}
	for range maxLeafs + 1 {
		if _, err := ca.leaf(randomText(4) + ".test"); err != nil {
			t.Fatal(err)
		}
	}
	if len(ca.leafs) > maxLeafs {
		t.Errorf("%d certificates are kept", len(ca.leafs))
	}
}

func TestR46_CAKeyInFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	first := start(t, &Server{TLS: true, CADir: dir})
	info, err := os.Stat(filepath.Join(dir, caKeyName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %v, want 0600", info.Mode().Perm())
	}
	second := start(t, &Server{TLS: true, CADir: dir})
	if string(first.CAPEM()) != string(second.CAPEM()) {
		t.Error("the second server made another CA")
	}
	other := start(t, &Server{TLS: true})
	if string(first.CAPEM()) == string(other.CAPEM()) {
		t.Error("a server without CADir uses the folder's CA")
	}
	oidc(t, second).signIn()
	if err := os.WriteFile(filepath.Join(dir, caFileName), other.CAPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&Server{TLS: true, CADir: dir}).Start(); err == nil || !strings.Contains(err.Error(), "delete both CA files") {
		t.Errorf("mismatched files: got %v", err)
	}
}

func TestCAFile(t *testing.T) {
	s := start(t, &Server{TLS: true})
	path, err := s.CAFile(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(text); block == nil || block.Type != "CERTIFICATE" || string(text) != string(s.CAPEM()) {
		t.Error("the file does not hold the CA's certificate")
	}
	if _, err := NewServer(t).CAFile(t.TempDir()); err == nil {
		t.Error("a server without TLS has no CA to write")
	}
}

func TestHost(t *testing.T) {
	s := start(t, &Server{TLS: true, Host: "login.contoso.test"})
	if !strings.HasPrefix(s.URL(), "https://login.contoso.test:") {
		t.Errorf("URL is %s", s.URL())
	}
	entra(t, s).signIn()
}

func TestBaseURL(t *testing.T) {
	for _, tt := range []struct {
		s    *Server
		addr string
		want string
	}{
		{&Server{}, "127.0.0.1:80", "http://127.0.0.1:80"},
		{&Server{TLS: true}, "[::1]:8443", "https://[::1]:8443"},
		{&Server{Addr: "localhost:0"}, "127.0.0.1:99", "http://localhost:99"},
		{&Server{Addr: ":0"}, "[::]:99", "http://localhost:99"},
		{&Server{Addr: "0.0.0.0:0"}, "0.0.0.0:99", "http://localhost:99"},
		{&Server{Host: "Login.contoso.test", TLS: true}, "127.0.0.1:99", "https://login.contoso.test:99"},
	} {
		addr, err := net.ResolveTCPAddr("tcp", tt.addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := tt.s.baseURL(addr); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}
