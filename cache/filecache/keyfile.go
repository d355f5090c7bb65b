package filecache

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// keyName is the key file beside the cache.
const keyName = "key"

// KeyFile keeps the key in a file: 32 random bytes as base64 in one line, readable by
// nobody else (0600), owned by the user or by root. A new cache makes the file if it does
// not exist; several caches may share it. Keep it out of the backups that hold the folder.
// A relative path means from the working directory.
func KeyFile(path string) Key {
	if path == "" {
		return Key{}
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return keyFile(path)
}

// KeyFileBeside keeps the key in a file named key in the folder of the cache. It protects
// only copies of the folder that lack this file.
func KeyFileBeside() Key { return keyFile("") }

// keyFile keeps the key at a path; "" means beside the cache.
func keyFile(path string) Key {
	return Key{
		tier: TierKeyFile,
		create: func(_ context.Context, f *folder, h *header) ([]byte, error) {
			h.KeyFile = path
			master, err := f.readKey(path)
			if errors.Is(err, fs.ErrNotExist) {
				master = random(masterSize)
				err = f.writeKey(path, master)
			}
			return master, err
		},
		load: func(_ context.Context, f *folder, h *header) ([]byte, error) {
			master, err := f.readKey(path)
			if errors.Is(err, fs.ErrNotExist) {
				err = &Error{Path: f.keyPath(path), Problem: "the key file of the cache is missing", Remedy: h.remedy(), Err: fs.ErrNotExist, kind: ErrKey}
			}
			return master, err
		},
	}
}

func (f *folder) keyPath(path string) string {
	if path == "" {
		return f.path(keyName)
	}
	return path
}

// readKey reads the key file. The error is fs.ErrNotExist if there is none.
func (f *folder) readKey(path string) ([]byte, error) {
	if path != "" {
		return readKeyFile(path)
	}
	info, err := f.stat(keyName)
	if err != nil {
		return nil, err
	}
	if err := checkKeyFile(f.path(keyName), info); err != nil {
		return nil, err
	}
	text, err := f.read(keyName, maxKeyFile)
	if err != nil {
		return nil, err
	}
	return parseKeyFile(f.path(keyName), text)
}

// writeKey makes the key file, which does not exist.
func (f *folder) writeKey(path string, master []byte) error {
	if path != "" {
		return writeKeyFile(path, master)
	}
	return f.replace(keyName, keyFileText(master))
}

func keyFileText(master []byte) []byte {
	return append([]byte(base64.StdEncoding.EncodeToString(master)), '\n')
}

// maxKeyFile bounds a key file, in bytes.
const maxKeyFile = 4096

// readKeyFile reads a key. The file may be reached by a symbolic link, as secrets that are
// mounted into a container are; what it leads to is checked.
func readKeyFile(path string) ([]byte, error) {
	file, err := openForReading(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, &Error{Path: path, Problem: "the key file cannot be read", Err: err, kind: ErrKey}
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil {
		err = checkKeyFile(path, info)
	}
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err != nil {
		return nil, &Error{Path: path, Problem: "the key file cannot be read", Err: err, kind: ErrKey}
	}
	return parseKeyFile(path, text)
}

func parseKeyFile(path string, text []byte) ([]byte, error) {
	line := strings.TrimSpace(string(text))
	if len(text) <= maxKeyFile && !strings.ContainsAny(line, "\r\n") {
		master, err := base64.StdEncoding.Strict().DecodeString(line)
		if err == nil && len(master) == masterSize {
			return master, nil
		}
	}
	return nil, &Error{Path: path, Problem: "the key file is not 32 bytes as base64 in one line",
		Remedy: "restore it; for a new cache remove it, and it is made anew", kind: ErrKey}
}

// checkKeyFile refuses a key file that others can read or write.
func checkKeyFile(path string, info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return &Error{Path: path, Problem: "the key file is no file", Remedy: "name a file", kind: ErrUnsafe}
	case !owned(info, true):
		return &Error{Path: path, Problem: "the key file belongs to another user", Remedy: "make one of your own", kind: ErrUnsafe}
	case openToOthers(info):
		return &Error{Path: path, Problem: "others can read the key file", Remedy: "chmod 600 it; if others have read it, remove it and the folder, and sign in again", kind: ErrUnsafe}
	}
	return nil
}

// writeKeyFile makes a key file that did not exist. It is there whole or not at all.
func writeKeyFile(path string, master []byte) (err error) {
	defer func() {
		if err != nil {
			err = &Error{Path: path, Problem: "the key file cannot be made", Err: err, kind: ErrKey}
		}
	}()
	if err = os.MkdirAll(filepath.Dir(path), folderMode); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".*"+temporarySuffix) // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(keyFileText(master))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	// Unlike a rename, a link never takes the place of a key that another cache has made
	// there meanwhile; not every file system has links.
	if err = os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		if _, missing := os.Lstat(path); errors.Is(missing, fs.ErrNotExist) {
			err = os.Rename(file.Name(), path)
		}
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
