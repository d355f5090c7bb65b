package filecache

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/latchkey-auth/latchkey/internal/sealed"
)

const (
	folderMode = 0o700
	fileMode   = 0o600

	lockSuffix      = ".lock"
	temporarySuffix = ".tmp"
)

// A folder is the place of a cache, and all that a cache does to its files.
type folder struct {
	dir string // absolute
	disk
}

// A disk is a file system seen from one folder. Names have no separators. Tests put faults
// in the way.
type disk interface {
	open(name string) (file, error) // to read
	make(name string) (file, error) // to write; it must not exist
	stat(name string) (fs.FileInfo, error)
	changed(name string) (time.Time, error) // of stat
	stamp(name string, changed time.Time) error
	rename(from, to string) error
	remove(name string) error
	list(yield func(name string) bool) error // in no order
	sync() error                             // until the folder's names are on the disk
	close() error
}

type file interface {
	io.ReadWriteCloser
	Stat() (fs.FileInfo, error)
	Sync() error
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// openFolder opens the folder of a cache, and makes it first if create is set. The folder
// and what is above it may not exist; if it exists, it must be ours alone.
func openFolder(dir string, create bool) (*folder, error) {
	if dir == "" {
		return nil, &Error{Path: `""`, Problem: "no folder is named", Remedy: "name one for the cache alone"}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, &Error{Path: dir, Problem: "the folder cannot be found", Err: err}
	}
	made := false
	if create {
		if made, err = makeFolder(dir); err != nil {
			return nil, &Error{Path: dir, Problem: "the folder cannot be made", Err: err, Remedy: "name one that you can write to"}
		}
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, &Error{Path: dir, Problem: "the folder cannot be found", Err: err}
	}
	if err := checkFolder(dir, info); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &Error{Path: dir, Problem: "the folder cannot be opened", Err: err}
	}
	disk, err := newRooted(root)
	if err != nil {
		return nil, errors.Join(&Error{Path: dir, Problem: "the folder cannot be opened", Err: err}, root.Close())
	}
	f := &folder{dir: dir, disk: disk}
	opened, err := root.Stat(".")
	if err != nil || !os.SameFile(info, opened) {
		err = &Error{Path: dir, Problem: "the folder was exchanged while it was opened", Err: err, Remedy: "look who writes to the folder above", kind: ErrUnsafe}
	} else if create {
		err = f.claim(root, made)
	}
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func makeFolder(dir string) (made bool, err error) {
	if err := os.MkdirAll(filepath.Dir(dir), folderMode); err != nil {
		return false, err
	}
	err = os.Mkdir(dir, folderMode)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}

func checkFolder(dir string, info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return &Error{Path: dir, Problem: "the folder is a symbolic link", Remedy: "name the folder that it leads to", kind: ErrUnsafe}
	case !info.IsDir():
		return &Error{Path: dir, Problem: "it is no folder", Remedy: "name a folder for the cache alone", kind: ErrUnsafe}
	case !owned(info, false):
		return &Error{Path: dir, Problem: "the folder belongs to another user", Remedy: "name one of your own; under sudo, that of root", kind: ErrUnsafe}
	}
	return nil
}

// claim makes sure that the folder is for a cache, and then that it is for nobody else.
func (f *folder) claim(root *os.Root, made bool) error {
	if _, err := f.stat(headerName); err != nil && !made {
		if err := f.checkEmpty(); err != nil {
			return err
		}
	}
	if err := restrict(f.dir, root); err != nil {
		return &Error{Path: f.dir, Problem: "the folder cannot be kept from others", Err: err, Remedy: "name a folder on another disk", kind: ErrUnsafe}
	}
	return nil
}

