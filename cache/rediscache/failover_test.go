//go:build linux

package rediscache

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/authority"
	"github.com/latchkey-auth/latchkey/authoritytest"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/rediscache/internal/redisserver"
	"github.com/latchkey-auth/latchkey/transport"
)

// rounds is how often a test repeats what goes by chance: more often with LATCHKEY_SOAK=1.
func rounds(normal, soak int) int {
	if os.Getenv("LATCHKEY_SOAK") == "1" {
		return soak
	}
	return normal
}

// TestR33_FailoverDuringRenewal kills the primary when the authority has answered. The answer
// is saved at the replica.
func TestR33_FailoverDuringRenewal(t *testing.T) {
	t.Parallel()
	w := serve(t)
	group := redisserver.StartSentinels(t, redisserver.Redis)
	client := group.Client(t)
	s := openStore(t, client, Options{AllowPlaintext: true, Timeout: time.Minute})
	w.signIn(t, w.client(t, s, nil))
	c := w.client(t, s, afterAnswer(func() {
		// What was saved before has reached the replica, so that only the renewal is at risk.
		if err := client.Wait(context.Background(), 1, time.Minute).Err(); err != nil {
			t.Error(err)
		}
		group.KillPrimary(t)
	}))
	w.expectRenewed(t, c)
	w.expectRenewed(t, w.client(t, s, nil))
	w.expectNoReuse(t)
}

// TestR33_LostWriteIsLogged takes a write away from Redis that it had acknowledged.
func TestR33_LostWriteIsLogged(t *testing.T) {
	t.Parallel()
	_, client := place(t)
	log := new(logbook)
	s, other := openStore(t, client, Options{Log: log.logger()}), openStore(t, client, Options{})
	p := user("avery")
	key := s.recordKey(s.sealer.Of(p))
	v := save(t, s, p, "1", "")
	replica := client.Get(t.Context(), key).Val()
	v = save(t, s, p, "2", v)
	if err := client.Set(t.Context(), key, replica, 0).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), p, cache.Entry{Data: []byte("3"), Version: v}); !errors.Is(err, cache.ErrConflict) {
		t.Errorf("saving over what Redis has lost: %v", err)
	}
	save(t, other, p, "theirs", load(t, other, p).Version)
	if strings.Contains(log.String(), "lost a write") {
		t.Error("too early")
	}
	load(t, s, p)
	load(t, s, p)
	if n := strings.Count(log.String(), "lost a write"); n != 1 {
		t.Errorf("the loss is in the log %d times: %s", n, log)
	}
}

// TestClusterNodeRestarts kills servers of a cluster while users of all of them renew.
func TestClusterNodeRestarts(t *testing.T) {
	t.Parallel()
	cluster := redisserver.StartCluster(t, redisserver.Redis)
	s := openStore(t, cluster.Client(t), Options{Timeout: time.Minute})
	users := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	versions := map[string]string{}
	for _, u := range users {
		versions[u] = save(t, s, user(u), "0", "")
	}
	for i, server := range cluster.Servers[:rounds(1, 3)] {
		server.Kill()
		var wg sync.WaitGroup
		var mu sync.Mutex
		for _, u := range users {
			mu.Lock()
			before := versions[u]
			mu.Unlock()
			wg.Go(func() {
				v, err := s.Save(t.Context(), user(u), cache.Entry{Data: fmt.Append(nil, i), Version: before})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				versions[u] = v
			})
		}
		server.Start(t)
		wg.Wait()
		cluster.Await(t)
	}
	for _, u := range users {
		if e := load(t, s, user(u)); e.Version != versions[u] {
			t.Errorf("%s has %v, want version %s", u, e, versions[u])
		}
	}
}

// Variables for the test binary when it runs as another process.
const (
	envIssuer    = "LATCHKEY_REDISCACHE_ISSUER"
	envClient    = "LATCHKEY_REDISCACHE_CLIENT"
	envScope     = "LATCHKEY_REDISCACHE_SCOPE"
	envSentinels = "LATCHKEY_REDISCACHE_SENTINELS"
	envUser      = "LATCHKEY_REDISCACHE_USER"
	envPassword  = "LATCHKEY_REDISCACHE_PASSWORD"
)

// TestR33_ProcessesShareRotatingTokens lets eight processes renew one user's token at an
// authority that revokes everything when a refresh token comes twice, while primaries are
// killed. Reuse is allowed only where Redis lost what it had acknowledged, and the log of a
// process must say so.
func TestR33_ProcessesShareRotatingTokens(t *testing.T) {
	if os.Getenv(envIssuer) != "" {
		renewOften(t)
		return
	}
	t.Parallel()
	const processes = 8
	w := serve(t)
	group := redisserver.StartSentinels(t, redisserver.Redis)
	w.signIn(t, w.client(t, openStore(t, group.Client(t), Options{AllowPlaintext: true}), nil))
	p := &pack{t: t, ended: make(chan struct{})}
	p.left.Store(processes)
	for range processes {
		p.start(w, group)
	}
	killed := 0
	every := processes * rounds(10, 20)
	for done := every; p.await(done); done += every {
		group.Recover(t, group.KillPrimary(t))
		killed++
	}
	p.finish()
	refused, redeemed := refusals(w.srv)
	said := p.count("lost a lock") + p.count("lost a write")
	t.Logf("%d renewals, %d primaries killed, %d refused, %d losses in the log, %d unsaved, %d errors, %d sign-ins",
		redeemed, killed, len(refused), said, p.count("not saved"), p.count("error:"), p.count("signed in"))
	t.Log(p.log.String())
	if len(refused) > 0 && said+p.count("not saved") == 0 {
		t.Errorf("the authority refused %v, and nobody's log says why", refused)
	}
	if least := processes * rounds(20, 200) / 2; redeemed < least {
		t.Errorf("%d renewals, want at least %d", redeemed, least)
	}
}

