package authoritytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	caLifetime  = 90 * 24 * time.Hour
	caFileName  = "latchkey-ca.pem"
	caKeyName   = "latchkey-ca-key.pem"
	maxLeafs    = 100
	testDomain  = "test"
	backdate    = time.Hour // so that a clock that is a little behind accepts the certificate
	caRenewTime = 7 * 24 * time.Hour
)

// A certificateAuthority issues the server's certificates. Its own certificate is
// constrained to names of this computer, so that trusting it endangers no other site.
type certificateAuthority struct {
	cert    *x509.Certificate
	key     crypto.Signer
	pem     []byte
	leafKey *ecdsa.PrivateKey

	mu    sync.Mutex
	leafs map[string]*tls.Certificate
}

var processCA = sync.OnceValues(newCA)

// openCA returns the CA kept in dir, made if there is none, or the process's CA if dir is "".
func openCA(dir string) (*certificateAuthority, error) {
	if dir == "" {
		return processCA()
	}
	ca, err := loadCA(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errCAExpired) {
		return createCA(dir)
	}
	return ca, err
}

func newCA() (*certificateAuthority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:                serialNumber(),
		Subject:                     pkix.Name{CommonName: "Latchkey test CA (localhost and .test only)"},
		NotBefore:                   now.Add(-backdate),
		NotAfter:                    now.Add(caLifetime),
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid:       true,
		IsCA:                        true,
		MaxPathLenZero:              true,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{"localhost", testDomain},
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 1).To4(), Mask: net.CIDRMask(32, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("authoritytest: making the CA: %w", err)
	}
	return caFrom(der, key)
}

func caFrom(der []byte, key crypto.Signer) (*certificateAuthority, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("authoritytest: reading the CA: %w", err)
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return &certificateAuthority{
		cert: cert, key: key, leafKey: leafKey,
		pem:   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		leafs: map[string]*tls.Certificate{},
	}, nil
}

var errCAExpired = errors.New("authoritytest: the CA has expired")

func loadCA(dir string) (*certificateAuthority, error) {
	certPEM, err := os.ReadFile(filepath.Join(dir, caFileName))
	if err != nil {
		return nil, err
	}
	keyPEM, err := os.ReadFile(filepath.Join(dir, caKeyName))
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("authoritytest: %s in %s: %w; delete both CA files to make new ones", caFileName, dir, err)
	}
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("authoritytest: %s in %s cannot sign; delete both CA files to make new ones", caKeyName, dir)
	}
	ca, err := caFrom(pair.Certificate[0], key)
	if err == nil && time.Until(ca.cert.NotAfter) < caRenewTime {
		return nil, errCAExpired
	}
	return ca, err
}

func createCA(dir string) (*certificateAuthority, error) {
	ca, err := newCA()
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(ca.key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("authoritytest: the CA's folder: %w", err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := writeFile(dir, caKeyName, key, 0o600); err != nil {
		return nil, err
	}
	return ca, writeFile(dir, caFileName, ca.pem, 0o644)
}

// writeFile replaces a file as a whole, so that another process never reads half of it.
func writeFile(dir, name string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(dir, name+".*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("authoritytest: writing %s: %w", name, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("authoritytest: writing %s: %w", name, err)
	}
	return nil
}

func serialNumber() *big.Int {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // fails only if the reader does
	return n.Add(n, big.NewInt(1))
}

func (ca *certificateAuthority) serverConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
			if !strings.HasSuffix(name, "."+testDomain) {
				name = "localhost"
			}
			return ca.leaf(name)
		},
	}
}

func (ca *certificateAuthority) clientConfig() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
}

// leaf returns a certificate for a name, for localhost and for the loopback addresses.
func (ca *certificateAuthority) leaf(name string) (*tls.Certificate, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if c := ca.leafs[name]; c != nil {
		return c, nil
	}
	if len(ca.leafs) >= maxLeafs {
		clear(ca.leafs)
	}
	names := []string{"localhost"}
	if name != "localhost" {
		names = append(names, name)
	}
	template := &x509.Certificate{
		SerialNumber: serialNumber(),
		Subject:      pkix.Name{CommonName: "Latchkey test authority"},
		NotBefore:    time.Now().Add(-backdate),
		NotAfter:     ca.cert.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     names,
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, ca.leafKey.Public(), ca.key)
	if err != nil {
		return nil, fmt.Errorf("authoritytest: making a certificate: %w", err)
	}
	c := &tls.Certificate{Certificate: [][]byte{der, ca.cert.Raw}, PrivateKey: ca.leafKey}
	ca.leafs[name] = c
	return c, nil
}

// CAPEM returns the certificate of the server's CA as PEM, or nil without TLS.
func (s *Server) CAPEM() []byte {
	if s.ca == nil {
		return nil
	}
	return append([]byte(nil), s.ca.pem...)
}

// CAFile writes the certificate of the server's CA into a folder, for settings such as
// NODE_EXTRA_CA_CERTS and SSL_CERT_FILE, and returns the file's path. Without TLS it
// is an error.
func (s *Server) CAFile(dir string) (path string, err error) {
	if s.ca == nil {
		return "", errors.New("authoritytest: the server has no CA; set TLS before Start")
	}
	return filepath.Join(dir, caFileName), writeFile(dir, caFileName, s.ca.pem, 0o644)
}