// checkEmpty refuses a folder in which somebody keeps other things.
func (f *folder) checkEmpty() error {
	foreign := ""
	err := f.list(func(name string) bool {
		if !f.ours(name) {
			foreign = name
		}
		return foreign == ""
	})
	switch {
	case err != nil:
		return &Error{Path: f.dir, Problem: "the folder cannot be read", Err: err}
	case foreign != "":
		return &Error{Path: f.dir, Problem: "the folder has other things in it, such as " + foreign,
			Remedy: "name an empty folder, or one that does not exist", kind: ErrUnsafe}
	}
	return nil
}

// ours reports whether a file's name is one that a cache uses.
func (f *folder) ours(name string) bool {
	base, lock := strings.CutSuffix(name, lockSuffix)
	if lock && (base == creationLock || isSaveLock(base) || sealed.IsName(base)) {
		return true
	}
	return name == headerName || name == keyName || sealed.IsName(name) || strings.HasSuffix(name, temporarySuffix)
}

// read reads a file of ours, nil if there is none. It never waits, whatever the file is.
func (f *folder) read(name string, limit int64) ([]byte, error) {
	info, err := f.stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, f.explain(name, "the file cannot be looked at", err)
	}
	if err := f.checkFile(name, info); err != nil {
		return nil, err
	}
	file, err := f.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, f.explain(name, "the file cannot be read", err)
	}
	defer file.Close()
	// What was looked at may have been replaced since: by another process's newer file, or by
	// something else.
	if info, err = file.Stat(); err == nil {
		if err := f.checkFile(name, info); err != nil {
			return nil, err
		}
	}
	text := make([]byte, 0, min(max(info.Size(), 0), limit)+1)
	for err == nil && int64(len(text)) <= limit {
		if len(text) == cap(text) {
			text = append(text, 0)[:len(text)]
		}
		var n int
		n, err = file.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
	}
	if err != nil && err != io.EOF {
		return nil, f.explain(name, "the file cannot be read", err)
	}
	return text, nil
}

// checkFile refuses what only somebody else, or an accident, can have put there.
func (f *folder) checkFile(name string, info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return &Error{Path: f.path(name), Problem: "it is no plain file", Remedy: "remove it", kind: ErrUnsafe}
	case !owned(info, false):
		return &Error{Path: f.path(name), Problem: "the file belongs to another user", Remedy: "remove it", kind: ErrUnsafe}
	}
	return nil
}

// temporary makes a file under a name of its own, with a time of change that another file
// can take over by a rename, and waits until the disk has it.
func (f *folder) temporary(content []byte, changed time.Time) (name string, err error) {
	name = hexName() + temporarySuffix
	file, err := f.make(name)
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	if err == nil {
		err = f.disk.stamp(name, changed)
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		_ = f.remove(name) // else the next sweep does
		return "", err
	}
	return name, nil
}

func hexName() string { return string(sealed.AppendHex64(nil, randomUint64())) }

// replace puts a file in the place of another one, or where there was none.
func (f *folder) replace(name string, content []byte) error {
	temporary, err := f.temporary(content, time.Now())
	if err == nil {
		if err = f.rename(temporary, name); err != nil {
			_ = f.remove(temporary)
		} else {
			err = f.sync()
		}
	}
	if err != nil {
		return f.writeError(name, err)
	}
	return nil
}

// header reads how the cache was made; nil if it was not.
func (f *folder) header() (*header, error) {
	text, err := f.read(headerName, maxHeader)
	if err != nil || text == nil {
		return nil, err
	}
	h, err := parseHeader(text)
	switch {
	case errors.Is(err, ErrNewerFormat):
		return nil, &Error{Path: f.path(headerName), Problem: "a newer version made this cache", Remedy: "update this program, or name another folder", kind: ErrNewerFormat}
	case err != nil:
		return nil, f.headerDamaged()
	}
	return h, nil
}

func (f *folder) headerDamaged() error {
	return &Error{Path: f.path(headerName), Problem: "the header of the cache is damaged, so its key cannot be found",
		Remedy: "restore it; or remove the folder and sign in again", kind: ErrKey}
}
