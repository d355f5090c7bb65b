//go:build !js

package flight_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-auth/latchkey/internal/flight"
)

// Each waiter has its own deadline, and the call has none of them.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g flight.Group[int]
		start := time.Now()
		var wg sync.WaitGroup
		for _, limit := range []time.Duration{time.Second, time.Minute, 2 * time.Hour} {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				result, _, err := g.Do(ctx, "key", func(context.Context) (int, error) {
					<-time.After(time.Hour)
					return 1, nil
				})
				took := time.Since(start)
				if limit < time.Hour && (took != limit || !errors.Is(err, context.DeadlineExceeded)) {
					t.Errorf("limit %v: left after %v: %v", limit, took, err)
				}
				if limit > time.Hour && (took != time.Hour || result != 1 || err != nil) {
					t.Errorf("limit %v: %d, %v after %v", limit, result, err, took)
				}
			})
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		if err := g.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2*time.Minute {
			t.Errorf("Wait: %v after %v", err, time.Since(start))
		}
		if err := g.Wait(t.Context()); err != nil || time.Since(start) != time.Hour {
			t.Errorf("Wait: %v after %v", err, time.Since(start))
		}
		wg.Wait()
	})
}

func TestDeadlineWithCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("the caller's patience")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
		defer cancel()
		var g flight.Group[int]
		_, _, err := g.Do(ctx, "key", func(context.Context) (int, error) {
			<-time.After(time.Minute)
			return 1, nil
		})
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, cause) {
			t.Errorf("%v", err)
		}
		if err := g.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// At no moment do two calls with one key run, whatever callers come and go.
func TestNeverTwoAtOnce(t *testing.T) {
	var g flight.Group[int]
	var running [4]atomic.Int32
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for j := range 200 {
				n := (i + j) % len(running)
				f := func(context.Context) (int, error) {
					if running[n].Add(1) != 1 {
						t.Error("two calls with one key")
					}
					running[n].Add(-1)
					return n, nil
				}
				ctx, cancel := context.WithCancel(t.Context())
				switch j % 3 {
				case 0:
					g.Go(ctx, strconv.Itoa(n), f)
				case 1:
					cancel()
				}
				if result, _, err := g.Do(ctx, strconv.Itoa(n), f); err == nil && result != n {
					t.Errorf("key %d got the result %d", n, result)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	if err := g.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPanicStackNamesTheFunction(t *testing.T) {
	var g flight.Group[int]
	_, _, err := g.Do(t.Context(), "key", explode)
	var panicked *flight.PanicError
	if !errors.As(err, &panicked) || !strings.Contains(panicked.Stack, "explode") {
		t.Errorf("%#v", err)
	}
}

func explode(context.Context) (int, error) { panic("boom") }
