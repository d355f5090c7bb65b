package filecache

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// sweeps says when the folder is looked through for what has no more use.
type sweeps struct {
	mu   sync.Mutex
	left int // saves until the next sweep
}

const (
	// minSweep is the least number of expiring entries that are saved between two sweeps.
	minSweep = 1024

	// temporaryAge is the age after which nobody is writing a temporary file any more: its
	// process was killed.
	temporaryAge = time.Hour
)

// sweepSometimes removes what has expired each time that as many entries were saved as were
// there after the last time, so that a save costs a constant number of steps on average. A
// process that does not live so long leaves it to another one.
func (s *Store) sweepSometimes(ctx context.Context) {
	s.sweeps.mu.Lock()
	s.sweeps.left--
	due := s.sweeps.left == 0
	if s.sweeps.left <= 0 {
		s.sweeps.left = minSweep // until the sweep below says more
	}
	s.sweeps.mu.Unlock()
	if !due {
		return
	}
	left := s.sweep(ctx)
	s.sweeps.mu.Lock()
	s.sweeps.left = max(left, minSweep)
	s.sweeps.mu.Unlock()
}

// sweep removes expired records and abandoned temporary files, and returns how many records
// are left. What fails is left for the next time.
func (s *Store) sweep(ctx context.Context) (left int) {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	seconds := now().Unix()
	var names []string
	_ = s.folder.list(func(name string) bool {
		if sealed.IsName(name) {
			names = append(names, name)
		} else {
			s.sweepTemporary(name)
		}
		return true
	})
	for _, name := range names {
		if !s.sweepRecord(ctx, name, seconds) {
			left++
		}
	}
	return left
}

// sweepRecord removes a record that has expired, and no newer one.
func (s *Store) sweepRecord(ctx context.Context, name string, now int64) (gone bool) {
	at, data, err := s.read(name) // not only the prefix, which anybody could have written
	if err != nil || data == nil || at.Expires == 0 || at.Expires > now {
		return false
	}
	return s.removeRecord(ctx, name, at.Version()) == nil
}

// sweepTemporary removes what a killed process left of a save.
func (s *Store) sweepTemporary(name string) {
	if !strings.HasSuffix(name, temporarySuffix) {
		return
	}
	if info, err := s.folder.stat(name); err == nil && time.Since(info.ModTime()) > temporaryAge {
		_ = s.folder.remove(name)
	}
}
