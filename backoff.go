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
	until      time.Time
	err        error
	background bool // only renewals in the background wait
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
	if p, ok := b.get(key, now); ok && !p.background {
		return p.err
	}
	return nil
}

// checkBackground is check for a renewal that nobody waits for.
func (b *backoff) checkBackground(key string, now time.Time) error {
	p, _ := b.get(key, now)
	return p.err
}

func (b *backoff) get(key string, now time.Time) (pause, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, ok := b.waits[key]
	if !ok || !now.Before(p.until) || p.until.Sub(now) > maxBackoff { // or the clock moved backwards
		return pause{}, false
	}
	return p, true
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
		b.set(key, now, pause{until: now.Add(min(length, maxBackoff)), err: err})
	}
}

// setBackground keeps renewals in the background from repeating what was refused.
func (b *backoff) setBackground(key string, until time.Time, err error) {
	b.set(key, until, pause{until: until, err: err, background: true})
}

func (b *backoff) set(key string, now time.Time, p pause) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waits == nil {
		b.waits = map[string]pause{}
	}
	if len(b.waits) >= maxPauses {
		for k, old := range b.waits {
			if len(b.waits) >= maxPauses/2 || !now.Before(old.until) {
				delete(b.waits, k)
			}
		}
	}
	b.waits[key] = p
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