// refusals are what the token endpoint refused.
func refusals(srv *authoritytest.Server) (refused []string, redeemed int) {
	for _, r := range srv.Requests() {
		if r.Endpoint != authoritytest.EndpointToken || r.GrantType != "refresh_token" {
			continue
		}
		if redeemed++; r.Status != http.StatusOK {
			refused = append(refused, r.Error)
		}
	}
	return refused, redeemed
}

// A pack is the other processes, and what they say.
type pack struct {
	t      *testing.T
	all    []*exec.Cmd
	stdins []io.WriteCloser
	log    logbook
	rounds atomic.Int64
	ended  chan struct{} // when all have done their rounds
	left   atomic.Int64  // how many have not
	wg     sync.WaitGroup
}

func (p *pack) start(w *world, group *redisserver.Sentinels) {
	u := w.srv.Directory.User("avery@contoso.test")
	cmd := exec.Command(os.Args[0], "-test.run=^TestR33_ProcessesShareRotatingTokens$", "-test.count=1")
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", envIssuer+"="+w.issuer, envClient+"="+w.srv.Directory.App("native").ClientID,
		envScope+"="+w.scopes[0], envSentinels+"="+strings.Join(group.Addrs(), ","), envUser+"="+u.Username, envPassword+"="+string(u.Password))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd.Stderr = io.Discard // the log of the client of Redis
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = cmd.Process.Kill() })
	p.all, p.stdins = append(p.all, cmd), append(p.stdins, stdin)
	p.wg.Go(func() {
		end := sync.OnceFunc(func() {
			if p.left.Add(-1) == 0 {
				close(p.ended)
			}
		})
		defer end()
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			switch text := lines.Text(); {
			case text == "round":
				p.rounds.Add(1)
			case text == "done":
				end()
			default:
				fmt.Fprintln(&p.log, text)
			}
		}
	})
}

// await waits for a number of rounds. It returns false if there are not so many.
func (p *pack) await(n int) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for int(p.rounds.Load()) < n {
		select {
		case <-p.ended:
			return false
		case <-tick.C:
		}
	}
	return true
}

// finish lets the processes look once more at what Redis has, and end.
func (p *pack) finish() {
	for _, stdin := range p.stdins {
		_ = stdin.Close()
	}
	p.wg.Wait()
	for _, cmd := range p.all {
		if err := cmd.Wait(); err != nil {
			p.t.Errorf("%v: %s", err, p.log.String())
		}
	}
}

func (p *pack) count(text string) int { return strings.Count(p.log.String(), text) }

func renewOften(t *testing.T) {
	client := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: redisserver.Master, SentinelAddrs: strings.Split(os.Getenv(envSentinels), ",")})
	defer client.Close()
	s := openStore(t, client, Options{AllowPlaintext: true, Timeout: 20 * time.Second, Log: slog.New(slog.NewTextHandler(os.Stdout, nil))})
	c, err := latchkey.NewPublic(latchkey.Config{Authority: os.Getenv(envIssuer), Profile: authority.OIDC(), ClientID: os.Getenv(envClient),
		Cache: s, Transport: transport.NetHTTP(&http.Client{})})
	if err != nil {
		t.Fatal(err)
	}
	scopes, last := []string{os.Getenv(envScope)}, ""
	for i := range rounds(20, 200) {
		r, err := renewOnce(t, c, latchkey.SilentRequest{Scopes: scopes, ForceRefresh: i%2 == 0, Rejected: last})
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		last = r.TokenHash()
		fmt.Println("round")
	}
	fmt.Println("done")
	_, _ = io.Copy(io.Discard, os.Stdin) // until the others are done, too
	if err := s.List(t.Context(), cache.KindUser, os.Getenv(envClient), func(p cache.Partition) bool {
		_, err := s.Load(t.Context(), p)
		return err == nil
	}); err != nil {
		t.Error(err)
	}
}

// renewOnce gets a token, however often the error is a clear one before that.
func renewOnce(t *testing.T, c *latchkey.PublicClient, request latchkey.SilentRequest) (*latchkey.Result, error) {
	for {
		r, err := c.AcquireTokenSilent(t.Context(), request)
		var known *Error
		switch {
		case err == nil:
			if r.CacheError != nil {
				fmt.Println("not saved:", r.CacheError)
			}
			return r, nil
		case errors.Is(err, latchkey.ErrInteractionRequired):
			fmt.Println("error:", err)
			r, err := c.AcquireTokenByUsernamePassword(t.Context(), os.Getenv(envUser), os.Getenv(envPassword), latchkey.UsernamePasswordRequest{Scopes: request.Scopes})
			if err != nil {
				return nil, err
			}
			fmt.Println("signed in")
			return r, nil
		case !errors.As(err, &known) || known.Remedy == "":
			return nil, err
		}
		fmt.Println("error:", err)
	}
}
