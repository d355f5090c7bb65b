package cachetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
)

const (
	workers = 8
	rounds  = 20
)

// together runs a function in several goroutines and returns the first error.
func together(n int, f func(worker int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		i := i
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = f(i)
		}()
	}
	wg.Wait()
	return first(errs...)
}

// increment adds one to the number that is in a partition, and calls between after it has
// read the number.
func (s subject) increment(ctx context.Context, p cache.Partition, between func()) error {
	e, err := s.Load(ctx, p)
	between()
	if err != nil {
		return fmt.Errorf("store.Load: %w", err)
	}
	n := 0
	if e.Data != nil {
		if n, err = strconv.Atoi(string(e.Data)); err != nil {
			return fmt.Errorf("store.Load returned %s, want a number", brief(string(e.Data)))
		}
	}
	_, err = s.Save(ctx, p, cache.Entry{Data: []byte(strconv.Itoa(n + 1)), Version: e.Version})
	return err
}

func (s subject) expectNumber(ctx context.Context, p cache.Partition, want int) error {
	e, err := s.Load(ctx, p)
	if err != nil {
		return fmt.Errorf("store.Load: %w", err)
	}
	if string(e.Data) != strconv.Itoa(want) {
		return fmt.Errorf("after %d increments the number is %s", want, brief(string(e.Data)))
	}
	return nil
}

func checkWritersLoseNothing(ctx context.Context, s subject) error {
	p := partition("user")
	var loaded sync.WaitGroup
	loaded.Add(workers)
	err := together(workers, func(int) error {
		// Nobody saves before everybody has loaded, so that at least once they all collide.
		between := func() {
			loaded.Done()
			loaded.Wait()
		}
		for done := 0; done < rounds; {
			err := s.increment(ctx, p, between)
			between = runtime.Gosched
			switch {
			case err == nil:
				done++
			case !errors.Is(err, cache.ErrConflict):
				return err
			case ctx.Err() != nil:
				return errors.New("every Save conflicts, nobody gets through")
			}
		}
		return nil
	})
	return first(err, s.expectNumber(ctx, p, workers*rounds))
}

func checkLockHoldersNeverConflict(ctx context.Context, s subject) error {
	p := partition("user")
	var inside atomic.Int32
	err := together(workers, func(int) error {
		for i := 0; i < rounds; i++ {
			unlock, err := s.lock(ctx, p)
			if err != nil {
				return err
			}
			if inside.Add(1) > 1 {
				err = errors.New("two goroutines hold one lock")
			} else {
				err = s.increment(ctx, p, runtime.Gosched)
			}
			inside.Add(-1)
			unlock()
			if err != nil {
				return fmt.Errorf("holding the lock: %w", err)
			}
		}
		return nil
	})
	return first(err, s.expectNumber(ctx, p, workers*rounds))
}

// checkReadersSeeWholeEntries lets readers look while entries of very different sizes
// replace each other, and are removed in between.
func checkReadersSeeWholeEntries(ctx context.Context, s subject) error {
	p := partition("user")
	var stop atomic.Bool
	var known sync.Map // data by version, as readers saw it
	return together(4, func(worker int) error {
		if worker == 0 {
			defer stop.Store(true)
			return s.writeByTurns(ctx, p)
		}
		for !stop.Load() {
			e, err := s.Load(ctx, p)
			if err != nil {
				return fmt.Errorf("store.Load: %w", err)
			}
			data := string(e.Data)
			if (data == "") != (e.Version == "") {
				return fmt.Errorf("store.Load returned %d bytes with version %q", len(data), e.Version)
			}
			if data != "" && strings.Trim(data, data[:1]) != "" || len(data) > 1 && len(data) < 1000 {
				return errors.New("store.Load returned a mixture of two entries")
			}
			if other, loaded := known.LoadOrStore(e.Version, data); loaded && other != data {
				return fmt.Errorf("store.Load returned two different entries with version %q", e.Version)
			}
			<-time.After(time.Millisecond) // in a page nothing else would let the writer, and what it waits for, run
		}
		return nil
	})
}

func (s subject) writeByTurns(ctx context.Context, p cache.Partition) error {
	version := ""
	for i := 0; i < 60; i++ {
		size := 1
		switch i % 3 {
		case 1:
			size = 10000 + i
		case 2:
			size = 0
		}
		v, err := s.save(ctx, p, strings.Repeat(string(rune('a'+i%26)), size), version)
		if err != nil {
			return err
		}
		version = v
	}
	return nil
}
