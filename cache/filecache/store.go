package filecache

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"syscall"
	"time"

	"github.com/latchkey-auth/latchkey/cache"
	"github.com/latchkey-auth/latchkey/internal/sealed"
)

// A Store keeps tokens in a folder. It is a [cache.Store], a [cache.Lister] and a
// [cache.Freshener], safe for concurrent use by the goroutines of one process and by all
// processes of one user. It must not be copied.
type Store struct {
	// Now is the clock that entries expire by. If nil, it is time.Now. It must not be
	// changed once the store is in use.
	Now func() time.Time

	folder *folder
	sealer *sealer
	here   cache.Memory // the locks of partitions among this process's goroutines
	saving cache.Memory // and those for replacing a record
	sweeps sweeps
}

var (
	_ cache.Store     = (*Store)(nil)
	_ cache.Lister    = (*Store)(nil)
	_ cache.Freshener = (*Store)(nil)
)

// Open opens the cache in a folder, and makes the folder and the cache if there is none.
// The folder is for the cache alone: one with other things in it is refused. ctx bounds the
// wait for another process that makes the cache, and for the key.
//
// The error is an [Error], or ctx's. It matches [ErrKey] if the cache exists and its key
// cannot be had, [ErrUnsafe] if the folder is not the user's alone, and [ErrNewerFormat] if
// a newer version made it.
func Open(ctx context.Context, dir string, key Key) (*Store, error) {
	if key.load == nil {
		return nil, &Error{Path: dir, Problem: "no key is chosen", Remedy: "give filecache.Auto() or one of the other keys, with what it needs"}
	}
	f, err := openFolder(dir, true)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, f, key)
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return s, nil
}

func open(ctx context.Context, f *folder, key Key) (*Store, error) {
	h, err := f.header()
	if err != nil {
		return nil, err
	}
	var master []byte
	if h == nil {
		h, master, err = create(ctx, f, key)
	} else {
		master, err = key.get(ctx, f, h)
	}
	if err != nil {
		return nil, err
	}
	return &Store{folder: f, sealer: newSealer(h, master)}, nil
}

// create makes the cache, unless another process does it first.
func create(ctx context.Context, f *folder, key Key) (*header, []byte, error) {
	unlock, err := f.lock(ctx, creationLock+lockSuffix)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	h, err := f.header()
	if err != nil {
		return nil, nil, err
	}
	if h != nil {
		master, err := key.get(ctx, f, h)
		return h, master, err
	}
	if name, err := f.anyRecord(); name != "" || err != nil {
		return nil, nil, f.headerMissing(name, err)
	}
	h = &header{Format: headerFormat, ID: hexName() + hexName(), Tier: key.tier}
	master, err := key.create(ctx, f, h)
	if err != nil {
		return nil, nil, err
	}
	h.Check = h.check(master)
	return h, master, f.replace(headerName, h.encode())
}

// anyRecord returns the name of some record, "" if there is none.
func (f *folder) anyRecord() (found string, err error) {
	err = f.list(func(name string) bool {
		if sealed.IsName(name) {
			found = name
		}
		return found == ""
	})
	return found, err
}

// headerMissing keeps a new key from being made where there was another one.
func (f *folder) headerMissing(record string, err error) error {
	if err != nil {
		return &Error{Path: f.dir, Problem: "the folder cannot be read", Err: err}
	}
	return &Error{Path: f.path(headerName), Problem: "the header of the cache is missing, but there are records",
		Remedy: "restore it; or remove the folder and sign in again", kind: ErrKey}
}

// Dir returns the folder, as an absolute path.
func (s *Store) Dir() string { return s.folder.dir }

// String names the folder. It shows nothing of what is in it.
func (s *Store) String() string { return "filecache.Store{" + s.folder.dir + "}" }

// GoString is String.
func (s *Store) GoString() string { return s.String() }

// Close releases the folder. Calls that run, and later ones, may fail.
func (s *Store) Close() error { return s.folder.close() }

// Load implements [cache.Store].
func (s *Store) Load(ctx context.Context, p cache.Partition) (cache.Entry, error) {
	if ctx.Err() != nil {
		return cache.Entry{}, context.Cause(ctx)
	}
	name := s.sealer.Of(p)
	at, data, err := s.read(name)
	if err != nil || data == nil {
		return cache.Entry{}, err
	}
	return cache.Entry{Data: data, Version: at.Version(), Expires: at.Expires}, nil
}

// read reads and opens a record. The data are nil if there is none.
func (s *Store) read(name string) (sealed.Prefix, []byte, error) {
	text, err := s.folder.read(name, sealed.MaxRecord)
	if err != nil || text == nil {
		return sealed.Prefix{}, nil, err
	}
	at, _, data, err := s.sealer.open(name, text)
	if err != nil {
		return sealed.Prefix{}, nil, s.folder.recordError(name, err)
	}
	return at, data, nil
}

