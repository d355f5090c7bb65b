//go:build js

package browser

import "github.com/latchkey-auth/latchkey/internal/jsvalue"

// Note returns a short text that SetNote kept in the same area under this name; empty if
// there is none. It is not sealed and anybody's to write: check what it says. It does not
// block.
func (s *Store) Note(name string) string { return storageItem(s.items, notePrefix+name) }

// SetNote keeps a text that is no secret; empty removes it. It does not block. The error
// matches [ErrQuota] or [ErrUnavailable].
func (s *Store) SetNote(name, text string) (err error) {
	if text == "" {
		_, err = jsvalue.Call(s.items, "removeItem", notePrefix+name)
	} else {
		_, err = jsvalue.Call(s.items, "setItem", notePrefix+name, text)
	}
	if err != nil {
		return full(err)
	}
	return nil
}

const notePrefix = "latchkey.note."
