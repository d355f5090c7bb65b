package main

import (
	"strings"

	"github.com/latchkey-auth/latchkey/cache/filecache"
)

// cache tells where tokens are kept, and what that protects against whom.
func (d *doctor) cache(f *cacheFlags) {
	const name = "cache"
	if f.none() {
		d.ok(name, "none: no token is kept")
		return
	}
	dir, err := f.folder()
	if err != nil {
		d.fail(name, "name a folder by --cache", "%s", strings.TrimPrefix(err.Error(), "--cache: "))
		return
	}
	s, err := filecache.Inspect(dir)
	if err != nil {
		d.fail(name, "do what it says, or name another folder by --cache", "%s", withoutPackage(err.Error()))
		return
	}
	found := s.Dir + ": there is none yet"
	if s.Exists {
		found = s.Dir + ": encrypted, and the key is in the " + string(s.Tier)
		if s.KeyAt != "" {
			found += " (" + s.KeyAt + ")"
		}
		if s.Tier == filecache.TierPassphrase {
			found = s.Dir + ": encrypted, and the key is made from a passphrase"
		}
		if s.Tier == filecache.TierPlaintext {
			found = s.Dir + ": it is not encrypted"
		}
		found += ". " + strings.ToUpper(s.Protects[:1]) + s.Protects[1:] + "; but " + s.Exposed
	}
	if s.Network != "" {
		found += ". The folder is on a network file system (" + s.Network + ")"
	}
	if len(s.Advice) > 0 {
		d.warn(name, inCommand(strings.Join(s.Advice, "; ")), "%s", found)
		return
	}
	d.ok(name, "%s", found)
}
