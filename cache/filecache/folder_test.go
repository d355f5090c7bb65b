package filecache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// expectError fails the test unless err is an Error of this kind that names the path and a remedy.
func expectError(t *testing.T, err, kind error, path, remedy string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, kind) {
		t.Errorf("got error %v, want an Error that matches %v", err, kind)
		return
	}
	if e.Path != path {
		t.Errorf("the error names %s, want %s", e.Path, path)
	}
	if !strings.Contains(e.Remedy, remedy) || !strings.Contains(err.Error(), path) {
		t.Errorf("the error is %q, want the remedy %q in it", err, remedy)
	}
}

func TestR32_NewFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "above", "cache")
	s := openStore(t, dir, KeyFileBeside())
	save(t, s, user("user"), "data", "")
	unlock, err := s.Lock(t.Context(), user("user"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if runtime.GOOS == "windows" {
		return // permissions are not in the mode there
	}
	for name, want := range map[string]fs.FileMode{filepath.Dir(dir): 0o700, dir: 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
	for _, name := range listNames(t, s) {
		if info, err := s.folder.stat(name); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
}

func TestR32_FolderIsRefused(t *testing.T) {
	above := t.TempDir()
	folder := filepath.Join(above, "folder")
	link := filepath.Join(above, "link")
	file := filepath.Join(above, "file")
	full := filepath.Join(above, "full")
	for _, err := range []error{
		os.Mkdir(folder, 0o700), os.Symlink(folder, link), os.WriteFile(file, nil, 0o600),
		os.MkdirAll(filepath.Join(full, "pictures"), 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ name, dir, remedy string }{
		{"symbolic link", link, "name the folder that it leads to"},
		{"file", file, "name a folder"},
		{"folder with other things", full, "name an empty folder"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(t.Context(), tt.dir, KeyFileBeside())
			expectError(t, err, ErrUnsafe, tt.dir, tt.remedy)
		})
	}
	if names, err := os.ReadDir(folder); err != nil || len(names) > 0 {
		t.Errorf("something was written through the link: %v, %v", names, err)
	}
	if info, err := os.Stat(full); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("a folder that was refused was changed: %v, %v", info.Mode(), err)
	}
	if _, err := Open(t.Context(), "", KeyFileBeside()); err == nil {
		t.Error("a folder without a name was opened")
	}
	if _, err := Open(t.Context(), folder, Key{}); err == nil || !strings.Contains(err.Error(), "Auto()") {
		t.Errorf("no key: %v", err)
	}
}

// A folder of ours that others could look into is closed to them.
func TestR32_FolderIsTightened(t *testing.T) {
	dir := t.TempDir() // mode 0755
	openStore(t, dir, KeyFileBeside()).Close()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	openStore(t, dir, KeyFileBeside())
	if info, err := os.Stat(dir); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o700) {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// Whatever partitions are called, their files stay in the folder and say nothing.
func TestR32_HostileNames(t *testing.T) {
	s := newStore(t)
	for _, subject := range []string{"", "../../up", "/etc/passwd", `..\..\up`, "avery@contoso.test", "a\x00b", strings.Repeat("x", 5000)} {
		save(t, s, user(subject), "data", "")
		unlock, err := s.Lock(t.Context(), user(subject))
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	}
	for _, name := range listNames(t, s) {
		if !s.folder.ours(name) || strings.Contains(name, "avery") || strings.Contains(name, "up") {
			t.Errorf("file %q", name)
		}
	}
	other := openStore(t, filepath.Join(t.TempDir(), "cache"), KeyFileBeside())
	if s.sealer.Of(user("user")) == other.sealer.Of(user("user")) {
		t.Error("two caches name a partition's file alike")
	}
	above, err := os.ReadDir(filepath.Dir(s.Dir()))
	if err != nil || len(above) != 1 {
		t.Errorf("beside the folder: %v, %v", above, err)
	}
}

// What only an accident or somebody else can have put in the place of a record is refused,
// and is not waited for.
func TestR32_NoPlainFile(t *testing.T) {
	s := newStore(t)
	p, other := user("user"), user("another user")
	save(t, s, other, "other", "")
	path := s.folder.path(s.sealer.Of(p))
	for name, plant := range map[string]func() error{
		"folder": func() error { return os.Mkdir(path, 0o700) },
		"link":   func() error { return os.Symlink(s.folder.path(s.sealer.Of(other)), path) },
		"pipe":   func() error { return plantPipe(path) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := plant(); err != nil {
				t.Fatal(err)
			}
			_, err := s.Load(t.Context(), p)
			expectError(t, err, ErrUnsafe, path, "remove it")
			_, err = s.Save(t.Context(), p, cache.Entry{Data: []byte("x")})
			expectError(t, err, ErrUnsafe, path, "remove it")
			if e := load(t, s, other); string(e.Data) != "other" {
				t.Errorf("the other partition has %q", e.Data)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			lock := path + lockSuffix
			if err := os.Symlink(s.folder.path(headerName), lock); err != nil {
				t.Fatal(err)
			}
			_, err = s.Lock(t.Context(), p)
			expectError(t, err, ErrUnsafe, lock, "remove it")
			if err := os.Remove(lock); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A file that is exchanged between the look at it and its opening is looked at once more.
func TestR32_ExchangedFile(t *testing.T) {
	s := newStore(t)
	p := user("user")
	save(t, s, p, "data", "")
	path := s.folder.path(s.sealer.Of(p))
	mend := putFaults(s, func(call, name string) error {
		if call != "open" || !sealed.IsName(name) {
			return nil
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		return plantPipe(path)
	})
	_, err := s.Load(t.Context(), p)
	expectError(t, err, ErrUnsafe, path, "remove it")
	mend()
	_, err = Open(t.Context(), newDir(t), KeyFile(path))
	expectError(t, err, ErrUnsafe, path, "name a file")
}

// A lock file that was unlinked guards nothing: who locked it tries again.
func TestR32_UnlinkedLock(t *testing.T) {
	s := newStore(t)
	p := user("user")
	name := s.sealer.Of(p) + lockSuffix
	disk, looks := s.folder.disk, 0
	putFaults(s, func(call, file string) error {
		if call != "stat" || file != name {
			return nil
		}
		// The first try looks whether the file is there, whether it was made, and whether
		// what was locked is still there; the second one need not make it.
		if looks++; looks != 3 && looks != 5 {
			return nil
		}
		if err := disk.remove(name); err != nil {
			return err
		}
		another, err := disk.make(name)
		if err != nil {
			return err
		}
		return another.Close()
	})
	unlock, err := s.Lock(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if looks != 7 {
		t.Errorf("the lock was taken after %d looks, want 7", looks)
	}
	other := openStore(t, s.Dir(), Auto())
	if unlock, err := other.folder.tryLock(name); unlock != nil || err != nil {
		t.Errorf("a second lock, error %v", err)
	}
}

// Locks leave nothing behind once their partition has gone, and do while it is there.
func TestLockFilesGo(t *testing.T) {
	s := newStore(t)
	p := user("user")
	locks := func() (n int) {
		for _, name := range listNames(t, s) {
			if base, ok := strings.CutSuffix(name, lockSuffix); ok && sealed.IsName(base) {
				n++
			}
		}
		return n
	}
	lock := func() {
		unlock, err := s.Lock(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	}
	if lock(); locks() != 0 {
		t.Error("a lock file without a record is left")
	}
	v := save(t, s, p, "data", "")
	if lock(); locks() != 1 {
		t.Error("the lock file of a record is not kept")
	}
	if save(t, s, p, "", v); locks() != 0 {
		t.Error("the lock file of a removed record is left")
	}
}

// Everybody who opens a new folder at once gets one cache with one key.
func TestCreatedOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	var wg sync.WaitGroup
	checks := make([]string, 8)
	for i := range checks {
		wg.Go(func() {
			s, err := Open(context.Background(), dir, KeyFileBeside())
			if err != nil {
				t.Error(err)
				return
			}
			checks[i] = s.sealer.Of(user("user"))
			s.Close()
		})
	}
	wg.Wait()
	for _, c := range checks {
		if c != checks[0] {
			t.Fatal("two keys were made")
		}
	}
}

func TestStoreShowsNothing(t *testing.T) {
	s := newStore(t)
	save(t, s, user("user"), "secret", "")
	for _, text := range []string{s.String(), s.GoString()} {
		if text != "filecache.Store{"+s.Dir()+"}" {
			t.Errorf("it prints as %s", text)
		}
	}
}
