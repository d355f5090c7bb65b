package authoritytest

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// A Clock is the time as a [Server] sees it: it runs like the real one, from wherever
// it was set. The zero value shows the real time. It is safe for concurrent use and
// may be shared by servers. It must not be copied after first use.
type Clock struct {
	mu       sync.Mutex
	offset   time.Duration
	watchers map[*func()]bool // called after each Advance and Set
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
	c.move(func() { c.offset += d })
}

// Set makes the clock show t, from where it runs on.
func (c *Clock) Set(t time.Time) {
	c.move(func() { c.offset = t.Round(0).Sub(time.Now().Round(0)) })
}

// move changes the offset and tells who watches, before it returns.
func (c *Clock) move(change func()) {
	c.mu.Lock()
	change()
	watchers := slices.Collect(maps.Keys(c.watchers))
	c.mu.Unlock()
	for _, f := range watchers {
		(*f)()
	}
}

// watch calls f whenever somebody moves the clock, until stop is called.
func (c *Clock) watch(f func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watchers == nil {
		c.watchers = map[*func()]bool{}
	}
	c.watchers[&f] = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, &f)
	}
}

func unix(seconds int64) time.Time { return time.Unix(seconds, 0) }
