package cache

import (
	"context"
	"sync"
	"sync/atomic"
)

// locks are mutual exclusions by name. The zero value is ready to use.
type locks struct {
	mu     sync.Mutex
	byName map[string]*lock
}

// A lock is held by whoever could put a value into the channel. Go wakes the senders that
// wait for a channel in the order in which they came.
type lock struct {
	held chan struct{}
	refs int // who holds it or waits for it; locks.mu guards it
}

// lock waits for the lock of a name until ctx is done.
func (s *locks) lock(ctx context.Context, name string) (unlock func(), err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	l := s.join(name)
	select {
	case l.held <- struct{}{}:
	case <-ctx.Done():
		s.leave(name, l)
		return nil, context.Cause(ctx)
	}
	var done atomic.Bool
	return func() {
		if done.CompareAndSwap(false, true) {
			<-l.held
			s.leave(name, l)
		}
	}, nil
}

func (s *locks) join(name string) *lock {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.byName[name]
	if l == nil {
		if s.byName == nil {
			s.byName = make(map[string]*lock)
		}
		l = &lock{held: make(chan struct{}, 1)}
		s.byName[name] = l
	}
	l.refs++
	return l
}

func (s *locks) leave(name string, l *lock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.refs--; l.refs == 0 {
		delete(s.byName, name)
	}
}
