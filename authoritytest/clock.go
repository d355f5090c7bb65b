package authoritytest

import (
	"sync"
	"time"
)

// A Clock is the time as a [Server] sees it: it runs like the real one, from wherever
// it was set. The zero value shows the real time. It is safe for concurrent use and
// may be shared by servers. It must not be copied after first use.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
}

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	// Without the monotonic reading, so that a difference of two readings includes
	// what Advance and Set did in between.
	return time.Now().Round(0).Add(c.offset)
}

// Advance moves the clock by d, backwards if d is negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// Set makes the clock show t, from where it runs on.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = t.Round(0).Sub(time.Now().Round(0))
}

func unix(seconds int64) time.Time { return time.Unix(seconds, 0) }
