package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/rediscache"
)

// redisGroups measure a store in a Redis of their own, at a socket in a temporary folder.
func redisGroups(users []int) []group {
	var all []group
	for _, n := range users {
		all = append(all, group{"redis", func(p pace) []row { return redisRows(p, n) }})
	}
	return append(all, group{"redis", redisRenewals}, group{"redis", redisSize})
}

// A redisServer is a process of redis-server.
type redisServer struct {
	dir    string
	cmd    *exec.Cmd
	client *redis.Client
}

func startRedis() *redisServer {
	s := &redisServer{dir: must(os.MkdirTemp("", "bench"))}
	socket := filepath.Join(s.dir, "socket")
	s.cmd = exec.Command("redis-server", "--port", "0", "--unixsocket", socket, "--dir", s.dir, "--save", "", "--appendonly", "no")
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	check(s.cmd.Start())
	s.client = redisClient(socket)
	for started := time.Now(); s.client.Ping(ctx).Err() != nil; {
		if time.Since(started) > time.Minute {
			panic("redis-server does not answer")
		}
	}
	return s
}

func redisClient(socket string) *redis.Client {
	return redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
}

func (s *redisServer) stop() {
	check(s.client.Close())
	check(s.cmd.Process.Kill())
	_ = s.cmd.Wait()
	check(os.RemoveAll(s.dir))
}

// redisStore opens a store with keys that are no secret.
func redisStore(client *redis.Client) cache.Store {
	keys := rediscache.Keyring{Names: bytes.Repeat([]byte{1}, 32), Seal: [][]byte{bytes.Repeat([]byte{2}, 32)}}
	return must(rediscache.Open(ctx, client, keys, rediscache.Options{Log: slog.New(slog.DiscardHandler)}))
}

// redisRows measures hits: in the process that has asked before, beside one without a store,
// and in a new client, beside one round trip.
func redisRows(p pace, users int) []row {
	server := startRedis()
	defer server.stop()
	w, store := newWire(), redisStore(server.client)
	ours, memory := ourPublic(w, store), ourPublic(w, nil)
	accounts := make([]string, users)
	for n := range users {
		accounts[n] = homeAccount(n)
	}
	fill(users, 8, func(n int) { signInOurs(ours, n) }, func(n int) { signInOurs(memory, n) })
	key := must(server.client.RandomKey(ctx).Result())
	for !strings.HasSuffix(key, ":record") {
		key = must(server.client.RandomKey(ctx).Result())
	}
	o := randomOrder(users)
	m := p.compare(
		side{do: func(i int) { silentOurs(ours, accounts[o.at(i)]) }},
		side{do: func(i int) { silentOurs(memory, accounts[o.at(i)]) }},
		side{do: func(i int) { silentOurs(ourPublic(w, store), accounts[o.at(i)]) }},
		side{do: func(int) { must(server.client.GetEx(ctx, key, -1).Bytes()) }})
	name := fmt.Sprintf("redis/users=%d", users)
	return []row{
		row{Name: name, NS: m[0].ns, Bytes: m[0].bytes, Allocs: m[0].allocs, Peer: "no store", PeerNS: m[1].ns}.withRatio(),
		{Name: name + "/cold", NS: m[2].ns, Bytes: m[2].bytes, Allocs: m[2].allocs, FloorNS: m[3].ns, Note: "a new client each time; the floor is one GETEX"},
	}
}

// redisRenewing is set in the processes that redisRenewals starts.
const redisRenewing = "LATCHKEY_BENCH_REDIS"

// An init function, because these processes may be of the test binary too.
func init() {
	if socket := os.Getenv(redisRenewing); socket != "" {
		redisRenew(socket)
		os.Exit(0)
	}
}

// redisRenew renews the token of a user of its own, at an authority of its own that takes no
// time, as often as it is told on standard input.
func redisRenew(socket string) {
	c := ourPublic(newWire(), redisStore(redisClient(socket)))
	user := os.Getpid()
	signInOurs(c, user)
	fmt.Println("ready")
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		for range must(strconv.Atoi(input.Text())) {
			forceOurs(c, homeAccount(user))
		}
		fmt.Println("done")
	}
}

// redisRenewals measures eight processes that renew all the time.
func redisRenewals(p pace) []row {
	const processes = 8
	server := startRedis()
	defer server.stop()
	var inputs []io.WriteCloser
	var outputs []*bufio.Scanner
	for range processes {
		cmd := exec.Command(must(os.Executable()))
		cmd.Env = append(os.Environ(), redisRenewing+"="+filepath.Join(server.dir, "socket"))
		cmd.Stderr = os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		inputs, outputs = append(inputs, must(cmd.StdinPipe())), append(outputs, bufio.NewScanner(must(cmd.StdoutPipe())))
		check(cmd.Start())
		defer func() { _ = cmd.Wait() }()
	}
	all := func(input string) {
		for _, in := range inputs {
			if input != "" {
				must(io.WriteString(in, input))
			}
		}
		for _, out := range outputs {
			if !out.Scan() {
				panic("a process of redisRenewals has ended")
			}
		}
	}
	all("") // ready
	each := 20 * p.rounds
	all("1\n")
	before := redisInfo(server.client, "total_commands_processed")
	started := time.Now()
	all(strconv.Itoa(each) + "\n")
	took, renewals := time.Since(started), float64(processes*each)
	commands := redisInfo(server.client, "total_commands_processed") - before - 1
	for _, in := range inputs {
		check(in.Close())
	}
	return []row{{Name: "redis/renewals/processes=8", NS: float64(took.Nanoseconds()) / renewals,
		Note: fmt.Sprintf("%.0f a second; %.1f commands each, and those inside of scripts", renewals/took.Seconds(), commands/renewals)}}
}

// redisSize measures what users cost in Redis: 100 000 of them if there is time.
func redisSize(p pace) []row {
	users := 1_000
	if p.rounds >= thorough.rounds {
		users = 100_000
	}
	server := startRedis()
	defer server.stop()
	c := ourPublic(newWire(), redisStore(server.client))
	before := redisInfo(server.client, "used_memory")
	started := time.Now()
	fill(users, 16, func(n int) { signInOurs(c, n) })
	took := time.Since(started)
	each := (redisInfo(server.client, "used_memory") - before) / float64(users)
	keys := must(server.client.DBSize(ctx).Result())
	return []row{{Name: "redis/size", NS: float64(took.Nanoseconds()) / float64(users), Bytes: each,
		Note: fmt.Sprintf("of Redis, for each of %d users with one access token; %d keys; ns of a sign-in", users, keys)}}
}

// redisInfo reads a number of what Redis tells about itself.
func redisInfo(client *redis.Client, name string) float64 {
	for line := range strings.Lines(must(client.Info(ctx).Result())) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			return must(strconv.ParseFloat(value, 64))
		}
	}
	panic("Redis does not tell " + name)
}

// forceOurs renews a token that is still good.
func forceOurs(c *latchkey.PublicClient, account string) {
	r := must(c.AcquireTokenSilent(ctx, latchkey.SilentRequest{Account: latchkey.Account{HomeAccountID: account}, Scopes: scopes, ForceRefresh: true}))
	check(r.CacheError)
}
