//go:build linux

package rediscache

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey-auth/latchkey"
	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/cache/rediscache/internal/redisserver"
)

// expectClear demands an error that says what is wrong with Redis.
func expectClear(t *testing.T, err error) {
	t.Helper()
	expectError(t, err, ErrUnreachable, "latchkey: the cache could not")
}

// TestR30_RedisStops stops Redis under clients that work. The user's refresh token is not
// spent; what needs no lock is acquired without Redis; nothing needs to be restarted.
func TestR30_RedisStops(t *testing.T) {
	t.Parallel()
	w := serve(t)
	server, _ := place(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr, MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	s := openStore(t, client, Options{Timeout: 2 * time.Second})
	c := w.client(t, s, nil)
	daemon := w.srv.Directory.App("daemon")
	app, err := latchkey.NewConfidential(w.config(s, "daemon", nil, nil), latchkey.Secret(string(daemon.Secrets[0])))
	if err != nil {
		t.Fatal(err)
	}
	w.signIn(t, c)
	w.expectRenewed(t, c)
	sent := len(w.srv.Requests())
	server.Kill()
	_, err = w.renew(t.Context(), c)
	expectClear(t, err)
	if n := len(w.srv.Requests()); n != sent {
		t.Errorf("without Redis %d requests were sent", n-sent)
	}
	fresh := w.client(t, s, nil)
	_, err = w.hit(t.Context(), fresh)
	expectClear(t, err)
	if r, err := app.AcquireTokenByClientCredential(t.Context(), latchkey.ClientCredentialRequest{Resource: w.srv.Directory.App("api").IDURI}); err != nil || r.AccessToken() == "" || !errors.Is(r.CacheError, ErrUnreachable) {
		t.Errorf("an app's token without Redis: %v, %v", r, err)
	}
	server.Start(t) // with nothing in it
	// The client of Redis tries a server that was away once in a second.
	if err := redisserver.Await(t.Context(), func(ctx context.Context) error {
		if _, err := w.renew(ctx, c); !errors.Is(err, latchkey.ErrInteractionRequired) {
			return err
		}
		return nil
	}); err != nil {
		t.Errorf("after Redis lost everything: %v", err)
	}
	w.signIn(t, c)
	w.expectRenewed(t, c)
	w.expectRenewed(t, fresh)
	w.expectNoReuse(t)
}

// TestR30_RedisRestartsDuringRenewal kills Redis when the authority has answered. The answer
// is saved when Redis is back with what it had.
func TestR30_RedisRestartsDuringRenewal(t *testing.T) {
	t.Parallel()
	w := serve(t)
	server := redisserver.Start(t, redisserver.Redis, "--appendonly", "yes", "--appendfsync", "always")
	// The repetitions are ours, not the client's.
	client := redis.NewClient(&redis.Options{Addr: server.Addr, MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	s := openStore(t, client, Options{Timeout: time.Minute})
	w.signIn(t, w.client(t, s, nil))
	back := make(chan struct{})
	c := w.client(t, s, afterAnswer(func() {
		server.Kill()
		go func() {
			defer close(back)
			server.Start(t)
		}()
	}))
	w.expectRenewed(t, c)
	<-back
	w.expectRenewed(t, w.client(t, openStore(t, server.Client(t), Options{}), nil))
	w.expectNoReuse(t)
}

// TestR30_RedisIsCutOffDuringRenewal keeps Redis away for longer than a save is repeated. The
// caller has the token and is told; the next call saves it.
func TestR30_RedisIsCutOffDuringRenewal(t *testing.T) {
	t.Parallel()
	w := serve(t)
	server, direct := place(t)
	proxy := redisserver.StartProxy(t, server.Addr)
	client := redis.NewClient(&redis.Options{Addr: proxy.Addr, MaxRetries: -1})
	defer client.Close()
	log := new(logbook)
	s := openStore(t, client, Options{Timeout: 2 * time.Second, Log: log.logger()})
	w.signIn(t, w.client(t, openStore(t, direct, Options{}), nil))
	c := w.client(t, s, afterAnswer(proxy.Cut))
	r, err := w.renew(t.Context(), c)
	if err != nil || r.AccessToken() == "" {
		t.Fatal(r, err)
	}
	expectClear(t, r.CacheError)
	if !strings.Contains(log.String(), "could not be released") {
		t.Errorf("nothing in the log: %s", log)
	}
	proxy.Mend()
	// Nobody else can spend the old refresh token: the lock is still there.
	if n := direct.Exists(t.Context(), s.lockKey(s.nameOf(w))).Val(); n != 1 {
		t.Error("the lock has gone before what it guards was saved")
	}
	if err := c.Close(t.Context()); err != nil { // saves what was not
		t.Error(err)
	}
	if err := direct.Del(t.Context(), s.lockKey(s.nameOf(w))).Err(); err != nil { // as the end of the lease does
		t.Fatal(err)
	}
	w.expectRenewed(t, w.client(t, openStore(t, direct, Options{}), nil))
	w.expectNoReuse(t)
}

// nameOf is the name of the record of the world's user.
func (s *Store) nameOf(w *world) string {
	return s.sealer.Of(cache.Partition{Kind: cache.KindUser, Cloud: w.account.Environment, Owner: w.srv.Directory.App("native").ClientID, Subject: w.account.HomeAccountID})
}

// TestR31_RedisIsFlushedDuringRenewal: the record has gone as if the user had signed out, and
// stays so.
func TestR31_RedisIsFlushedDuringRenewal(t *testing.T) {
	t.Parallel()
	w := serve(t)
	_, client := place(t)
	log := new(logbook)
	s := openStore(t, client, Options{Log: log.logger()})
	w.signIn(t, w.client(t, s, nil))
	c := w.client(t, s, afterAnswer(func() { client.FlushAll(context.Background()) }))
	if r, err := w.renew(t.Context(), c); err != nil || r.AccessToken() == "" || r.CacheError != nil {
		t.Errorf("%v, %v", r, err)
	}
	if !strings.Contains(log.String(), "lost a lock") {
		t.Errorf("nothing in the log: %s", log)
	}
	if _, err := w.hit(t.Context(), w.client(t, s, nil)); !errors.Is(err, latchkey.ErrInteractionRequired) {
		t.Errorf("after the flush: %v", err)
	}
	w.signIn(t, c)
	w.expectRenewed(t, c)
	w.expectNoReuse(t)
}

// TestSlowRedis lets each answer take longer than the caller, or the store, waits.
func TestSlowRedis(t *testing.T) {
	t.Parallel()
	w := serve(t)
	server, direct := place(t)
	proxy := redisserver.StartProxy(t, server.Addr)
	client := redis.NewClient(&redis.Options{Addr: proxy.Addr})
	defer client.Close()
	s := openStore(t, client, Options{Timeout: 10 * time.Second})
	hasty := openStore(t, client, Options{})
	hasty.options.Timeout = 50 * time.Millisecond
	w.signIn(t, w.client(t, openStore(t, direct, Options{}), nil))
	proxy.Slow(time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.hit(ctx, w.client(t, s, nil)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller that waits no longer: %v", err)
	}
	_, err := w.hit(t.Context(), w.client(t, hasty, nil))
	expectClear(t, err)
	cancelled, stop := context.WithCancelCause(t.Context())
	mine := errors.New("mine")
	time.AfterFunc(20*time.Millisecond, func() { stop(mine) })
	if _, err := s.Load(cancelled, user("avery")); !errors.Is(err, mine) {
		t.Errorf("a caller that was cancelled: %v", err)
	}
	if unlock, err := s.Lock(ctx, user("avery")); err == nil {
		unlock()
		t.Error("a lock was taken within a context that is done")
	}
	proxy.Slow(0)
	w.expectRenewed(t, w.client(t, s, nil))
	w.expectNoReuse(t)
}

// TestLockTakenTooLate gives up a lock whose answer is on its way. It is given back.
func TestLockTakenTooLate(t *testing.T) {
	t.Parallel()
	server, direct := place(t)
	proxy := redisserver.StartProxy(t, server.Addr)
	client := redis.NewClient(&redis.Options{Addr: proxy.Addr})
	defer client.Close()
	s := openStore(t, client, Options{Lease: time.Hour})
	p := user("avery")
	proxy.Slow(300 * time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error, 1)
	go func() {
		_, err := s.Lock(ctx, p)
		waited <- err
	}()
	key := s.lockKey(s.sealer.Of(p))
	if err := redisserver.Await(t.Context(), func(ctx context.Context) error {
		if direct.Exists(ctx, key).Val() == 0 {
			return errors.New("not taken")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	unlock, err := openStore(t, direct, Options{}).Lock(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

// A lateHook lets the command that takes a lock wait until it is told to go.
type lateHook struct{ waits, released, proceed chan struct{} }

func (*lateHook) DialHook(next redis.DialHook) redis.DialHook { return next }
func (*lateHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (h *lateHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		switch hash, _ := cmd.Args()[1].(string); hash {
		case lockScript.Hash():
			close(h.waits)
			<-h.proceed
			return next(context.WithoutCancel(ctx), cmd)
		case releaseScript.Hash():
			err := next(ctx, cmd)
			h.released <- struct{}{}
			return err
		}
		return next(ctx, cmd)
	}
}

// TestLockOvertakenByItsRelease gives up a lock before the command that takes it has left.
func TestLockOvertakenByItsRelease(t *testing.T) {
	t.Parallel()
	server, direct := place(t)
	client := server.Client(t)
	s := openStore(t, client, Options{Lease: time.Hour})
	hook := &lateHook{make(chan struct{}), make(chan struct{}), make(chan struct{})}
	client.AddHook(hook)
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error, 1)
	go func() {
		_, err := s.Lock(ctx, user("avery"))
		waited <- err
	}()
	<-hook.waits
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	<-hook.released // too early
	close(hook.proceed)
	<-hook.released
	if n := direct.Exists(t.Context(), s.lockKey(s.sealer.Of(user("avery")))).Val(); n != 0 {
		t.Error("a lock that nobody has stays for its lease")
	}
}

// TestR33_OwnerThatLostItsLease cannot overwrite what the next owner saved, and is told in
// the log.
func TestR33_OwnerThatLostItsLease(t *testing.T) {
	t.Parallel()
	_, client := place(t)
	log := new(logbook)
	s, other := openStore(t, client, Options{Log: log.logger()}), openStore(t, client, Options{})
	p := user("avery")
	v := save(t, s, p, "1", "")
	unlock, err := s.Lock(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Del(t.Context(), s.lockKey(s.sealer.Of(p))).Err(); err != nil { // as the end of the lease does
		t.Fatal(err)
	}
	theirs, err := other.Lock(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	save(t, other, p, "theirs", v)
	if _, err := s.Save(t.Context(), p, cache.Entry{Data: []byte("mine"), Version: v}); !errors.Is(err, cache.ErrConflict) {
		t.Errorf("error %v, want a conflict", err)
	}
	unlock()
	if n := client.Exists(t.Context(), s.lockKey(s.sealer.Of(p))).Val(); n != 1 {
		t.Error("the first owner released the second one's lock")
	}
	theirs()
	if e := load(t, s, p); string(e.Data) != "theirs" {
		t.Errorf("%q is saved", e.Data)
	}
	if !strings.Contains(log.String(), "lost a lock") {
		t.Errorf("nothing in the log: %s", log)
	}
}

// TestLeaseIsRenewed holds a lock for longer than its lease.
func TestLeaseIsRenewed(t *testing.T) {
	t.Parallel()
	_, client := place(t)
	log := new(logbook)
	s := openStore(t, client, Options{Lease: time.Second, Log: log.logger()})
	p := user("avery")
	unlock, err := s.Lock(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	key := s.lockKey(s.sealer.Of(p))
	if err := client.Del(t.Context(), key).Err(); err != nil {
		t.Fatal(err)
	}
	if err := redisserver.Await(t.Context(), func(ctx context.Context) error {
		if client.Exists(ctx, key).Val() == 0 || !strings.Contains(log.String(), "taken again") {
			return errors.New("nobody renews the lease")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	unlock()
	if n := client.Exists(t.Context(), key).Val(); n != 0 {
		t.Error("the lock was not released")
	}
}
