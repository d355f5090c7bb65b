//go:build linux

package rediscache

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/rediscache/internal/redisserver"
)

// expectError demands an error of a kind that names a remedy and none of the secrets.
func expectError(t *testing.T, err error, kind error, words ...string) {
	t.Helper()
	if err == nil || kind != nil && !errors.Is(err, kind) {
		t.Errorf("error %v, want one that matches %v", err, kind)
		return
	}
	var e *Error
	if !errors.As(err, &e) || e.Remedy == "" {
		t.Errorf("error %v is no *Error with a remedy", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %v does not say %q", err, word)
		}
	}
}

// TestR33_RecordsInRedis changes what is in Redis behind the store's back.
func TestR33_RecordsInRedis(t *testing.T) {
	t.Parallel()
	client := redisserver.Start(t, redisserver.Redis).Client(t)
	ctx := t.Context()
	avery, blake := user("avery"), user("blake")
	value := func(s *Store, p cache.Partition) string {
		return client.Get(ctx, s.recordKey(s.sealer.Of(p))).Val()
	}
	put := func(s *Store, p cache.Partition, value string) {
		if err := client.Set(ctx, s.recordKey(s.sealer.Of(p)), value, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	stranger := openStore(t, client, Options{Deployment: "stranger"})
	save(t, stranger, avery, "theirs", "")
	damages := map[string]func(s *Store) string{
		"swapped between users": func(s *Store) string { return value(s, blake) },
		"another deployment's":  func(*Store) string { return value(stranger, avery) },
		"cut":                   func(s *Store) string { return value(s, avery)[:50] },
		"short":                 func(*Store) string { return "x" },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, client, Options{Deployment: newDeployment()})
			v := save(t, s, avery, "mine", "")
			save(t, s, blake, "other", "")
			put(s, avery, damage(s))
			_, err := s.Load(ctx, avery)
			expectError(t, err, cache.ErrDamaged, "sign in again")
			if err := s.List(ctx, cache.KindUser, "client", func(p cache.Partition) bool { return p == blake }); err != nil {
				t.Error("one damaged record hides the others:", err)
			}
			if _, err := s.Save(ctx, avery, cache.Entry{Data: []byte("x"), Version: v}); !errors.Is(err, cache.ErrConflict) && name != "cut" {
				t.Errorf("saving over the version from before: %v", err)
			}
			_, _ = s.Save(ctx, avery, cache.Entry{}) // "cut" was replaced above
			put(s, avery, damage2(value(s, blake)))
			v = save(t, s, avery, "repaired", "")
			if e := load(t, s, avery); string(e.Data) != "repaired" || e.Version != v {
				t.Errorf("after the repair: %v", e)
			}
			put(s, avery, "x")
			if _, err := s.Save(ctx, avery, cache.Entry{}); err != nil || value(s, avery) != "" {
				t.Errorf("removing a damaged record: %v", err)
			}
		})
	}
}

// damage2 is a record of which only the seal is broken.
func damage2(value string) string { return value[:len(value)-1] + "?" }

