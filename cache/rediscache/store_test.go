//go:build linux

package rediscache

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/cachetest"
	"github.com/latchkey-auth/latchkey/cache/rediscache/internal/redisserver"
)

// A logbook is what a store has logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logbook) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func openStore(t *testing.T, client redis.UniversalClient, o Options) *Store {
	t.Helper()
	if o.Log == nil {
		o.Log = new(logbook).logger()
	}
	s, err := Open(t.Context(), client, testKeys('a'), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func user(subject string) cache.Partition {
	return cache.Partition{Kind: cache.KindUser, Cloud: "login.example.com", Owner: "client", Subject: subject}
}

func save(t *testing.T, s cache.Store, p cache.Partition, data, version string) string {
	t.Helper()
	v, err := s.Save(t.Context(), p, cache.Entry{Data: []byte(data), Version: version})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func load(t *testing.T, s cache.Store, p cache.Partition) cache.Entry {
	t.Helper()
	e, err := s.Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// programs are the servers that the contract is checked on: Redis, and Valkey where it is
// installed, which Debian has from version 13 on.
func programs() []string {
	if _, err := exec.LookPath(redisserver.Valkey); err == nil {
		return []string{redisserver.Redis, redisserver.Valkey}
	}
	return []string{redisserver.Redis}
}

var deployments atomic.Int64

// newDeployment is one that no other test of this process has.
func newDeployment() string { return fmt.Sprint("test-", os.Getpid(), "-", deployments.Add(1)) }

func TestStore(t *testing.T) {
	t.Parallel()
	for _, program := range programs() {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			client := redisserver.Start(t, program).Client(t)
			cachetest.Run(t, func(t *testing.T) cache.Store {
				return openStore(t, client, Options{Deployment: newDeployment()})
			})
		})
	}
}

func TestStoreBehindSentinels(t *testing.T) {
	t.Parallel()
	client := redisserver.StartSentinels(t, redisserver.Redis).Client(t)
	cachetest.Run(t, func(t *testing.T) cache.Store {
		return openStore(t, client, Options{Deployment: newDeployment(), AllowPlaintext: true})
	})
}

func TestStoreInACluster(t *testing.T) {
	t.Parallel()
	client := redisserver.StartCluster(t, redisserver.Redis).Client(t)
	cachetest.Run(t, func(t *testing.T) cache.Store {
		return openStore(t, client, Options{Deployment: newDeployment()})
	})
}

// TestProcesses has short leases only where a process is killed, because the others then
// wait for them.
func TestProcesses(t *testing.T) {
	t.Parallel()
	cachetest.RunProcesses(t,
		func(t *testing.T) string {
			lease := defaultLease
			if strings.Contains(t.Name(), "R34") {
				lease = 2 * time.Second
			}
			return redisserver.Start(t, redisserver.Redis).Addr + " " + lease.String()
		},
		func(t *testing.T, place string) cache.Store {
			addr, lease, _ := strings.Cut(place, " ")
			client := redis.NewClient(&redis.Options{Addr: addr})
			t.Cleanup(func() { _ = client.Close() })
			o := Options{}
			o.Lease, _ = time.ParseDuration(lease)
			return openStore(t, client, o)
		})
}
