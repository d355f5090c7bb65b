package latchkey

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/internal/host"
)

// A backoff keeps requests from an authority that asked to be left alone. It goes by
// flight key, so that one user's 429 never blocks another.
type backoff struct {
	mu    sync.Mutex
	waits map[string]pause
}

type pause struct {
	from, until time.Time
	err         error
}

const (
	// maxBackoff bounds a pause.
	maxBackoff = time.Hour

	// defaultBackoff is the pause after a 429 that does not say how long to wait.
	defaultBackoff = 5 * time.Second

	// maxPauses bounds the pauses that are remembered; the ended ones go first.
	maxPauses = 4096
)

// check returns the error of the pause that a request has to keep; nil if there is none.
func (b *backoff) check(key string, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.waits[key]
	if !now.Before(p.until) || now.Before(p.from) { // the clock moved backwards
		return nil
	}
	return p.err
}

// note begins a pause if err asks for one.
func (b *backoff) note(key string, now time.Time, err error) {
	var refused *Error
	if !errors.As(err, &refused) {
		return
	}
	length := refused.RetryAfter
	if length == 0 && refused.Status == 429 {
		length = defaultBackoff
	}
	if length > 0 && refused.transient() {
		b.set(key, now, min(length, maxBackoff), err)
	}
}

// set begins a pause.
func (b *backoff) set(key string, now time.Time, length time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waits == nil {
		b.waits = map[string]pause{}
	}
	if len(b.waits) >= maxPauses {
		b.makeRoom(now)
	}
	b.waits[key] = pause{from: now, until: now.Add(length), err: err}
}

func (b *backoff) makeRoom(now time.Time) {
	for k, old := range b.waits {
		if !now.Before(old.until) {
			delete(b.waits, k)
		}
	}
	for k := range b.waits {
		if len(b.waits) <= maxPauses/2 {
			return
		}
		delete(b.waits, k)
	}
}

// wait returns after d, or with ctx's error.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// jitter returns a random duration below limit.
func jitter(limit time.Duration) time.Duration {
	random, err := host.Random(4)
	if err != nil {
		return limit / 2
	}
	n := int64(random[0]) | int64(random[1])<<8 | int64(random[2])<<16 | int64(random[3])<<24
	return time.Duration(n * (int64(limit) >> 16) >> 16)
}
