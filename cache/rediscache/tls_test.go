//go:build linux

package rediscache

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/rediscache/internal/redisserver"
)

func insecure() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

// certificate makes a certificate that is its own authority, and the files that Redis wants.
func certificate(t *testing.T) (roots *x509.CertPool, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, b []byte) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	return roots, write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", pkcs8)
}

// TestR33_TLS connects to a Redis that speaks TLS at one port and none at another, rightly and
// wrongly.
func TestR33_TLS(t *testing.T) {
	t.Parallel()
	roots, cert, key := certificate(t)
	port := redisserver.Port(t)
	server := redisserver.Start(t, redisserver.Redis, "--tls-port", strconv.Itoa(port), "--tls-cert-file", cert,
		"--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no")
	secure := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	tests := []struct {
		name, addr string
		config     *tls.Config
		kind       error
		word       string
	}{
		{"right", secure, &tls.Config{RootCAs: roots}, nil, ""},
		{"TLS to the port without", server.Addr, &tls.Config{RootCAs: roots}, ErrUnreachable, "tls-port"},
		{"no TLS to the port with", secure, nil, ErrUnreachable, "set TLSConfig"},
		{"an authority that nobody trusts", secure, &tls.Config{RootCAs: x509.NewCertPool()}, ErrUnreachable, "RootCAs"},
		{"another name", secure, &tls.Config{RootCAs: roots, ServerName: "redis.example.com"}, ErrUnreachable, "ServerName"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := redis.NewClient(&redis.Options{Addr: tt.addr, TLSConfig: tt.config, MaxRetries: -1, DialerRetries: 1})
			defer client.Close()
			_, err := Open(t.Context(), client, testKeys('a'), Options{Log: new(logbook).logger()})
			if tt.kind == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			expectError(t, err, tt.kind, tt.word)
		})
	}
}

func TestAccessIsRefused(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Redis, "--requirepass", "right")
	admin := redis.NewClient(&redis.Options{Addr: server.Addr, Password: "right"})
	defer admin.Close()
	ctx := t.Context()
	users := map[string][]any{
		"reader":   {"on", ">word", "~*", "+@read", "-@write"},
		"stranger": {"on", ">word", "~other:*", "+@all"},
		"store":    documentedACL(t, false),
	}
	for name, rules := range users {
		if err := admin.Do(ctx, append([]any{"acl", "setuser", name}, rules...)...).Err(); err != nil {
			t.Fatal(name, err)
		}
	}
	tests := []struct {
		name, user, password string
		kind                 error
		word                 string
	}{
		{"right", "", "right", nil, ""},
		{"no password", "", "", ErrAccess, "Password"},
		{"wrong password", "", "wrong", ErrAccess, "Password"},
		{"unknown user", "nobody", "right", ErrAccess, "Username"},
		{"may only read", "reader", "word", ErrAccess, "operations.md"},
		{"other keys", "stranger", "word", ErrAccess, "operations.md"},
		{"what the documentation gives", "store", "word", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := redis.NewClient(&redis.Options{Addr: server.Addr, Username: tt.user, Password: tt.password})
			defer client.Close()
			s, err := Open(ctx, client, testKeys('a'), Options{Log: new(logbook).logger()})
			if tt.kind != nil {
				expectError(t, err, tt.kind, tt.word)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			v := save(t, s, user(tt.name), "x", "")
			listed(t, s)
			save(t, s, user(tt.name), "", v)
		})
	}
}

func TestRedisIsFull(t *testing.T) {
	t.Parallel()
	server := redisserver.Start(t, redisserver.Redis, "--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru")
	client := server.Client(t)
	log := new(logbook)
	s := openStore(t, client, Options{Log: log.logger()})
	if text := log.String(); !contains(text, "noeviction", "maxmemory_policy=allkeys-lru") {
		t.Errorf("nobody is warned of the eviction policy: %s", text)
	}
	if err := client.ConfigSet(t.Context(), "maxmemory-policy", "noeviction").Err(); err != nil {
		t.Fatal(err)
	}
	version, data := "", string(make([]byte, 1<<20))
	var err error
	for i := 0; i < 8 && err == nil; i++ {
		_, err = s.Save(t.Context(), user(strconv.Itoa(i)), entry(data, version))
	}
	expectError(t, err, ErrFull, "maxmemory")
}

func contains(text string, words ...string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

func entry(data, version string) cache.Entry {
	return cache.Entry{Data: []byte(data), Version: version}
}

// documentedACL is what docs/operations.md gives the user of a store, and in a cluster too.
func documentedACL(t *testing.T, cluster bool) []any {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rules, found := strings.Cut(string(text), "ACL SETUSER tokens on >PASSWORD ")
	rules, _, _ = strings.Cut(rules, "\n")
	if cluster {
		_, more, ok := strings.Cut(string(text), "In a cluster also `")
		more, _, _ = strings.Cut(more, "`")
		rules, found = rules+" "+more, found && ok
	}
	if !found {
		t.Fatal("docs/operations.md has no ACL SETUSER any more")
	}
	all := []any{"on", ">word"}
	for _, rule := range strings.Fields(rules) {
		all = append(all, rule)
	}
	return all
}

func TestAccessToACluster(t *testing.T) {
	t.Parallel()
	cluster := redisserver.StartCluster(t, redisserver.Redis)
	var addrs []string
	for _, server := range cluster.Servers {
		addrs = append(addrs, server.Addr)
		if err := server.Client(t).Do(t.Context(), append([]any{"acl", "setuser", "store"}, documentedACL(t, true)...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs, Username: "store", Password: "word"})
	defer client.Close()
	s := openStore(t, client, Options{})
	for _, name := range []string{"a", "b", "c", "d"} {
		v := save(t, s, user(name), "x", "")
		listed(t, s)
		save(t, s, user(name), "", v)
	}
}