func TestR33_KeysRotate(t *testing.T) {
	t.Parallel()
	client := redisserver.Start(t, redisserver.Redis).Client(t)
	ctx := t.Context()
	with := func(seal ...byte) *Store {
		s, err := Open(ctx, client, testKeys(seal...), Options{Log: new(logbook).logger()})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	avery, blake := user("avery"), user("blake")
	before, both, after, only := with('a'), with('a', 'b'), with('b', 'a'), with('b')
	save(t, before, avery, "1", "")
	save(t, before, blake, "1", "")
	// Step 1: everybody can open what step 2 will seal. Step 2: the new key seals.
	save(t, both, avery, "2", load(t, both, avery).Version)
	if e := load(t, before, avery); string(e.Data) != "2" {
		t.Error("step 1 seals with the new key already")
	}
	v := save(t, after, avery, "3", load(t, after, avery).Version)
	if e := load(t, both, avery); string(e.Data) != "3" {
		t.Errorf("a replica at step 1 reads %v", e)
	}
	// A replica with the old key ring loses nothing, and says what is wrong.
	_, err := before.Load(ctx, avery)
	expectError(t, err, ErrKey, "same key ring")
	_, err = before.Save(ctx, avery, cache.Entry{Data: []byte("old")})
	expectError(t, err, ErrKey)
	if _, err = before.Save(ctx, avery, cache.Entry{}); !errors.Is(err, ErrKey) {
		t.Errorf("removing what it cannot read: %v", err)
	}
	expectError(t, before.List(ctx, cache.KindUser, "client", func(cache.Partition) bool { return true }), ErrKey)
	if e := load(t, after, avery); e.Version != v {
		t.Error("a replica with the old key ring changed the record")
	}
	// Step 3: what nobody has saved since.
	if n, err := after.Reseal(ctx, cache.KindUser, "client"); n != 1 || err != nil {
		t.Errorf("%d were sealed again, %v; want blake's", n, err)
	}
	if n, err := after.Reseal(ctx, cache.KindUser, "client"); n != 0 || err != nil {
		t.Errorf("%d were sealed again, %v; want none", n, err)
	}
	if e := load(t, only, blake); string(e.Data) != "1" {
		t.Errorf("without the old key: %v", e)
	}
}

func TestRecordsEnd(t *testing.T) {
	t.Parallel()
	client := redisserver.Start(t, redisserver.Redis).Client(t)
	ctx := t.Context()
	now := time.Now()
	tests := []struct {
		name        string
		expires     int64
		idle        time.Duration
		least, most time.Duration
	}{
		{"never", 0, 0, -1, -1},
		{"idle", 0, time.Hour, 59 * time.Minute, time.Hour},
		{"in an hour", now.Add(time.Hour).Unix(), time.Minute, 59 * time.Minute, time.Hour + slack},
		{"long ago", 1, 0, slack / 2, slack},
		{"as far as can be", 1<<63 - 1, 0, 99 * 365 * 24 * time.Hour, 101 * 365 * 24 * time.Hour},
	}
	for _, tt := range tests {
		s := openStore(t, client, Options{Idle: tt.idle, Now: func() time.Time { return now }})
		p := user(tt.name)
		if _, err := s.Save(ctx, p, cache.Entry{Data: []byte("x"), Expires: tt.expires}); err != nil {
			t.Fatal(tt.name, err)
		}
		if left := client.PTTL(ctx, s.recordKey(s.sealer.Of(p))).Val(); left < tt.least || left > tt.most {
			t.Errorf("%s: Redis keeps it for %v", tt.name, left)
		}
		if e := load(t, s, p); e.Expires != tt.expires {
			t.Errorf("%s: Expires became %d", tt.name, e.Expires)
		}
	}
}

func listed(t *testing.T, s *Store) []string {
	t.Helper()
	var all []string
	if err := s.List(t.Context(), cache.KindUser, "client", func(p cache.Partition) bool {
		all = append(all, p.Subject)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// TestIndexIsHealed loses parts of the index, and records that it names.
func TestIndexIsHealed(t *testing.T) {
	t.Parallel()
	for _, topology := range []string{"single", "cluster"} {
		t.Run(topology, func(t *testing.T) {
			var client redis.UniversalClient
			if topology == "cluster" {
				client = redisserver.StartCluster(t, redisserver.Redis).Client(t)
			} else {
				client = redisserver.Start(t, redisserver.Redis).Client(t)
			}
			ctx := t.Context()
			log := new(logbook)
			s := openStore(t, client, Options{Log: log.logger()})
			for _, name := range []string{"a", "b", "c"} {
				save(t, s, user(name), "x", "")
			}
			save(t, openStore(t, client, Options{Deployment: "other"}), user("z"), "x", "")
			all := []string{"a", "b", "c"}
			expect := func(when string, want []string, scans int) {
				t.Helper()
				if got := listed(t, s); !slices.Equal(got, want) {
					t.Errorf("%s: %q, want %q", when, got, want)
				}
				if n := strings.Count(log.String(), "made anew"); n != scans {
					t.Errorf("%s: the index was made %d times, want %d", when, n, scans)
				}
			}
			expect("at first nobody knows that the index is whole", all, 1)
			expect("then it is", all, 1)
			name := s.sealer.Of(user("b"))
			client.Del(ctx, s.indexOf(name))
			expect("a part was lost", all, 2)
			client.Del(ctx, s.recordKey(name))
			expect("a record was lost", []string{"a", "c"}, 2)
			if err := client.ZScore(ctx, s.indexOf(name), name).Err(); !errors.Is(err, redis.Nil) {
				t.Errorf("the index still names the record: %v", err)
			}
			save(t, s, user("b"), "x", "")
			expect("it came again", all, 2)
			s.unindex(ctx, name)
			expect("it was made again while it was removed", all, 2)
		})
	}
}

// TestIndexForgetsWhatEnded lets records end that nobody removes.
func TestIndexForgetsWhatEnded(t *testing.T) {
	t.Parallel()
	client := redisserver.Start(t, redisserver.Redis).Client(t)
	ctx, now := t.Context(), time.Now()
	s := openStore(t, client, Options{Now: func() time.Time { return now }})
	entry := cache.Entry{Data: []byte("x"), Expires: now.Add(time.Hour).Unix()}
	p := user("session")
	if _, err := s.Save(ctx, p, entry); err != nil {
		t.Fatal(err)
	}
	name := s.sealer.Of(p)
	now = now.Add(2 * time.Hour)
	if err := s.addToIndex(ctx, name[:len(name)-3]+"000", 1<<40, now); err != nil {
		t.Fatal(err)
	}
	s.index(ctx, name[:len(name)-4]+"0"+name[len(name)-3:], cache.Entry{}) // the same set
	if n := client.ZCard(ctx, s.indexOf(name)).Val(); client.ZScore(ctx, s.indexOf(name), name).Err() == nil {
		t.Errorf("the index still names the ended session among %d", n)
	}
}

// TestSaveSentTwice repeats saves whose answer was lost, as the client does by itself.
func TestSaveSentTwice(t *testing.T) {
	t.Parallel()
	client := redisserver.Start(t, redisserver.Redis).Client(t)
	s := openStore(t, client, Options{})
	var twice twiceHook
	client.AddHook(&twice)
	p := user("avery")
	twice.on = true
	v := save(t, s, p, "1", "")
	v = save(t, s, p, "2", v)
	if e := load(t, s, p); string(e.Data) != "2" || e.Version != v {
		t.Errorf("%v", e)
	}
	unlock, err := s.Lock(t.Context(), p) // ours the second time too
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

// A twiceHook sends each script twice.
type twiceHook struct{ on bool }

func (*twiceHook) DialHook(next redis.DialHook) redis.DialHook { return next }
func (*twiceHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (h *twiceHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if h.on && strings.HasPrefix(cmd.Name(), "eval") {
			if err := next(ctx, cmd); err != nil {
				return err
			}
		}
		return next(ctx, cmd)
	}
}

func TestR33_OpenRefuses(t *testing.T) {
	address := net.JoinHostPort("redis.example.com", "6379")
	single := redis.NewClient(&redis.Options{Addr: address})
	ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"one": "127.0.0.1:1"}})
	cluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1", address}})
	sentinels := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: "x", SentinelAddrs: []string{"127.0.0.1:1"}})
	unverified := redis.NewClient(&redis.Options{Addr: address, TLSConfig: insecure()})
	local := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	tests := []struct {
		name    string
		client  redis.UniversalClient
		keys    Keyring
		options Options
		kind    error
		word    string
	}{
		{"no client", nil, testKeys('a'), Options{}, nil, "NewUniversalClient"},
		{"no keys", local, Keyring{}, Options{}, ErrKey, "openssl rand"},
		{"no TLS", single, testKeys('a'), Options{}, ErrUnsafe, "TLSConfig"},
		{"no TLS in a part of a cluster", cluster, testKeys('a'), Options{}, ErrUnsafe, "TLSConfig"},
		{"no TLS behind sentinels", sentinels, testKeys('a'), Options{}, ErrUnsafe, "AllowPlaintext"},
		{"TLS with anybody", unverified, testKeys('a'), Options{}, ErrUnsafe, "InsecureSkipVerify"},
		{"a ring", ring, testKeys('a'), Options{AllowPlaintext: true}, ErrUnsafe, "sentinels or a cluster"},
		{"a client of somebody else", wrapped{local}, testKeys('a'), Options{}, ErrUnsafe, "AllowPlaintext"},
		{"a hostile deployment", local, testKeys('a'), Options{Deployment: "a{b}*"}, nil, "Deployment"},
		{"a lease of nothing", local, testKeys('a'), Options{Lease: time.Millisecond}, nil, "Lease"},
		{"a negative timeout", local, testKeys('a'), Options{Timeout: -1}, nil, "Timeout"},
		{"idle for a second", local, testKeys('a'), Options{Idle: time.Second}, nil, "Idle"},
		{"nobody there", local, testKeys('a'), Options{}, ErrUnreachable, "start it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(t.Context(), tt.client, tt.keys, tt.options)
			expectError(t, err, tt.kind, tt.word)
		})
	}
	for _, c := range []interface{ Close() error }{single, ring, cluster, sentinels, unverified, local} {
		_ = c.Close()
	}
}

type wrapped struct{ redis.UniversalClient }
