package rediscache

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey/cache"
)

// Options are what [Open] need not be told. The zero Options are safe.
type Options struct {
	// Deployment tells the keys of this deployment from all others in the same Redis, and is
	// what they begin with: letters, digits, '.', '_' and '-', at most 64 of them. Empty:
	// "latchkey".
	Deployment string

	// Lease is how long a lock stays taken after its holder has died or lost Redis. It is
	// renewed for as long as the lock is held, so it need not be as long as a request takes.
	// 0: 15 seconds.
	Lease time.Duration

	// Timeout bounds each command, if the context allows more. A save that finds Redis out of
	// reach is repeated for as long again: with sentinels or a cluster, let it be longer than a
	// failover takes, so that a renewal in the middle of it is not lost. 0: 3 seconds.
	Timeout time.Duration

	// Idle is after how long without a save a record is removed that has no end of its own,
	// such as one with a refresh token: its user must sign in again. A record is saved with
	// each renewal. 0: never.
	Idle time.Duration

	// AllowPlaintext allows a connection without TLS to another machine. Who can listen there
	// sees the password of Redis and sealed records; who can change what is sent can bring old
	// records back. Without it, only addresses of this machine may do without TLS.
	AllowPlaintext bool

	// Log is told what nobody gets as an error: a lock lost, a write lost in a failover, an
	// index out of date, an eviction policy that loses records. Nil: slog.Default.
	Log *slog.Logger

	// Now is the clock that entries expire by. Nil: time.Now.
	Now func() time.Time
}

const (
	defaultDeployment = "latchkey"
	defaultLease      = 15 * time.Second
	defaultTimeout    = 3 * time.Second
)

var validDeployment = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// A Store keeps tokens in Redis. It is a [cache.Store] and a [cache.Lister], safe for
// concurrent use by the goroutines of a process and by all processes of a deployment. It must
// not be copied.
//
// It is no cache.Freshener, so that a hit costs no round trip: a client of package latchkey
// looks at a record again after five seconds.
type Store struct {
	client  redis.UniversalClient
	options Options
	sealer  *sealer
	here    cache.Memory // the locks of partitions among this process's goroutines
	known   memory
}

var (
	_ cache.Store  = (*Store)(nil)
	_ cache.Lister = (*Store)(nil)
)

// Open makes a store over a client of Redis, and asks Redis for what the store needs of it,
// so that an address, a password or a certificate that is wrong is noticed when the program
// starts. If Redis cannot be reached then, nothing is lost by calling Open again later.
//
// The error is an [Error], or ctx's. It matches [ErrKey] if the key ring is none, [ErrUnsafe]
// if the connection has no TLS or the client is a redis.Ring, [ErrUnreachable] or
// [ErrAccess].
func Open(ctx context.Context, client redis.UniversalClient, keys Keyring, o Options) (*Store, error) {
	if err := keys.check(); err != nil {
		return nil, err
	}
	if err := o.complete(); err != nil {
		return nil, err
	}
	if err := checkClient(client, o.AllowPlaintext); err != nil {
		return nil, err
	}
	s := &Store{client: client, options: o, sealer: newSealer(o.Deployment, keys)}
	if err := s.probe(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// complete fills in what is not set.
func (o *Options) complete() error {
	if o.Deployment == "" {
		o.Deployment = defaultDeployment
	}
	if o.Lease == 0 {
		o.Lease = defaultLease
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	problem := ""
	switch {
	case !validDeployment.MatchString(o.Deployment):
		problem = "Options.Deployment has characters that it may not have, or more than 64"
	case o.Lease < time.Second:
		problem = "Options.Lease is shorter than a second"
	case o.Timeout < 0 || o.Idle < 0:
		problem = "Options.Timeout or Options.Idle is negative"
	case o.Idle > 0 && o.Idle < time.Minute:
		problem = "Options.Idle is shorter than a minute"
	default:
		return nil
	}
	return &Error{Problem: problem, Remedy: "leave it out, or see its documentation"}
}

// checkClient refuses a client that would lose locks, and a connection that has no TLS.
func checkClient(client redis.UniversalClient, allowPlaintext bool) error {
	encrypted, problem := false, "it cannot be told whether the client uses TLS"
	switch c := client.(type) {
	case nil:
		return &Error{Problem: "there is no client", Remedy: "give Open what redis.NewUniversalClient returns"}
	case *redis.Ring:
		return &Error{Problem: "a redis.Ring moves keys to another server when one does not answer, so two machines could hold one lock",
			Remedy: "use sentinels or a cluster", kind: ErrUnsafe}
	case *redis.Client:
		o := c.Options()
		encrypted = o.TLSConfig != nil || onThisMachine(o.Network, o.Addr)
		problem = checkVerification(o.TLSConfig)
	case *redis.ClusterClient:
		o := c.Options()
		encrypted = o.TLSConfig != nil || len(o.Addrs) > 0
		for _, addr := range o.Addrs {
			encrypted = encrypted && (o.TLSConfig != nil || onThisMachine("tcp", addr))
		}
		problem = checkVerification(o.TLSConfig)
	}
	if allowPlaintext || encrypted && problem == "" {
		return nil
	}
	if problem == "" {
		problem = "the connection to Redis has no TLS"
	}
	return &Error{Problem: problem, Remedy: "set TLSConfig of the client, or Options.AllowPlaintext if the network is safe", kind: ErrUnsafe}
}

func checkVerification(c *tls.Config) string {
	if c != nil && c.InsecureSkipVerify && c.VerifyConnection == nil && c.VerifyPeerCertificate == nil {
		return "TLSConfig of the client has InsecureSkipVerify, so anybody could be the server"
	}
	return ""
}

// onThisMachine reports whether an address is one that no other machine listens at.
func onThisMachine(network, addr string) bool {
	if network == "unix" || strings.HasPrefix(addr, "/") {
		return true
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// probe does once what the store does later, on keys of no partition.
func (s *Store) probe(ctx context.Context) error {
	name := "probe-" + newToken()
	if _, err := s.get(ctx, name); err != nil {
		return err
	}
	token := newToken()
	if _, err := s.tryLock(ctx, name, token); err != nil {
		return err
	}
	if _, err := s.release(ctx, name, token); err != nil {
		return err
	}
	s.checkEviction(ctx)
	return nil
}

// checkEviction warns of a Redis that removes keys when it is full. Some do not let anybody
// ask.
func (s *Store) checkEviction(ctx context.Context) {
	text, err := call(ctx, s, func(ctx context.Context) (string, error) { return s.client.Info(ctx, "memory").Result() }, nil)
	if err != nil {
		return
	}
	for line := range strings.Lines(text) {
		if policy, ok := strings.CutPrefix(strings.TrimSpace(line), "maxmemory_policy:"); ok && policy != "noeviction" {
			s.warn(ctx, "Redis removes locks and users' records when it is full: set maxmemory-policy to noeviction", slog.String("maxmemory_policy", policy))
		}
	}
}

func (s *Store) warn(ctx context.Context, message string, attrs ...slog.Attr) {
	s.options.Log.LogAttrs(ctx, slog.LevelWarn, "rediscache: "+message, append(attrs, slog.String("deployment", s.options.Deployment))...)
}

// String names the deployment. It shows nothing of what is in Redis.
func (s *Store) String() string { return "rediscache.Store{" + s.options.Deployment + "}" }

// GoString is String.
func (s *Store) GoString() string { return s.String() }
