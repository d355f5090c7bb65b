package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/latchkey-auth/latchkey/cache"
)

// A file is the storage of this example. The tokens in it are as safe as its mode 0600 makes
// them; package filecache encrypts. A row of a database, read and written in a transaction,
// would be one too.
type file struct {
	path  string
	mu    sync.Mutex // for the programs of this process
	locks cache.Memory
}

// plugin makes a store on the file, for one program.
func (f *file) plugin() *cachePlugin {
	return &cachePlugin{readFromStorage: f.read, writeToStorage: f.write, locks: &f.locks}
}

func (f *file) read() ([]byte, error) {
	data, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// write replaces the file as a whole: after a crash it is the old one or the new one.
func (f *file) write(getMergedState func(old []byte) ([]byte, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	old, err := f.read()
	if err != nil {
		return err
	}
	merged, err := getMergedState(old)
	if err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(f.path), ".next-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(next.Name()) // it has another name, unless something failed
	_, err = next.Write(merged)
	if err = errors.Join(err, next.Sync(), next.Close()); err != nil {
		return err
	}
	return os.Rename(next.Name(), f.path)
}
