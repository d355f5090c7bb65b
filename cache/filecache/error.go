package filecache

import (
	"errors"

	"github.com/latchkey-auth/latchkey/internal/printable"
)

var (
	// ErrKey means that the key of the cache cannot be had: its keyring does not answer,
	// its key file is missing, the passphrase is wrong. The cache is as it was, and opens
	// once the key is back. No other key and no other [Tier] is ever tried for it.
	ErrKey = errors.New("filecache: the key of the cache cannot be had")

	// ErrUnsafe means that the folder, or a file in it, is not the user's alone, so that
	// nothing was read from it or written to it.
	ErrUnsafe = errors.New("filecache: the folder or the file is not safe to use")

	// ErrNewerFormat means that a newer version of this module wrote the folder or the
	// file. It was left as it is.
	ErrNewerFormat = errors.New("filecache: the file has a newer format")
)

// An Error is what is wrong with a file or a folder, and what to do about it. It matches
// [ErrKey], [ErrUnsafe], [ErrNewerFormat] or cache.ErrDamaged if it is one of these, and
// otherwise the operating system's error, such as syscall.ENOSPC. It never holds what the
// files hold.
type Error struct {
	Path    string // the file or the folder
	Problem string // what is wrong with it
	Remedy  string // what to do; "" if Err says it all
	Err     error  // the reason; may be nil
	kind    error  // the sentinel; may be nil
}

func (e *Error) Error() string {
	text := "filecache: " + printable.Escape(e.Path) + ": " + e.Problem
	if e.Err != nil {
		text += ": " + printable.Escape(e.Err.Error())
	}
	if e.Remedy != "" {
		text += ": " + printable.Escape(e.Remedy)
	}
	return text
}

// Unwrap returns the sentinel and the reason.
func (e *Error) Unwrap() []error {
	var all []error
	for _, err := range []error{e.kind, e.Err} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}
