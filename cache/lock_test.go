//go:build !js

package cache

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestLockIsGivenInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s locks
		ctx := t.Context()
		unlock, err := s.lock(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		var order []int
		for i := range 10 {
			go func() {
				unlock, err := s.lock(ctx, "a")
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, i)
				unlock()
			}()
			synctest.Wait()
		}
		if len(order) != 0 {
			t.Fatalf("%v got the lock while it was held", order)
		}
		unlock()
		synctest.Wait()
		for i, got := range order {
			if got != i {
				t.Fatalf("the order is %v", order)
			}
		}
		if len(order) != 10 || len(s.byName) != 0 {
			t.Errorf("%d got the lock, %d locks are left", len(order), len(s.byName))
		}
	})
}

func TestLockWaitEndsExactlyInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s locks
		unlock, err := s.lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		if _, err := s.lock(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if d := time.Since(start); d != time.Hour {
			t.Errorf("waited %v", d)
		}
		if other, err := s.lock(t.Context(), "b"); err != nil {
			t.Error(err)
		} else {
			other()
		}
		unlock()
	})
}
