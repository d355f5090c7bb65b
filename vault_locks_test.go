package latchkey

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

// Without a store one at a time has a partition, and who waits stops when its context ends.
func TestLocksOfOneProgram(t *testing.T) {
	v := newVault(nil, nil)
	p := cache.Partition{Kind: cache.KindUser, Owner: "client", Subject: "a"}
	take := func(p cache.Partition) (unlock func()) {
		unlock, err := v.lock(context.Background(), p)
		if err != nil {
			t.Error(err)
		}
		return unlock
	}
	letThemCome := func() {
		for i := 0; i < 10; i++ {
			runtime.Gosched()
		}
	}
	unlock := take(p)
	take(cache.Partition{Kind: cache.KindUser, Owner: "client", Subject: "b"})()
	reason := errors.New("no longer")
	ctx, cancel := context.WithCancelCause(context.Background())
	left := make(chan error)
	go func() {
		_, err := v.lock(ctx, p)
		left <- err
	}()
	letThemCome()
	cancel(reason)
	if err := <-left; !errors.Is(err, reason) {
		t.Errorf("%v", err)
	}
	var holders atomic.Int32
	holders.Add(1)
	done := make(chan bool)
	for i := 0; i < 3; i++ {
		go func() {
			unlock := take(p)
			if n := holders.Add(1); n != 1 {
				t.Errorf("%d have the lock", n)
			}
			letThemCome()
			holders.Add(-1)
			unlock()
			done <- true
		}()
	}
	letThemCome()
	holders.Add(-1)
	unlock()
	for i := 0; i < 3; i++ {
		<-done
	}
	take(p)()
}