func (f *folder) recordError(name string, err error) error {
	if errors.Is(err, ErrNewerFormat) {
		return &Error{Path: f.path(name), Problem: "a newer version wrote this record", Remedy: "update this program, or remove the file and sign in again", kind: ErrNewerFormat}
	}
	return &Error{Path: f.path(name), Problem: "the record is damaged, or sealed with another key", Remedy: "sign in again, which replaces it", kind: cache.ErrDamaged}
}

// Save implements [cache.Store]. It returns when the disk has the entry.
func (s *Store) Save(ctx context.Context, p cache.Partition, e cache.Entry) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	name := s.sealer.Of(p)
	if err := s.expect(name, e.Version); err != nil {
		return "", err
	}
	if len(e.Data) == 0 {
		return "", s.removeRecord(ctx, name, e.Version)
	}
	if len(e.Data) > sealed.MaxData {
		return "", &Error{Path: s.folder.path(name), Problem: "the record is larger than 32 MiB", Remedy: "sign out accounts that are not needed"}
	}
	at := sealed.Next(e)
	temporary, err := s.folder.temporary(s.sealer.seal(name, at, p, e.Data), time.UnixMicro(at.Stamp))
	if err != nil {
		return "", s.folder.writeError(name, err)
	}
	if err := s.put(ctx, temporary, name, e.Version); err != nil {
		_ = s.folder.remove(temporary) // else the next sweep does
		return "", err
	}
	if err := s.folder.sync(); err != nil {
		return "", s.folder.writeError(name, err)
	}
	if e.Expires != 0 {
		s.sweepSometimes(ctx)
	}
	return at.Version(), nil
}

func randomUint64() uint64 { return binary.BigEndian.Uint64(random(8)) }

// put renames a file to be the record, if the record still has the version.
func (s *Store) put(ctx context.Context, temporary, name, version string) error {
	unlock, err := s.lockSave(ctx, name)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.expect(name, version); err != nil {
		return err
	}
	if err := s.folder.rename(temporary, name); err != nil {
		return s.folder.writeError(name, err)
	}
	return nil
}

func (s *Store) removeRecord(ctx context.Context, name, version string) error {
	unlock, err := s.lockSave(ctx, name)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.expect(name, version); err != nil {
		return err
	}
	err = s.folder.remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		s.removeLock(name)
		err = s.folder.sync()
	}
	if err != nil {
		return s.folder.writeError(name, err)
	}
	return nil
}

// removeLock removes the lock of a record that has gone, unless somebody has it, who does it
// then.
func (s *Store) removeLock(name string) {
	if _, err := s.folder.stat(name + lockSuffix); err != nil {
		return
	}
	if unlock, _ := s.folder.tryLock(name + lockSuffix); unlock != nil {
		_ = s.folder.remove(name + lockSuffix)
		unlock()
	}
}

// expect returns a conflict unless the record has the version. A record that is damaged
// counts as none.
func (s *Store) expect(name, version string) error {
	if version == "" {
		_, data, err := s.read(name)
		if err == nil && data != nil {
			err = cache.ErrConflict
		}
		if errors.Is(err, cache.ErrDamaged) {
			err = nil
		}
		return err
	}
	text, err := s.folder.read(name, sealed.PrefixSize)
	if err != nil {
		return err
	}
	at, err := parsePrefix(text)
	if errors.Is(err, ErrNewerFormat) {
		return s.folder.recordError(name, err)
	}
	if err != nil || at.Version() != version {
		return cache.ErrConflict
	}
	return nil
}

// Fresh implements [cache.Freshener] by one stat: the time of a record's file is the first
// half of its version. Where a file system rounds times, nothing is ever fresh.
func (s *Store) Fresh(ctx context.Context, p cache.Partition, version string) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	name := s.sealer.Of(p)
	changed, err := s.folder.changed(name)
	if errors.Is(err, fs.ErrNotExist) {
		return version == "", nil
	}
	if err != nil {
		return false, s.folder.explain(name, "the file cannot be looked at", err)
	}
	stamp, ok := sealed.StampOf(version)
	return ok && changed.Equal(time.UnixMicro(stamp)), nil
}

func (f *folder) writeError(name string, err error) error {
	return f.explain(name, "the record cannot be saved", err)
}

// explain says what to do about the common errors of the system.
func (f *folder) explain(name, problem string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &Error{Path: f.path(name), Problem: problem, Err: err}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		e.Remedy = "the disk is full: make room"
	case errors.Is(err, syscall.EROFS):
		e.Remedy = "the file system is read-only: name a folder on another one"
	case errors.Is(err, fs.ErrPermission):
		e.Remedy = "give yourself access to the file (chmod 600) and its folder (chmod 700), or name another folder"
	case errors.Is(err, fs.ErrNotExist):
		e.Remedy = "the folder was removed while it was in use: start the program again"
	}
	return e
}
