package filecache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/latchkey-auth/latchkey/cache"
)

const (
	// creationLock guards the making of a cache.
	creationLock = "cache"

	// saveLock, and the first digit of a record's name, guard the moment in which the version
	// of a record is compared and the record replaced.
	saveLock = "save-"
)

func isSaveLock(name string) bool {
	digit, ok := strings.CutPrefix(name, saveLock)
	return ok && len(digit) == 1
}

// How often a lock that another process has is tried again. Waiting in the kernel could not
// be given up when the context is done.
const (
	firstPause = time.Millisecond
	lastPause  = 20 * time.Millisecond
)

// Lock implements [cache.Store]. The lock is one of the kernel's on a file (flock; on Windows
// LockFileEx): it ends with the process, however that ends. In one process those who wait get
// it in turn.
func (s *Store) Lock(ctx context.Context, p cache.Partition) (unlock func(), err error) {
	here, err := s.here.Lock(ctx, p)
	if err != nil {
		return nil, err
	}
	name := s.sealer.Of(p)
	there, err := s.folder.lock(ctx, name+lockSuffix)
	if err != nil {
		here()
		return nil, err
	}
	var once sync.Once
	return func() {
		once.Do(func() {
			if _, err := s.folder.stat(name); errors.Is(err, fs.ErrNotExist) {
				// Nothing is left to guard. Who waits for this file notices that it has gone.
				_ = s.folder.remove(name + lockSuffix)
			}
			there()
			here()
		})
	}, nil
}

// lockSave takes the lock for replacing a record, for as short as it can.
func (s *Store) lockSave(ctx context.Context, name string) (unlock func(), err error) {
	stripe := saveLock + name[len(name)-1:]
	here, err := s.saving.Lock(ctx, cache.Partition{Subject: stripe})
	if err != nil {
		return nil, err
	}
	there, err := s.folder.lock(ctx, stripe+lockSuffix)
	if err != nil {
		here()
		return nil, err
	}
	return func() { there(); here() }, nil
}

// lock waits until no other process has the lock of a file, and takes it.
func (f *folder) lock(ctx context.Context, name string) (unlock func(), err error) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if unlock, err = f.tryLock(name); unlock != nil || err != nil {
			return unlock, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		}
	}
}

// tryLock returns neither a function nor an error if somebody else has the lock, or if the
// file was unlinked before the lock on it was ours: a lock on a file without a name keeps
// nobody out.
func (f *folder) tryLock(name string) (unlock func(), err error) {
	info, err := f.stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		file, failed := f.make(name)
		if failed == nil {
			failed = file.Close()
		}
		if failed != nil && !errors.Is(failed, fs.ErrExist) {
			return nil, f.lockError(name, failed)
		}
		info, err = f.stat(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, f.lockError(name, err)
	}
	if err := f.checkFile(name, info); err != nil {
		return nil, err
	}
	l := flock.New(f.path(name), flock.SetFlag(os.O_RDWR), flock.SetPermissions(fileMode))
	locked, err := l.TryLock()
	if errors.Is(err, fs.ErrNotExist) || err == nil && !locked {
		return nil, nil
	}
	if err != nil {
		return nil, f.lockError(name, err)
	}
	opened, err := l.Stat()
	named, gone := f.stat(name)
	if err != nil || gone != nil || !os.SameFile(opened, named) {
		return nil, l.Unlock()
	}
	return func() { _ = l.Unlock() }, nil
}

func (f *folder) lockError(name string, err error) error {
	return f.explain(name, "the lock cannot be taken", err)
}
