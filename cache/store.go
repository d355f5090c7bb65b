package cache

import (
	"context"
	"errors"
	"strconv"
)

// ErrConflict means that [Store.Save] found another version of the entry than the one it
// was to replace. Load the entry again, repeat the change on it, and save that.
var ErrConflict = errors.New("cache: the entry was changed or removed since it was loaded: load it again and repeat the change")

// ErrDamaged means that [Store.Load] found an entry that nobody can read any more: it is not
// what was saved. Signing the user in again replaces it.
var ErrDamaged = errors.New("cache: the entry is damaged: sign in again to replace it")

// An Entry is what a store keeps for one partition. Printing it does not show its data.
type Entry struct {
	// Data is an encoded [Record], opaque to the store. An entry without data does not
	// exist: saving one removes the partition.
	Data []byte

	// Version is the store's name for this state of the entry. It is "" only if there is
	// no entry, and a partition never has the same version twice for two states.
	Version string

	// Expires is when the entry has no more use, in Unix seconds; 0 means never. A store
	// may remove the entry from then on, and must not do so earlier.
	Expires int64
}

// String describes the entry without its data.
func (e Entry) String() string {
	return "cache.Entry{" + strconv.Itoa(len(e.Data)) + " bytes, version \"" + e.Version + "\"" +
		", expires " + strconv.FormatInt(e.Expires, 10) + "}"
}

// GoString is String, so that %#v shows no data either.
func (e Entry) GoString() string { return e.String() }

// A Store keeps one opaque entry a partition, and lets one client at a time, in any
// process, renew it. Its methods are safe for concurrent use, keep no reference to what
// they are given, and share nothing that they return. If ctx is done when they are called,
// they do nothing and return its error. Package cachetest is the contract as a test. A
// Store may also be a [Lister] and a [Freshener].
type Store interface {
	// Load returns the entry of a partition, or the zero Entry and no error if there is
	// none. The error of a damaged entry matches [ErrDamaged]; to Save and List it counts
	// as none, so that it can be replaced and removed.
	Load(ctx context.Context, p Partition) (Entry, error)

	// Save replaces the entry and returns its new version, but only if e.Version is the
	// version that the store has now ("": it has none); otherwise it returns an error that
	// matches [ErrConflict] and changes nothing. If e.Data has no bytes, Save removes the
	// entry under the same condition and returns "". It is atomic: at any time, also after
	// a crash, Load finds the old entry or the new one.
	Save(ctx context.Context, p Partition, e Entry) (version string, err error)

	// Lock waits until nobody else holds the lock of the partition, in this process or
	// another, and takes it. ctx bounds the wait only: a lock that was taken stays taken
	// until unlock is called or its process dies. Calling unlock again does nothing. The
	// lock does not guard Load and Save: they work without it.
	Lock(ctx context.Context, p Partition) (unlock func(), err error)
}

// A Lister is a [Store] that can enumerate its partitions.
type Lister interface {
	// List calls yield with each partition of a kind and owner, in no order, until yield
	// returns false. Partitions that are saved or removed meanwhile may be missing or
	// included. yield may call the store.
	List(ctx context.Context, k Kind, owner string, yield func(Partition) bool) error
}

// A Freshener is a [Store] that can tell more cheaply than by Load whether a copy of an
// entry is still good.
type Freshener interface {
	// Fresh reports whether version is the current version of the partition's entry. The
	// version "" is fresh while there is no entry.
	Fresh(ctx context.Context, p Partition, version string) (bool, error)
}
