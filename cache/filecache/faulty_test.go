package filecache

import (
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// A faulty disk passes every call on, and calls before with what is about to happen, such
// as "rename". An error of before is the call's; a write is half done then.
type faulty struct {
	disk
	before func(call, name string) error
}

func (f *faulty) open(name string) (file, error) {
	if err := f.before("open", name); err != nil {
		return nil, err
	}
	return f.disk.open(name)
}

func (f *faulty) make(name string) (file, error) {
	if err := f.before("make", name); err != nil {
		return nil, err
	}
	made, err := f.disk.make(name)
	return &faultyFile{made, f, name}, err
}

func (f *faulty) stat(name string) (fs.FileInfo, error) {
	if err := f.before("stat", name); err != nil {
		return nil, err
	}
	return f.disk.stat(name)
}

func (f *faulty) changed(name string) (time.Time, error) {
	if err := f.before("changed", name); err != nil {
		return time.Time{}, err
	}
	return f.disk.changed(name)
}

func (f *faulty) stamp(name string, changed time.Time) error {
	if err := f.before("stamp", name); err != nil {
		return err
	}
	return f.disk.stamp(name, changed)
}

func (f *faulty) rename(from, to string) error {
	if err := f.before("rename", to); err != nil {
		return err
	}
	return f.disk.rename(from, to)
}

func (f *faulty) remove(name string) error {
	if err := f.before("remove", name); err != nil {
		return err
	}
	return f.disk.remove(name)
}

func (f *faulty) list(yield func(string) bool) error {
	if err := f.before("list", ""); err != nil {
		return err
	}
	return f.disk.list(yield)
}

func (f *faulty) sync() error {
	if err := f.before("sync", ""); err != nil {
		return err
	}
	return f.disk.sync()
}

type faultyFile struct {
	file
	disk *faulty
	name string
}

func (f *faultyFile) Write(b []byte) (int, error) {
	if err := f.disk.before("write", f.name); err != nil {
		n, _ := f.file.Write(b[:len(b)/2])
		return n, err
	}
	return f.file.Write(b)
}

func (f *faultyFile) Sync() error {
	if err := f.disk.before("sync", f.name); err != nil {
		return err
	}
	return f.file.Sync()
}

func (f *faultyFile) Close() error {
	err := f.disk.before("close", f.name)
	if closed := f.file.Close(); err == nil {
		err = closed
	}
	return err
}

// failing makes the nth of some calls fail, counted from 1; 0 is every one. It counts on.
type failing struct {
	mu    sync.Mutex
	calls []string // none: all
	nth   int
	err   error
	count int
}

func (f *failing) before(call, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.calls) > 0 && !slices.Contains(f.calls, call) {
		return nil
	}
	f.count++
	if f.nth != 0 && f.count != f.nth {
		return nil
	}
	return f.err
}

// put puts faults between a store and its disk, and returns how to take them away.
func putFaults(s *Store, before func(call, name string) error) (mend func()) {
	disk := s.folder.disk
	s.folder.disk = &faulty{disk, before}
	return func() { s.folder.disk = disk }
}

// recorded returns the calls of f, in order.
func recorded(s *Store, f func()) []string {
	var calls []string
	defer putFaults(s, func(call, name string) error {
		if isSaveLock(name[:max(0, len(name)-len(lockSuffix))]) {
			name = "lock"
		}
		calls = append(calls, fmt.Sprint(call, " ", kindOf(name)))
		return nil
	})()
	f()
	return calls
}

// kindOf says what a file is.
func kindOf(name string) string {
	switch {
	case sealed.IsName(name):
		return "record"
	case name == "":
		return "folder"
	case len(name) > len(temporarySuffix) && name[len(name)-len(temporarySuffix):] == temporarySuffix:
		return "temporary"
	}
	return name
}
