package filecache

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// rooted is the disk as it is, from a folder that nothing leads out of.
type rooted struct {
	root *os.Root
	dir  *os.File // the folder
}

func newRooted(root *os.Root) (rooted, error) {
	dir, err := root.Open(".")
	return rooted{root, dir}, err
}

func (r rooted) close() error { return errors.Join(r.dir.Close(), r.root.Close()) }

func (r rooted) open(name string) (file, error) {
	return r.root.OpenFile(name, os.O_RDONLY|neverWait, 0)
}

func (r rooted) make(name string) (file, error) {
	return r.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
}

func (r rooted) stat(name string) (fs.FileInfo, error) { return r.root.Lstat(name) }

func (r rooted) stamp(name string, changed time.Time) error {
	return r.root.Chtimes(name, changed, changed)
}

func (r rooted) rename(from, to string) error { return r.root.Rename(from, to) }
func (r rooted) remove(name string) error     { return r.root.Remove(name) }

func (r rooted) list(yield func(string) bool) error {
	dir, err := r.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	for {
		names, err := dir.Readdirnames(256)
		for _, name := range names {
			if !yield(name) {
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r rooted) sync() error { return syncOpenFolder(r.dir) }

func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return syncOpenFolder(dir)
}

// syncOpenFolder waits until a folder's names are on the disk, where folders can be asked to.
func syncOpenFolder(dir *os.File) error {
	err := dir.Sync()
	if !foldersSync || errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
