package cachetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

// moment is how long a lock that must stay taken is watched.
const moment = 40 * time.Millisecond

// lock takes a lock, and demands that it works.
func (s subject) lock(ctx context.Context, p cache.Partition) (func(), error) {
	unlock, err := s.Lock(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("store.Lock: %w", err)
	}
	if unlock == nil {
		return nil, errors.New("store.Lock returned neither a function nor an error")
	}
	return unlock, nil
}

// expectFree demands that a lock can be taken.
func (s subject) expectFree(ctx context.Context, p cache.Partition) error {
	unlock, err := s.lock(ctx, p)
	if err != nil {
		return err
	}
	unlock()
	return nil
}

// expectTaken demands that a lock cannot be taken, and that waiting for it ends in time.
func (s subject) expectTaken(ctx context.Context, p cache.Partition) error {
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	unlock, err := s.Lock(ctx, p)
	if err == nil {
		unlock()
		return errors.New("store.Lock succeeded while somebody else held the lock")
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("store.Lock returned error %v at the end of its context, want context.DeadlineExceeded", err)
	}
	return nil
}

func checkLockExcludes(ctx context.Context, s subject) error {
	p := partition("user")
	for i := 0; i < 3; i++ {
		unlock, err := s.lock(ctx, p)
		if err != nil {
			return err
		}
		if err := s.expectTaken(ctx, p); err != nil {
			return err
		}
		unlock()
	}
	return s.expectFree(ctx, p)
}

func checkLockIsHandedOver(ctx context.Context, s subject) error {
	const waiters = 8
	p := partition("user")
	unlock, err := s.lock(ctx, p)
	if err != nil {
		return err
	}
	results := make(chan error, waiters)
	for i := 0; i < waiters; i++ {
		go func() { results <- s.expectFree(ctx, p) }()
	}
	err = s.expectTaken(ctx, p) // meanwhile they have begun to wait
	unlock()
	if err != nil {
		return err
	}
	for i := 0; i < waiters; i++ {
		if err := <-results; err != nil {
			return fmt.Errorf("waiting until the lock was free: %w", err)
		}
	}
	return nil
}

func checkLockIsPerPartition(ctx context.Context, s subject) error {
	for _, p := range hostilePartitions() {
		unlock, err := s.lock(ctx, p)
		if err != nil {
			return fmt.Errorf("partition %s, while others are locked: %w", name(p), err)
		}
		defer unlock()
	}
	return nil
}

func checkLockWaitEnds(ctx context.Context, s subject) error {
	p := partition("user")
	unlock, err := s.lock(ctx, p)
	if err != nil {
		return err
	}
	waiting, cancel := context.WithCancel(ctx)
	result := make(chan error, 1)
	go func() {
		_, err := s.Lock(waiting, p)
		result <- err
	}()
	err = s.expectTaken(ctx, p)
	cancel()
	if err != nil {
		return err
	}
	select {
	case err := <-result:
		if !errors.Is(err, context.Canceled) {
			return fmt.Errorf("store.Lock returned error %v when its context was cancelled, want context.Canceled", err)
		}
	case <-ctx.Done():
		return errors.New("store.Lock still waits after its context was cancelled")
	}
	unlock()
	if err := s.expectFree(ctx, p); err != nil {
		return fmt.Errorf("after a waiter had given up: %w", err)
	}
	return nil
}

func checkLockOutlivesContext(ctx context.Context, s subject) error {
	p := partition("user")
	waiting, cancel := context.WithCancel(ctx)
	unlock, err := s.lock(waiting, p)
	cancel()
	if err != nil {
		return err
	}
	if err := s.expectTaken(ctx, p); err != nil {
		return fmt.Errorf("after the context of the holder's Lock was cancelled: %w", err)
	}
	unlock()
	return s.expectFree(ctx, p)
}

func checkUnlockTwice(ctx context.Context, s subject) error {
	p := partition("user")
	unlock, err := s.lock(ctx, p)
	if err != nil {
		return err
	}
	unlock()
	unlock()
	other, err := s.lock(ctx, p)
	if err != nil {
		return err
	}
	unlock()
	if err := s.expectTaken(ctx, p); err != nil {
		return fmt.Errorf("after the holder before had called its unlock once more: %w", err)
	}
	other()
	return s.expectFree(ctx, p)
}

func checkLockDoesNotGuard(ctx context.Context, s subject) error {
	p := partition("user")
	unlock, err := s.lock(ctx, p)
	if err != nil {
		return err
	}
	defer unlock()
	v, err := s.save(ctx, p, "one", "")
	if err != nil {
		return fmt.Errorf("while the partition is locked: %w", err)
	}
	if err := s.expect(ctx, p, "one", v); err != nil {
		return fmt.Errorf("while the partition is locked: %w", err)
	}
	_, err = s.save(ctx, p, "", v)
	return err
}
