package filecache

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

// The order of what a save does to the disk. Between the answer of an authority and the
// rename there is nothing else (rule R34).
func TestR34_StepsOfASave(t *testing.T) {
	s := newStore(t)
	p := user("user")
	v := save(t, s, p, "one", "")
	calls := recorded(s, func() { v = save(t, s, p, "two", v) })
	want := []string{
		"stat record", "open record", // a save of another process ends this one here
		"make temporary", "write temporary", "stamp temporary", "sync temporary", "close temporary",
		"stat lock", "stat lock",
		"stat record", "open record", // and here
		"rename record", "sync folder",
	}
	if !slices.Equal(calls, want) {
		t.Errorf("a save does\n%s, want\n%s", strings.Join(calls, "\n"), strings.Join(want, "\n"))
	}
	if calls := recorded(s, func() { _, _ = s.Load(t.Context(), p) }); !slices.Equal(calls, []string{"stat record", "open record"}) {
		t.Errorf("a load does %v", calls)
	}
	if calls := recorded(s, func() { _, _ = s.Fresh(t.Context(), p, v) }); !slices.Equal(calls, []string{"changed record"}) {
		t.Errorf("Fresh does %v, want one stat", calls)
	}
}

// TestFailingDisk lets each call of a save and of a removal fail in turn. The entry is the
// old or the new one, the next save works, and nothing is left behind.
func TestFailingDisk(t *testing.T) {
	for _, tt := range []struct {
		err    error
		remedy string
	}{
		{syscall.ENOSPC, "make room"},
		{syscall.EROFS, "another one"},
		{fs.ErrPermission, "chmod 700"},
		{syscall.EIO, ""},
	} {
		for _, data := range []string{"new", ""} {
			t.Run(fmt.Sprint(tt.err, " saving ", data), func(t *testing.T) {
				s := newStore(t)
				p, other := user("user"), user("another user")
				vo := save(t, s, other, "other", "")
				for nth := 1; ; nth++ {
					old := load(t, s, p)
					if old.Version == "" {
						old.Version = save(t, s, p, "old", "")
					}
					f := &failing{nth: nth, err: &fs.PathError{Op: "test", Path: "file", Err: tt.err}}
					mend := putFaults(s, f.before)
					_, err := s.Save(t.Context(), p, cache.Entry{Data: []byte(data), Version: old.Version})
					mend()
					checkFailed(t, s, p, err, tt.err, tt.remedy)
					if e := load(t, s, p); string(e.Data) != "old" && string(e.Data) != "new" && string(e.Data) != data {
						t.Errorf("call %d failed: the record is %q", nth, e.Data)
					}
					if e := load(t, s, other); string(e.Data) != "other" || e.Version != vo {
						t.Errorf("call %d failed: the other partition has %q", nth, e.Data)
					}
					save(t, s, p, "old", load(t, s, p).Version)
					if f.count < nth {
						t.Logf("%d calls", f.count)
						break
					}
				}
				for _, name := range listNames(t, s) {
					if kindOf(name) == "temporary" {
						t.Errorf("%s is left", name)
					}
				}
			})
		}
	}
}

// checkFailed checks the error of a save, if there is one: a close that fails may harm nobody.
func checkFailed(t *testing.T, s *Store, p cache.Partition, err, want error, remedy string) {
	t.Helper()
	var e *Error
	if err == nil {
		return
	}
	if !errors.As(err, &e) || !errors.Is(err, want) || !strings.HasPrefix(e.Path, s.Dir()) || !strings.Contains(e.Remedy, remedy) {
		t.Errorf("got error %v, want one with %v and the remedy %q", err, want, remedy)
	}
	if errors.Is(err, cache.ErrConflict) || errors.Is(err, cache.ErrDamaged) {
		t.Errorf("error %v says too much", err)
	}
}

// A load that fails is no damage: the next one may work.
func TestFailingLoad(t *testing.T) {
	s := newStore(t)
	p := user("user")
	v := save(t, s, p, "data", "")
	for _, call := range []string{"stat", "open"} {
		mend := putFaults(s, (&failing{calls: []string{call}, err: syscall.EIO}).before)
		if _, err := s.Load(t.Context(), p); !errors.Is(err, syscall.EIO) || errors.Is(err, cache.ErrDamaged) {
			t.Errorf("%s fails: %v", call, err)
		}
		if _, err := s.Save(t.Context(), p, cache.Entry{Data: []byte("x")}); !errors.Is(err, syscall.EIO) {
			t.Errorf("%s fails: a save over what cannot be read: %v", call, err)
		}
		if unlock, err := s.Lock(t.Context(), p); call == "stat" && (unlock != nil || !errors.Is(err, syscall.EIO)) {
			t.Errorf("%s fails: lock %v", call, err)
		} else if unlock != nil {
			unlock()
		}
		mend()
	}
	mend := putFaults(s, (&failing{calls: []string{"list"}, err: syscall.EIO}).before)
	if err := s.List(t.Context(), p.Kind, p.Owner, func(cache.Partition) bool { return true }); !errors.Is(err, syscall.EIO) {
		t.Errorf("list: %v", err)
	}
	mend()
	if e := load(t, s, p); e.Version != v {
		t.Errorf("afterwards it has %v", e)
	}
}

// A cache whose making fails at any call can be made afterwards, by the same key.
func TestFailingCreation(t *testing.T) {
	for _, key := range []Key{KeyFileBeside(), passphrase("correct horse"), InsecurePlaintext()} {
		for nth := 1; ; nth++ {
			f, err := openFolder(newDir(t), true)
			if err != nil {
				t.Fatal(err)
			}
			fails := &failing{nth: nth, err: syscall.ENOSPC}
			disk := f.disk
			f.disk = &faulty{disk, fails.before}
			_, err = open(t.Context(), f, key)
			if err != nil && !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("call %d failed: %v", nth, err)
			}
			if err := disk.close(); err != nil {
				t.Error(err)
			}
			s := openStore(t, f.dir, key)
			save(t, s, user("user"), "data", "")
			if fails.count < nth {
				break
			}
		}
	}
}
