//go:build linux

package redisserver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Master is the name of the primary among the sentinels.
const Master = "latchkey"

// Sentinels are a primary, its replica, and three sentinels that let the one take the place
// of the other within two seconds.
type Sentinels struct {
	Servers   []*Server // the primary and the replica, in an order that changes
	Sentinels []*Server
}

// StartSentinels starts them, and waits until they know each other.
func StartSentinels(t T, program string) *Sentinels {
	t.Helper()
	g := &Sentinels{}
	primary := Start(t, program, "--repl-diskless-sync", "yes")
	host, port, _ := strings.Cut(primary.Addr, ":")
	replica := newServer(t, program, "--repl-diskless-sync", "yes")
	replica.primary = primary.Addr
	replica.Start(t)
	g.Servers = []*Server{primary, replica}
	for range 3 {
		g.Sentinels = append(g.Sentinels, startSentinel(t, program, host, port))
	}
	if err := Await(t.Context(), g.settled); err != nil {
		t.Fatalf("the sentinels do not find each other: %v", err)
	}
	return g
}

func startSentinel(t T, program, host, port string) *Server {
	t.Helper()
	dir, own := t.TempDir(), Port(t)
	file := filepath.Join(dir, "sentinel.conf")
	text := strings.Join([]string{
		"sentinel monitor " + Master + " " + host + " " + port + " 2",
		"sentinel down-after-milliseconds " + Master + " 500",
		"sentinel failover-timeout " + Master + " 1500",
		"",
	}, "\n")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatalf("%v", err)
	}
	s := prepare(t, program, dir, own)
	s.args = append([]string{file}, append(s.args, "--sentinel")...)
	s.Start(t)
	return s
}

// Addrs are the addresses of the sentinels.
func (g *Sentinels) Addrs() []string {
	var all []string
	for _, s := range g.Sentinels {
		all = append(all, s.Addr)
	}
	return all
}

// Client returns a client that follows the primary.
func (g *Sentinels) Client(t T) *redis.Client {
	t.Helper()
	c := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: Master, SentinelAddrs: g.Addrs()})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// settled demands that each sentinel knows the others and a replica that is up to date.
func (g *Sentinels) settled(ctx context.Context) error {
	for _, s := range g.Sentinels {
		c := redis.NewSentinelClient(&redis.Options{Addr: s.Addr, MaxRetries: -1})
		m, err := c.Master(ctx, Master).Result()
		_ = c.Close()
		if err != nil {
			return err
		}
		if m["num-other-sentinels"] != "2" || m["num-slaves"] != "1" || m["flags"] != "master" {
			return fmt.Errorf("a sentinel knows %s others, %s replicas, flags %s", m["num-other-sentinels"], m["num-slaves"], m["flags"])
		}
	}
	roles := ""
	for _, s := range g.Servers {
		c := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1})
		roles += info(ctx, c, "replication", "role") + " " + info(ctx, c, "replication", "master_link_status") + ";"
		_ = c.Close()
	}
	if roles != "master ;slave up;" && roles != "slave up;master ;" {
		return fmt.Errorf("the servers are %s", roles)
	}
	return nil
}

// Primary returns the server that the sentinels say is the primary.
func (g *Sentinels) Primary(ctx context.Context) (*Server, error) {
	for _, s := range g.Sentinels {
		addr, err := primaryOf(ctx, s)
		for _, server := range g.Servers {
			if err == nil && server.Addr == addr {
				return server, nil
			}
		}
	}
	return nil, fmt.Errorf("no sentinel knows a primary")
}

// KillPrimary kills the primary and returns it. The replica takes its place in a while.
func (g *Sentinels) KillPrimary(t T) *Server {
	t.Helper()
	s, err := g.Primary(t.Context())
	if err != nil {
		t.Fatalf("%v", err)
	}
	s.Kill()
	return s
}

// Recover starts a server that was killed as the replica of the other, and waits until it has
// what that has. It waits for all sentinels first: one that still takes the server for the
// primary would send clients to it, although it comes back with nothing.
func (g *Sentinels) Recover(t T, killed *Server) {
	t.Helper()
	err := Await(t.Context(), func(ctx context.Context) error {
		for _, s := range g.Sentinels {
			addr, err := primaryOf(ctx, s)
			if err != nil || addr == killed.Addr {
				return fmt.Errorf("nobody has taken the primary's place: %v", err)
			}
			killed.primary = addr
		}
		return nil
	})
	if err == nil {
		killed.Start(t)
		err = Await(t.Context(), g.settled)
	}
	if err != nil {
		t.Fatalf("the servers do not settle: %v", err)
	}
}

// primaryOf is the address that a sentinel has for the primary.
func primaryOf(ctx context.Context, sentinel *Server) (string, error) {
	c := redis.NewSentinelClient(&redis.Options{Addr: sentinel.Addr, MaxRetries: -1})
	defer c.Close()
	addr, err := c.GetMasterAddrByName(ctx, Master).Result()
	return strings.Join(addr, ":"), err
}

// A Cluster is three primaries that share the slots.
type Cluster struct {
	Servers []*Server // each with a third of the slots, in their order
}

// StartCluster starts three servers, and makes them a cluster. They keep on their disks what
// they answer for, so that one that was killed has it when it is started again.
func StartCluster(t T, program string) *Cluster {
	t.Helper()
	c := &Cluster{}
	for range 3 {
		c.Servers = append(c.Servers, Start(t, program, "--cluster-enabled", "yes", "--cluster-node-timeout", "1000",
			"--appendonly", "yes", "--appendfsync", "always"))
	}
	const slots = 16384
	for i, s := range c.Servers {
		node := s.Client(t)
		ctx := t.Context()
		err := node.ClusterAddSlotsRange(ctx, i*slots/3, (i+1)*slots/3-1).Err()
		if err == nil {
			err = node.Do(ctx, "cluster", "set-config-epoch", i+1).Err()
		}
		if host, port, _ := strings.Cut(c.Servers[0].Addr, ":"); err == nil && i > 0 {
			err = node.ClusterMeet(ctx, host, port).Err()
		}
		if err != nil {
			t.Fatalf("the cluster cannot be made: %v", err)
		}
	}
	c.Await(t)
	return c
}

// Await waits until all of the cluster answers.
func (c *Cluster) Await(t T) {
	t.Helper()
	err := Await(t.Context(), func(ctx context.Context) error {
		for _, s := range c.Servers {
			node := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1})
			text, err := node.ClusterInfo(ctx).Result()
			_ = node.Close()
			if err != nil || !strings.Contains(text, "cluster_state:ok") || !strings.Contains(text, "cluster_known_nodes:"+strconv.Itoa(len(c.Servers))) {
				return fmt.Errorf("%s: %v\n%s", s.Addr, err, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("the cluster does not settle: %v", err)
	}
}

// Client returns a client of the whole cluster.
func (c *Cluster) Client(t T) *redis.ClusterClient {
	t.Helper()
	var addrs []string
	for _, s := range c.Servers {
		addrs = append(addrs, s.Addr)
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs})
	t.Cleanup(func() { _ = client.Close() })
	return client
}
