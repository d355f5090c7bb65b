//go:build linux

package redisserver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// T is what a test gives: the methods Helper, Cleanup, Fatalf, Context and TempDir of
// *testing.T.
type T interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Context() context.Context
	TempDir() string
}

// Redis and Valkey are the programs of the servers.
const (
	Redis  = "redis-server"
	Valkey = "valkey-server"
)

// A Server is one process. Its port stays its own when it is stopped, so that it can be
// started again where clients look for it.
type Server struct {
	Addr string // 127.0.0.1 and its port
	Dir  string // its folder

	program string
	args    []string
	primary string // whose replica it is when it starts; "" = nobody's
	ready   func(context.Context) error
	mu      sync.Mutex
	cmd     *exec.Cmd
}

// patience is for how long a server may start, or a group of servers settle.
const patience = 60 * time.Second

// Start starts a server of a program, with more arguments such as "--maxmemory", "1mb". It
// is stopped when the test ends.
func Start(t T, program string, args ...string) *Server {
	t.Helper()
	s := newServer(t, program, args...)
	s.Start(t)
	return s
}

func newServer(t T, program string, args ...string) *Server {
	t.Helper()
	return prepare(t, program, t.TempDir(), Port(t), append([]string{"--save", "", "--appendonly", "no"}, args...)...)
}

func prepare(t T, program, dir string, port int, args ...string) *Server {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is not installed (on Debian: apt-get install redis-server)", program)
	}
	s := &Server{Addr: "127.0.0.1:" + strconv.Itoa(port), Dir: dir, program: path}
	s.args = append([]string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--daemonize", "no",
		"--logfile", filepath.Join(dir, "log"), "--pidfile", filepath.Join(dir, "pid"), "--maxclients", "512", "--repl-diskless-sync-delay", "0"}, args...)
	s.ready = func(ctx context.Context) error { return ping(ctx, s.Addr) }
	return s
}

func ping(ctx context.Context, addr string) error {
	c := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
	defer c.Close()
	err := c.Ping(ctx).Err()
	if err != nil && redis.IsAuthError(err) {
		return nil // it speaks
	}
	return err
}

// Start starts the server again where it was, and waits until it answers.
func (s *Server) Start(t T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		return
	}
	args := s.args
	if host, port, ok := strings.Cut(s.primary, ":"); ok {
		args = append([]string{"--replicaof", host + " " + port}, args...)
	}
	cmd := exec.Command(s.program, args...)
	cmd.Dir = s.Dir
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", s.program, err)
	}
	s.cmd = cmd
	t.Cleanup(s.Kill)
	if err := Await(t.Context(), s.ready); err != nil {
		text, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
		t.Fatalf("%s does not answer: %v\n%s", s.program, err, text)
	}
}

// Kill ends the server without a chance to say goodbye.
func (s *Server) Kill() { s.signal(syscall.SIGKILL) }

// Stop ends the server in good order.
func (s *Server) Stop() { s.signal(syscall.SIGTERM) }

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(sig)
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Pause makes the server hang, as one that is overloaded does, until Continue.
func (s *Server) Pause() { s.still(syscall.SIGSTOP) }

// Continue lets a server that hangs go on.
func (s *Server) Continue() { s.still(syscall.SIGCONT) }

func (s *Server) still(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		_ = s.cmd.Process.Signal(sig)
	}
}

// Client returns a client of this server, which is closed when the test ends.
func (s *Server) Client(t T) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.Addr})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Port returns a port that was free a moment ago, and below those that the system gives to
// outgoing connections, so that it stays free while its server is down.
func Port(t T) int {
	t.Helper()
	for range 1000 {
		port := 10000 + rand.N(10000)
		free := true
		for _, p := range []int{port, port + 10000} { // a server of a cluster has two
			l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(p))
			if err != nil {
				free = false
				break
			}
			_ = l.Close()
		}
		if free && take(port) {
			return port
		}
	}
	t.Fatalf("no port is free")
	return 0
}

var taken sync.Map

func take(port int) bool {
	_, before := taken.LoadOrStore(port, true)
	return !before
}

// Await asks again and again until a condition is met.
func Await(ctx context.Context, condition func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := condition(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %v: %w", patience, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// info reads a line of what a server tells about itself.
func info(ctx context.Context, c *redis.Client, section, name string) string {
	text, _ := c.Info(ctx, section).Result()
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			return value
		}
	}
	return ""
}
