//go:build unix

package filecache

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/latchkey-auth/latchkey/cache"
)

// nobody is a user that is neither root nor the one who tests.
const nobody = 65534

// stranger makes some files look as if they were another user's.
type stranger struct {
	disk
	theirs string
}

func (s stranger) stat(name string) (fs.FileInfo, error) {
	info, err := s.disk.stat(name)
	if err != nil || name != s.theirs {
		return info, err
	}
	return foreign{info}, nil
}

type foreign struct{ fs.FileInfo }

func (f foreign) Sys() any {
	s := *f.FileInfo.Sys().(*syscall.Stat_t)
	s.Uid = uint32(os.Geteuid()) + 1
	return &s
}

func TestR32_FilesOfOthers(t *testing.T) {
	s := newStore(t)
	p, other := user("user"), user("another user")
	save(t, s, p, "data", "")
	save(t, s, other, "other", "")
	disk, name := s.folder.disk, s.sealer.Of(p)
	s.folder.disk = stranger{disk, name}
	_, err := s.Load(t.Context(), p)
	expectError(t, err, ErrUnsafe, s.folder.path(name), "remove it")
	if e := load(t, s, other); string(e.Data) != "other" {
		t.Errorf("the other partition has %q", e.Data)
	}
	s.folder.disk = stranger{disk, name + lockSuffix}
	_, err = s.Lock(t.Context(), p)
	expectError(t, err, ErrUnsafe, s.folder.path(name+lockSuffix), "remove it")
	for _, name := range []string{headerName, keyName} {
		s.folder.disk = stranger{disk, name}
		if _, err := open(t.Context(), s.folder, Auto()); !errors.Is(err, ErrUnsafe) {
			t.Errorf("somebody else's %s: %v", name, err)
		}
	}
}

// The folder of another user is refused, also by root, whom permissions do not stop.
func TestR32_FolderOfAnother(t *testing.T) {
	dir := "/" // is root's
	if os.Geteuid() == 0 {
		dir = t.TempDir()
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Open(t.Context(), dir, KeyFileBeside())
	expectError(t, err, ErrUnsafe, dir, "name one of your own")
	_, err = Inspect(dir)
	expectError(t, err, ErrUnsafe, dir, "name one of your own")
	if names, err := os.ReadDir(dir); os.Geteuid() == 0 && (err != nil || len(names) > 0) {
		t.Errorf("something was written to it: %v, %v", names, err)
	}
}

// TestR32_ReadOnlyFolder runs as a user whom permissions stop. Tokens are still read.
func TestR32_ReadOnlyFolder(t *testing.T) {
	if dir := os.Getenv(rolePlace); dir != "" {
		readOnly(t, dir)
		return
	}
	above, err := os.MkdirTemp("", "filecache")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(above) })
	// The folder of the test binary, too, may be closed to others.
	program := filepath.Join(above, "program")
	dir := filepath.Join(above, "cache")
	s := openStore(t, dir, KeyFileBeside())
	save(t, s, user("user"), "data", "")
	names := listNames(t, s)
	cmd := again(t, rolePlace+"="+dir)
	cmd.Path, cmd.Dir = program, above
	errs := []error{copyFile(os.Args[0], program), os.Chmod(above, 0o555), os.Chmod(program, 0o755), os.Chmod(dir, 0o500)}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		for _, name := range append(names, ".") {
			errs = append(errs, os.Chown(filepath.Join(dir, name), nobody, nobody))
		}
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if out, err := cmd.Output(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if err := errors.Join(os.Chmod(dir, 0o700), os.Chmod(above, 0o700)); err != nil {
		t.Fatal(err) // else it could not be removed
	}
}

func readOnly(t *testing.T, dir string) {
	f, err := openFolder(dir, false) // Open would make it writable again: the folder is ours
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	s, err := open(t.Context(), f, Auto())
	if err != nil {
		t.Fatal(err)
	}
	p := user("user")
	e := load(t, s, p)
	if string(e.Data) != "data" {
		t.Errorf("read %q", e.Data)
	}
	_, err = s.Save(t.Context(), p, cache.Entry{Data: []byte("x"), Version: e.Version})
	expectError(t, err, fs.ErrPermission, f.path(s.sealer.Of(p)), "chmod 700")
	_, err = s.Lock(t.Context(), p)
	expectError(t, err, fs.ErrPermission, f.path(s.sealer.Of(p)+lockSuffix), "chmod 700")
	_, err = Open(t.Context(), filepath.Join(filepath.Dir(dir), "new"), Auto())
	expectError(t, err, fs.ErrPermission, filepath.Join(filepath.Dir(dir), "new"), "that you can write to")
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
