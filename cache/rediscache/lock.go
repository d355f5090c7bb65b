package rediscache

import (
	"context"
	"crypto/rand"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

// How often a lock that another process has is tried again.
const (
	firstPause = 4 * time.Millisecond
	lastPause  = 64 * time.Millisecond
)

// Lock implements [cache.Store]. Those who wait in one process get the lock in turn; between
// processes, whoever asks first when it is free. While it is held, its lease is renewed three
// times in its length. If Redis loses the lock, that is logged, and the lease is taken again
// unless somebody else was faster: then a save of the one who lost it conflicts.
func (s *Store) Lock(ctx context.Context, p cache.Partition) (unlock func(), err error) {
	here, err := s.here.Lock(ctx, p)
	if err != nil {
		return nil, err
	}
	name, token := s.sealer.Of(p), newToken()
	if err := s.await(ctx, name, token); err != nil {
		here()
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	holding, end := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { s.keep(holding, name, token) })
	var once sync.Once
	return func() {
		once.Do(func() {
			end()
			renewing.Wait()
			switch ours, err := s.release(ctx, name, token); {
			case err != nil:
				s.warn(ctx, "a lock could not be released and ends with its lease", slog.String("record", name), slog.Any("error", err))
			case !ours:
				s.warn(ctx, lockLost, slog.String("record", name))
			}
			here()
		})
	}, nil
}

// newToken makes what only the holder of a lock knows.
func newToken() string { return rand.Text() }

// await waits until nobody else has a lock, and takes it.
func (s *Store) await(ctx context.Context, name, token string) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		state, err := s.tryLock(ctx, name, token)
		if err != nil {
			// The answer may be all that was lost.
			go func() { _, _ = s.release(context.WithoutCancel(ctx), name, token) }()
		}
		if state != lockTaken || err != nil {
			return err
		}
		if err := wait(ctx, pause/2+mathrand.N(pause)); err != nil {
			return err
		}
	}
}

// tryLock takes a lock for a lease, or renews the lease of one that we have. A lock that is
// taken after the caller has gone is given back.
func (s *Store) tryLock(ctx context.Context, name, token string) (state int, err error) {
	return call(ctx, s, func(ctx context.Context) (int, error) {
		return lockScript.Run(ctx, s.client, []string{s.lockKey(name)}, token, s.options.Lease.Milliseconds()).Int()
	}, func(int, error) {
		_, _ = s.release(context.WithoutCancel(ctx), name, token) // else the lease ends
	})
}

func (s *Store) release(ctx context.Context, name, token string) (ours bool, err error) {
	n, err := s.run(ctx, releaseScript, s.lockKey(name), token)
	return n == 1, err
}

const lockLost = "Redis has lost a lock while it was held, as a failover can, or was away for longer than its lease"

// keep renews a lease until ctx is done or somebody else has the lock.
func (s *Store) keep(ctx context.Context, name, token string) {
	renewals := time.NewTicker(s.options.Lease / 3)
	defer renewals.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-renewals.C:
		}
		state, err := s.tryLock(ctx, name, token)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.warn(ctx, "the lease of a lock could not be renewed", slog.String("record", name), slog.Any("error", err))
		case state == lockFree:
			s.warn(ctx, lockLost+"; it is taken again", slog.String("record", name))
		case state == lockTaken:
			return // who releases it says so
		}
	}
}
