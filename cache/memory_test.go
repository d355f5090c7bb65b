package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

func TestMemoryRemovesWhatHasExpired(t *testing.T) {
	now := time.Unix(1000, 0)
	m := &Memory{Now: func() time.Time { return now }}
	ctx := context.Background()
	save := func(from, to int, expires int64) {
		t.Helper()
		for i := from; i < to; i++ {
			p := Partition{Kind: KindOnBehalfOf, Owner: "client", Subject: fmt.Sprint(i)}
			if _, err := m.Save(ctx, p, Entry{Data: []byte("x"), Expires: expires}); err != nil {
				t.Fatal(err)
			}
		}
	}
	save(0, 600, 1500)
	save(600, 900, 0)
	save(900, 1000, 5000)
	if got := len(m.partitions(KindOnBehalfOf, "client")); got != 1000 {
		t.Fatalf("%d entries of 1000", got)
	}
	now = time.Unix(1500, 0)
	save(1000, sweepFrom, 0)
	if got, want := len(m.partitions(KindOnBehalfOf, "client")), sweepFrom-600; got != want {
		t.Errorf("%d entries are left, want %d: those that expire at 1500 are gone, and only they", got, want)
	}
	// The next sweep is not before the store has doubled.
	now = time.Unix(9999, 0)
	save(2000, 2000+sweepFrom-600-1, 0)
	if got, want := len(m.partitions(KindOnBehalfOf, "client")), 2*(sweepFrom-600)-1; got != want {
		t.Errorf("%d entries, want %d", got, want)
	}
	save(5000, 5000+sweepFrom, 0)
	if e, err := m.Load(ctx, Partition{Kind: KindOnBehalfOf, Owner: "client", Subject: "900"}); err != nil || e.Version != "" {
		t.Errorf("an entry that expired at 5000 is there at 9999: %v, error %v", e, err)
	}
	if e, err := m.Load(ctx, Partition{Kind: KindOnBehalfOf, Owner: "client", Subject: "600"}); err != nil || e.Version == "" {
		t.Errorf("an entry that never expires is gone: %v, error %v", e, err)
	}
}

func TestZeroMemoryIsReady(t *testing.T) {
	var m Memory
	ctx := context.Background()
	if fresh, err := m.Fresh(ctx, Partition{}, ""); !fresh || err != nil {
		t.Errorf("Fresh: %v, error %v", fresh, err)
	}
	if err := m.List(ctx, KindUser, "", func(Partition) bool { return true }); err != nil {
		t.Error(err)
	}
	unlock, err := m.Lock(ctx, Partition{})
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if _, err := m.Save(ctx, Partition{}, Entry{Data: []byte("x")}); err != nil {
		t.Error(err)
	}
}

// TestContextCause shows that the reason for giving up reaches the caller.
func TestContextCause(t *testing.T) {
	reason := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(reason)
	m := NewMemory()
	_, loadErr := m.Load(ctx, Partition{})
	_, saveErr := m.Save(ctx, Partition{}, Entry{Data: []byte("x")})
	_, lockErr := m.Lock(ctx, Partition{})
	_, freshErr := m.Fresh(ctx, Partition{}, "")
	listErr := m.List(ctx, KindUser, "", nil)
	for i, err := range []error{loadErr, saveErr, lockErr, freshErr, listErr} {
		if err != reason {
			t.Errorf("call %d returned error %v", i, err)
		}
	}
}

func TestLocksAreForgotten(t *testing.T) {
	var s locks
	ctx, cancel := context.WithCancel(context.Background())
	unlock, err := s.lock(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if unlock, err := s.lock(ctx, "a"); err == nil {
				unlock()
			}
		}()
	}
	waiting := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.byName["a"].refs - 1
	}
	for waiting() < 3 {
		runtime.Gosched()
	}
	cancel()
	wg.Wait()
	unlock()
	unlock()
	if len(s.byName) != 0 {
		t.Errorf("%d locks are kept that nobody holds or waits for", len(s.byName))
	}
}

// TestUnlockFromManyGoroutines calls one unlock at once from many places.
func TestUnlockFromManyGoroutines(t *testing.T) {
	var s locks
	ctx := context.Background()
	for round := 0; round < 50; round++ {
		unlock, err := s.lock(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := 0; i < 4; i++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				unlock()
			}()
		}
		wg.Wait()
	}
	if len(s.byName) != 0 {
		t.Error("a lock is left")
	}
}
